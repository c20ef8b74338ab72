"""The market stall: names and labels are new in every episode, so only an agent that reads can pass."""

from __future__ import annotations

from pathlib import Path

import pytest

import rlve_dsl
from benchmarks.teaching import WAYS, changed
from rlve_dsl.agents import EpisodeKey, OracleAgent, perform
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.probes import PROBES
from rlve_dsl.episode import Scenario
from tests.conftest import shipped

STALL = Path(__file__).parents[2] / "scenarios" / "examples" / "stall"
ENVIRONMENTS = ("basket", "take_back", "tracking")


@pytest.fixture(scope="module")
def stall() -> Scenario:
    return shipped("examples/stall/desk.yaml")


def named(stall: Scenario, environment: str, seed: int, level: int = 6) -> dict[str, str]:
    """Name → label, as the tools of an episode show them."""
    tables = stall.reset(environment, level=level, seed=seed)._store.shop.state.tables
    kind, key = ("item", "item_id") if environment == "basket" else ("purchase", "purchase_id")
    return {row["name"]: row[key] for row in tables.of(kind)}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_level_shows_its_rows_and_their_labels_are_words_of_the_pool(stall: Scenario, environment: str) -> None:
    for level, rows in ((0, 2), (3, 3), (6, 5)):
        shown = named(stall, environment, 4, level)
        assert len(shown) == rows == len(set(shown.values()))
        assert all(label.isalpha() and len(name.split()) == 2 for name, label in shown.items())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_name_of_a_held_out_episode_is_in_a_training_episode(stall: Scenario, environment: str) -> None:
    names = [{name for seed in range(parity, 400, 2) for name in named(stall, environment, seed)} for parity in (0, 1)]
    assert not names[0] & names[1] and min(map(len, names)) > 300


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_name_has_another_label_in_another_episode(stall: Scenario, environment: str) -> None:
    labels: dict[str, list[str]] = {}
    for seed in range(1, 1200, 2):
        for name, label in named(stall, environment, seed).items():
            labels.setdefault(name, []).append(label)
    often = [found for found in labels.values() if len(found) > 2]
    assert often and all(len(set(found)) > 1 for found in often)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_oracle_passes_and_writes_a_name_right_before_its_label(stall: Scenario, environment: str) -> None:
    for seed in range(12):
        key = EpisodeKey(environment, seed % 7, seed)
        play = perform(lambda key=key: key.reset(stall), OracleAgent)
        assert play.passed
        calls = [list(call.args) for action in play.script for call in action.calls if call.args]
        assert [args[:2] for args in calls] in ([["name", "item_id"]], [["name", "purchase_id"]])


def test_who_takes_back_what_nobody_asked_for_does_not_pass(stall: Scenario) -> None:
    """A second call for the same purchase is refused: nothing more is taken back then, and the play is right."""
    probe = next(probe for probe in PROBES if probe.name == "something more")
    plays = [play for seed in range(4) for play in probe.attempt(Case(stall, "take_back", 0, seed))]
    assert plays and not any(play.passed for play in plays)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_training_that_is_compared_is_one_of_the_stall_as_it_is(stall: Scenario, way: str) -> None:
    with changed(WAYS[way].edits) as desk:
        other = rlve_dsl.load(desk)
    edited = (other.spec.curriculum, other.environments) != (stall.spec.curriculum, stall.environments)
    assert edited == bool(WAYS[way].edits)
