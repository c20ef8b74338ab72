"""The small policy of these tests, and policies written in them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostic, Diagnostics
from rlve_dsl.errors import ScenarioError
from rlve_dsl.policy import Policy, compile_policy

STORE = Path(__file__).parent / "store.yaml"
TOOLS = ("cart.add", "cart.view", "catalog.search")
CHANGING = ("cart.add",)


@cache
def store_text() -> str:
    return STORE.read_text(encoding="utf-8")


def compiled(text: str) -> tuple[Policy | None, list[Diagnostic]]:
    """The policy of a file's text, and what its author is told."""
    found = Diagnostics()
    try:
        loaded = files.load_text(text, "a.yaml")
    except ScenarioError as problems:
        return None, list(problems.diagnostics)
    assert isinstance(loaded.spec, files.Policy)
    policy = compile_policy(loaded.spec, found, TOOLS, CHANGING)
    return policy, found.items


@pytest.fixture(scope="session")
def store() -> Policy:
    policy, problems = compiled(store_text())
    assert policy is not None and not problems, problems
    return policy
