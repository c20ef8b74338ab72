"""What the environments about orders are worth to agents that cheat, and what makes them harder."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.episode import Action, Call, Episode, Outcome, Scenario
from rlve_dsl.world.orders import case_of

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SEEDS = range(25)


def scaled(task: float) -> float:
    """What the task score of a wrong outcome becomes by `wrong: 0.25`."""
    return -1 + (task + 1) * (0.25 + 1) / 2


def start(scenario: Scenario, level: int, seed: int, name: str = "") -> Episode:
    return scenario.reset(name or scenario.environments[0], level=level, seed=seed)


def names(episode: Episode) -> dict[str, Any]:
    return episode.parts[0].names


def act(episode: Episode, calls: list[Call], answer: dict[str, Any]) -> Outcome:
    """The calls, one a turn, and then the answer."""
    for call in calls:
        episode.step(Action(calls=(call,)))
    if episode.outcome is None:
        episode.step(Action(answer=answer))
    assert episode.outcome is not None
    return episode.outcome


def lines(episode: Episode) -> list[dict[str, str]]:
    """Every line there is, the one to send back first."""
    orders = names(episode)["orders"]
    return [{"order_id": o["order_id"], "line_id": x["line_id"]} for o in orders for x in o["lines"]]


def initiate(episode: Episode, line: dict[str, str]) -> Call:
    why = {"reason": names(episode)["reason"], "method": names(episode)["method"]}
    return Call("return.initiate", {**line, **why})


def started(line: dict[str, str]) -> dict[str, Any]:
    return {**line, "outcome": "started", "case": case_of(line["line_id"]), "fee": 0}


# Returns --------------------------------------------------------------------------------------------------------------


def test_only_the_return_of_the_right_line_and_nothing_else_passes(lawless_returns: Scenario) -> None:
    several = 0
    for seed in SEEDS:
        episode = start(lawless_returns, 0, seed)
        right, *others = lines(episode)
        assert act(episode, [initiate(episode, right)], started(right)).correct
        for calls, answer in [
            ([], started(right)),  # right words, no deed
            ([], {**started(right), "outcome": "declined"}),
            ([initiate(episode, right)], {**started(right), "outcome": "declined"}),
            ([initiate(episode, right)], {**started(right), "fee": 1.5}),
            ([initiate(episode, right)], {**started(right), "case": ""}),
            ([initiate(episode, right)], {**started(right), "order_id": ""}),
        ]:
            outcome = act(start(lawless_returns, 0, seed), calls, answer)
            assert not outcome.correct and outcome.task <= -0.1 + 1e-9, (calls, answer)
        for other in others:
            several += 1
            wrong = [
                ([initiate(episode, other)], started(right)),  # a wrong line is sent back and the right one named
                ([initiate(episode, other)], started(other)),
                ([initiate(episode, right), initiate(episode, other)], started(right)),
            ]
            for calls, answer in wrong:
                outcome = act(start(lawless_returns, 0, seed), calls, answer)
                assert not outcome.correct and outcome.task == -1
    assert several > 10


@pytest.mark.parametrize("change", [{"reason": "late"}, {"method": "locker"}])
def test_the_return_is_for_the_reason_and_by_the_method_asked_for(
    lawless_returns: Scenario, change: dict[str, str]
) -> None:
    (word,) = change
    for seed in SEEDS:
        episode = start(lawless_returns, 0, seed)
        right, *_ = lines(episode)
        call = initiate(episode, right)
        outcome = act(episode, [Call(call.name, {**call.args, **change})], started(right))
        assert outcome.correct == (names(episode)[word] == change[word])


def test_a_replacement_is_sent_if_and_only_if_it_is_wanted(lawless_returns: Scenario) -> None:
    wanted = Counter[bool]()
    for seed in SEEDS:
        episode = start(lawless_returns, 6, seed)
        right, *_ = lines(episode)
        goal = names(episode)["goal"]
        wanted[goal["swapped"]] += 1
        product = {"product_id": goal["product_id"]}
        if goal["variant_id"] is not None:
            product["variant_id"] = goal["variant_id"]
        send = Call("return.exchange", {**right, **product})
        looks = [Call("user.visit_history"), Call("catalog.get_variants", {"product_id": goal["product_id"]})]
        both = act(episode, [*looks, initiate(episode, right), send], started(right))
        only = act(start(lawless_returns, 6, seed), [initiate(episode, right)], started(right))
        assert (both.correct, only.correct) == (goal["swapped"], not goal["swapped"])
        assert {round(both.task, 6), round(only.task, 6)} == {1.0, round(scaled(0.8), 6)}
    assert wanted[True] > 5 and wanted[False] > 5


def test_what_has_gone_is_replaced_by_the_fallback(lawless_returns: Scenario) -> None:
    gone = 0
    for seed in range(60):
        episode = start(lawless_returns, 12, seed)
        drawn = names(episode)
        if not (drawn["swap"] and drawn["gone"]):
            continue
        gone += 1
        assert drawn["goal"]["product_id"] == drawn["fallback"]["id"]
        assert play(episode, OracleAgent(episode)).correct
        (sent,) = (e for turn in episode.turns for e in turn.effects if e["entity"] == "sent_exchange")
        assert sent["value"]["product_id"] == drawn["fallback"]["id"] and sent["value"]["variant_id"] is None
    assert gone > 5


@pytest.mark.parametrize("level", [0, 6, 12])
def test_what_the_store_does_not_take_back_is_declined_once_it_has_been_looked_into(
    returns: Scenario, level: int
) -> None:
    declined = Counter[bool]()
    for seed in range(40):
        episode = start(returns, level, seed)
        right, *_ = lines(episode)
        allowed = names(episode)["store"]["allowed"]
        declined[not allowed] += 1
        if allowed:
            continue
        decline = {**started(right), "outcome": "declined"}
        look = Call("return.check_eligibility", right)
        assert act(episode, [look], decline).correct
        tried = act(start(returns, level, seed), [initiate(episode, right)], decline)
        assert tried.correct, "the store has refused, so nothing has happened"
        for answer in (started(right), {**decline, "case": ""}, {**decline, "fee": 2}):
            outcome = act(start(returns, level, seed), [look], answer)
            assert not outcome.correct and outcome.task <= -0.1 + 1e-9
    assert min(declined.values()) >= 8


def test_the_store_decides_at_the_edge_of_its_window(returns: Scenario) -> None:
    """What was delivered on the last day, or a day before, comes more often at higher levels; it splits evenly."""
    shifted, sides = Counter[int](), Counter[bool]()
    for level in (0, 6, 12):
        for seed in range(40):
            drawn, plain = names(start(returns, level, seed)), names(start(returns, 0, seed))
            if drawn["purchase"]["days_delivered"] != plain["purchase"]["days_delivered"]:
                shifted[level] += 1
                sides[drawn["store"]["allowed"]] += 1
    assert 0 < shifted[6] <= shifted[12]
    assert min(sides.values()) >= 0.3 * sides.total()


def test_a_fee_is_told(returns: Scenario) -> None:
    fees = 0
    for seed in range(300):
        episode = start(returns, 0, seed)
        fee = names(episode)["store"]["fee"]
        if fee:
            fees += 1
            right, *_ = lines(episode)
            assert not act(episode, [initiate(episode, right)], started(right)).correct
            paid = {**started(right), "fee": fee / 100}
            assert act(start(returns, 0, seed), [initiate(episode, right)], paid).correct
    assert fees >= 3


# Status ---------------------------------------------------------------------------------------------------------------


def test_order_and_status_count_by_half_each(status: Scenario) -> None:
    for seed in SEEDS:
        right, *others = names(start(status, 8, seed))["orders"]
        wrong = next((o for o in others if o["status"] != right["status"]), None)
        if wrong is None:
            continue
        for order, state, task in [
            (right, right, 1),
            (right, wrong, scaled(0)),
            (wrong, right, scaled(0)),
            (wrong, wrong, -1),
        ]:
            outcome = act(start(status, 8, seed), [], {"order_id": order["order_id"], "status": state["status"]})
            assert (outcome.task, outcome.correct) == (task, task == 1)


def test_a_description_fits_one_order_of_the_history(status: Scenario) -> None:
    told = Counter[str]()
    for level in (0, 3, 12):
        for seed in range(60):
            episode = start(status, level, seed)
            drawn = names(episode)
            orders = drawn["orders"]
            fitting = {
                "item": lambda o, d=drawn: any(
                    x["short_name"] == d["target"]["lines"][0]["short_name"] for x in o["lines"]
                ),
                "age": lambda o, d=drawn: o["days_ago"] == d["target"]["days_ago"],
                "total": lambda o, d=drawn: o["total"] == d["target"]["total"],
                "latest": lambda o, all_=orders: o["days_ago"] == min(x["days_ago"] for x in all_),
                "earliest": lambda o, all_=orders: o["days_ago"] == max(x["days_ago"] for x in all_),
            }[drawn["way"]]
            assert [o["order_id"] for o in orders if fitting(o)] == [drawn["target"]["order_id"]]
            told["number" if drawn["by_number"] else drawn["way"]] += 1
    assert told.keys() == {"number", "item", "age", "total", "latest", "earliest"}


@pytest.mark.parametrize("name", ["status", "returns"])
def test_a_level_keeps_what_an_easier_one_was_about(name: str, request: pytest.FixtureRequest) -> None:
    scenario: Scenario = request.getfixturevalue(name)
    for seed in SEEDS:
        easy, hard = (names(start(scenario, level, seed))["orders"] for level in (0, 12))
        assert [o["order_id"] for o in easy] == [o["order_id"] for o in hard[:1]] and len(hard) == 7


# Together -------------------------------------------------------------------------------------------------------------

CHAIN = """
kind: Environment
name: both
title: Two requests
compose: {{of: ["{returns}", "{status}"], count: "2"}}
budget: {{turns: "sum(p.turn_budget for p in parts)"}}
reward: {{task: "mean(p.task for p in parts)"}}
correct_when: "all(p.correct for p in parts)"
"""


def test_requests_about_orders_share_one_history(tmp_path: Path) -> None:
    files = {name: str(SCENARIOS / "environments" / f"{name}.yaml") for name in ("returns", "status")}
    (tmp_path / "both.yaml").write_text(CHAIN.format(**files), encoding="utf-8")
    shared = {"axes": "standard", "reward": "composite", "user": "shopper", "catalog": "general", "policy": "standard"}
    folders = {"axes": "axes", "reward": "rewards", "user": "users", "catalog": "catalogs", "policy": "policies"}
    collection = {part: str(SCENARIOS / folders[part] / f"{name}.yaml") for part, name in shared.items()}
    collection |= {"kind": "Collection", "name": "both"}
    written = json.dumps({**collection, "environments": ["both.yaml"]})
    (tmp_path / "collection.yaml").write_text(written, encoding="utf-8")
    scenario = rlve_dsl.load(tmp_path / "collection.yaml")
    firsts = Counter[str]()
    for level in (2, 12):
        for seed in range(12):
            episode = start(scenario, level, seed)
            by_name = {part.environment.name: part.names for part in episode.parts}
            one, other = (sorted(o["order_id"] for o in drawn["orders"]) for drawn in by_name.values())
            assert one == other and len(one) == 1 + level // 2
            assert by_name["returns"]["purchase"]["status"] == "delivered"
            firsts[episode.parts[0].environment.name] += 1
            assert play(episode, OracleAgent(episode)).correct
    assert firsts.keys() == {"returns", "status"}
