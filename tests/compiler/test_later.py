"""Environments that are compiled one at a time are the same scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlve_dsl.compiler import Loader, compile
from rlve_dsl.compiler.later import CompiledLater
from rlve_dsl.errors import ScenarioError
from rlve_dsl.plugins import default_registry

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def loader(*, later: bool) -> Loader:
    return Loader(default_registry(), try_levels=False, one_at_a_time=later)


def test_only_the_environment_that_is_asked_for_is_compiled() -> None:
    reads = loader(later=True)
    later, whole = (
        compile(SCENARIOS / "c8.yaml", loader=reads),
        compile(SCENARIOS / "c8.yaml", loader=loader(later=False)),
    )
    assert not reads.tasks
    assert (later.digest, list(later.environments)) == (whole.digest, list(whole.environments))
    assert later.environments["cart"].name == "cart"
    assert len(reads.tasks) == 1
    assert later.environments["cart"] is later.environments["cart"]


def test_the_parts_of_a_chain_are_compiled_with_it() -> None:
    reads = loader(later=True)
    journey = compile(SCENARIOS / "c8.yaml", loader=reads).environments["journey"]
    assert set(journey.parts) <= {task.name for task in reads.tasks.values() if task is not None}


def test_what_is_made_from_data_is_compiled_at_once() -> None:
    made = compile(SCENARIOS / "examples" / "clinic" / "clinic-desk.yaml", loader=loader(later=True))
    assert not isinstance(made.environments, CompiledLater)


def test_an_environment_with_errors_after_all_says_so(tmp_path: Path) -> None:
    text = (SCENARIOS / "environments" / "status.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "status.yaml"
    wrong.write_text(text.replace("status: target.status\n", "status: target.statuses\n"), encoding="utf-8")
    made = compile(wrong, loader=loader(later=True))
    with pytest.raises(ScenarioError, match="statuses"):
        made.environments["status"]
