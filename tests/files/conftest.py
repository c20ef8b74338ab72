"""The words that the files of these tests may use, declared as primitives are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.expressions import signature_of
from rlve_dsl.files import Vocabulary

HERE = Path(__file__).parent


def sample_products(count: int, where: bool = True, distinct: Any = None) -> list[str]: ...
def sample_product(where: bool = True) -> str: ...
def sample_variant(of: str, probability: float, options: int = 3) -> str: ...
def sample_int(from_: int, to: int, probability: float = 1, otherwise: int | None = None) -> int: ...
def sample_choice(of: Sequence[str]) -> str: ...
def sample_weights(over: Sequence[str], alpha: Sequence[float], step: float, boost: float = 1) -> list[float]: ...
def visit_history(include: Sequence[str], distractors: int) -> list[str]: ...
def stock_out(of: Sequence[str]) -> None: ...
def tool() -> None: ...


SAMPLERS = (sample_products, sample_product, sample_variant, sample_int, sample_choice, sample_weights, visit_history)
TOOLS = ("catalog.search", "catalog.get_variants", "cart.view", "cart.add", "user.visit_history")
ACTS = ("confirm", "clarify", "correct", "elaborate", "continue", "no_preference", "ragequit")


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return Vocabulary(
        samplers={python.__name__: signature_of(python) for python in SAMPLERS},
        tools={name: signature_of(tool) for name in TOOLS},
        events={"stock_out": signature_of(stock_out)},
        acts=ACTS,
        sources=("generated",),
        elsewhere={"box.look": "north-shop"},
        faults={"south-shop": ("the plugin `south-shop` is not installed", "run: pip install 'south-shop>=2.0'")},
    )


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in these tests, and so in diagnostics, are relative to this folder."""
    monkeypatch.chdir(HERE)
