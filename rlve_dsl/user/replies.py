"""What a shopper replies who has nothing to tell: it lets the agent go on, has no preference, could not say, asks back.

Belongs here: which act fits a message. Does not belong here: facts that are told, phrases, patience.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlve_dsl.user.consent import Proposal, Wording, speaks_of_an_action
from rlve_dsl.user.facts import Slot
from rlve_dsl.user.opinions import asks_for_an_opinion
from rlve_dsl.user.protocol import MISSED, NO_PREFERENCE, NOTHING_MORE, RIGHT, UNCLEAR, UNSURE, YOUR_CHOICE
from rlve_dsl.user.recaps import Recap
from rlve_dsl.user.taste import asks_for_a_number, is_no_matter_of_taste
from rlve_dsl.user.understanding import Kind

ASK_BACK = (UNCLEAR, "which_action")
"""The acts with which a shopper asks back."""
IN_VAIN = (*ASK_BACK, NO_PREFERENCE)
"""The acts with which a shopper replies to what asks it for something that it cannot tell."""
REPLIES: Mapping[Kind, str] = {
    "question": "clarify",
    "general": NOTHING_MORE,
    "go_ahead": "continue",
    "no_view": NO_PREFERENCE,
    "talk": "continue",
    "unclear": UNCLEAR,
}
"""For each kind of message the act of a shopper who has nothing else to say."""


def reply_to(kind: Kind, proposal: Proposal) -> str:
    """The act of a shopper who has nothing to say on a message of this kind."""
    if kind != "go_ahead" or proposal.kind == "look":
        return REPLIES[kind]
    return "which_action" if proposal.kind == "nothing" else UNCLEAR


def beside_a_recap(kind: Kind) -> str:
    """The act that follows "Yes." or "No." where a message asks something of this kind beside what it recaps; empty where none does."""
    return {"no_view": NO_PREFERENCE, "unclear": MISSED}.get(kind, "")


def better_act(
    act: str,
    message: str,
    slots: Sequence[Slot],
    recap: Recap | None,
    actions: tuple[Wording, ...],
    *,
    of_no_fact: bool,
) -> str:
    """The act that fits a message better than the one of its kind; empty where none does.

    Args:
        act: The act of its kind.
        message: What the agent says.
        slots: The facts that the shopper can state.
        recap: What the agent wants to have confirmed, if it does.
        actions: The tools that change something. What is left to the agent could be taken for a go-ahead where it speaks of one.
        of_no_fact: Whether the message reads as a question, and hardly about any of these facts.
    """
    if recap is not None and (recap.is_right or act != REPLIES["talk"]):
        return RIGHT if recap.is_right else UNSURE
    if act not in IN_VAIN:
        return ""
    if asks_for_an_opinion(message):
        return "" if speaks_of_an_action(message, actions) else YOUR_CHOICE
    return UNSURE if _is_unsure(act, message, slots, of_no_fact=of_no_fact) else ""


def _is_unsure(act: str, message: str, slots: Sequence[Slot], *, of_no_fact: bool) -> bool:
    """Whether the message asks for what is no matter of taste, and for no fact."""
    if act == UNCLEAR and asks_for_a_number(message, slots):
        return True
    is_asked = act == NO_PREFERENCE or (act == UNCLEAR and of_no_fact and message.count("?") == 1)
    return is_asked and is_no_matter_of_taste(message)
