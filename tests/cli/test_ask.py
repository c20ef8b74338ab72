"""`rlve-dsl ask`: what a message is understood as, and the reply."""

from __future__ import annotations

import pytest

from rlve_dsl.user import Listener, Understood
from tests.cli.conftest import Run

ASK = ("ask", "scenarios/c8.yaml", "--env", "returns", "--level", "6", "--seed", "3")


def test_a_message_is_shown_with_what_it_asks_for_and_the_reply(run: Run) -> None:
    ran = run(*ASK, "Why are you sending it back?")
    assert ran.code == 0 and "understood as: question for reason" in ran.out
    assert ran.out.count("user") == 2 and "a part was not understood" not in ran.out


@pytest.mark.parametrize(
    ("missed", "which"), [("first", "the first thing"), ("last", "the last thing"), ("other", "one of the things")]
)
def test_a_part_that_was_not_understood_is_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch, missed: str, which: str
) -> None:
    understood = Understood((0,), missed=missed)  # type: ignore[arg-type]
    monkeypatch.setattr(Listener, "understand", lambda self, message: understood)
    ran = run(*ASK, "Why are you sending it back, and how?")
    assert f"a part was not understood: {which} that it asks for" in ran.out


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            "Shall I return it, and why do you send it back?",
            ["question for reason beside a request for a go-ahead", "called `return`", "the shopper agrees"],
        ),
        ("Shall I return it by courier?", ["return.initiate", "refuses: it names another value of method"]),
        ("Shall I refund you?", ["go ahead", "called `refund`, of anything", "refuses: an entry of `confirm:` holds"]),
        ("Shall I return everything in that order?", ["of anything, all there is", "the shopper refuses"]),
        ("Shall I go ahead?", ["understood as: go ahead", "it proposes nothing: the shopper asks with what"]),
    ],
)
def test_a_proposal_is_shown_with_what_the_shopper_says_to_it(run: Run, message: str, shown: list[str]) -> None:
    ran = run(*ASK, message)
    assert ran.code == 0 and not [text for text in shown if text not in ran.out], ran.out
    assert "for method" not in ran.out


def test_an_empty_message_is_nothing(run: Run) -> None:
    ran = run(*ASK, "")
    assert ran.code == 0 and "an empty message is nothing" in ran.out and "understood as" not in ran.out
