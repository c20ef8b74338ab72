"""What a message asks for beside what it proposes.

Belongs here: which part of a message is listened to for questions. Does not belong here: what each part means, what is said to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from rlve_dsl.user.consent import (
    NOTHING_STATED,
    Proposal,
    Wording,
    asks_whether_it_is_clear,
    boundaries,
    may_propose,
    sentences_of,
)
from rlve_dsl.user.protocol import Heard
from rlve_dsl.user.understanding import Understood

_GLANCE = re.compile(r"\b(?:questions?|concerns?|doubts?|underst[ao]\w{1,3}|aware|clear|sense)\b", re.IGNORECASE)


def understood_with_proposal(
    heard: Heard, wordings: tuple[Wording, ...], understand: Callable[[str], Understood]
) -> tuple[Understood, Proposal]:
    """What a message asks for, and what the user is asked to agree to.

    Where a message plainly asks for a go-ahead, only the rest of it is listened to for questions: "shall I send it back by
    mail" is no question about the way to send it. Who only says what comes ("I'll start the return.") asks for nothing. Who asks if
    there is more to do ("Would you like me to add anything else?") asks for whatever is open.

    Args:
        heard: The message.
        wordings: The tools that change something.
        understand: What a message asks for.
    """
    may_ask = may_propose(heard.message, wordings)
    proposal = heard.proposal() if may_ask else NOTHING_STATED

    def understood_of(message: str) -> Understood:
        rest = without_checks_of_hearing(message)
        for sentence in proposal.more:
            rest = rest.replace(sentence, "", 1)
        understood = understand(rest) if rest.strip() else Understood()
        return replace(understood, general=True, no_view=False) if proposal.more else understood

    if proposal.is_asked and proposal.kind in ("change", "nothing"):
        understood = understood_of(proposal.rest)
        return replace(understood, go_ahead=True, no_view=False, unclear=False), proposal
    understood = understood_of(heard.message)
    if understood.go_ahead and not may_ask and "?" not in heard.message:
        understood = replace(understood, go_ahead=False)
    return understood, heard.proposal() if understood.go_ahead else NOTHING_STATED


def without_checks_of_hearing(message: str) -> str:
    """A message without questions like "Any questions?" and "Do you understand?": they ask for nothing that the user holds.

    Takes time in proportion to the length of the message.

    >>> without_checks_of_hearing("It cannot be undone. Do you have any questions about that?")
    'It cannot be undone. '
    """
    if "?" not in message or _GLANCE.search(message) is None:
        return message
    return "".join(message[start:end] for start, end, _ in boundaries(message) if not _is_check(message[start:end]))


def _is_check(text: str) -> bool:
    return any(sentence.is_question and asks_whether_it_is_clear(sentence.words) for sentence in sentences_of(text))
