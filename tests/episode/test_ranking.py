"""Discovery, substitution and gifts: what the tools rank is what is graded, and nobody does well without asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.agents import OracleAgent, perform
from rlve_dsl.catalog import Product, meets
from rlve_dsl.compiler import draw_world
from rlve_dsl.episode import Episode, Scenario
from rlve_dsl.world import State
from tests.conftest import shipped

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SEEDS = 50
RANKED = {"discovery": "target", "substitution": "original"}


@pytest.fixture(scope="module")
def gifts_() -> Scenario:
    return shipped("examples/gifts.yaml")


@pytest.mark.parametrize("name", RANKED)
@pytest.mark.parametrize("level", (0, 3, 6, 9, 12))
def test_a_right_answer_is_what_rerank_shows_first(c8: Scenario, name: str, level: int) -> None:
    for seed in range(3):

        def begin(seed: int = seed) -> Episode:
            return c8.reset(name, level=level, seed=seed)

        play = perform(begin, OracleAgent)
        assert play.passed and play.outcome is not None
        assert play.outcome.task == pytest.approx(1), "rerank's order is the graded one"
        last = [call for action in play.script for call in action.calls][-1]
        assert last.name.replace("_", ".") == "catalog.rerank"


class Guess:
    """An answer by rule, from what the opening tells and a look at all that is in stock."""

    def __init__(self, scenario: Scenario, name: str, level: int, seed: int) -> None:
        catalog, task = scenario.compiled.catalog, scenario.compiled.environments[name]
        drawn = draw_world(task, catalog, level, seed)
        (self.part,) = drawn.parts
        state = State(catalog, drawn.provided)
        self.names: dict[str, Any] = {
            **self.part.names, **state.names, "compliance": 1.0, "violations": [],
        }  # fmt: skip
        gone = {p["id"] for p in self.names["gone"]}
        wanted: Product = self.names.get("target") or self.names["original"]
        self.pool = [p for p in catalog.alike(wanted.row) if p["in_stock"] and p["id"] not in gone]
        like = self.names["idea"]["short_name"] if "idea" in self.names else wanted["short_name"]
        like = wanted["kind"] if "wrapping" in self.names else like
        self.match = {p["id"]: int(catalog.match(like, [p.row])[0]) for p in self.pool}
        told = [slot for slot in self.part.slots if not slot.omitted]
        self.wishes = [slot.value for slot in told if slot.fact in ("wish", "taste")]
        self.told = {slot.fact: slot.value for slot in told}

    def met(self, product: Product) -> float:
        return sum(bool(meets.call(product, wish)) for wish in self.wishes) / max(1, len(self.wishes))

    def passes(self, by: Callable[[Product], Any]) -> bool:
        ids = [p["id"] for p in sorted(self.pool, key=by, reverse=True)]
        answer: dict[str, Any] = {"products": ids[: self.names.get("results", 1)]}
        if "wrapping" in self.names:
            answer = {"product": ids[0], "wrapping": self.names["wrapping"]}  # by luck
        return self.part.environment.graded({**self.names, "answer": answer}).correct


def by_match(guess: Guess) -> bool:
    return guess.passes(lambda p: guess.match[p["id"]])


def by_price(guess: Guess) -> bool:
    return guess.passes(lambda p: -p["price"])


def by_what_was_told(guess: Guess) -> bool:
    """As well as one can without a question: the wishes of the opening, and the match."""
    weight = guess.told.get("likeness", 0.0)
    return guess.passes(
        lambda p: weight * guess.match[p["id"]] / 100 + (1 - weight) * guess.met(p) + guess.match[p["id"]] / 1e6
    )


RULES: Mapping[str, Callable[[Guess], bool]] = {"match": by_match, "price": by_price, "told": by_what_was_told}


def rate(scenario: Scenario, name: str, rule: str, level: int) -> float:
    return sum(RULES[rule](Guess(scenario, name, level, seed)) for seed in range(SEEDS)) / SEEDS


@pytest.mark.parametrize("rule", ["match", "price"])
@pytest.mark.parametrize("name", ["discovery", "substitution", "gift-finder"])
def test_who_looks_at_one_thing_only_fails_at_every_level(c8: Scenario, gifts_: Scenario, name: str, rule: str) -> None:
    scenario = gifts_ if name == "gift-finder" else c8
    assert max(rate(scenario, name, rule, level) for level in (0, 4, 9, 12)) <= 0.2


@pytest.mark.parametrize("name", ["discovery", "substitution", "gift-finder"])
def test_who_asks_nothing_passes_no_more_often_at_a_higher_level(c8: Scenario, gifts_: Scenario, name: str) -> None:
    scenario = gifts_ if name == "gift-finder" else c8
    low, middle, high = (rate(scenario, name, "told", level) for level in (0, 6, 12))
    noise = 0.1  # of 50 seeds
    assert middle <= low + noise and high <= max(middle, 0.1) + noise


@pytest.mark.parametrize(("name", "limit"), [("discovery", "expected"), ("gift-finder", "budget")])
def test_no_limit_tells_which_product_is_right(c8: Scenario, gifts_: Scenario, name: str, limit: str) -> None:
    scenario = gifts_ if name == "gift-finder" else c8
    for level in (0, 12):
        guesses = [Guess(scenario, name, level, seed) for seed in range(SEEDS)]
        nearest = [
            g.passes(lambda p, g=g: (p["price"] <= g.names[limit], -abs(p["price"] - g.names[limit]))) for g in guesses
        ]
        assert sum(nearest) / SEEDS <= 0.3


def test_how_much_likeness_counts_does_not_follow_from_the_level(c8: Scenario) -> None:
    task, catalog = c8.compiled.environments["substitution"], c8.compiled.catalog
    drawn = {
        level: [draw_world(task, catalog, level, seed).parts[0].names["likeness"] for seed in range(SEEDS)]
        for level in (0, 12)
    }
    for values in drawn.values():
        assert len(set(values)) >= 5 and abs(sum(values) / SEEDS - 0.5) < 0.1
        assert min(values) <= 0.3 and max(values) >= 0.7
