"""What the offers pay: the best answer bent in one way each, and the cheats that have passed elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from rlve_dsl.agents import OracleAgent, RandomAgent, play
from rlve_dsl.episode import Action, Episode, Outcome, Scenario

SEEDS = range(12)
LEVELS = (0, 6, 12)
Alter = Callable[[Episode, dict[str, Any]], dict[str, Any]]


_PLAYED: dict[tuple[str, int, int], tuple[Episode, Action]] = {}


def before_the_answer(scenario: Scenario, level: int, seed: int) -> tuple[Episode, Action]:
    """The oracle's episode as it is about to answer, and what it would do; played once for all tests."""
    key = (scenario.digest, level, seed)
    if key not in _PLAYED:
        episode = scenario.reset(scenario.environments[0], level=level, seed=seed)
        agent = OracleAgent(episode)
        while (action := agent.act(episode.observation)).answer is None:
            episode.step(action)
        _PLAYED[key] = episode, action
    return _PLAYED[key]


def answered(scenario: Scenario, level: int, seed: int, alter: Alter) -> tuple[Episode, Outcome]:
    """The oracle's episode, with its answer altered."""
    before, action = before_the_answer(scenario, level, seed)
    episode = before.fork()
    episode.step(Action(action.message, action.calls, alter(episode, dict(action.answer or {}))))
    assert episode.outcome is not None
    return episode, episode.outcome


def drawn(episode: Episode, name: str) -> Any:
    return episode.parts[0].names[name]


def shown(episode: Episode) -> list[dict[str, Any]]:
    """Every row that a search of the episode has shown, each product once."""
    results = [result for turn in episode.turns for result in turn.results if result.tool.name == "catalog.search"]
    return list({row["product_id"]: row for result in results for row in result.value["products"]}.values())


def first_in_place(ids: list[str], other: str) -> list[str]:
    return [other, *ids][: len(ids)]


# Substitution ---------------------------------------------------------------------------------------------------------


