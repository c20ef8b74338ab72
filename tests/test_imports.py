"""What an import costs, counted in modules, not in milliseconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEARNING = {"torch", "transformers", "trl", "datasets", "accelerate"}
SEARCHING = {"faiss", "tokenizers", "safetensors", "wordllama"}
PLAYING = {"numpy", "lark", "yaml", "jsonschema", "pluggy", "rich"}
PROVING = {"z3"}


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after this."""
    program = f"{code}\nimport sys; print(*{{m.partition('.')[0] for m in sys.modules}})"
    return set(
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.split()
    )


def test_importing_the_package_loads_nothing() -> None:
    found = loaded("import rlve_dsl; rlve_dsl.__version__")
    assert not found & (LEARNING | SEARCHING | PLAYING | PROVING)


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import rlve_dsl.cli, rlve_dsl.agents, rlve_dsl.curriculum, rlve_dsl.train", LEARNING | SEARCHING | PROVING),
        (
            "import rlve_dsl\nrlve_dsl.load('scenarios/first-steps.yaml').reset('cart', level=0, seed=0).prompt()",
            LEARNING | SEARCHING | PROVING,
        ),
        (
            "from rlve_dsl.cli import main\nmain(['validate', 'scenarios', '--format', 'json'])",
            LEARNING | SEARCHING,
        ),
    ],
    ids=["every room", "an episode", "validate"],
)
def test_what_is_not_used_is_not_loaded(code: str, absent: set[str]) -> None:
    assert not loaded(code) & absent


def test_the_package_says_what_it_has_not() -> None:
    import rlve_dsl

    with pytest.raises(AttributeError, match="no attribute `lod`"):
        rlve_dsl.lod  # type: ignore[attr-defined]  # noqa: B018
