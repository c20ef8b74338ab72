"""Questions that are broader than one fact, and questions whose form names what they ask for."""

from __future__ import annotations

import pytest

from rlve_dsl.user import Listener, Slot
from tests.user.slots import slot

WISHES = [
    slot("kind", "I want a lamp.", "What kind of product are you looking for?", omitted=False),
    slot("wish", "It must be black.", "Do you have a wish about its colour?", omitted=False),
    slot("wish", "It must be rated 4.5.", "Do you have a wish about its rating?"),
    slot("wish", "It must be 20 cm wide.", "Do you have a wish about its width?"),
    slot(
        "weights",
        "Price counts for 60%.",
        "How much do price, rating and brand count for you?",
        about=("weights", "percentages"),
    ),
]
RETURN = [
    slot("reason", "It was late.", "What is the reason for the return?"),
    slot("method", "By mail.", "How would you like to send it back?"),
]


def asked(facts: list[Slot], message: str) -> tuple[int, ...]:
    return Listener(facts).understand(message).asked


@pytest.mark.parametrize("message", ["What else should the lamp have?"])
def test_a_question_for_other_wishes_gets_those_that_were_left_out(message: str) -> None:
    understood = Listener(WISHES).understand(message)
    assert understood.general or understood.asked == (2, 3)


@pytest.mark.parametrize(
    "message", ["Which features must it have?", "Do you have any hard requirements?", "Please name the must-haves."]
)
def test_a_question_for_all_wishes_gets_all_of_them_and_nothing_else(message: str) -> None:
    assert {2, 3} <= set(asked(WISHES, message)) <= {1, 2, 3}, "what was said already may be said again"


def test_a_question_for_whatever_is_open_names_no_wish() -> None:
    understood = Listener(WISHES).understand("Any other requirements?")
    assert understood.general and not understood.asked


@pytest.mark.parametrize(
    "message",
    [
        "Is there anything else it should have, such as a certain width or a colour?",
        "Do you have other requirements too, for example a minimum rating?",
        "Are there other things the lamp should have, such as a width, or quick delivery?",
        "What matters to you in this lamp? For instance, do you have a width in mind?",
        "Besides the colour, is there anything else you'd like: a width, or a date by which it should come?",
    ],
)
def test_what_an_open_question_names_are_examples(message: str) -> None:
    understood = Listener(WISHES).understand(message)
    assert understood.general and not understood.asked, "what was said is not said again"


def test_a_question_beside_examples_is_answered_too() -> None:
    message = "Is there anything else it should have, such as a certain width? And how much do price and rating count?"
    understood = Listener(WISHES).understand(message)
    assert understood.general and understood.asked == (4,)


@pytest.mark.parametrize(
    "message", ["Which width do you need, for example 20 cm?", "Which colour and width would you like?"]
)
def test_a_question_for_one_thing_with_an_example_is_no_open_question(message: str) -> None:
    assert not Listener(WISHES).understand(message).general


@pytest.mark.parametrize("message", ["How important is price to you?", "How would you weigh price against brand?"])
def test_the_weight_of_a_criterion_is_one_of_the_weights(message: str) -> None:
    assert asked(WISHES, message) == (4,)


def test_scraps_that_fit_hardly_any_fact_are_no_question() -> None:
    assert Listener(RETURN).understand("Table? Reason? Weather? Music?").kind == "unclear"


@pytest.mark.parametrize("message", ["Just one thing.", "If it isn't too much trouble?"])
def test_what_leads_up_to_a_question_asks_nothing(message: str) -> None:
    assert Listener(RETURN).understand(message).kind == "talk"


@pytest.mark.parametrize("message", ["What else?", "What else can you tell me?", "Anything else?"])
def test_what_else_without_a_noun_asks_for_whatever_is_open(message: str) -> None:
    extra = slot(
        "extra", "I'd also like {the board game}.", "Which other items would you like?", about=("other items",)
    )
    amount = slot("amount", "I need {two}.", "How many do you need?")
    understood = Listener([extra, amount]).understand(message)
    assert understood.general and not understood.asked


@pytest.mark.parametrize(
    "message",
    ["Which other items would you like, such as a game?", "Which other items would you like, for example two games?"],
)
def test_examples_after_a_question_ask_nothing(message: str) -> None:
    extra = slot(
        "extra", "I'd also like {the board game}.", "Which other items would you like?", about=("other items",)
    )
    game = slot("game", "It's the {trading} game.", "Which game is it?")
    assert Listener([extra, game]).understand(message).asked == (0,)