def with_the_original(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    return {"products": first_in_place(answer["products"], drawn(episode, "original")["id"])}


def with_one_that_sold_out(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    gone = drawn(episode, "gone")
    return {"products": first_in_place(answer["products"], gone[0]["id"])} if gone else {"products": []}


def with_an_invented_one(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    return {"products": first_in_place(answer["products"], "P99999")}


def only_the_original(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    return {"products": [drawn(episode, "original")["id"]]}


def everything_seen(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    rest = [row["product_id"] for row in shown(episode) if row["product_id"] not in answer["products"]]
    return {"products": [*answer["products"], *rest] if rest else []}


def nothing_at_all(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    return {"products": []}


@pytest.mark.parametrize(
    "alter",
    [
        with_the_original,
        with_one_that_sold_out,
        with_an_invented_one,
        only_the_original,
        everything_seen,
        nothing_at_all,
    ],
)
def test_a_substitute_must_be_one(substitution: Scenario, alter: Alter) -> None:
    for level in LEVELS:
        for seed in SEEDS:
            _, outcome = answered(substitution, level, seed, alter)
            assert not outcome.correct, (level, seed, outcome)


def test_what_is_out_of_stock_or_nothing_earns_nothing(substitution: Scenario) -> None:
    for alter in (only_the_original, nothing_at_all):
        for seed in SEEDS:
            assert answered(substitution, 6, seed, alter)[1].task == pytest.approx(-1)


@pytest.mark.parametrize("alter", [with_an_invented_one, everything_seen, nothing_at_all])
def test_so_must_what_is_discovered(c1: Scenario, alter: Alter) -> None:
    for level in LEVELS:
        for seed in SEEDS:
            _, outcome = answered(c1, level, seed, alter)
            assert not outcome.correct, (level, seed, outcome)
            assert alter is not nothing_at_all or outcome.task == pytest.approx(-1)


def test_a_repeated_substitute_counts_once(substitution: Scenario) -> None:
    def repeated(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
        return {"products": [id_ for id_ in answer["products"] for _ in range(2)]}

    for seed in SEEDS:
        assert answered(substitution, 6, seed, repeated)[1].task == pytest.approx(1)


def test_likeness_alone_is_not_enough_and_neither_are_wishes(substitution: Scenario) -> None:
    """Agents that see the whole pool and look at one of the two; both are needed at either end of the levels."""

    def most_alike(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
        rows = sorted((r for r in shown(episode) if r["in_stock"]), key=lambda r: -r["match"])
        return {"products": [r["product_id"] for r in rows[: len(answer["products"])]]}

    def in_any_order(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
        rows = sorted((r for r in shown(episode) if r["in_stock"]), key=lambda r: r["product_id"])
        return {"products": [r["product_id"] for r in rows[: len(answer["products"])]]}

    for alter, most in ((most_alike, 0.3), (in_any_order, 0.1)):
        passed = [answered(substitution, level, seed, alter)[1].correct for level in LEVELS for seed in SEEDS]
        assert sum(passed) / len(passed) <= most, alter


def test_there_is_something_to_look_for(substitution: Scenario) -> None:
    for level in LEVELS:
        for seed in SEEDS:
            episode = substitution.reset("substitution", level=level, seed=seed)
            names = episode.parts[0].names
            assert not names["original"]["in_stock"] and names["original"] not in names["pool"]
            assert names["anchor"] in names["pool"] and names["anchor"]["kind"] == names["original"]["kind"]
            assert len(names["pool"]) - len(names["gone"]) >= names["results"]
            assert len(names["wishes"]) == names["constraints"]


# Bundle ---------------------------------------------------------------------------------------------------------------


def of_kind(episode: Episode, kind: str) -> list[dict[str, Any]]:
    """What is left of a kind, the cheapest first."""
    (needed,) = [n for n in drawn(episode, "needed") if n["kind"] == kind]
    return sorted(needed["left"], key=lambda product: product["price"])


def first_kept(episode: Episode) -> Any:
    return drawn(episode, "kept")[0]


def with_two_of_a_kind(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    others = [p["id"] for p in of_kind(episode, first_kept(episode)["kind"]) if p["id"] not in answer["products"]]
    return {"products": [*answer["products"], *others[:1]] if others else []}


def with_one_missing(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    return {"products": answer["products"][1:]}


def with_something_else(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    kinds = {n["kind"] for n in drawn(episode, "needed")}
    other = next(p for p in episode.scenario.catalog.products if p["kind"] not in kinds and not p["restricted"])
    return {"products": [*answer["products"], other["id"]]}


def the_dearest(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    kept = drawn(episode, "kept")
    dearest = {"products": [of_kind(episode, n["kind"])[-1]["id"] for n in kept]}
    spent = sum(of_kind(episode, n["kind"])[-1]["price"] for n in kept)
    return dearest if spent > drawn(episode, "budget") else {"products": []}


def the_cheapest(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    """Where a kind that is kept needs a rating, its cheapest product is not good enough."""
    kept = drawn(episode, "kept")
    wanted = any(n["bar"] is not None for n in kept)
    return {"products": [of_kind(episode, n["kind"])[0]["id"] for n in kept] if wanted else []}


def with_what_can_wait(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    """One of each kind, whether or not the budget reaches."""
    dropped = [of_kind(episode, w["kind"])[0]["id"] for w in drawn(episode, "dropped")]
    return {"products": [*answer["products"], *dropped] if dropped else []}


def without_what_can_wait(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    """Without the first kind that can wait, also where the budget reaches."""
    first = [p["id"] for w in drawn(episode, "waits")[:1] for p in of_kind(episode, w["kind"])]
    return {
        "products": [id_ for id_ in answer["products"] if id_ not in first] if not drawn(episode, "dropped") else []
    }


def one_that_sold_out(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
    kept = next((n for n in drawn(episode, "kept") if n["gone"]), None)
    if kept is None:
        return {"products": []}
    of_its_kind = {product["id"] for product in kept["choices"]}
    gone = kept["gone"][0]["id"]
    return {"products": [gone if id_ in of_its_kind else id_ for id_ in answer["products"]]}


@pytest.mark.parametrize(
    "alter",
    [with_two_of_a_kind, with_one_missing, with_something_else, the_dearest, the_cheapest, with_what_can_wait,
     without_what_can_wait, one_that_sold_out, nothing_at_all],
)  # fmt: skip
def test_a_bundle_is_one_of_each_and_within_budget(bundle: Scenario, alter: Alter) -> None:
    for level in LEVELS:
        for seed in SEEDS:
            _, outcome = answered(bundle, level, seed, alter)
            assert not outcome.correct and outcome.task < 1, (level, seed, outcome)


def test_a_repeated_product_counts_once_in_a_bundle(bundle: Scenario) -> None:
    for seed in SEEDS:
        _, outcome = answered(bundle, 6, seed, lambda _, answer: {"products": answer["products"] * 2})
        assert outcome.correct and outcome.task == 1


def test_what_is_irrelevant_costs_precision_and_its_price(bundle: Scenario) -> None:
    def with_the_dearest_of_all(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
        dear = max((p for p in episode.scenario.catalog.products if not p["restricted"]), key=lambda p: p["price"])
        return {"products": [*answer["products"], dear["id"]]}

    for seed in SEEDS:
        _, cheap = answered(bundle, 6, seed, with_something_else)
        _, dear = answered(bundle, 6, seed, with_the_dearest_of_all)
        assert -1 <= dear.task < cheap.task < 1


def test_the_budget_decides_what_waits(bundle: Scenario) -> None:
    """It reaches for all kinds but those that are dropped, and for none more; about as often for all as not."""
    for level in LEVELS:
        short = 0
        for seed in range(40):
            names = bundle.reset("bundle", level=level, seed=seed).parts[0].names
            least = {
                n["kind"]: min(p["price"] for p in n["left"] if n["bar"] is None or p["rating"] >= n["bar"])
                for n in names["needed"]
            }
            assert len(least) == names["categories"]
            total, budget = sum(least.values()), names["budget"]
            assert budget % 100 == 0 and len(names["waits"]) <= names["postponable"]
            for kind in [w["kind"] for w in names["waits"]][: len(names["dropped"])]:
                assert total > budget
                total -= least[kind]
            assert total <= budget
            short += len(names["dropped"]) > 0
        assert 12 <= short <= 28


def test_the_cheapest_of_a_kind_is_not_good_enough_where_a_rating_is_wanted(bundle: Scenario) -> None:
    for level in LEVELS:
        wanted = 0
        for seed in SEEDS:
            names = bundle.reset("bundle", level=level, seed=seed).parts[0].names
            for n in names["needed"]:
                low = min(p["price"] for p in n["left"])
                wanted += n["bar"] is not None
                assert n["bar"] is None or all(p["rating"] < n["bar"] for p in n["left"] if p["price"] == low)
        assert wanted >= len(SEEDS) * names["demands"] * 0.6


def test_the_kinds_of_a_level_are_a_prefix_of_those_of_the_next(bundle: Scenario) -> None:
    compared = 0
    for seed in SEEDS:
        drawn_at = [bundle.reset("bundle", level=level, seed=seed).parts[0].names for level in range(0, 13, 2)]
        for fewer, more in pairwise(drawn_at):
            if fewer["project"] == more["project"]:
                compared += 1
                assert more["types"][: len(fewer["types"])] == fewer["types"]
    assert compared > 50


# The gift finder ------------------------------------------------------------------------------------------------------


def test_a_gift_must_be_right_and_rightly_wrapped(gifts: Scenario) -> None:
    def otherwise_wrapped(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "wrapping": next(w for w in ("paper", "box") if w != answer["wrapping"])}

    def one_that_is_not_liked(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
        budget = drawn(episode, "budget")
        return {**answer, "product": next(r["product_id"] for r in shown(episode) if r["price"] > budget)}

    def invented(episode: Episode, answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "product": "P99999"}

    for seed in SEEDS:
        outcome = answered(gifts, 6, seed, otherwise_wrapped)[1]
        assert not outcome.correct and outcome.task == pytest.approx(
            -1 + (0.6 + 1) * (0.25 + 1) / 2
        )  # scaled by `wrong: 0.25`
        assert answered(gifts, 6, seed, invented)[1].task == pytest.approx(-1)
        episode = answered(gifts, 6, seed, lambda _, answer: answer)[0]
        if any(row["price"] > drawn(episode, "budget") for row in shown(episode)):
            assert answered(gifts, 6, seed, one_that_is_not_liked)[1].task == pytest.approx(-1)


# All of them ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["substitution", "bundle", "gifts"])
def test_random_calls_do_not_pass(name: str, request: pytest.FixtureRequest) -> None:
    scenario: Scenario = request.getfixturevalue(name)
    for level in LEVELS:
        for seed in SEEDS:
            episode = scenario.reset(scenario.environments[0], level=level, seed=seed)
            outcome = play(episode, RandomAgent(episode))
            assert not outcome.correct and outcome.reward < 0.2
