"""Which part of a message is listened to for questions."""

from __future__ import annotations

import pytest

from rlve_dsl.user.hearing import without_checks_of_hearing


@pytest.mark.parametrize("message", ["? clear", "??? ...? sense", "Is that clear?", "\n?\n?Any questions?"])
def test_a_check_of_hearing_asks_for_nothing(message: str) -> None:
    kept = without_checks_of_hearing(message)
    assert set(kept) <= set(message) and "questions" not in kept and "Is that" not in kept
