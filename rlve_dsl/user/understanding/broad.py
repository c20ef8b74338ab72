"""Questions that are broader than one fact, and the kinds of question that name a fact by its form alone.

Belongs here: all wishes at once, the weights of criteria, what to do when something is sold out. Does not belong here: how well
words fit, what is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rlve_dsl.caching import cached_texts
from rlve_dsl.english import stem
from rlve_dsl.user.understanding.lexicon import lexicon

_NOUN = r"(?:must haves?|musts|features?|requirements?|wishes|conditions|criteria|specifications|specs|properties|qualities|characteristics)"
_THING = r"(?:it|they|the \w+(?: \w+)?|your \w+(?: \w+)?|this|that|these|those|one)"
_WISHES = re.compile(
    rf"\bmust haves?(?: {_NOUN})?\b|\b(?:hard|required|essential|needed|necessary|mandatory|minimum) {_NOUN}\b"
    rf"|\b(?:which|what|all|your|the) (?:other |further |more |exact |specific |key |hard )*{_NOUN}\b"
    rf"|\b(?:other|further|more|any|remaining|additional) (?:other |further |specific )*{_NOUN}\b|^{_NOUN}$"
    rf"|\bwhat (?:else )?(?:must|does|do) {_THING} (?:(?:absolutely|really|have to|need to) )*(?:have|offer|meet|satisfy|fulfil|fulfill|provide|be able)\b"
    rf"|\bwhat (?:else )?{_THING} (?:must|has to|have to|needs? to) (?:have|offer|meet|satisfy|fulfil|fulfill|provide)\b"
    rf"|\bwhat (?:features |requirements )?(?:does|do|should) {_THING} (?:need|have)$"
)
_CHECKS = re.compile(r"^(?:(?:and|so|ok) )*(?:have|did|do) i (?:got |get |have |know |missed |miss )?")
_ABOUT_ONE = re.compile(
    rf"\b{_NOUN} (?:about|regarding|concerning|on|as to)\b|\b(?:likeness|similarity|weigh|weights?|percent|than)\b"
)
_PLAINLY = re.compile(
    rf"\bmust haves? {_NOUN}\b|^(?:any )?must haves?$|\b(?:hard|required|essential|necessary|mandatory) {_NOUN}\b"
    rf"|\b{_NOUN}\b.*\b(?:must|have to have|satisfy|fulfil|fulfill|does {_THING} need)\b"
    r"|\bwhat\b.*\b(?:must|does|do|has to|have to|needs? to)\b.*\b(?:have|offer|meet|satisfy|fulfil|fulfill|provide)$"
)
_NAMED_WEIGHTS = re.compile(
    r"\bhow (?:important|relevant|crucial|big a (?:role|part))\b|\bplays? (?:\w+ ){0,2}(?:role|part)\b"
    r"|\bhow (?:much|strongly|heavily|highly|far)\b.*\b(?:counts?|matters?|weighs?|weigh in|care|importance|influences?|weight)\b"
    r"|\bhow (?:would|do|should|shall|can|will|to) (?:\w+ )?(?:weigh|weight|balance|rank|rate|prioriti[sz]e|split|divide)\b"
    r"|\bhow (?:you|i|we) (?:\w+ )?(?:weigh|weight|balance|rank|prioriti[sz]e|split|divide)\b"
    r"|\b(?:weights?|weightings?|percent|percentages?|points|importance|share|percent weight) (?:\w+ )?(?:for|of|on|to|given to)\b"
    r"|\b(?:likeness|similarity|wishes|price|rating|brand) (?:weight|weighting|percentage|share)\b"
)
_LACK = re.compile(
    r"\b(?:if|in case|when|should|once|suppose|supposing)\b.*\b(?:sold out|sells out|sell out|out of stock|unavailable|not available|"
    r"no longer|is gone|are gone|none left|not there|run out|runs out|ran out|not in stock|missing from)\b"
    r"|^(?:(?:and|or|so|but|also|now|then|ok|what) )*(?:if|in case|should|suppose|supposing|assuming|in the event(?: that)?) (?!(?:you|i|it (?:is|would) not (?:too|be too)|(?:that|this|it) (?:is|does) not)\b)"
    r".*\b(?:not (?:possible|fit|work|be done|be free|have)|(?:can|could|do|does|will|is|are) not|impossible|fails?|falls? through|fully booked|booked out|booked up|taken|nobody|no one|nothing|none|"
    r"(?:is|are|be|were) full|cannot|gone|too (?:late|early|big|heavy|expensive))\b"
    r"|\b(?:take|put|want|like|choose|pick|have|get|send|accept|add|buy)\b.*\bin (?:its|their|his|her) (?:place|stead)\b|\bin place of\b"
    r"|^(?:(?:and|so|but) )*failing (?:that|the|this)\b|\bwhen (?:the|your|it|that)\b.*\bcan not be (?:had|supplied|found|delivered)\b|\bif i (?:do|can|could) not (?:find|get)\b|\bif the \w+ has none\b"
)
_CASE = re.compile(r"\b(?:yourself|(?:your|the|other|further) (?:situation|case|circumstances|background))\b")
_NO_OTHER = re.compile(r"\b(?:why|when did|where)\b")


def asks_for_wishes(words: Sequence[str]) -> bool:
    """Whether words ask for what a product must be like, naming no property.

    >>> asks_for_wishes("which features must it have".split()), asks_for_wishes("which colour must it have".split())
    (True, False)
    """
    text = " ".join(words[:60])
    return not _CHECKS.search(text) and _WISHES.search(text) is not None and _ABOUT_ONE.search(text) is None


def asks_plainly_for_wishes(words: Sequence[str]) -> bool:
    """Whether words ask for what a product must be like, and not only for whatever is open."""
    return _PLAINLY.search(" ".join(words[:60])) is not None


def asks_for_weights(words: Sequence[str]) -> bool:
    """Whether words ask how much a criterion counts.

    >>> asks_for_weights("how important is quick delivery".split()), asks_for_weights("how much should the lamp weigh".split())
    (True, False)
    """
    if lexicon().criteria.isdisjoint(map(stem, words)):
        return False
    return _NAMED_WEIGHTS.search(" ".join(words[:60])) is not None


def asks_in_case_of_lack(words: Sequence[str]) -> bool:
    """Whether words ask what to do when something is sold out.

    >>> asks_in_case_of_lack("what should i do if the red one is unavailable".split())
    True
    """
    return _names_a_lack(" ".join(words[:60]))


@cached_texts(4096)
def _names_a_lack(text: str) -> bool:
    return _LACK.search(text) is not None and _NO_OTHER.search(text) is None


def names_a_case(words: Sequence[str]) -> bool:
    """Whether words name a case: "if it is sold out"."""
    return not _CASES.isdisjoint(words)


_CASES = frozenset(["if", "case", "when", "should", "once", "suppose", "supposing", "assuming", "failing", "event"])


def states_a_lack(words: Sequence[str]) -> bool:
    """Whether a statement says that something may not be had.

    >>> states_a_lack("unfortunately there are only two left".split())
    True
    """
    return _LACKS.search(" ".join(words[:60])) is not None


_LACKS = re.compile(
    r"\b(?:(?:may|might|could|can|will) (?:run out|sell out|be gone|be sold out|not be)|(?:have|has|had) run out|sells? out|sold out|stock is (?:low|limited|short)|can not promise|only (?:\w+ ){1,3}left"
    r"|out of stock|unavailable|not available|not in stock|none left|nothing left|suppose|supposing|can not be (?:had|supplied|found)|not possible|fully booked|no longer)\b"
)


def asks_about_the_case(words: Sequence[str]) -> bool:
    """Whether words ask for a shopper's circumstances as a whole.

    >>> asks_about_the_case("is there anything about your situation that matters".split())
    True
    """
    return _CASE.search(" ".join(words[:60])) is not None


def names_a_criterion(words: Sequence[str]) -> bool:
    """Whether a word is something that products are compared by.

    >>> names_a_criterion("quick delivery".split()), names_a_criterion("a blue one".split())
    (True, False)
    """
    return not lexicon().criteria.isdisjoint(map(stem, words))


def asks_for_things(words: Sequence[str]) -> bool:
    """Whether a question for more asks for things and not for whatever is open: "what else", "which other products".

    >>> asks_for_things("what else do you need".split()), asks_for_things("anything else".split())
    (True, False)
    """
    named = not _THINGS.isdisjoint(words) or _ALL_NEEDED.search(" ".join(words[:60])) is not None
    return named or ("else" in words and "what" in words)


_THINGS = frozenset(["things", "stuff", "items", "products"])
_ALL_NEEDED = re.compile(
    r"\beverything (?:that )?you (?:need|want|require|are after|would like)\b|\ball (?:that )?you (?:need|want|require)\b"
)


def purpose_of(words: Sequence[str]) -> int:
    """Where "for the new flight" begins in "anything else for the new flight"; the end of the words where there is none."""
    return next(
        (
            at
            for at in range(2, len(words) - 1)
            if words[at] in ("for", "with") and words[at + 1] in ("the", "your", "this")
        ),
        len(words),
    )
