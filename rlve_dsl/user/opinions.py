"""Whether an agent asks what the shopper thinks of something that it suggests: "I'd take the red one. Would that work for you?".

Belongs here: turns of English for that. Does not belong here: requests for a go-ahead, facts, what the shopper answers.
"""

from __future__ import annotations

import re

from rlve_dsl.user.consent import boundaries
from rlve_dsl.user.understanding.texts import words_of

_LONGEST = 40  # words of a question that are read
_LEAD = r"^(?:(?:so|and|but|then|now|ok|okay|well|great|good) )*"
_GOOD = (
    r"(?:(?:all )?(?:good|fine|ok|okay|alright|acceptable|reasonable|suitable|satisfactory|enough)|all right|an? (?:good |nice |suitable |possible )?(?:choice|option|fit|match|"
    r"alternative|idea)|a (?:good|nice|suitable) (?:present|gift|one)|(?:to|for) your (?:liking|taste)|as it should be|what you (?:are|were|had|have|need|want|wanted)(?: \w+){0,3})"
)
_TO_THEM = r"(?: (?:to|for|with|by) (?:you|them|him|her|your \w+))?$"
_OPINIONS = (
    rf"{_LEAD}(?:does|do|would|will|could|might) (?!(?:you|i|we) )(?:\w+ ){{1,14}}?(?:sound|look|seem|work|suit|do|fit|be)(?: (?:like )?{_GOOD})?{_TO_THEM}",
    rf"{_LEAD}(?:is|are) (?:that|this|it|these|those|they|everything|all (?:of )?(?:that|this|it|these|those)|the (?:\w+ ){{0,6}}?\w+)(?: all)? {_GOOD}{_TO_THEM}",
    rf"{_LEAD}(?:(?:sounds?|looks?|works?) )?(?:good|fine|ok|okay|all right|alright)?{_TO_THEM}",
    r"\bare you (?:\w+ )?(?:happy|ok|okay|fine|comfortable|satisfied|content|pleased) with\b",
    r"\bwhat do you (?:think|say)\b|\bwhat is your (?:opinion|view|take)\b|\bhow (?:does|do) (?:that|this|it|they|these|those) (?:sound|look)\b|\bany objections?\b",
    r"\bdo you (?:like|agree)(?: (?:with )?(?:it|that|this|them|these|those))?$",
    rf"{_LEAD}(?:shall|should|may|can) i (?:go with|settle on|choose|pick|suggest|propose)\b",
    rf"{_LEAD}would you be (?:open to|willing to|okay with|ok with)\b",
)
_OPINION = re.compile("|".join(f"(?:{pattern})" for pattern in _OPINIONS))


def asks_for_an_opinion(message: str) -> bool:
    """Whether the last question of a message asks what the listener thinks of something that the speaker suggests.

    Takes time in proportion to the length of the message.

    >>> texts = "It costs $9. Does that work for you?", "Would the grey fox be okay?", "What do you think?", "Would you like a refund?"
    >>> [asks_for_an_opinion(text) for text in texts]
    [True, True, True, False]
    """
    questions = [message[start:end] for start, end, mark in boundaries(message) if mark == "?"]
    if not questions:
        return False
    words = words_of(questions[-1])
    return 0 < len(words) <= _LONGEST and _OPINION.search(" ".join(words)) is not None
