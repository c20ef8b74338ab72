"""Whether what an agent wants to have confirmed is so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rlve_dsl.user import Slot
from rlve_dsl.user.confirming import agrees, is_so
from tests.user.slots import slot

TENT = slot("item", "I mean the {Kestrel Peak 2-person grey tent}.", "Which product?")
WAY = slot("method", "By {courier}, please.", "How would you send it?", options=("mail", "courier", "locker"))
PRICE = slot("budget", "I can spend {$120}.", "What is your budget?")
COUNT = replace(
    slot("count", "Make it {three bags of rice}.", "How many of the {Nonna Pia 2-pack rice}?", key=0), value=3
)
NIGHTS = replace(slot("nights", "It stays {twelve nights}.", "How long does it stay?"), value=12)
FOOD = slot("food", "Feed it {raw}, please.", "What does it eat?", options=("raw", "dry", "wet", "wet and warm"))
LIKENESS = slot("likeness", "{60%} on likeness, {40%} on my wishes.", "How much does likeness count?")


@pytest.mark.parametrize(
    ("message", "of", "so"),
    [
        ("You said the tent, is that right?", TENT, True),
        ("So that's the grey tent – correct?", TENT, True),
        ("So that's the red tent – correct?", TENT, None),
        ("You'd like to return the Kestrel Peak 2-person grey tent. Is that right?", TENT, True),
        ("Am I right that it goes back by courier?", WAY, True),
        ("It goes back by mail, correct?", WAY, False),
        ("It goes back by express courier, correct?", WAY, None),
        ("It goes back by mail, not by courier, right?", WAY, None),
        ("Did you say $120?", PRICE, True),
        ("Can you confirm that your budget is $150?", PRICE, False),
        ("Your budget is one hundred, right?", PRICE, None),
        ("So three of the rice, right?", COUNT, True),
        ("So 2 of the 2-pack rice, right?", COUNT, None),
        ("So four bags of the rice, right?", COUNT, False),
        ("So three in all, right?", COUNT, None),
        ("So it stays 12 nights, right?", NIGHTS, True),
        ("So Rufus remains with us for twelve nights, is that correct?", NIGHTS, True),
        ("Small dog, twelve nights, is that correct?", NIGHTS, True),
        ("So it boards 12 nights, right?", NIGHTS, True),
        ("So it stays 3 nights, right?", NIGHTS, False),
        ("So it stays extra 12 nights, right?", NIGHTS, None),
        ("So it arrives on June 12 for the nights, right?", NIGHTS, None),
        ("So it has room 12, right?", NIGHTS, None),
        ("Your budget is more than $120, right?", PRICE, None),
        ("So it's 40% for likeness, right?", LIKENESS, None),
        ("So it eats dry food, right?", FOOD, False),
        ("So it eats raw food, right?", FOOD, True),
        ("Am I right that it eats dry food?", FOOD, False),
        ("Am I right that the cat chews dry food?", FOOD, None),
        ("Am I right that it chews dry food?", FOOD, False),
        ("So the cat should chew raw food, right?", FOOD, True),
        ("So you're serving dry food, right?", FOOD, False),
        ("You want it fed raw, right?", FOOD, True),
        ("You want it fed dry, right?", FOOD, False),
        ("So it eats wet and warm food, right?", FOOD, False),
        ("So it eats dry and wet food, right?", FOOD, None),
        ("So it eats raw food and dry food, right?", FOOD, None),
        ("So it never eats dry food, right?", FOOD, None),
        ("So it doesn't eat dry food, right?", FOOD, None),
        ("So it hates dry food, right?", FOOD, None),
        ("So it eats something other than dry food, right?", FOOD, None),
        ("So it eats raw food instead of dry food, right?", FOOD, None),
        ("So it eats freeze dry food, right?", FOOD, None),
        ("You want it sent registered mail, right?", WAY, None),
        ("So you'd like express mail, correct?", WAY, None),
    ],
)
def test_a_value_that_is_named_is_confirmed_or_not(message: str, of: Slot, so: bool | None) -> None:
    assert is_so(message, [of]) is so


@pytest.mark.parametrize(
    "message",
    [
        "How would you like to send it, by courier?",
        "Is the courier right?",
        "By courier, right? And why are you sending it back?",
        "By courier or by mail, is that right?",
        "By courier. Is that right or wrong?",
        "You said courier.",
        "What did you say, courier?",
        "Right?",
        "",
    ],
)
def test_what_is_no_confirming_question_or_asks_for_more_is_left_alone(message: str) -> None:
    assert is_so(message, [WAY]) is None


def test_several_facts_are_confirmed_together() -> None:
    assert is_so("The grey tent, by courier, right?", [TENT, WAY]) is True
    assert is_so("The grey tent, by mail, right?", [TENT, WAY]) is False
    assert is_so("The grey tent for $120, right?", [TENT, WAY]) is None
    assert is_so("The grey tent, right?", []) is None


@pytest.mark.parametrize(
    ("text", "said", "so"),
    [
        ("at most $62.99", "priced at {$62.99 or less}", True),
        ("at most $99", "priced at {$62.99 or less}", False),
        ("up to 310 grams", "weighing {at most 310 g}", True),
        ("at least 310 g", "weighing {at most 310 g}", None),
        ("2365 reviews", "reviewed {at least 2365 times}", True),
        ("not 310 g", "weighing {at most 310 g}", None),
        ("a few reviews", "reviewed {at least 2365 times}", None),
    ],
)
def test_a_limit_is_named_by_its_number(text: str, said: str, so: bool | None) -> None:
    assert agrees(text, slot("wish", said)) is so
