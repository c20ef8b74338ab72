"""Which part of a message is listened to for questions."""

from __future__ import annotations

import pytest

from rlve_dsl.user.hearing import without_checks_of_hearing


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("Is that clear?", ""),
        ("It cannot be undone. Do you understand that?", "It cannot be undone. "),
        ("Why do you send it back?\nAny questions so far? By mail?", "Why do you send it back?\nBy mail?"),
        ("Which questions do you have?", "Which questions do you have?"),
        ("That makes sense.", "That makes sense."),
        ("? clear", "? clear"),
        ("??? ...? sense", "??? ...? sense"),
    ],
)
def test_what_only_checks_whether_it_was_heard_is_not_listened_to(message: str, kept: str) -> None:
    assert without_checks_of_hearing(message) == kept
