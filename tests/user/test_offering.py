"""Offers of more help, told from questions for what is open."""

from __future__ import annotations

import pytest

from rlve_dsl.user.offering import without_offers


@pytest.mark.parametrize(
    "message",
    [
        "What else can I do for you?", "Can I help with anything else?", "Is there anything else I can do for you today?", "How else can I help?",
        "Anything else I can help with?", "May I assist you with anything else?", "Is there any other way I can help you?",
        "Do you need any further assistance?", "Do you need help with anything else?", "Could I be of any further assistance?",
        "Is there anything else you'd like me to do?", "Anything else you need from us?", "All done! Anything else I could do?",
    ],
)  # fmt: skip
def test_an_offer_is_cut_out(message: str) -> None:
    assert without_offers(message).strip(" ?") in ("", "All done!")


@pytest.mark.parametrize(
    "message",
    [
        "Is there anything else I should know?", "What else should I know?", "What else would you like?", "Anything else?", "How can I help?",
        "Is there anything else I need to know before I return it?", "Can I do the return now?", "What else may I ask you?",
        "Anything else you'd like to tell me so I can help?", "Is there anything else you want to buy?", "Do you want more?",
    ],
)  # fmt: skip
def test_another_question_is_none(message: str) -> None:
    assert without_offers(message) == message
