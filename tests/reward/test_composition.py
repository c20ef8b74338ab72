"""Reward files: a sum of terms within a range, each with its reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import FUNCTIONS, Scope
from rlve_dsl.expressions.types import BOOL, INT, REAL, Record
from rlve_dsl.reward import Composition, compose

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
    ("old", "new", "code"),
    [
        ("value: task}", "value: correct}", "R102"),
        ("value: task}", "value: tusk}", "R101"),
        ("waste: ", "task: ", "R203"),
        ("waste: ", "count: ", "R203"),
    ],
)
def test_a_term_with_errors_makes_no_composition(old: str, new: str, code: str) -> None:
    loaded, found = files.load_text(TEXT.replace(old, new, 1), "reward.yaml").spec, Diagnostics()
    assert isinstance(loaded, files.Reward)
    assert compose(loaded, SCOPE, found) is None
    assert code in {d.code for d in found.items}
