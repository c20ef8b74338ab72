"""What nobody has to ask for: an oracle that never learns one fact, and what it takes in its place."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from rlve_dsl.agents import OracleAgent, UnheardFact, perform
from rlve_dsl.certify import Plan
from rlve_dsl.certify.checks import needed
from rlve_dsl.certify.checks.needed import Unheard, lost, typical
from rlve_dsl.episode import Episode, Part, Scenario
from rlve_dsl.values import Value
from tests.certify.conftest import DEFECTS, ROOT, Judge

ENOUGH = Plan((9,), seeds=20)
FEW = Plan((2, 9), seeds=3)


def plays(count: int, **passed: int) -> list[Unheard]:
    """As many plays without a fact, of which each guess passes the given number."""
    return [
        Unheard("cart", 9, seed, "", "cart.fallback", {how: seed < most for how, most in passed.items()})
        for seed in range(count)
    ]


@pytest.mark.parametrize(
    ("values", "most"),
    [
        (["mail", "locker", "mail"], "mail"),
        ([3, 3, 9], 3),
        ([100, 300, 250], 250),
        ([["a"], ["b"], ["b"]], ["b"]),
        ([True, False, True], True),
        ([{"price": 0.25, "brand": 0.75}, {"price": 0.75, "brand": 0.25}], {"price": 0.5, "brand": 0.5}),
    ],
)
def test_a_guess_is_what_a_fact_most_often_is(values: list[Value], most: Value) -> None:
    assert typical(values) == most


def test_the_best_guess_counts() -> None:
    how, loss = lost(plays(20, nothing=0, often=18, more=5))
    assert how == "often" and loss.value == pytest.approx(0.1)


def test_few_plays_are_said_to_be_few(c1: Scenario) -> None:
    scenario = replace_environments(c1, "cart")
    for count, findings, undecided in [(3, 0, 1), (12, 0, 1), (20, 1, 0), (60, 1, 0)]:
        result = needed.CHECK.judge(scenario, FEW, plays(count, nothing=count))
        assert (len(result.findings), len(result.undecided)) == (findings, undecided), count
    assert needed.CHECK.judge(scenario, FEW, plays(20, nothing=16)).passed


def replace_environments(scenario: Scenario, name: str) -> Scenario:
    """The scenario with its environment under another name."""
    (environment,) = scenario.compiled.environments.values()
    return Scenario(replace(scenario.compiled, environments={name: environment}))


def deaf(episode: Episode, fact: str, guesses: dict[int | None, Value]) -> OracleAgent:
    def said(part: Part) -> Value:
        return UnheardFact(part, fact, guesses)

    return OracleAgent(episode, said=said)


def test_what_the_opening_said_stays_known(returns: Scenario) -> None:
    """Deaf to a fact that the opening states, the oracle plays as ever; without one that it left out, it cannot go on."""
    for seed in range(8):
        begin = partial(returns.reset, "returns", level=6, seed=seed)
        part = begin().parts[0]
        omitted = {slot.fact for slot in part.drawn.slots if slot.omitted}
        whole = perform(begin, OracleAgent)
        for fact in ("reason", "item"):
            play = perform(begin, lambda episode: deaf(episode, fact, {}))  # noqa: B023 - played at once
            if fact not in omitted:
                assert play.script == whole.script
            elif part.names["goal"]["allowed"]:
                assert not play.passed


def test_a_guess_stands_in_for_the_items_that_were_left_out(bundle: Scenario) -> None:
    """With the true values as guesses the oracle passes; with other kinds of product it buys others."""
    for seed in range(4):
        begin = partial(bundle.reset, "bundle", level=9, seed=seed)
        slots = [s for s in begin().parts[0].drawn.slots if s.fact == "need" and s.omitted]
        truth = {slot.key: slot.value for slot in slots}
        assert perform(begin, partial(deaf, fact="need", guesses=truth)).passed
        assert not truth or not perform(begin, partial(deaf, fact="need", guesses={})).passed


@pytest.mark.parametrize(
    ("defect", "fact"),
    [("fact_that_nothing_reads", "cart.present"), ("always_two", "cart.quantity"), ("either_fact_will_do", "status.item"),
     ("fallback_never_used", "cart.fallback"), ("shipping_unread", "reorder.shipping")],
)  # fmt: skip
def test_a_fact_that_decides_nothing_is_named(judge: Judge, defect: str, fact: str) -> None:
    path = str(DEFECTS / f"{defect}.yaml")
    assert fact in [finding.subject for finding in judge("needed", path, plan=ENOUGH).findings]
    few = judge("needed", path, plan=FEW)
    assert few.passed and any(fact in note for note in few.undecided)


@pytest.mark.parametrize("path", ["environments/cart.yaml", "environments/bundle.yaml", "examples/gifts.yaml"])
def test_whoever_does_not_ask_loses(judge: Judge, path: str) -> None:
    result = judge("needed", str(ROOT / "scenarios" / path), plan=ENOUGH)
    assert result.passed and all(figure.interval.value > 0 for figure in result.figures)


def test_what_a_collection_fixes_is_a_note(judge: Judge) -> None:
    result = judge("needed", str(ROOT / "scenarios" / "first-steps.yaml"), plan=ENOUGH)
    assert result.passed and any("`cart.fallback` decides nothing here" in note for note in result.notes)
