"""How sentences become one message: small letters after a colon, each courtesy once."""

from __future__ import annotations

import pytest

from rlve_dsl.user.joining import as_one_message
from tests.user.slots import segments


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        (["For my cart:", "The {mug}."], "For my cart: the mug."),
        (["So:", "I'd like {2}."], "So: I'd like 2."),
        (["First,", "{R17}: where is it?"], "First, R17: where is it?"),
        (["Also:", "USB is fine."], "Also: USB is fine."),
        (["My list.", "The {mug}."], "My list. The mug."),
        (["Could I have {it}, please?", "Please add {two}."], "Could I have it, please? Add two."),
        (
            ["The {mug}, please.", "This time, please make sure it's {red}."],
            "The mug, please. This time, make sure it's red.",
        ),
        (
            ["Help me, please.", "For the mug, {red} please.", "{Two}, please!"],
            "Help me, please. For the mug, red. Two!",
        ),
        (["Yes, please.", "If it's gone, please swap {it}."], "Yes, please. If it's gone, swap it."),
        (["Thanks for asking!", "That's all, thank you."], "Thanks for asking! That's all."),
        (["Something {please}.", "Now, please."], "Something please. Now, please."),
        (["{One}", "", "two"], "One two"),
    ],
)
def test_sentences_meet_as_a_person_types_them(sentences: list[str], message: str) -> None:
    said = as_one_message(map(segments, sentences))
    assert " ".join("".join(segment.text for segment in words) for words in said) == message


def test_values_stay_values() -> None:
    _, second = as_one_message([segments("Please take:"), segments("Please, the {please keep} one, please.")])
    assert [segment.text for segment in second if segment.is_value] == ["please keep"]
