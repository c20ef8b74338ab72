"""More words by which the user understands: those of an author, and what is known of facts before any episode."""

from __future__ import annotations

import shutil
from pathlib import Path

from rlve_dsl.episode import load
from rlve_dsl.rng import Stream
from rlve_dsl.user import Heard, Listener, Request, Role, ScriptedUser, Words, mistakable
from tests.user.slots import segments, slot

HARNESS = slot("harness", "It wears a {small} harness.", "Which harness does it wear?")
AGE = slot("age", "It is {three}.", "How old is it?")
TACK: Words = (("harness", ("tack", "strap set")),)
SCENARIOS = Path(__file__).parents[3] / "scenarios"


def test_words_of_an_author_ask_for_what_they_mean() -> None:
    facts = [HARNESS, AGE]
    assert Listener(facts, (), TACK).understand("Tell me the tack.").asked == (0,)
    assert not Listener(facts).understand("Tell me the tack.").asked


def test_words_of_an_author_are_no_slips_of_typing() -> None:
    assert Listener([HARNESS, AGE], (), (("harness", ("hornass",)),)).understand("Which hornass is it?").asked == (0,)


def test_the_words_of_a_role_reach_the_ear() -> None:
    request = Request(1, segments("Hello."), (HARNESS,), lambda state: [])
    phrases = {"clarify": ("Sure.",), "unclear": ("Pardon?",), "no_preference": ("I don't mind.",)}
    user = ScriptedUser(Role((request,), {}, phrases, (), 3, 3, (), Stream(1), words=TACK))
    user.respond(Heard(0, raises=1))
    assert user.respond(Heard(1, "Which tack does your dog have?", None, (1,))).disclosed == (HARNESS,)


def test_a_user_file_has_words(tmp_path: Path) -> None:
    shutil.copytree(SCENARIOS, tmp_path / "scenarios")
    file = tmp_path / "scenarios" / "users" / "shopper.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "\nwords:\n  money_limit: [purse, kitty]\n", encoding="utf-8")
    scenario = load(str(tmp_path / "scenarios" / "first-steps.yaml"))
    part = scenario.reset(scenario.environments[0], level=0, seed=1).parts[0]
    assert part.environment.words == (("money limit", ("purse", "kitty")),)


def test_facts_whose_questions_mean_the_same_are_mistakable() -> None:
    color = slot("color", "In {red}.", "Which colour do you want?")
    shade = slot("shade", "In {blue}.", "Which colour should it be?")
    assert {frozenset(pair) for pair in mistakable([color, shade, AGE])} == {frozenset(["color", "shade"])}


def test_facts_with_questions_of_their_own_are_not_mistakable() -> None:
    assert not list(mistakable([HARNESS, AGE]))
