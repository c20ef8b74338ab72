"""The structure of English questions: what asks, what only leads up to it, and what is asked for."""

from __future__ import annotations

import pytest

from rlve_dsl.user import Listener, Slot, Understood
from tests.user.slots import slot

COURSE = [
    slot("language", "I'd like to learn {Portuguese}.", "Which language would you like to learn?", omitted=False),
    slot("day", "I'm free on {Tuesday}.", "On which day are you free?"),
    slot("fee", "It may cost {$300}.", "What is your budget?", "How much may the course cost?"),
    slot("colour", "The book in {blue}.", "Do you have a wish about its {colour}?", "Which {colour} should it have?"),
]
PETS = [
    slot("pet", "I'll bring {Biscuit}.", "Which animals will you bring?", key=0, omitted=False),
    slot("pet", "I'll bring {Mops}.", "Which animals will you bring?", key=1, omitted=False),
    slot("breed", "{Biscuit} is a {beagle}.", "What breed is {Biscuit}?", key=0),
    slot("breed", "{Mops} is a {Persian}.", "What breed is {Mops}?", key=1),
]
TANDEM = [
    slot("bike", "I want {two tandems}.", "Which kinds of bike would you like?", omitted=False),
    slot("instead", "Else {city bikes}.", "Which bikes instead, if there are no tandems?"),
]
CART = [
    slot("quantity", "{2} of the {Corvex smartwatch}.", "How many of the {Corvex smartwatch}?", key=0),
    slot("quantity", "{1} of the {Hollin garden hose}.", "How many of the {Hollin garden hose}?", key=1),
    slot("budget", "I can spend {$120}.", "What is your budget?"),
]


def heard(facts: list[Slot], message: str, *absent: Slot) -> Understood:
    return Listener(facts, absent).understand(message)


def asked(facts: list[Slot], message: str) -> set[str]:
    found = [facts[index] for index in heard(facts, message).asked]
    return {one.fact if one.key is None else f"{one.fact}[{one.key}]" for one in found}


@pytest.mark.parametrize(
    "message",
    [
        "Which day would be the most convenient for you?",
        "Your fee depends on what you learn, so which day suits you?",
        "You said Portuguese, which is a fine choice. Is there a day that suits you?",
        "Would Monday be possible, or is Friday better, or something else entirely?",
    ],
)
def test_only_the_question_of_a_message_asks(message: str) -> None:
    assert asked(COURSE, message) == {"day"}


@pytest.mark.parametrize(
    "message",
    ["When it comes to the colour, what are you after?", "Any wishes regarding the colour?", "Colour: any preference?"],
)
def test_what_a_question_says_that_it_is_about_is_asked_for(message: str) -> None:
    assert asked(COURSE, message) == {"colour"}


def test_the_noun_phrase_is_asked_for_and_not_what_follows_it() -> None:
    assert asked(PETS, "I need the breed of each animal.") == {"breed[0]", "breed[1]"}


@pytest.mark.parametrize(
    "message", ["Do you have other animals?", "Apart from Biscuit, will you bring another animal?"]
)
def test_others_than_those_that_were_said_are_nothing(message: str) -> None:
    understood = heard(PETS, message)
    assert not understood.asked and understood.kind in ("no_view", "unclear")


@pytest.mark.parametrize(
    "message",
    [
        "If there are no tandems, what would you take?",
        "Suppose we couldn't do that; is there another kind you'd take?",
        "Unfortunately there are only two tandems left. Which other bikes would you accept?",
        "Failing that, what would you like?",
    ],
)
def test_a_case_is_asked_about_in_many_ways(message: str) -> None:
    assert asked(TANDEM, message) == {"instead"}


@pytest.mark.xfail(strict=True, reason="the networks hear the usual day; those before did not")
def test_a_case_that_no_fact_is_about_does_not_ask_for_the_usual() -> None:
    assert not asked(COURSE[:2], "If Tuesday is not possible, which other day would work?")


def test_a_choice_is_no_request_for_a_go_ahead() -> None:
    assert heard(COURSE, "Shall I book the blue one or the red one?").kind != "go_ahead"
    assert heard(COURSE, "Shall I book the blue one?").kind == "go_ahead"


@pytest.mark.parametrize("message", ["Under $50, or more than that?", "Would $100 be enough?"])
def test_an_amount_of_money_asks_for_the_only_fact_that_is_one(message: str) -> None:
    assert asked(CART, message) == {"budget"}


def test_a_number_and_a_part_of_a_name_ask_for_how_many() -> None:
    assert asked(CART, "One watch or more?") == {"quantity[0]"}


def test_they_are_all_that_was_named() -> None:
    assert asked(CART, "I see the watch and the hose. How many of them?") == {"quantity[0]", "quantity[1]"}


@pytest.mark.parametrize("message", ["Day? Budget? Colour?", "Budget day colour"])
def test_scraps_are_no_question(message: str) -> None:
    assert not heard(COURSE, message).asked


def test_a_wish_about_one_attribute_is_not_asked_for_by_another() -> None:
    material = slot("wish", "In {oak}.", "Do you have a wish about its {material}?")
    assert not asked([material], "Which colour should it have?")


def test_a_prompt_asks_for_whatever_is_open() -> None:
    assert heard(COURSE, "Do go on!").general
    assert heard(COURSE, "What else?").general


def test_what_a_question_excludes_is_not_asked_for() -> None:
    names = ("headphones", "backpack", "bottle", "lamp")
    needs = [
        slot("need", f"I need {{{name}}}.", "What else is on your list?", key=place, omitted=place > 1)
        for place, name in enumerate(names)
    ]
    message = "What else do you still need to buy for the trip, apart from the headphones, the backpack?"
    assert asked(needs, message) == {"need[2]", "need[3]"}
