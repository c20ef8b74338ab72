"""Whether a sentence asks if there is more that the listener wants: "is the tent the only thing you'd like to return?".

Belongs here: the turns of English for that. Does not belong here: offers of more help, what the listener answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rlve_dsl.user.consent.sentences import FAR, word_set

_NOUN = r"(?:things?|ones?|items?|products?|articles?|orders?|books?|loans?|appointments?|visits?|lines?|pieces?|units?|changes?|stuff)"
_MORE = r"(?:else|more|further|other|additional|extra)"
# "these other items", "two more items" are known
_COUNTED = ("the", "your", "that", "these", "those", "my", "one", "two", "three", "four", "five", "six")
_NOT_AFTER = "".join(rf"(?<!\b{word} )" for word in _COUNTED) + r"(?<!\d )"
_UNNAMED = re.compile(
    rf"\b(?:(?:any|some)(?:thing|one) {_MORE}|(?:any|some|a few) {_MORE} {_NOUN}|{_NOT_AFTER}{_MORE} {_NOUN}"
    r"|another (?:item|thing|product|article)|(?:anything|something)(?= besides\b| apart from\b| beyond\b| in addition\b| on top of\b))(?: |$)"
)
_WISH = (
    r"(?:you|you'd|you're|you've)(?: (?:would|are|have|do|did|were|will|really|also|still|actually|only|just))* "
    r"(?:like|want|wanted|wish|wished|need|needed|intend|plan|mean|meant|[a-z]+ing)\b"
)
_ALL = re.compile(
    rf"\b(?:the only(?: [a-z-]+)?? {_NOUN}|all(?: the {_NOUN})?|everything) (?:(?:that|which) )?"
    rf"(?:{_WISH}|(?:i|we) (?:should|shall|can|may|need to|have to)\b|(?:for (?:me|us) )?to\b)"
)
_IS_THAT_ALL = re.compile(
    r"^(?:(?:so|and|ok|okay|great|then|,) )*(?:is|was|will) (?:that|this|it)(?: be)? (?:all|everything)(?:(?: ,)? (?:then|for now|for today))?$"
)
_ALONE = re.compile(r"\bonly\b|\bjust (?:the|that|this|those|these|one|\0)(?: |$)")
_YOU_WISH = re.compile(rf"\b{_WISH}|^are you\b")
_ASKED_TO_ACT = re.compile(r"\b(?:i|we|me|us|i'll|i'd|let's)\b")
SIGNS = word_set(
    "only just all everything anything something anyone someone else more further other additional extra another"
)
"""Words one of which is in each such sentence."""

_BEFORE_AN_ACTION = frozenset(
    (",", "and", "but", "or", "then", "before", "until", "i'll", "i'd", "i'm", "we'll", "we'd", "we're", "will")
)
_NEAR = 10  # words from "anything else" to an action, and from an action to it


def asks_for_more(words: Sequence[str], actions: Sequence[int], things: Sequence[int], *, is_question: bool) -> bool:
    """Whether a sentence asks if the listener wants an action for something that it does not name, or for what it names alone.

    >>> asks_for_more("would you like me to add anything else".split(), [5], [], is_question=True)
    True
    >>> asks_for_more("is it the only thing you'd like to return".split(), [7], [], is_question=True)
    True
    >>> asks_for_more("shall i return everything else".split(), [2], [], is_question=True)
    False

    Args:
        words: The words of the sentence.
        actions: Where actions are named.
        things: Where things are named.
        is_question: Whether it is a question.
    """
    text = " ".join(words[:FAR])
    if is_question and _IS_THAT_ALL.search(text):
        return True
    if not actions:
        return False
    if is_question and (found := _ALL.search(text)) is not None:
        return all(place >= _place(text, found.start()) for place in actions)
    if is_question and _ALONE.search(text) and _YOU_WISH.search(text) and not _ASKED_TO_ACT.search(text):
        return True  # "do you want to return only the tent"
    for found in _UNNAMED.finditer(text):
        start, end = _place(text, found.start()), _place(text, found.end())
        if any(_belongs(words, place, start, end, things) for place in actions):
            return True
    return False


def _belongs(words: Sequence[str], action: int, start: int, end: int, things: Sequence[int]) -> bool:
    """Whether an action is done to what some words call "anything else": they stand after it, or it after them, with no thing between."""
    if action < start:
        return start - action <= _NEAR and not any(action < at < start for at in things)
    between = words[end:action]
    return (
        len(between) <= _NEAR and _BEFORE_AN_ACTION.isdisjoint(between) and not any(end <= at < action for at in things)
    )


def _place(text: str, at: int) -> int:
    """The number of words before a place in a text."""
    return text.count(" ", 0, at) + (0 if at == 0 or text[at - 1] == " " or at >= len(text) else 1)
