"""Reward files: a sum of terms within a range, each with its reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import FUNCTIONS, Scope, compile_expression
from rlve_dsl.expressions.types import BOOL, INT, REAL, ListOf, Record
from rlve_dsl.expressions.types import TEXT as WORDS
from rlve_dsl.reward import Composition, compose, explain

SCOPE = Scope(
    {"task": REAL, "correct": BOOL, "turns": Record("turns", (("used", INT), ("budget", INT)))},
    {function.name: function for function in FUNCTIONS},
)
TEXT = """
kind: Reward
name: test
range: [-1, 0.5]
let: {waste: "turns.used / turns.budget"}
terms:
  task: {weight: 0.75, value: task}
  brevity: {weight: 0.5, value: "-waste"}
hard_failures: {malformed_action: -0.5, illegal_call: -1}
"""


def composed(text: str = TEXT) -> Composition:
    loaded, found = files.load_text(text, "reward.yaml").spec, Diagnostics()
    assert isinstance(loaded, files.Reward)
    made = compose(loaded, SCOPE, found)
    assert made is not None, found.items
    return made


def outcome(task: float, used: int = 1, budget: int = 4) -> dict[str, Any]:
    return {"task": task, "correct": task == 1, "turns": {"used": used, "budget": budget}}


@given(st.floats(-1, 1), st.integers(1, 9), st.integers(1, 9))
def test_a_reward_is_the_weighted_sum_of_its_terms_within_its_range(task: float, used: int, budget: int) -> None:
    breakdown = composed().score(outcome(task, used, budget))
    total = sum(term.weight * term.value for term in breakdown.terms)
    assert breakdown.reward == pytest.approx(min(0.5, max(-1, total)), abs=1e-9)
    assert [term.name for term in breakdown.terms] == ["task", "brevity"]
    assert breakdown.terms[1].value == pytest.approx(-used / budget)


def test_a_term_says_what_it_was_made_of() -> None:
    task, brevity = composed().score(outcome(0.25, 3)).terms
    assert task.reason == "task, where task = 0.25"
    assert brevity.reason == "-waste, where waste = 0.75"


def test_a_hard_failure_is_what_the_file_says_or_the_lowest_there_is() -> None:
    for failure, reward in (("malformed_action", -0.5), ("illegal_call", -1), ("forbidden", -1)):
        breakdown = composed().fail(failure, "because")
        assert (breakdown.reward, breakdown.terms, breakdown.reason) == (reward, (), "because")


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("value: task}", "value: correct}", "R102", 7),
        ("value: task}", "value: tusk}", "R101", 7),
        ("turns.used / ", "tusks / ", "R101", 5),
        ("waste: ", "task: ", "R203", 5),
        ("waste: ", "count: ", "R203", 5),
    ],
)
def test_a_term_with_errors_makes_no_composition(old: str, new: str, code: str, line: int) -> None:
    loaded, found = files.load_text(TEXT.replace(old, new, 1), "reward.yaml").spec, Diagnostics()
    assert isinstance(loaded, files.Reward)
    assert compose(loaded, SCOPE, found) is None
    assert (code, line) in {(d.code, d.span.line if d.span else 0) for d in found.items}


def test_without_a_rule_of_its_own_the_environment_says_what_passes() -> None:
    assert composed().score(outcome(1)).correct is True
    assert composed().score(outcome(0.5)).correct is False
    assert composed().fail("illegal_call", "because").correct is False


def test_a_rule_of_its_own_says_what_passes() -> None:
    strict = composed(f"{TEXT}correct_when: correct and waste <= 0.5\n")
    assert strict.score(outcome(1, used=2)).correct is True
    assert strict.score(outcome(1, used=3)).correct is False
    assert strict.score(outcome(0.5, used=2)).correct is False


@pytest.mark.parametrize(("rule", "code"), [("task", "R102"), ("tusk > 1", "R101")])
def test_a_rule_with_errors_makes_no_composition(rule: str, code: str) -> None:
    loaded, found = files.load_text(f"{TEXT}correct_when: {rule}\n", "reward.yaml").spec, Diagnostics()
    assert isinstance(loaded, files.Reward)
    assert compose(loaded, SCOPE, found) is None
    assert [(d.code, d.span.line if d.span else 0) for d in found.items] == [(code, 10)]


def test_a_name_that_is_taken_is_reported_where_it_is_written() -> None:
    loaded, found = files.load_text(TEXT.replace("waste: ", "task: ", 1), "reward.yaml").spec, Diagnostics()
    assert isinstance(loaded, files.Reward)
    compose(loaded, SCOPE, found)
    taken = next(d for d in found.items if d.code == "R203")
    assert taken.message.startswith("`task` is already ") and taken.span is not None and taken.span.line == 5


@given(st.floats(-1, 0.5))
def test_a_reward_has_nine_places(task: float) -> None:
    reward = composed(TEXT.replace("  brevity", "  # brevity")).score(outcome(task)).reward
    assert reward == round(reward, 9)


FACTS = Record("facts", (("n", INT), ("share", REAL), ("met", BOOL), ("notes", ListOf(WORDS))))


def explained(text: str, **facts: Any) -> str:
    found = Diagnostics()
    names = {function.name: function for function in FUNCTIONS}
    made = compile_expression(text, Span("", 1, 1, 1, 1), Scope({"facts": FACTS}, names), found)
    assert made is not None, found.items
    return explain(made, {"facts": facts} if facts else {})


def test_a_reason_gives_numbers_and_sentences_and_nothing_else() -> None:
    assert explained("facts.n + facts.share", n=2, share=0.25) == (
        "facts.n + facts.share, where facts.n = 2, facts.share = 0.25"
    )
    assert explained("facts.met", met=True) == "facts.met"
    assert explained("count(facts.notes)", notes=["it was late", "it was wrong"]) == (
        "count(facts.notes), where facts.notes = it was late; it was wrong"
    )
    assert explained("count(facts.notes)", notes=["late", "wrong one"]) == "count(facts.notes)"


def test_a_reason_leaves_out_what_is_not_there() -> None:
    assert explained("facts.n") == "facts.n"
    assert explained("facts.n + 1", n=None) == "facts.n + 1"
