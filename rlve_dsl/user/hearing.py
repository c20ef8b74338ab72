"""What a message asks for beside what it proposes.

Belongs here: which part of a message is listened to for questions. Does not belong here: what each part means, what is said to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rlve_dsl.user.consent import NOTHING_STATED, Proposal, Wording, may_propose
from rlve_dsl.user.protocol import Heard
from rlve_dsl.user.understanding import Understood


def understood_with_proposal(
    heard: Heard, wordings: tuple[Wording, ...], understand: Callable[[str], Understood]
) -> tuple[Understood, Proposal]:
    """What a message asks for, and what the user is asked to agree to.

    Where a message plainly asks for a go-ahead, only the rest of it is listened to for questions: "shall I send it back by
    mail" is no question about the way to send it. Who only says what comes ("I'll start the return.") asks for nothing.

    Args:
        heard: The message.
        wordings: The tools that change something.
        understand: What a message asks for.
    """
    may_ask = may_propose(heard.message, wordings)
    proposal = heard.proposal() if may_ask else NOTHING_STATED
    if proposal.is_asked and proposal.kind in ("change", "nothing"):
        understood = understand(proposal.rest) if proposal.rest else Understood()
        return replace(understood, go_ahead=True, no_view=False, unclear=False), proposal
    understood = understand(heard.message)
    if understood.go_ahead and not may_ask and "?" not in heard.message:
        understood = replace(understood, go_ahead=False)
    return understood, heard.proposal() if understood.go_ahead else NOTHING_STATED
