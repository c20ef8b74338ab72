"""What a message asks for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.user.understanding.matching import Matcher, content_words, is_request

CART = {
    "option 0": ["Which option of the 30 W USB-C charger would you like?"],
    "option 1": ["Which option of the garden hose would you like?"],
    "quantity 0": ["How many of the 30 W USB-C charger?", "What quantity of the 30 W USB-C charger?"],
    "quantity 1": ["How many of the garden hose?", "What quantity of the garden hose?"],
    "fallback 0": ["What instead, if the 30 W USB-C charger is out of stock?"],
    "fallback 1": ["What instead, if the garden hose is out of stock?"],
}
DISCOVERY = {
    "wish 0": ["Do you have a wish about its price?"],
    "wish 1": ["Do you have a wish about its color?"],
    "wish 2": ["Do you have a wish about its brand?"],
    "wish 3": ["Do you have a wish about its ships_in?"],
    "weights": [
        "How much do price, rating, shipping, brand and similarity count for you?",
        "What matters most to you?",
    ],
    "favourite": ["Which brand is your favourite?"],
}
ONE = {"variant": ["Which colour should the mug have?"], "quantity": ["How many of the mug?"]}


def asked(things: dict[str, list[str]], message: str) -> set[str]:
    names = list(things)
    matcher = Matcher(list(things.values()), [name.split()[0] for name in names])
    return {names[i] for i in matcher.asked(message)}


@pytest.mark.parametrize("things", [CART, DISCOVERY, ONE])
def test_every_question_asks_for_its_own_thing_alone(things: dict[str, list[str]]) -> None:
    for name, questions in things.items():
        for question in questions:
            for said in (
                question,
                question.upper(),
                f"Hi there! {question}\nThanks.",
                f"  {question.replace(' ', '  ')}",
            ):
                assert asked(things, said) == {name}, said
    everything = " ".join(questions[0] for questions in things.values())
    assert asked(things, everything) == things.keys()


CASES = [
    (CART, "Which options would you like?", {"option 0", "option 1"}),
    (CART, "How many do you need?", {"quantity 0", "quantity 1"}),
    (CART, "How many chargers?", {"quantity 0"}),
    (CART, "Could you tell me how many garden hoses you want", {"quantity 1"}),
    (CART, "Tell me which option you prefer for the hose.", {"option 1"}),
    (CART, "Which option of the charger and how many of the hose?", {"option 0", "quantity 1"}),
    (CART, "How many of the charger and the hose?", {"quantity 0", "quantity 1"}),
    (CART, "For the charger, which option?", {"option 0"}),
    (CART, "For the charger, which option and how many?", {"option 0", "quantity 0"}),
    (CART, "Which option would you like for the charger, and for the garden hose?", {"option 0", "option 1"}),
    (CART, "What should I take instead if they are out of stock?", {"fallback 0", "fallback 1"}),
    (CART, "- Which option of the hose?\n- How many chargers?", {"option 1", "quantity 0"}),
    (CART, "What is your budget?", set()),
    (CART, "What is your budget for the charger?", set()),
    (CART, "Shall I add the charger?", set()),
    (CART, "I have added the black option of the charger.", set()),
    (CART, "I could not find how many there are.", set()),
    (CART, "", set()),
    (CART, "?!", set()),
    (DISCOVERY, "What price do you have in mind?", {"wish 0"}),
    (DISCOVERY, "Any preferred colours?", {"wish 1"}),
    (DISCOVERY, "Is a fast shipping important?", {"wish 3"}),
    (DISCOVERY, "What is your favorite brand?", {"favourite"}),
    (DISCOVERY, "What price, and which color?", {"wish 0", "wish 1"}),
    (DISCOVERY, "What matters to you?", {"weights"}),
    (DISCOVERY, "How old are you?", set()),
    (ONE, "What color?", {"variant"}),
    (ONE, "How many mugs?", {"quantity"}),
    (ONE, "The mug?", set()),
    (ONE, "How many, and in which colour?", {"variant", "quantity"}),
]


@pytest.mark.parametrize(("things", "message", "wanted"), CASES, ids=[message for _, message, _ in CASES])
def test_other_words(things: dict[str, list[str]], message: str, wanted: set[str]) -> None:
    assert asked(things, message) == wanted


def test_one_thing_is_asked_for_by_any_of_its_words() -> None:
    assert asked({"variant": ["Which colour should the mug have?"]}, "The mug?") == {"variant"}


WORDS = [
    "mug",
    "kettle",
    "scarf",
    "color",
    "size",
    "many",
    "weight",
    "brand",
    "salt",
    "and",
    "pepper",
    "St.",
    "2.5",
    "l",
]
questions = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(lambda words: f"Which {' '.join(words)}?")
things = st.lists(
    st.tuples(st.sampled_from("fgh"), st.lists(questions, min_size=1, max_size=2)), min_size=1, max_size=6
)


@given(things)
def test_a_question_word_for_word_finds_what_it_is_for(drawn: list[tuple[str, list[str]]]) -> None:
    matcher = Matcher([asks for _, asks in drawn], [fact for fact, _ in drawn])
    for index, (_, asks) in enumerate(drawn):
        for question in asks:
            found = matcher.asked(question)
            assert index in found
            assert all(question in drawn[other][1] for other in found)


@given(things, st.randoms(use_true_random=False))
def test_the_order_of_the_words_does_not_matter(drawn: list[tuple[str, list[str]]], random: object) -> None:
    matcher = Matcher([asks for _, asks in drawn], [fact for fact, _ in drawn])
    for index, (_, asks) in enumerate(drawn):
        words = sorted(content_words(asks[0]))
        if words:
            assert index in matcher.asked(f"What {' '.join(words)} do you want?")


@given(st.text(max_size=60), things)
def test_any_message_is_understood_somehow(message: str, drawn: list[tuple[str, list[str]]]) -> None:
    matcher = Matcher([asks for _, asks in drawn], [fact for fact, _ in drawn])
    assert matcher.asked(message) <= set(range(len(drawn)))


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("Which one?", True),
        ("Please tell me the size", True),
        ("Added. Tell me the size", True),
        ("let me know your size", True),
        ("I have added it.", False),
        ("It is in the cart, as you would like", False),
        ("Done", False),
    ],
)
def test_requests_are_told_from_statements(text: str, request_: bool) -> None:
    assert is_request(text) is request_


ASKING = re.compile(
    r"\?"
    r"|(?:^|[.!\n])\W*(?:(?:ok(?:ay)?|so|and|also|please|then|first|now|hi|hello|great|thanks|sure|alright)\W+)*"
    r"(?:what|which|how|when|where|who|whose|whether|could|can|would|will|do|does|did|is|are|have|has|any|tell|specify|"
    r"clarify|confirm|describe|give|share|provide|state|name|remind)\b"
    r"|\b(?:tell me|let me know|(?:could|can|would|will) you|(?:need|like|want|have) to know|wondering|please (?:tell|specify|"
    r"clarify|confirm|describe|give|share|provide|state|name))\b",
    re.IGNORECASE,
)
PARTS = (
    ".", "!", "\n", " ", ", ", "-", "_", "1", "é", "ok", "okay", "so", "please", "ſo", "what", "whats", "tell", "tell me",
    "is", "iſ", "color", "need to know", "",
)  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_a_request_is_what_one_pattern_says_that_takes_quadratic_time(text: str) -> None:
    assert is_request(text) is (ASKING.search(text) is not None)
