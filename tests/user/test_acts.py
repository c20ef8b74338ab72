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
        "again",
        "besides",
        "right",
        "wrong",
        "correct",
        "elaborate",
        "continue",
        "noted",
        "no_preference",
        "unsure",
        "more",
        "nothing_more",
        "your_choice",
        "which_action",
        "unclear",
        "unclear_question",
        "missed",
        "missed_first",
        "missed_last",
        "ragequit",
    }
    assert {act.name for act in ACTS if act.standalone} == {
        "continue", "noted", "no_preference", "unsure", "more", "nothing_more", "your_choice", "which_action", "unclear",
        "unclear_question", "missed", "missed_first",
        "missed_last",
        "ragequit",
    }  # fmt: skip


def phrases_of(path: Path, act: str) -> list[str]:
    phrases = yaml.safe_load(path.read_text(encoding="utf-8").replace("!replace", "")).get("acts", {}).get(act, {})
    return [phrase for tone in (phrases.values() if isinstance(phrases, dict) else [phrases]) for phrase in tone]


@pytest.mark.parametrize("path", sorted(USERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_leads_to_an_answer_does_not_sound_like_a_yes(path: Path) -> None:
    yes = re.compile(r"\b(?:yes|yep|sure|of course|certainly|ok|okay|no problem)\b|^right\.", re.IGNORECASE)
    assert not [phrase for phrase in phrases_of(path, "clarify") if yes.search(phrase)], (
        '"Of course. It wasn\'t sold as final."'
    )


@pytest.mark.parametrize("path", sorted(USERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_end_of_an_answer_is_no_no(path: Path) -> None:
    found = [phrase for phrase in phrases_of(path, "nothing_more") if re.match(r"no\b", phrase, re.IGNORECASE)]
    assert not found, '"It must be curved. No, nothing."'


@pytest.mark.parametrize("path", sorted(USERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_who_says_that_something_is_so_agrees_to_no_call(path: Path) -> None:
    ahead = re.compile(r"\b(?:ahead|please|do|ok|okay|sure)\b", re.IGNORECASE)
    assert not [phrase for phrase in phrases_of(path, "right") if ahead.search(phrase)]


@pytest.mark.parametrize("path", sorted(USERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_who_is_told_what_comes_says_neither_yes_nor_no(path: Path) -> None:
    either = re.compile(r"\b(?:ahead|please|go|ok|okay|sure|good|great|fine|right|yes|no|not)\b", re.IGNORECASE)
    assert not [phrase for phrase in phrases_of(path, "noted") if either.search(phrase)]


@pytest.mark.parametrize("path", sorted(USERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_nobody_asks_an_agent_what_its_question_is_for(path: Path) -> None:
    for act in ("unclear", "unclear_question"):
        assert not [phrase for phrase in phrases_of(path, act) if re.search(r"\bfor\?|\bwhy\b", phrase, re.IGNORECASE)]


@pytest.mark.parametrize("path", sorted(USERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_who_lets_the_agent_continue_also_answers_a_question(path: Path) -> None:
    assert not [phrase for phrase in phrases_of(path, "continue") if phrase.startswith("Go ")], (
        '"Shall I recommend that one?"'
    )


@pytest.mark.parametrize("path", sorted(USERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_was_missed_is_told_by_a_single_short_sentence(path: Path) -> None:
    for act in ("missed", "missed_first", "missed_last"):
        for phrase in phrases_of(path, act):
            assert len(phrase.split()) <= 12 and len(re.findall(r"[.?!]", phrase)) == 1


def test_half_of_the_answers_of_the_shopper_begin_with_the_answer() -> None:
    phrases = phrases_of(USERS / "shopper.yaml", "clarify")
    assert phrases.count("") * 2 >= len(phrases)
