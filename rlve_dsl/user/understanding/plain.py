"""Plain questions for a preference: "Which colour would you like?", "Any preference on the material?".

Belongs here: the usual forms of such questions. Does not belong here: which fact they ask for, what is decided by it.
"""

from __future__ import annotations

import re

from rlve_dsl.user.understanding.texts import words_of

_LONGEST = 140  # characters

_LEAD = (
    r"(?:(?:thanks|thank you|great|good|ok|okay|sure|got it|alright|all right|hello|hi|and|also|so|now|perfect|first|next|just|lastly|finally|"
    r"please|oh|lovely|understood|one (?:more|last) (?:thing|question)|quick question|by the way) )*"
)
_THING = r"(?!(?:else|other|more|of|you|i|it|ones?|things?|items?)\b)[a-z][a-z-]*(?: [a-z][a-z-]*){0,2}?"
_WISHED = r"(?:(?:an?|any|some|the|its|your) )?(?:particular|specific|certain|special|preferred|strong|favou?rite|minimum|maximum)"
_SOME = rf"(?:{_WISHED}|an?|any|some|the|its|your)"
_IS_THERE = r"(?:do you have|have you(?: got)?|is there|are there)"
_WISH = r"(?:preferences?|wish|wishes|requirements?|opinions?|ideas?)"
_ABOUT = r"(?:for|on|about|regarding|as to|concerning|when it comes to|in terms of)(?: the| its| a| your)?"
_LIKE = (
    r"(?:would you (?:like|prefer|want|rather have)|do you (?:want|prefer|like|need|have in mind)|did you have in mind"
    r"|are you (?:looking for|after|hoping for|interested in|thinking of)|should (?:it|they|i look for)(?: be| have| come in)?)"
)
_FORMS = (
    rf"(?:{_IS_THERE} )?{_SOME} {_WISH} {_ABOUT} {_THING}",
    rf"{_IS_THERE} (?:a|any) {_THING} {_WISH}",
    rf"(?:which|what)(?: kind of| type of| sort of| particular| specific)? {_THING} {_LIKE}",
    rf"(?:{_IS_THERE} )?{_WISHED} {_THING}",
    rf"{_IS_THERE} {_SOME} {_THING}(?: in mind|(?: that)? you(?: would| are)?(?: like| want| prefer| need| looking for| rather| have in mind)?)",
    rf"do you (?:care about|have any (?:feelings|thoughts) (?:about|on))(?: the| its)? {_THING}",
    rf"(?:does|do|would|is|are|will)(?: the| its)? {_THING} (?:matter|important|make a difference)(?: (?:to|for) you)?",
    rf"do you (?:want|need|prefer) {_SOME} {_THING}",
)
_END = r"(?: (?:for (?:it|this|that|them|you)|in mind|at all|here|please|too|as well))*"
_PLAIN = re.compile(f"{_LEAD}(?:{'|'.join(_FORMS)}){_END}")


def is_plain(message: str) -> bool:
    """Whether a message is one short question of a usual form for a preference, and nothing else.

    >>> [is_plain(text) for text in ("Which colour would you like?", "Any preference on the material?", "Will anyone be at home?")]
    [True, True, False]
    """
    if len(message) > _LONGEST or message.count("?") != 1 or not message.rstrip().endswith("?"):
        return False
    return _PLAIN.fullmatch(" ".join(words_of(message))) is not None
