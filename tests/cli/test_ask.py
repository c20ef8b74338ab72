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
