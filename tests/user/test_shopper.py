"""Disclosure, acts, patience and noise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.expressions import Segment
from rlve_dsl.rng import Stream
from rlve_dsl.user import ACTS, Shopper, Slot, Unprompted, typed

PHRASES = {
    "clarify": ("Sure.", "Of course."),
    "correct": ("Hang on.",),
    "elaborate": ("One more thing.",),
    "continue": ("Go on.",),
    "no_preference": ("I don't mind.",),
    "ragequit": ("I'm off.",),
}


def segments(text: str) -> tuple[Segment, ...]:
    """`I need {two}.` with `two` as a value."""
    parts = text.replace("}", "{").split("{")
    return tuple(Segment(part, index % 2 == 1) for index, part in enumerate(parts) if part)


def slot(
    fact: str, says: str, *asks: str, key: int | None = None, omitted: bool = True, by_chance: bool = True
) -> Slot:
    return Slot(fact, key, says, segments(says), asks, omitted, by_chance)


ITEM = slot("item", "I need the {red mug}.", omitted=False)
COLOR = slot("color", "The {mug} in {red}.", "Which color should the mug have?")
COUNT = slot("count", "{3} of the {mug}.", "How many of the mug?")
SPARE = slot("spare", "Else the {cup}.", "What instead of the mug?", by_chance=False)


def shopper(*slots: Slot, **more: Any) -> Shopper:
    settings: dict[str, Any] = {"acts": PHRASES, "noise": 0.0, "patience": 3, "stream": Stream("user"), **more}
    return Shopper(openings=[segments("Hello.")], slots=slots, **settings)


def test_the_opening_says_all_that_is_not_omitted() -> None:
    said = (user := shopper(ITEM, COLOR, slot("size", "Size {L}.", omitted=False))).raise_request()
    assert said.text == "Hello. I need the red mug. Size L."
    assert [s.fact for s in said.disclosed] == [s.fact for s in user.disclosed] == ["item", "size"]
    assert user.open_slots == (COLOR,)
    assert shopper(opening_less := COLOR, acts={}).raise_request().text == "Hello."
    assert Shopper([()], [ITEM, opening_less], {}, 0.0, 3, Stream(1)).raise_request().text == "I need the red mug."


def test_one_reply_discloses_every_fact_that_is_asked_for() -> None:
    user = shopper(ITEM, COLOR, COUNT)
    user.raise_request()
    said = user.reply("Which color, and how many?", progress=False)
    assert said.text in ("Sure. The mug in red. 3 of the mug.", "Of course. The mug in red. 3 of the mug.")
    assert said.acts == ("clarify",) and said.disclosed == (COLOR, COUNT) and said.discounts
    assert user.open_slots == ()


def test_repeating_is_answered_but_not_free() -> None:
    user = shopper(ITEM, COLOR, COUNT, SPARE)
    user.raise_request()
    assert user.reply("Which color?", progress=False).discounts
    again = user.reply("Which color?", progress=False)
    assert "The mug in red." in again.text and not again.disclosed and not again.discounts


def test_what_is_never_in_an_opening_earns_no_discount() -> None:
    user = shopper(ITEM, SPARE, COLOR)
    user.raise_request()
    said = user.reply("What instead of the mug?", progress=False)
    assert said.disclosed == (SPARE,) and not said.discounts
    assert user.reply("What instead of the mug? Which color?", progress=False).discounts


def test_a_non_fact_gets_no_preference_and_a_statement_leave_to_go_on() -> None:
    user = shopper(ITEM, COLOR)
    user.raise_request()
    said = user.reply("What is your budget?", progress=True)
    assert (said.text, said.acts, said.disclosed) == ("I don't mind.", ("no_preference",), ())
    said = user.reply("I put it into the cart.", progress=True)
    assert (said.text, said.acts) == ("Go on.", ("continue",))


def test_patience_is_used_up_by_unhelpful_turns_alone() -> None:
    user = shopper(ITEM, COLOR, COUNT, patience=2)
    user.raise_request()
    assert not user.reply("Hm.", progress=False).gave_up
    for _ in range(5):
        assert not user.reply("I searched.", progress=True).gave_up
    assert not user.reply("Which color?", progress=False).gave_up
    last = user.reply("Which color?", progress=False)
    assert last.gave_up and last.acts == ("ragequit",) and last.text == "I'm off." and not last.disclosed


def test_a_reaction_speaks_once_and_the_first_goes_first() -> None:
    user = shopper(ITEM, COLOR, COUNT)
    user.raise_request()
    wrong = Unprompted((0, 0), "correct", segments("Not that {mug}."), (1, "color", None))
    other = Unprompted((1, 0), "correct", segments("Nor that {cup}."))
    said = user.reply("Added it.", progress=True, unprompted=[wrong, other])
    assert said.text == "Hang on. Not that mug." and said.acts == ("correct",)
    assert said.disclosed == (COLOR,) and not said.discounts, "a disclosure by a reaction earns nothing"
    assert user.reply("Added it.", progress=True, unprompted=[wrong, other]).text == "Hang on. Nor that cup."
    assert user.reply("Added it.", progress=True, unprompted=[wrong, other]).acts == ("continue",)


def test_an_answer_comes_before_a_reaction() -> None:
    user = shopper(ITEM, COLOR, COUNT)
    user.raise_request()
    wrong = Unprompted(0, "correct", segments("Not that."), (1, "color", None))
    said = user.reply("How many?", progress=True, unprompted=[wrong])
    assert said.acts == ("clarify", "correct") and said.disclosed == (COUNT, COLOR) and said.discounts


def test_elaborate_only_reveals_what_is_still_open() -> None:
    user = shopper(ITEM, COLOR, COUNT)
    user.raise_request()
    more = Unprompted(0, "elaborate", segments("Make it {3}."), (1, "count", None))
    idle = Unprompted(1, "elaborate", segments("I like mugs."))
    assert user.reply("Fine.", progress=True, unprompted=[idle]).acts == ("continue",)
    assert user.reply("How many?", progress=True, unprompted=[more]).acts == ("clarify",)
    user = shopper(ITEM, COUNT)
    user.raise_request()
    assert user.reply("Fine.", progress=True, unprompted=[more]).disclosed == (COUNT,)


def test_slots_of_one_fact_are_told_apart_by_their_key() -> None:
    slots = [
        slot("count", "{2} mugs.", "How many of the mug?", key=0),
        slot("count", "{4} cups.", "How many of the cup?", key=1),
    ]
    user = shopper(*slots)
    user.raise_request()
    assert [s.key for s in user.reply("How many cups?", progress=False).disclosed] == [1]
    reaction = Unprompted(0, "correct", segments("2."), (1, "count", 0))
    assert [s.key for s in user.reply("Fine.", progress=True, unprompted=[reaction]).disclosed] == [0]


def test_the_same_stream_says_the_same() -> None:
    def talk(seed: int) -> list[str]:
        user = shopper(ITEM, COLOR, COUNT, noise=0.1, stream=Stream(seed))
        return [user.raise_request().text, *(user.reply("How many of the mug?", progress=True).text for _ in range(3))]

    assert talk(1) == talk(1) != talk(2)


values = st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=12)
worded = st.lists(st.builds(Segment, values, st.booleans()), max_size=6)


@given(worded, st.floats(0, 1), st.integers(0, 999))
def test_noise_never_touches_a_value(said: list[Segment], noise: float, seed: int) -> None:
    text = typed(said, noise, Stream(seed))
    assert text == typed(said, noise, Stream(seed))
    at = 0
    for segment in said:
        if segment.is_value:
            assert segment.text in text[at:]
            at = text.index(segment.text, at) + len(segment.text)
    assert typed(said, 0.0, Stream(seed)) == "".join(s.text for s in said)
    assert typed([s for s in said if s.is_value], 1.0, Stream(seed)) == "".join(s.text for s in said if s.is_value)


def test_noise_slips_as_often_as_it_says() -> None:
    text = "the quick brown fox jumps over the lazy dog " * 10
    letters = sum(c.isalpha() for c in text)
    for noise in (0.02, 0.125):
        # every slip changes the length or, when it swaps or replaces, the letters: count differing runs by length of diff
        changed = sum(typed([Segment(c, False)], noise, Stream(i)) != c for i, c in enumerate(text) if c.isalpha())
        assert changed == pytest.approx(letters * noise, rel=0.6, abs=6)


def test_acts_are_documented_once() -> None:
    assert len({act.name for act in ACTS}) == len(ACTS) and all(act.doc for act in ACTS)
    assert {a.name for a in ACTS} == {
        "confirm",
        "clarify",
        "correct",
        "elaborate",
        "continue",
        "no_preference",
        "ragequit",
    }
