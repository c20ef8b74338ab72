"""English as people write it: articles, lists, and the faults of a text."""

from __future__ import annotations

import pytest

from rlve_dsl.english import (
    agreeing,
    counted_things,
    faults,
    first_and_last,
    is_counted,
    plural,
    separators,
    uncountable,
    with_article,
)


@pytest.mark.parametrize(
    ("noun", "right"),
    [
        ("mug", "a"), ("oak desk", "an"), ("USB hub", "a"), ("LED lamp", "an"), ("HEPA filter", "a"), ("unit", "a"),
        ("umbrella", "an"), ("ukulele", "a"), ("hour", "an"), ("hat", "a"), ("8-cup kettle", "an"), ("11 inch tablet", "an"),
        ("18 V drill", "an"), ("110 cm desk", "a"), ("one-piece", "a"), ("European plug", "a"), ("uninsulated cup", "an"),
        ("T-shirt", "a"), ("X-ray", "an"), ("", "a"),
    ],
)  # fmt: skip
def test_an_article_follows_the_sound(noun: str, right: str) -> None:
    assert with_article(noun) == f"{right} {noun}"


def test_only_an_article_before_a_word_follows_it() -> None:
    assert agreeing("set in a ", "oak") == "set in an " and agreeing("an ", "mug") == "a "
    assert agreeing("made of ", "oak") == "made of " and agreeing("a", "oak") == "a"


@pytest.mark.parametrize(
    ("noun", "several"),
    [
        ("copper kettle", "copper kettles"), ("pair of sneakers", "pairs of sneakers"), ("box of tea", "boxes of tea"),
        ("toy", "toys"), ("battery", "batteries"), ("French press", "French presses"), ("silky scarf", "silky scarves"),
        ("chef's knife", "chef's knives"), ("computer mouse", "computer mice"), ("headphones", "headphones"), ("bus", "buses"),
        ("Scarf", "Scarves"), ("bag for a tent", "bags for a tent"),
    ],
)  # fmt: skip
def test_several_things_are_in_the_plural(noun: str, several: str) -> None:
    assert plural(noun) == several
    assert counted_things(1, noun) == f"one {noun}" and counted_things(12, noun) == f"twelve {several}"
    assert counted_things(1300, noun) == f"1,300 {several}" and counted_things(0, noun) == f"0 {several}"
    assert is_counted(counted_things(2, noun)) and is_counted(counted_things(13, noun)) and not is_counted(noun)


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        (["a mop"], "a mop"), (["a mop", "a mat"], "a mop and a mat"), ([], ""),
        (["a mop", "a mat", "a vase"], "a mop, a mat and a vase"),
        (["fish and chips", "peas", "a pie"], "fish and chips, peas, and a pie"),
    ],
)  # fmt: skip
def test_items_are_joined_as_in_a_sentence(items: list[str], sentence: str) -> None:
    assert "".join(item + after for item, after in zip(items, separators(items), strict=True)) == sentence


@pytest.mark.parametrize(
    ("kind", "wrong", "right"),
    [
        ("doubled word", "the wheat beer beer", "the wheat beer, beer"),
        ("doubled word", "It is is red.", "All that that takes."),
        ("name of data", "It is out_for_delivery.", "It is out for delivery."),
        ("placeholder", "TODO", "To do."),
        ("placeholder", "I need <product>.", "I need 3 < 4."),
        ("wrong article", "set in a oak frame", "set in an oak frame"),
        ("wrong article", "an hat", "an hour"),
        ("article before an uncountable noun", "I need a soap.", "I need a soap dish."),
        ("article before an uncountable noun", "a litter of mine", "a bag of litter"),
        ("article before an uncountable noun", "I want a cat litter.", "I want a cat litter tray."),
        ("article before an uncountable noun", "I need a cat litter in 3 kg", "I need a little more information."),
        ("article before an uncountable noun", "a information", "a piece of information"),
        ("article before an uncountable noun", "a natural cat litter, please", "a mug I drink coffee from"),
        ("article before a plural", "I'm after a blue jeans.", "I'm after a jeans jacket, or a pair of jeans."),
        ("number in digits", "1 of the mugs.", "11 of the mugs, 0.1 of the oil, one of the pans."),
        ("list of data", "It's 18 L, no.", "It has 18 L, no pockets, and ends at 18:30."),
        ("list of data", "I want it big, pockets: 5", "On my list: 5 mugs."),
        ("unjoined list", "a vacuum cleaner, a mop, a bath mat", "a vacuum cleaner, a mop and a bath mat"),
        ("unjoined list", "I need a mop, a mat, a vase.", "I need a mop, a big one."),
    ],
)
def test_each_fault_is_found_and_nothing_else(kind: str, wrong: str, right: str) -> None:
    assert [fault.kind for fault in faults(wrong)] == [kind]
    assert list(faults(right)) == []


def test_a_noun_that_cannot_be_counted_needs_what_it_comes_in() -> None:
    fault = uncountable("cat litter")
    assert fault is not None and fault.advice.endswith("`bag of cat litter`")
    assert uncountable("bag of cat litter") is None and uncountable("litter tray") is None


def test_only_whole_words_meet_at_the_ends_of_a_text() -> None:
    assert first_and_last("wheat beer") == ("wheat", "beer")
    assert first_and_last(", with a lid") == ("", "lid") and first_and_last("20 W") == ("", "") == first_and_last(" ")
