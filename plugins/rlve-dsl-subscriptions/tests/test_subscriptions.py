"""The subscription service: what its tools do, and that the oracle solves its environments, alone and beside c8's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rlve_dsl_subscriptions
from rlve_dsl_subscriptions import prorated

import rlve_dsl
from rlve_dsl.agents import OracleAgent, perform
from rlve_dsl.episode import Action, Call, Episode, Scenario, record, replay
from rlve_dsl.plugins import registry
from rlve_dsl.testing import check_plugin

SCENARIOS = Path(rlve_dsl_subscriptions.__file__).parent / "scenarios"
KNOWN = registry([rlve_dsl_subscriptions])


@pytest.fixture(scope="module")
def desk() -> Scenario:
    return rlve_dsl.load(SCENARIOS / "club-desk.yaml", KNOWN)


class Desk:
    """An episode, the subscriptions of its subscriber, and calls that are made one a turn."""

    def __init__(self, scenario: Scenario, environment: str, seed: int = 0) -> None:
        self.episode: Episode = scenario.reset(environment, level=6, seed=seed)
        names = self.episode.parts[0].names
        self.number, self.mine = names["caller"]["subscriber_id"], names["mine"]

    def call(self, tool: str, **args: Any) -> Any:
        """What a call returns, as an agent reads it."""
        self.episode.step(Action(calls=(Call(f"club.{tool}", args),)))
        return self.episode.turns[-1].results[0].content

    def row(self, subscription_id: str) -> Any:
        """A subscription, as `account` shows it."""
        rows = self.call("account", subscriber_id=self.number)["subscriptions"]
        return next(row for row in rows if row["subscription_id"] == subscription_id)


@pytest.mark.parametrize(
    ("price", "left", "period", "part"),
    [(3000, 30, 30, 3000), (3000, 0, 30, 0), (1000, 1, 3, 333), (1000, 5, 3, 1000), (1000, -1, 3, 0), (1000, 1, 0, 0)],
)
def test_a_price_is_prorated_down_to_whole_cents(price: int, left: int, period: int, part: int) -> None:
    assert prorated.call(price, left, period) == part


def test_skipping_moves_the_next_box_by_a_period(desk: Scenario) -> None:
    at = Desk(desk, "changes")
    early = next(s["subscription_id"] for s in at.mine if s["days_left"] >= 3)
    before = at.row(early)["days_left"]
    after = at.call("skip", subscription_id=early)["days_left"]
    assert after - before in (14, 28, 30)


def test_what_is_sent_soon_cannot_be_skipped(desk: Scenario) -> None:
    for seed in range(30):
        at = Desk(desk, "changes", seed)
        for late in (s["subscription_id"] for s in at.mine if s["days_left"] < 3):
            assert at.call("skip", subscription_id=late) == {"refused": "It is too late for the next box."}
            return
    raise AssertionError("no seed has a box that is sent soon")


def test_a_paused_subscription_is_neither_skipped_nor_swapped(desk: Scenario) -> None:
    at = Desk(desk, "endings")
    one = at.mine[0]["subscription_id"]
    assert at.call("pause", subscription_id=one, boxes=7)["refused"] == "A pause is for one to six boxes."
    assert at.call("pause", subscription_id=one, boxes=2)["status"] == "paused"
    assert at.call("skip", subscription_id=one)["refused"] == "The subscription is not active."


def test_cancelling_gives_what_was_quoted_and_only_once(desk: Scenario) -> None:
    at = Desk(desk, "endings")
    one = at.mine[0]["subscription_id"]
    quoted = at.call("refund", subscription_id=one)["refund"]
    assert quoted > 0 and at.call("cancel", subscription_id=one)["credit"] == quoted
    assert at.call("cancel", subscription_id=one) == {"refused": "It is cancelled already."}
    assert at.row(one)["status"] == "cancelled"


@pytest.mark.parametrize("level", [0, 4, 8, 12])
def test_the_oracle_passes(desk: Scenario, level: int) -> None:
    outcomes = set()
    for environment in desk.environments:
        for seed in range(6):
            played = perform(lambda: desk.reset(environment, level=level, seed=seed), OracleAgent)  # noqa: B023
            assert played.passed, (environment, seed, played.problem)
            assert record(replay(played.trajectory.splitlines(), desk)) == played.trajectory
            outcomes.add(played.script[-1].answers[0]["outcome"])
    assert len(outcomes) >= 4


def test_c8_and_the_subscriptions_are_one_collection() -> None:
    scenario = rlve_dsl.load(SCENARIOS / "c8-and-club.yaml", KNOWN)
    assert {"cart", "journey", "changes", "endings"} <= {*scenario.environments}
    for environment in ("cart", "changes", "endings"):
        assert perform(lambda: scenario.reset(environment, level=6, seed=2), OracleAgent).passed  # noqa: B023


def test_the_plugin_is_sound() -> None:
    assert check_plugin(rlve_dsl_subscriptions) == []
