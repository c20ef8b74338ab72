"""What sort of answer a question wants, and of what sort a value is: money, a day, a place.

Belongs here: the turns of English that tell. Does not belong here: facts, how sorts are weighed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_QUESTIONS: dict[str, str] = {
    "money": r"\bhow (?:much|high|expensive)\b|\b(?:price|cost|costs|budget|spend|pay|paid|amount|sum|money|limit)\b",
    "number": r"\bhow (?:many|big|large)\b|\b(?:number|quantity|count|copies|size)\b",
    "long": r"\bhow long\b|\bhow many (?:days|weeks|months|years|hours|nights)\b|\b(?:duration|length|period)\b",
    "often": r"\bhow (?:often|frequently|regularly|many times)\b|\b(?:frequency|per week|a week|a month)\b",
    "when": r"\bwhen\b|\b(?:what|which) (?:day|days|date|time|hour|week|month|year)\b|\bhow soon\b|\b(?:date|deadline|day|time)\b",
    "where": r"\bwhere\b|\bwhich (?:place|address|branch|town|city|floor|area|location|store|room)\b|\b(?:place|location|address)\b",
    "who": r"\b(?:who|whom|whose|person|people|name|names)\b",
    "why": r"\b(?:why|reason|cause|what happened|wrong|problem|issue|fault)\b",
    "how": r"\bhow (?:do|does|did|will|would|should|can|is|are|to)\b|\b(?:way|method|means)\b",
    "use": r"\b(?:what for|used for|purpose|occasion|for what)\b|\bwhat (?:is|are|will) .*\bfor\b",
    "weigh": r"\b(?:important|importance|weights?|matters?|counts?|percent\w*)\b",
    "instead": r"\b(?:instead|alternative|fallback|otherwise|sold out|out of stock|unavailable|not available)\b",
    "else": r"\b(?:else|other|more)\b",
    "case": r"\bif\b",
    "expected": r"\bexpect\b",
    "id": r"\b(?:number|code|id|reference)\b",
}  # fmt: skip
_VALUES: dict[str, str] = {
    "money": r"[$\u20ac\u00a3]\s?\d|\b\d+ (?:dollars|euros|pounds)\b",
    "number": r"^\s*(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve)\b",
    "long": r"\b(?:day|week|month|year|hour|night|minute)s?\b",
    "often": r"\b(?:a|per|every|each) (?:day|week|month|year|weekday)\b|\b(?:once|twice|weekly|monthly|daily)\b",
    "when": r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|mornings?|afternoons?|evenings?|noon|weekends?|tomorrow|today|next|am|pm|\d{1,2}:\d\d|\d{4}-\d\d-\d\d)\b",
    "where": r"^\s*(?:at|in|from|to|on|under|near)\b|\b(?:street|square|station|airport|floor|road|avenue|centre|center|city|town)\b",
    "id": r"\b(?=\w*\d)[A-Za-z]+[-\w]*\d\w*\b|\b\d{5,}\b",
    "name": r"^(?:[A-Z][a-z]+ ?)+$",
}  # fmt: skip
_OF_QUESTIONS = [re.compile(pattern) for pattern in _QUESTIONS.values()]
_OF_VALUES = [re.compile(pattern) for pattern in _VALUES.values()]
SORTS = len(_QUESTIONS) + len(_VALUES)
"""How many sorts of questions and of values there are."""


def sorts_of_question(text: str) -> tuple[bool, ...]:
    """For each sort of question whether the text of some has it."""
    return _found(text, _OF_QUESTIONS)


def sorts_of_value(text: str) -> tuple[bool, ...]:
    """For each sort of value whether a text has it."""
    return _found(text, _OF_VALUES)


def _found(text: str, patterns: Iterable[re.Pattern[str]]) -> tuple[bool, ...]:
    return tuple(pattern.search(text) is not None for pattern in patterns)
