"""The form of a clause: whether it asks, states, announces or chats, by its usual words in English.

Belongs here: patterns of English. Does not belong here: what a clause is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_WH = r"(?:what|which|how|when|where|who|whose|whom|why)"
_AUX = r"(?:is|are|was|were|do|does|did|can|could|would|will|shall|should|have|has|may|might|must|am)"

_FORMS: dict[str, str] = {
    "wh_first": rf"^(?:(?:so|and|ok|okay|now|also|then|but|for|in|on|at|by|to|of|from|with|please|first|next|finally)\s+)*{_WH}\b",
    "wh": rf"\b{_WH}\b",
    "aux_first": rf"^(?:(?:so|and|ok|okay|now|also|then|but|or)\s+)*{_AUX}\s+(?:you|it|the|they|there|this|that|any|your|i|we|these|both|one|somebody|a)\b",
    "ask_you": r"\b(?:do|did|would|will|could|can|are|have|had|may|might|were) you\b",
    "tell": r"\b(?:tell me|let me know|specify|clarify|describe|share|provide|state|name|remind me|give me|fill in|list|advise|inform me|"
    r"indicate|send me|write me|mention|explain|enter|add your|say)\b",
    "need": r"\b(?:i|we) (?:(?:would|will|still|just|only|also|do|first|now) )*(?:need|require|lack|miss|am missing|are missing|am lacking|want to know|"
    r"like to know|love to know|like to hear|like to ask|have to ask|have to know|must know|should know|wonder|am wondering|am curious|"
    r"do not know|do not have|have not (?:been told|heard|got|yet)|cannot|can not)\b",
    "missing": r"\b(?:missing|still open|outstanding|required|needed|remaining|left to|unclear|unknown|to know|waiting for|wondering|curious)\b",
    "please": r"\bplease\b",
    "just": r"^(?:just|only|quick|one (?:more|last)|last|another|final)\b",
    "i_done": r"\b(?:i|we) (?:have|had|can see|see|found|saw|am|are|was|got|noted|understand|understood|added|checked|looked|will|shall|"
    r"would say|think|know|put|set|made|started|looks)\b",
    "i_will": r"\b(?:i|we) (?:will|shall|am going to|am about to|are going to)\b",
    "letme": r"\blet (?:me|us) (?!know)",
    "you_said": r"\byou (?:said|mentioned|told|gave|asked|wanted|noted|chose|named|wrote|have (?:said|mentioned|told|given|named))\b",
    "thanks": r"\b(?:thanks|thank|great|perfect|wonderful|lovely|sorry|apologies|apologise|welcome|hello|hi|congratulations|noted|got it|understood|sure|"
    r"of course|certainly|happy to|moment|one sec|hold on|no problem|noted)\b",
    "known": r"\b(?:besides|apart from|other than|in addition to|aside from|except|along with|on top of|as well as|beyond)\b",
    "your": r"\byour?s?\b",
    "else": r"\b(?:else|other|others|more|remaining|rest|further|additional|missing)\b",
    "again": r"\b(?:again|once more|remind|double-check|double check|just to be sure|just checking|to be sure|did you say|make sure|repeat|confirm)\b",
    "any": r"\bany\b",
    "or": r"\bor\b",
    "whether": r"\b(?:whether|if)\b",
    "anything": r"\b(?:anything|something|everything|nothing)\b",
    "shall": r"\b(?:shall|should|may|can|could|let|want me to|like me to|ok if i|okay if i) (?:i|we)\b",
    "me_to": r"\bme to\b",
    "confirm": r"\b(?:confirm|okay|ok|all right|alright|agreed|agree|fine|go ahead|proceed|ready|object|approve|correct|good to go)\b",
    "number": r"\d",
}  # fmt: skip
_COMPILED = [re.compile(pattern) for pattern in _FORMS.values()]
FORMS = tuple(_FORMS)

_QUESTIONS: dict[str, str] = {
    "how_many": r"\b(?:how many|number of|quantit|amount of|count of|just the one|just one|one or (?:more|two|several)|more than one)",
    "how_much": r"\bhow much\b",
    "how_long": r"\bhow long\b|\bsince when\b|\bduration\b",
    "how_soon": r"\b(?:how (?:soon|fast|quick|quickly)|by when|deadline|latest)\b",
    "how_old": r"\b(?:how old|age|ages|years old|born)\b",
    "how_size": r"\bhow (?:big|large|tall|wide|heavy|high|deep|small|thick|far)\b",
    "when": r"\b(?:when|what (?:time|day|date)|which (?:day|date|time)|date)\b",
    "where": r"\b(?:where|location|place)\b",
    "why": r"\b(?:why|reason|what (?:is|was) wrong|what happened|how come|what made)\b",
    "who": r"\b(?:who|whom|whose)\b",
    "how": r"\bhow (?!many|much|long|soon|fast|quick|old|big|large|tall|wide|heavy|high|deep|small|thick|far)",
    "what": r"\b(?:what|which)\b",
}
_COMPILED_QUESTIONS = [re.compile(pattern) for pattern in _QUESTIONS.values()]
QUESTIONS = tuple(_QUESTIONS)


@lru_cache(maxsize=4096)
def _form(text: str) -> tuple[float, ...]:
    return tuple(float(pattern.search(text) is not None) for pattern in _COMPILED)


@lru_cache(maxsize=4096)
def _kinds(text: str) -> tuple[float, ...]:
    return tuple(float(pattern.search(text) is not None) for pattern in _COMPILED_QUESTIONS)


def form_of(words: Sequence[str]) -> tuple[float, ...]:
    """For each of `FORMS`, 1 when the words have it."""
    return _form(" ".join(words[:60]))


def kinds_of_question(words: Sequence[str]) -> tuple[float, ...]:
    """For each of `QUESTIONS`, 1 when the words ask it."""
    return _kinds(" ".join(words[:60]))
