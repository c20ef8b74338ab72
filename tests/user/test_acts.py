"""The dialogue acts."""

from __future__ import annotations

from rlve_dsl.user import ACTS


def test_acts_are_documented_once() -> None:
    assert len({act.name for act in ACTS}) == len(ACTS) and all(act.doc for act in ACTS)
    assert {a.name for a in ACTS} == {
        "greet",
        "confirm",
        "refuse",
        "clarify",
        "correct",
        "elaborate",
        "continue",
        "no_preference",
        "nothing_more",
        "more",
        "which_action",
        "unclear",
        "ragequit",
    }
    assert {act.name for act in ACTS if act.standalone} == {
        "continue", "no_preference", "nothing_more", "more", "which_action", "unclear", "ragequit",
    }  # fmt: skip
