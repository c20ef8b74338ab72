"""How long a shopper goes on with an agent that gets nowhere.

Belongs here: which messages cost patience. Does not belong here: what a message means, what the shopper says when it leaves.
"""

from __future__ import annotations

from dataclasses import replace

from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent import NOTHING_STATED, Proposal
from rlve_dsl.user.facts import Slot
from rlve_dsl.user.replies import IN_VAIN, reply_to
from rlve_dsl.user.understanding import Understood

_FREE_IN_VAIN = 4  # messages that ask in vain cost no patience the first times


@frozen
class Patience:
    """What is left of a shopper's patience.

    Attributes:
        left: Messages that may still get nowhere; with the last one, the shopper leaves.
        in_vain: Messages that asked in vain so far.
        proposal: The last proposal, and the facts of which it named another value.
    """

    left: int
    in_vain: int = 0
    proposal: tuple[Proposal, tuple[Slot, ...]] = (NOTHING_STATED, ())

    @property
    def is_over(self) -> bool:
        """Whether the shopper leaves."""
        return self.left <= 0

    def after(self, message: str, understood: Understood, proposal: Proposal, wrong: tuple[Slot, ...]) -> Patience:
        """What is left after a message that asks for no new fact and comes after no progress.

        A proposal costs nothing, unless it only repeats the last one. A message that asks in vain costs nothing the first four
        times: one that is not understood, in whole or in part, or a question to which the shopper has nothing to tell.

        Args:
            message: What the agent says.
            understood: What it is understood as.
            proposal: What the agent says that it will do.
            wrong: The facts of which the proposal names another value.
        """
        if proposal.kind == "change":
            is_new = (proposal, wrong) != self.proposal
            return replace(self, left=self.left - (not is_new), proposal=(proposal, wrong))
        tells_nothing = reply_to(understood.kind, proposal) in IN_VAIN or "?" in message
        if understood.missed is None and (understood.asked or not tells_nothing):
            return replace(self, left=self.left - 1)
        in_vain = self.in_vain + 1
        return replace(self, left=self.left - (in_vain > _FREE_IN_VAIN), in_vain=in_vain)
