"""Whether the name of an action stands for no action to come: it is denied, past, only talked about, or part of another noun.

Belongs here: the turns of English for that. Does not belong here: which action is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from rlve_dsl.user.consent.sentences import (
    AFTER_COSTS,
    AGENT,
    COMPOUNDS,
    DENIED,
    DETERMINERS,
    JOINERS,
    NEGATIONS,
    REACH,
    SAYING,
    SPEECH,
    THING,
    is_among,
)

_DENIED_FROM = 6  # words before the name of an action in which the same clause may deny it
_GOING_ON = frozenset(("or",))  # after which a verb without a subject of its own belongs to what was denied
_WITHOUT = frozenset(("no", "without"))  # before a noun that there is none of
_NEAR = 4  # words after the name among which it is said what the action is done to


def is_denied(words: Sequence[str], start: int, end: int) -> bool:
    """Whether an action is named that happened, must not happen or is only talked about, or another noun begins with its name."""
    near = list(words[max(0, start - REACH) : start])
    for joiner in range(len(near) - 1, -1, -1):
        if near[joiner] in (",", "but"):
            near = near[joiner + 1 :]
            break
    if len(near) == REACH and near[0] in _WITHOUT and near[-1] in JOINERS:
        near = []  # "by mail, no fee and send it"
    if near[-2:] in (["have", "me"], ["have", "us"]):  # "reply yes to have me add it"
        near = []
    if is_among((*near, words[start]), DENIED) or any(word.endswith("n't") for word in near):
        return True
    if words[start].endswith("ed") and near and near[-1] in ("i", "we") and near[-2:-1] != ["if"]:
        return True  # "I returned it", and not "is it all right if I returned it"
    if is_negated(words, start) or _is_about_words(words, start, end):
        return True
    return is_part_of_a_noun(words, end)


def is_part_of_a_noun(words: Sequence[str], end: int) -> bool:
    """Whether the name of an action that ends here begins another noun: "the return fee", and not "the return costs $5"."""
    if end >= len(words) or words[end] not in COMPOUNDS:
        return False
    return words[end] != "costs" or end + 1 == len(words) or words[end + 1] in AFTER_COSTS


def is_negated(words: Sequence[str], start: int) -> bool:
    """Whether the clause that names an action denies it: "it is not possible for you to have it sent back".

    A denial goes on where another verb is joined to the first one: "I can't start the return or send a replacement".
    """
    is_joined = bool(start) and words[start - 1] in _GOING_ON
    ends = JOINERS - _GOING_ON if is_joined else JOINERS
    first = start - _DENIED_FROM * (2 if is_joined else 1)
    for word in reversed(words[max(0, first) : start]):
        if word in ends or word in AGENT:
            return False
        if word in NEGATIONS or word.endswith("n't"):
            return True
    return False


def _is_about_words(words: Sequence[str], start: int, end: int) -> bool:
    """Whether an action is done to what was said: "return to my question", "take back what I said"."""
    after = words[end : end + _NEAR + 1]
    if after[:1] == ("to",) and words[start] == "return" and (not start or words[start - 1] not in DETERMINERS):
        return True  # "shall I return to the list", and not "start the return to the store"
    if after[:1] == ("what",):
        return not SAYING.isdisjoint(after)
    return any(word in SPEECH for word in takewhile(lambda word: word not in JOINERS and word != THING, after))
