"""Whether a sentence only checks what the listener wants: "You want to return the tent, right?".

Belongs here: the turns of English for that. Does not belong here: which action is meant, what the listener answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rlve_dsl.user.consent.sentences import FAR, THING, TO_CONFIRM, word_set

Check = Literal["", "wanted", "unwanted"]
"""What a sentence says that the listener wants: that something is done, that it is not done, or neither."""

_BESIDE = r"(?: (?:still|just|only|also|actually|really|rather|now|definitely))*"
_WISH = re.compile(
    rf"\b(?:you|you'd|you're|you've){_BESIDE}(?: would| are)?(?P<not> (?:do not|don't|did not|didn't|would not|wouldn't|no longer|not|never))?{_BESIDE} "
    r"(?:like|want|wanted|wish|wished|need|prefer|decided|asked|asking|looking|hoping|trying|planning|plan|intend|mean|meant)\b"
    r"(?: for)?(?P<me> (?:me|us)\b)?"
)
_CORRECT = word_set("right correct correctly true")
_SAID = re.compile(
    r"^(?:(?:so|and|ok|okay|sorry|,) )*(?:did you (?:say|mention|tell me)|you (?:said|mentioned|told me)) "
)
_TAG = re.compile(
    r"(?:^|[ ,]+)(?:(?:(?:is|was) (?:that|this|it)|that's|that is|am i|(?:have|did) i (?:got|get) (?:that|it|this)|do i have (?:that|it|this)) )?"
    r"(?:right|correct|correctly|true|yes|no|isn't it|don't you|do you)$"
    r"|(?:^|[ ,]+)(?:(?:is|was) (?:that|this|it|everything) )?all (?:correct|true)$"  # and not "is that all right"
    r"|(?:^|[ ,]+)(?:have|did|do) i (?:\w+ )?(?:that|it|this|everything|you|(?:it|that) all) (?:down )?(?:right|correct|correctly)$"
)
_BEFORE = word_set(
    "so and but ok okay then now well just right correct true great thanks sorry i we see understand gather take assume believe hear it "
    "that correctly to be sure clear confirm recap check checking confirming double-check verify verifying got let me make my your notes here is am in thinking assuming saying , "
    "understood understanding have had this can could please you"
)
# of "it's the tent you'd like to return"
_IT_IS = word_set("it's it that's that these those this they are is what which the your a an only just")
_OF_THE_SPEAKER = word_set("do did have if")  # "do I understand that you want", and not "if you want"
_OF_THE_LISTENER = word_set("do would")  # "do you want to return it", "would you like to return it"
OPEN = "or by via how which what when where why who whether if still any anything something"
"""Words that make "do you want to" more than a question for yes or no: "do you want to send it by mail?"."""
_OPEN = word_set(OPEN)
# who asks this, too, asks whether to act
_ACTS = re.compile(
    r"\b(?:shall|should|may|can|could) (?:i|we)\b|\b(?:go ahead|proceed)\b|\b(?:ok|okay|fine|alright|all right|agreed|sounds good)(?: (?:with|for) you)?$"
)


def check_in(words: Sequence[str]) -> Check:
    """What a sentence says that the listener wants; "" where it says no such thing, or asks whether the speaker should act.

    >>> [check_in(text.split()) for text in ("so you want to return it , right", "do you want to return it", "you want me to , right")]
    ['wanted', 'wanted', '']
    >>> [check_in(text.split()) for text in ("do you want to return it or keep it", "would you like to return it by mail")]
    ['', '']
    >>> check_in("you don't want me to return it , right".split())
    'unwanted'

    Args:
        words: The words of the sentence; a comma is a word.
    """
    text = _TAG.sub("", _SAID.sub("", " ".join(words[:FAR])))
    found = _WISH.search(text)
    if found is None or _ACTS.search(text, found.end()) is not None:
        return ""
    before = text[: found.start()].split()
    if THING in before and not TO_CONFIRM.isdisjoint(before):
        return ""  # "can you confirm that the tent you want to return is clean"
    if THING in before and _IT_IS.issuperset(word for word in before[before.index(THING) + 1 :]):
        before = [word for word in before if word != THING and word not in _IT_IS]
    if before and before[-1] in _OF_THE_LISTENER:
        if not _OPEN.isdisjoint(words):
            return ""
        before.pop()
    for word, next_ in zip(before, [*before, ""][1:], strict=True):
        if word not in _BEFORE and not (word in _OF_THE_SPEAKER and next_ in ("i", "we")):
            return ""
    if found["not"]:
        return "unwanted"
    return "" if found["me"] else "wanted"


def is_check_of_what_was_said(words: Sequence[str]) -> bool:
    """Whether a sentence asks if what was said is correct: "is that right?", and not "OK?", which may ask for a go-ahead.

    >>> [is_check_of_what_was_said(text.split()) for text in ("is that correct", "did i get that right", "yes")]
    [True, True, False]

    Args:
        words: The words of the sentence.
    """
    return is_tag(words) and not _CORRECT.isdisjoint(words)


def is_tag(words: Sequence[str]) -> bool:
    """Whether a sentence only asks if what was said is so: "is that right?"."""
    return _TAG.fullmatch(" ".join(words[:FAR])) is not None
