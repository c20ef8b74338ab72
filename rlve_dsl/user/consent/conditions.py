"""What an agent would do only if something turns out not to be possible: "if the exchange isn't possible, should I return it?".

Belongs here: the turns of English for such a condition. Does not belong here: conditions that leave it to the listener ("if you
agree"), which action is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rlve_dsl.user.consent.sentences import FAR, word_set

_ABLE = "(?:possible|available|allowed|permitted|in stock|free|eligible|offered|approved|accepted|granted|doable|feasible|there|an option|open|left)"
_OBSTACLE = re.compile(
    rf"(?:\b(?:not|never|no longer)|n't)(?: [^ ,]+){{0,3}}? {_ABLE}\b|\bno longer\b|\bcannot\b|\b(?:can|could|will) not\b|\b(?:can't|couldn't|won't)(?= )"
    r"|\b(?:sold out|out of stock|(?:is|are|be|was|were|it's|that's) out|unavailable|gone|impossible|ineligible|declined|refused|rejected|denied|taken|fully booked|booked up|closed)(?= |$)"
    r"|\b(?:fails?|failed|falls? through)\b|\b(?:(?:do|does|did) not|(?:do|does|did)n't) (?:work|go through|come off|succeed|exist)\b"
    r"|\b(?:nothing|none|no [^ ,]+)(?: [^ ,]+){0,2} (?:is|are|can|could)\b|\b(?:nothing|none) is\b|\bthere(?:'s| is| are) (?:no|none|nothing)\b"
)
_LISTENER = word_set("you you're you'd you've")
_BEFORE_ANOTHER_IF = word_set("even know see check ask wonder find tell me sure as")  # "even if", "let me know if"
_BEFORE_A_PART = word_set("and but or so then ok okay")
_MODALS = word_set("shall should may can could would do will")
_SPEAKER, _SPEAKER_WILL = word_set("i we"), word_set("i'll i'd we'll we'd i'm")
# "if nothing is missing", "if there are no objections"
_NO_OBSTACLE = word_set(
    "missing wrong else unclear objection objections question questions concern concerns problem problems issue issues doubt doubts "
    "change changes correction corrections needed add way"
)


def on_an_obstacle(words: Sequence[str], actions: Sequence[int]) -> frozenset[int]:
    """Those of the places where actions are named at which they are to be done only if something is not possible.

    >>> sorted(on_an_obstacle("if that isn't possible , shall i return it".split(), [6]))
    [6]
    >>> sorted(on_an_obstacle("shall i swap it , and if that isn't possible , return it".split(), [2, 11]))
    [11]
    >>> sorted(on_an_obstacle("if you agree , shall i return it".split(), [6]))
    []

    Args:
        words: The words of the sentence.
        actions: The places.
    """
    found = set[int]()
    for start, end in _conditions(words[:FAR]):
        after = [at for at in actions if at >= end]
        begins_a_part = all(word in _BEFORE_A_PART or word == "," for word in words[max(0, start - 2) : start])
        found.update(at for at in actions if at >= start)
        if not after and not begins_a_part:  # "shall I return it if that isn't possible"
            found.update(at for at in actions if at < start)
    return frozenset(found)


def _conditions(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where the conditions begin and end that say that something is not possible."""
    for at, word in enumerate(words):
        is_if = word == "if" or (word == "in" and words[at + 1 : at + 2] == ("case",))
        is_inverted = (
            word == "should"
            and _BEFORE_A_PART.issuperset(words[:at])
            and _SPEAKER.isdisjoint(words[at + 1 : at + 2])
            and "," in words
        )
        if not (is_if or is_inverted) or (at and words[at - 1] in _BEFORE_ANOTHER_IF):
            continue
        subject = words[at + 1 : at + 2] if word != "in" else words[at + 2 : at + 3]
        end = _end_of(words, at + 1)
        condition = words[at + 1 : end]
        if (
            _LISTENER.isdisjoint(subject)
            and _NO_OBSTACLE.isdisjoint(condition)
            and _OBSTACLE.search(" ".join(condition))
        ):
            yield at, end


def _end_of(words: Sequence[str], start: int) -> int:
    """Where a condition ends: at a comma, or where it is said or asked what the speaker would do."""
    for at in range(start + 1, len(words)):
        next_ = words[at + 1 : at + 2]
        if words[at] == "," or words[at] in _SPEAKER_WILL:
            return at
        if words[at] in _MODALS and next_ and (next_[0] in _SPEAKER or next_[0] in _LISTENER):
            return at
        if words[at] in _SPEAKER and next_ and next_[0] in _MODALS:
            return at
    return len(words)
