"""Questions such as "Is that right?", by which an agent wants to have confirmed what it says.

Belongs here: the turns of English for that, and which text of a message they are about. Does not belong here: what the text means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent import boundaries
from rlve_dsl.user.understanding.texts import words_of

Tag = Literal["check", "turn", "opinion"]
"""How a message asks for a confirmation: "is that right?"; "isn't it?", which may be small talk; "is that all right?", which may ask for an opinion."""

_LONGEST_TAG = 100  # characters
_ASKING = "is are was were do does did can could would will shall should has have may"
_BEGINS_A_QUESTION = frozenset(_ASKING.split())
_SO = r"(?:right|correct|correctly|accurate|accurately|properly)"
_NAMED = r"(?:details?|order|list|quantit(?:y|ies)|numbers?|amounts?|names?|items?|dates?|sizes?|colou?rs?|summary|recap|values?|limits?|wish(?:es)?|request)"
_IT = rf"(?:that|this|it|these|those|they|them|everything|(?:all(?: of)? )(?:that|this|it|them|these|those)|(?:the|your|my|these|those|all the|all your) {_NAMED})"
_DOWN = r"(?: (?:down|all|all down|down all))?"
_ALL_OF_IT = r"(?:everything|it all|that all|all of (?:it|that|this|them)|all that)"
_READ_BACK = (
    rf"(?:(?:(?:is|was|are|were) {_IT}|that is|that's|am i) )?(?:all )?{_SO}",
    rf"(?:did|do|have|had) i (?:\w+ ){{0,2}}?(?:{_IT}|you){_DOWN} {_SO}",
    rf"(?:did|do|have) i (?:get|got|have|note|noted|catch|caught|understand|understood|cover|covered) (?:{_ALL_OF_IT}|(?:that|it) down)",
    rf"(?:does|do) {_IT} (?:all )?(?:sound|look|seem) (?:all )?{_SO}",
    rf"is {_IT} what you (?:said|told me|meant|mean|asked for)",
    r"(?:isn't|aren't|wasn't|weren't) (?:it|that|they|those|these) (?:right|correct)",
)
_TURNS = (
    r"(?:isn't|aren't|wasn't|weren't) (?:it|that|they|those|these)",
    r"(?:didn't|don't|wouldn't|haven't) you",
)
_WELCOME = (
    rf"(?:is|are) {_IT} (?:all )?(?:all right|alright|ok|okay|fine|good)",
    rf"(?:does|do) {_IT} (?:all )?(?:sound|look|seem) (?:all right|alright|ok|okay|fine|good)",
    "alright",
)


def _at_the_end(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\W*$".replace(" ", r"\s+"), re.IGNORECASE)


_TAGS: tuple[tuple[Tag, re.Pattern[str]], ...] = (
    ("opinion", _at_the_end(_WELCOME)),
    ("check", _at_the_end(_READ_BACK)),
    ("turn", _at_the_end(_TURNS)),
)
_LEAD = re.compile(
    r"^(?:(?:so|and|just|ok|okay|sorry|thanks|please) )*(?:am i (?:right|correct) (?:that|in (?:thinking|saying|assuming)|to (?:think|assume))"
    r"|is it (?:right|correct|true) that|did you (?:say|mention|tell me)|you (?:did say|said|told me|mentioned)"
    r"|(?:can|could|would) you (?:please )?confirm that) "
)
_TELLS_BACK = re.compile(
    r"\b(?:recap|sum(?:ming)? (?:it |that |this )?up|summar\w+|noted|got it|so far|you(?:'d| would)? (?:want|like|need|said|asked|mentioned|told)"
    r"|to confirm|double-? ?check|what i have|understood|i understand|my notes?)\b",
    re.IGNORECASE,
)


@frozen
class Confirmed:
    """What a message wants to have confirmed.

    Attributes:
        text: The text that is to be confirmed, without the question for it.
        stated: Its words, without "did you say"; where it is not in the question itself, of the last sentence.
        rest: What else the message says.
        tag: How it asks for that.
    """

    text: str
    stated: tuple[str, ...]
    rest: str
    tag: Tag

    @property
    def asks_more(self) -> bool:
        """Whether the message asks something else."""
        return "?" in self.rest


def confirmed_in(message: str) -> Confirmed | None:
    """What a message wants to have confirmed; None where it asks for no confirmation, or for several.

    That is what the question says itself, or the sentences before one like "Is that right?", back to the question before.

    >>> found = confirmed_in("Noted. At least 4 stars. Is that right? And which colour?")
    >>> found.text, found.stated, found.rest
    ('Noted. At least 4 stars. ', ('at', 'least', '4', 'stars'), 'And which colour?')
    """
    if "?" not in message:
        return None
    found: Confirmed | None = None
    last_question = 0
    for start, end, question, before in _questions(message):
        confirmed = _confirmed(message, (last_question, start, end), question, before)
        if confirmed is not None and found is not None:
            return None
        found, last_question = confirmed or found, end
    return found


def _questions(message: str) -> Iterator[tuple[int, int, str, str]]:
    """Where each question begins and ends, the question, and the sentence before it, if that is none."""
    before = ""
    for start, end, mark in boundaries(message):
        text = message[start:end]
        if mark == "?":
            yield start, end, text, before
        before = "" if mark == "?" else text


def _confirmed(message: str, place: tuple[int, int, int], question: str, before: str) -> Confirmed | None:
    """What one question wants to have confirmed; its place is where the one before it ends, where it begins and where it ends."""
    from_, start, end = place
    plain = question.replace("\u2019", "'")
    tail = max(0, len(plain) - _LONGEST_TAG)
    tag, cut = next(((kind, found.start()) for kind, one in _TAGS if (found := one.search(plain, tail))), (None, None))
    asked = plain[:cut]
    words = words_of(asked)
    if lead := _LEAD.match(" ".join(words) + " "):
        after = tuple(" ".join(words)[lead.end() :].split())
        return Confirmed(asked, after, message[:start] + message[end:], "check") if after else None
    if tag is None:
        return None
    if words:
        is_asked = words[0] in _BEGINS_A_QUESTION
        return None if is_asked else Confirmed(asked, words, message[:start] + message[end:], tag)
    text, stated = message[from_:start], words_of(before)
    if words_of(plain) == ("all", "right"):
        tag = "opinion"
    if not stated or stated[0] in _BEGINS_A_QUESTION or (tag == "opinion" and _TELLS_BACK.search(text) is None):
        return None
    return Confirmed(text, stated, message[:from_] + message[end:], tag)
