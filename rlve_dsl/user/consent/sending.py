"""What is sent to the listener: "and send you the kettle", "the kettle will be shipped to you".

Belongs here: the turns of English for that. Does not belong here: which tool sends, what it takes the place of.
"""

from __future__ import annotations

from collections.abc import Sequence

from rlve_dsl.user.consent.sentences import DETERMINERS, MODALS, NOUN_ENDS, THING, word_set

_RECEIVING, _RECEIVERS = word_set("get receive"), word_set("you you'd you'll")
_UNDER = word_set("once when if")  # "once you get the kettle"
# between "send" and a thing
_BESIDE_THING = word_set("you out over also then brand new") | DETERMINERS
_BESIDE_SENT = word_set("be is are being get gets then also to you out over") | MODALS  # between a thing and "sent"
_NEAR = 4  # words between a verb and the thing that it sends


def is_received(words: Sequence[str], at: int) -> bool:
    """Whether the listener gets something here: "and you'd get the kettle", and not "once you get the kettle"."""
    return words[at] in _RECEIVING and words[max(0, at - 1)] in _RECEIVERS and words[max(0, at - 2)] not in _UNDER


def sent_at(words: Sequence[str], at: int) -> int | None:
    """Where the thing is that is sent by a verb: "send you the kettle", "the kettle will be sent to you"."""
    after = next((i for i in range(at + 1, min(at + 2 + _NEAR, len(words))) if words[i] not in _BESIDE_THING), None)
    if after is not None and words[after] == THING:
        is_whole = after + 1 == len(words) or words[after + 1] in NOUN_ENDS  # not "send you the kettle label"
        return after if is_whole and words[at + 1] != "back" else None
    before = next((i for i in range(at - 1, max(-1, at - 2 - _NEAR), -1) if words[i] not in _BESIDE_SENT), None)
    is_passive = before is not None and words[before] == THING and "you" in words[at + 1 : at + 4]
    return before if is_passive else None
