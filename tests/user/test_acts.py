"""The dialogue acts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from rlve_dsl.user import ACTS

USERS = Path(__file__).parents[2] / "scenarios" / "users"


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


@pytest.mark.parametrize("path", sorted(USERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_leads_to_an_answer_does_not_sound_like_a_yes(path: Path) -> None:
    phrases = (
        yaml.safe_load(path.read_text(encoding="utf-8").replace("!replace", "")).get("acts", {}).get("clarify", {})
    )
    said = [phrase for tone in (phrases.values() if isinstance(phrases, dict) else [phrases]) for phrase in tone]
    yes = re.compile(r"\b(?:yes|yep|sure|of course|certainly|ok|okay|no problem)\b|^right\.", re.IGNORECASE)
    assert not [phrase for phrase in said if yes.search(phrase)], '"Of course. It wasn\'t sold as final."'
