"""Which text a message wants to have confirmed."""

from __future__ import annotations

import pytest

from rlve_dsl.user.tags import confirmed_in


@pytest.mark.parametrize(
    ("message", "text", "rest"),
    [
        ("Noted. At least 4 stars, in red. Is that right?", "Noted. At least 4 stars, in red.", ""),
        ("So you want it in red, correct?", "So you want it in red,", ""),
        ("In red. Did I get that right? And by courier?", "In red.", "And by courier?"),
        ("Which one? In red. Is that right?", "In red.", "Which one?"),
        ("You said four lamps, didn't you? I've added four.", "You said four lamps,", "I've added four."),
        ("Would the red one be all right?", None, None),
        ("If they run out, the red one will be all right?", "If they run out, the red one will be", ""),
        ("In red. What else?", None, None),
        ("Is that right?", None, None),
        ("In red, right? By courier, right?", None, None),
        ("Is the courier right?", None, None),
    ],
)
def test_what_is_to_be_confirmed_is_the_question_or_what_stands_before_it(
    message: str, text: str | None, rest: str | None
) -> None:
    found = confirmed_in(message)
    assert (None, None) == (text, rest) if found is None else (found.text.strip(), found.rest.strip()) == (text, rest)


@pytest.mark.parametrize(
    "tag",
    [
        "Is that right?", "Is this correct?", "Right?", "All correct?", "Is that all correct?", "Is everything correct?", "Did I note that down correctly?",
        "Have I understood you correctly?", "Did I understand everything correctly?", "Did I get everything?", "Do I have that right?", "Did I get all of that?",
        "Did I get the quantities right?", "Are these details correct?", "Does that sound right?", "Have I got it all down correctly?", "Isn\u2019t that right?",
        "Is that what you asked for?",
    ],
)  # fmt: skip
def test_there_are_many_questions_for_a_confirmation(tag: str) -> None:
    found = confirmed_in(f"Three mugs, in red. {tag}")
    assert found is not None and found.text == "Three mugs, in red. " and found.tag == "check"


@pytest.mark.parametrize("tag", ["Is that all right?", "All right?", "Is that OK?", "Does that look good?"])
def test_a_question_for_an_opinion_asks_for_a_confirmation_of_what_is_told_back(tag: str) -> None:
    found = confirmed_in(f"Quick recap: three mugs, in red. {tag}")
    assert found is not None and found.tag == "opinion"
    assert confirmed_in(f"The mugs come in red. {tag}") is None


def test_a_turn_at_the_end_of_a_sentence_is_one() -> None:
    found = confirmed_in("That\u2019s three mugs, isn\u2019t it?")
    assert found is not None and (found.stated[-2:], found.tag) == (("three", "mugs"), "turn")
