"""How an ending is put together and written down."""

from __future__ import annotations

import json

import pytest

from rlve_dsl.episode.outcome import (
    ForbiddenCall,
    Grade,
    HardFailure,
    IllegalCall,
    Outcome,
    PartOutcome,
    concluded,
)
from rlve_dsl.reward import Breakdown, TermValue

TERMS = (TermValue("task", 0.75, 1 / 3, "2 * f1 - 1"), TermValue("efficiency", 0.25, -1.0, "late"))
PARTS = (
    PartOutcome("cart", True, True, 0.5, True, 0.1, "good"),
    PartOutcome("returns", True, False, -1.0, False, None, "no answer"),
)


def test_an_outcome_is_made_of_reward_and_grade() -> None:
    graded = concluded("answered", Breakdown(0.5, TERMS, False), Grade(2 / 3, True, "2 of 3"), PARTS)
    assert graded == Outcome("answered", 0.5, 0.666666667, False, TERMS, "2 of 3", PARTS, done=True)
    assert concluded("gave_up", Breakdown(-1.0, (), True), Grade(-1.0, True)).parts == ()


@pytest.mark.parametrize(
    ("of_reward", "of_grade", "reason"), [("failed", "graded", "failed"), ("", "graded", "graded"), ("", "", "")]
)
def test_the_reason_of_a_hard_failure_comes_first(of_reward: str, of_grade: str, reason: str) -> None:
    graded = concluded("illegal_call", Breakdown(-1.0, (), False, of_reward), Grade(-1.0, False, of_grade))
    assert graded.reason == reason


def test_an_outcome_is_written_as_json() -> None:
    written = Outcome("answered", 0.5, 0.25, True, TERMS, "why").as_json()
    assert json.loads(json.dumps(written)) == {
        "termination": "answered",
        "reward": 0.5,
        "task": 0.25,
        "correct": True,
        "terms": [
            {"name": "task", "weight": 0.75, "value": 0.333333333, "reason": "2 * f1 - 1"},
            {"name": "efficiency", "weight": 0.25, "value": -1.0, "reason": "late"},
        ],
        "reason": "why",
    }
    assert list(written) == ["termination", "reward", "task", "correct", "terms", "reason"]


def test_the_parts_of_a_chain_are_written_last() -> None:
    written = Outcome("turns_spent", -0.5, -0.25, False, (), parts=PARTS).as_json()
    assert written["reason"] == "" and written["terms"] == []
    cart = {"environment": "cart", "reached": True, "answered": True}
    returns = {"environment": "returns", "reached": True, "answered": False}
    assert list(written)[-1] == "parts" and json.loads(json.dumps(written))["parts"] == [
        {**cart, "task": 0.5, "correct": True, "lost": 0.1, "reason": "good"},
        {**returns, "task": -1.0, "correct": False, "lost": None, "reason": "no answer"},
    ]


def test_hard_failures_say_how_the_episode_ends() -> None:
    for failure, termination in ((IllegalCall, "illegal_call"), (ForbiddenCall, "forbidden")):
        assert issubclass(failure, HardFailure) and failure.termination == termination
        assert str(failure("why")) == "why"


def test_a_grade_needs_no_reason() -> None:
    assert Grade(0.5, True).reason == "" and Outcome("answered", 1.0, 1.0, True, ()).reason == ""
