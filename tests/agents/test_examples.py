"""The environments of `scenarios/examples/`, each of nothing but YAML, as the oracle plays them."""

from __future__ import annotations

from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl import files
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.errors import UsageError
from rlve_dsl.plugins import registry
from tests.conftest import shipped

EXAMPLES = Path(__file__).parents[2] / "scenarios" / "examples"
COLLECTIONS = [
    path
    for path in sorted(EXAMPLES.rglob("*.yaml"))
    if isinstance(files.load(path, registry().vocabulary()).spec, files.Collection)
]


@pytest.mark.parametrize("path", COLLECTIONS, ids=lambda path: path.stem)
def test_the_oracle_passes_every_example(path: Path) -> None:
    try:
        scenario = rlve_dsl.load(path)
    except UsageError as missing:
        pytest.skip(str(missing))  # data that are not in the repository
    low, high = scenario.levels
    for name in scenario.environments:
        for level in range(low, high + 1):
            for seed in range(4):
                episode = scenario.reset(name, level=level, seed=seed)
                assert play(episode, OracleAgent(episode)).correct, (name, level, seed)


def test_sending_an_order_back_takes_each_line_by_itself() -> None:
    """Some orders come back whole, some in part, some not at all; the oracle returns just what the store takes."""
    scenario = shipped("examples/send-backs.yaml")
    taken = set()
    for seed in range(24):
        episode = scenario.reset("send-back", level=6, seed=seed)
        play(episode, OracleAgent(episode))
        effects = [effect for turn in episode.turns for effect in turn.effects]
        started = [effect["key"] for effect in effects if effect["entity"] == "started_return"]
        goal = episode.parts[0].names["goal"]
        assert sorted(started) == sorted(goal["back"])
        taken.add((bool(goal["back"]), bool(goal["stays"])))
    assert taken == {(True, False), (True, True), (False, True)}
