"""The form of a clause: whether it asks, states, announces or chats, by its usual words in English.

Belongs here: patterns of English. Does not belong here: what a clause is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rlve_dsl.caching import cached_texts
from rlve_dsl.user.consent import asks_for_a_go_ahead
from rlve_dsl.user.understanding.lexicon import STOP, lexicon
from rlve_dsl.user.understanding.texts import Piece

WH_WORDS = frozenset(["what", "which", "how", "when", "where", "who", "why", "whom", "whose"])
_WH = f"(?:{'|'.join(sorted(WH_WORDS))})"
WH = re.compile(rf"\b{_WH}\b")
"""A question word."""
_AUX = r"(?:is|are|was|were|do|does|did|can|could|would|will|shall|should|have|has|may|might|must|am)"

_FORMS: dict[str, str] = {
    "wh_first": rf"^(?:(?:so|and|ok|okay|now|also|then|but|for|in|on|at|by|to|of|from|with|please|first|next|finally)\s+)*{_WH}\b",
    "wh": rf"\b{_WH}\b",
    "aux_first": rf"^(?:(?:so|and|ok|okay|now|also|then|but|or)\s+)*{_AUX}\s+(?:you|it|the|they|there|this|that|any|your|i|we|these|both|one|somebody|a)\b",
    "aux_any": r"^(?:(?:so|and|ok|okay|now|also|then|but|or)\s+)*(?:is|are|was|were|do|does|did|can|could|would|will|should|has|might|must)\s+(?!not\b|do\b|be\b)\w+\s+\w+",
    "any_first": r"^(?:(?:so|and|or|also|then|but) )*any\b",
    "ask_you": r"\b(?:do|did|would|will|could|can|are|have|had|may|might|were) you\b",
    "tell": r"\b(?:tell me|let me know|let me have|remind me|give me(?! (?:just )?(?:a|one) (?:moment|second|sec|tick|minute|bit))|fill in|inform me|send me|write me|"
    r"advise (?:me|on|of|us)|fill me in|share with me)\b"
    r"|(?:^|\b(?:please|kindly|just|you|to|and|also|do|so|me) )(?:specify|clarify|describe|share|provide|state|name|list|indicate|mention|explain|say|enter|add your|confirm whether|confirm if)\b",
    "need": r"\b(?<!all )(?<!everything )(?:i|we) (?:(?:would|will|still|just|only|also|do|first|now) )*(?:need|require|lack|miss|am missing|are missing|am still missing|are still missing|am lacking|want to know|"
    r"like to know|love to know|love to hear|love to learn|like to learn|need to learn|must learn|like to hear|like to ask|have to ask|ask|have to know|must know|should know|wonder|am wondering|am curious|"
    r"must have|hear|do not know|do not have|have not (?:been told|heard|got|yet)|cannot|can not)\b",
    "missing": r"\b(?:(?:thing|question|point|detail) (?:that )?remains|remains open|leaves (?:me with )?the question|the question (?:of|is|remains)|leaves (?:only )?(?:the|your)|have not (?:told|said|mentioned|named)|helpful to|thing left|only thing|stopping me|(?:is|are) (?:still )?(?:missing|open|left)|all (?:that is|i am|we are) (?:left|missing)|^need|^just need|still open|outstanding|required|needed|remaining|left to|unclear|unknown|to know|waiting for|wondering|curious)\b",
    "until": r"\b(?:once|as soon as|when|until|after|if only) (?:i|we) (?:know|knew|have heard|hear|learn)\b",
    "i_done": r"\b(?:i|we) (?:have|had|can see|see|found|saw|am|are|was|got|noted|understand|understood|added|checked|looked|will|shall|"
    r"would say|think|know|put|set|made|started|looks)\b",
    "letme": r"\blet (?:me|us) (?!know|have)",
    "you_said": r"\byou (?:said|mentioned|told|gave|asked|wanted|noted|chose|named|wrote|have (?:said|mentioned|told|given|named))\b",
    "thanks": r"\b(?:thanks|thank|great|perfect|wonderful|lovely|sorry|apologies|apologise|welcome|hello|hi|congratulations|noted|got it|understood|sure|"
    r"of course|certainly|happy to|moment|one sec|hold on|no problem|noted)\b",
    "whether": r"\b(?:whether|if)\b",
}  # fmt: skip
_COMPILED_FORMS = {name: re.compile(pattern) for name, pattern in _FORMS.items()}

_QUESTIONS: dict[str, str] = {
    "how_many": r"\b(?:how many(?! (?:days|weeks|months|years|hours|minutes)\b(?!.*\b(?:last|per|a week|stay)\b))|how much of|number of|quantit|amount of|count of|one two|two three|just the one|(?:one|a single) (?:\w+ ){0,9}(?:or more|enough)|(?:just|only) (?:a|one) (?:single|pair)|a single|just one|one or (?:more|two|several)|more than one(?! (?:choice|option|version|way|variant|kind|model|colour|size|style)))",
    "how_much": r"\bhow (?:expensive|costly|pricey)\b|\bhow much\b(?! of (?:the|it|each|them|that|those)\b)",
    "how_long": r"\bhow long\b|\bhow many (?:days|weeks|months|years|hours|nights)\b|\bsince when\b|\bduration\b",
    "how_old": r"\b(?:how old|age|ages|years old|born)\b",
    "when": r"\b(?:when(?! it comes)|how (?:long|many (?:days|weeks|months|years)) (?:ago|since|have passed|has passed|has it been)|what (?:time|day|date)|which (?:day|date|time)|(?:first|last|exact|best|starting|start|end) (?:day|date)|date|dates)\b",
    "where": r"\b(?:where|location|place)\b",
    "why": r"\b(?:why|reason|what (?:is|was) wrong|what happened|how come|what made)\b",
    "who": r"\b(?:who|whom|whose)\b",
    "how": r"\bhow\b(?! (?:many|much|long|soon|fast|quick|old|big|large|tall|wide|heavy|high|deep|small|thick|far|expensive|costly|pricey|often))",
}
_COMPILED_QUESTIONS = {kind: re.compile(pattern) for kind, pattern in _QUESTIONS.items()}


@cached_texts(4096)
def _forms(text: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _COMPILED_FORMS.items() if pattern.search(text) is not None)


@cached_texts(4096)
def _kinds(text: str) -> frozenset[str]:
    return frozenset(kind for kind, pattern in _COMPILED_QUESTIONS.items() if pattern.search(text) is not None)


def forms_of(words: Sequence[str]) -> frozenset[str]:
    """The forms that words have: `wh` for a question word, `tell` for "tell me", `thanks` and so on."""
    return _forms(" ".join(words[:60]))


def kinds_of_question(words: Sequence[str]) -> frozenset[str]:
    """The kinds of questions that words ask, of `how_many`, `how_much`, `when` and so on."""
    return _kinds(" ".join(words[:60]))


def is_general(words: Sequence[str]) -> bool:
    """Whether words ask for anything that has not been said, naming nothing."""
    return _is_general(" ".join(words[:60]))


@cached_texts(4096)
def _is_general(text: str) -> bool:
    return lexicon().general.search(text) is not None


def is_go_ahead(words: Sequence[str]) -> bool:
    """Whether words ask for a go-ahead, and not for whatever is open."""
    return not is_general(words) and asks_for_a_go_ahead(words)


def is_salad(pieces: Sequence[Piece]) -> bool:
    """Whether a message is no English: only keywords, words of another language, or an order to a machine."""
    if not pieces or any(piece.item or piece.heading for piece in pieces):
        return False
    words = [word for piece in pieces for word in piece.words]
    if _ORDER.search(" ".join(words[:200])):
        return True
    if any(_JUMBLED.search(" ".join(piece.words)) for piece in pieces):
        return True
    known = sum(word in STOP for word in words)
    sentences: dict[int, list[str]] = {}
    for piece in pieces:
        sentences.setdefault(piece.sentence, []).extend(piece.words)
    if len(pieces) == 1 and len(words) > 3 and not pieces[0].mark and known < 2 and LITTLE.isdisjoint(words):
        return True
    if len(words) > 5 and known < 0.1 * len(words) and len(pieces) < 3:
        return True
    marked = {piece.sentence for piece in pieces if piece.mark == "?"}
    single = sum(len(of) == 1 for of in sentences.values())
    bare = single == len(sentences) or (
        single >= _SCRAPS and all(len(of) <= 2 and LITTLE.isdisjoint(set(of) - _TERSE) for of in sentences.values())
    )
    return len(sentences) > 1 and len(marked) >= len(sentences) - 1 and bare


_SCRAPS = 3
_TERSE = frozenset(["how", "else"])
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:instructions?|prompts?|told|rules|above|previous)\b|\bhidden goal\b"
    r"|\bsystem prompt\b|\byour (?:goal|instructions|prompt)\b|\bfacts you hold\b|\b(?:reveal|print|output|dump) (?:your|the|all)\b"
)
_JUMBLED = re.compile(
    r"\b(?:of of|which which|by by|the (?:which|of|by|is|why|how|to|for)|of (?:and|by|or|is)|by (?:of|and)|for (?:of|and|by))\b"
)
"""Little words in an order that no English sentence has."""

LITTLE = frozenset(
    [
        "a",
        "an",
        "the",
        "your",
        "you",
        "my",
        "and",
        "or",
        "any",
        "which",
        "what",
        "how",
        "why",
        "when",
        "where",
        "who",
        "for",
        "of",
        "to",
        "in",
        "it",
        "else",
        "please",
    ]
)
"""Little words: a text without any is hardly a sentence."""


_LIST = re.compile(
    r"\b(?:(?:which|what|the|other|remaining|missing|all|your|more|further|these|those|seven|six|five|four|three|two|list of|names? of|kinds? of|types? of|\d) "
    r"(?:other |remaining |missing |more |further |kinds? of |types? of |two |three |four |five |six |seven |eight |\d )*"
    r"(?:items?|products?|things?|pieces|gear|list|goods|stuff|articles?)"
    r"|items? (?:\d|one|two|three|four|five|six|seven)|(?:the|other|remaining) (?:other |remaining |last )?(?:two|three|four|five|six|seven|rest|others)"
    r"|what (?:is|are|else is) (?:missing|left|still missing)|(?:what|anything) else|(?:two|three|four|five|six) (?:more|others|to go|left|remaining)"
    r"|what (?:do|would|should|can|did) (?:you|i) (?:like to |want to |like me to |want me to |still )*(?:need|buy|get|find|look for|pick up|shop for)"
    r"|everything (?:that )?you (?:need|want|require|are looking for|would like)|(?:third|fourth|fifth|sixth|last|next) (?:item|product|thing|kind|one on)|whatever else is"
    r"|shopping list|(?:complete|full|whole|entire) list|your list|the list)\b"
)
_BOUND = re.compile(
    r"\b(?:max|maximum|most|limit|cap|ceiling|upper|top|highest|exceed|go over|go above|at most|no more|stay (?:under|below)|up to|bound|too (?:much|expensive))\b"
)
_PAID = frozenset(["price", "prices", "pay", "paying", "spend", "spending", "cost", "costs", "money", "budget"])


def asks_for_a_list(words: Sequence[str]) -> bool:
    """Whether words ask for things, any of them: "which items", "the other three"."""
    return _LIST.search(" ".join(words)) is not None


def asks_for_a_limit(words: Sequence[str]) -> bool:
    """Whether words ask for the most of something."""
    return _BOUND.search(" ".join(words)) is not None


def asks_for_money(words: Sequence[str]) -> bool:
    """Whether words are about money."""
    return not _PAID.isdisjoint(words)


def heads_of(words: Sequence[str]) -> range:
    """The places of the noun phrase that a question asks for; empty for none.

    >>> words = "what is your favourite colour for the lamp".split()
    >>> [words[place] for place in heads_of(words)]
    ['favourite', 'colour']
    """
    for place, word in enumerate(words[:-1]):
        at = place + 1
        if word == "how" and words[at] in ("many", "much"):
            at += 1
        elif word not in ("which", "what"):
            continue
        elif words[at] in _BE and at + 1 < len(words) and words[at + 1] in _OWNERS:
            at += 2
        while at + 2 < len(words) and words[at] in _NAMES and words[at + 1] == "of":
            at += 3 if words[at + 2] in _OWNERS else 2
        end = at
        while end < len(words) and words[end] not in STOP and words[end] not in _AFTER:
            end += 1
        if end > at:
            return range(at, end)
    if words and words[0] not in STOP and not WH_WORDS.isdisjoint(words):
        return range(0)
    return _told(words)


def _told(words: Sequence[str]) -> range:
    """The noun phrase of "I need the height of the rider", "height of each rider"."""
    at = next(
        (place + 2 for place in range(len(words) - 2) if words[place] in _TELLING and words[place + 1] in _OWNERS), 0
    )
    if not at and words and words[0] in _OWNERS:
        at = 1
    if not at and (not words or words[0] in STOP):
        return range(0)
    while at + 2 < len(words) and words[at] in _NAMES and words[at + 1] == "of":
        at += 3 if words[at + 2] in _OWNERS else 2
    end = at
    while end < len(words) and words[end] not in STOP and words[end] not in _AFTER:
        end += 1
    return range(at, end) if end < len(words) and words[end] in ("of", "for") else range(0)


_TELLING = frozenset(["know", "need", "me", "have", "share", "provide", "specify", "about", "lack", "give", "state"])


def topic_of(words: Sequence[str]) -> range:
    """The places of what a clause says that it is about; empty where it does not say so.

    >>> words = "do you have a wish when it comes to the colour".split()
    >>> [words[place] for place in topic_of(words)]
    ['colour']
    """
    found = _TOPIC.search(" ".join(words[:60]))
    if found is None:
        return range(0)
    at = found[0].count(" ") + words_before(words, found.start()) + 1
    while at < len(words) and words[at] in _OWNERS:
        at += 1
    end = at
    while end < len(words) and words[end] not in STOP and words[end] not in _AFTER:
        end += 1
    return range(at, end)


def words_before(words: Sequence[str], place: int) -> int:
    """How many words are before a place in their text."""
    return " ".join(words[:60]).count(" ", 0, place)


_TOPIC = re.compile(
    r"\b(?:when it comes to|in terms of|with regards? to|regarding|concerning|(?<!kind )(?<!good )as to|as for|in respect of|in the way of|on the subject of"
    r"|(?:preferences?|wish|wishes|thoughts|requirements?|conditions?|limits?|ideas?|something|anything|particular|care|specific|important|opinion|views?|say) (?:about|on|as to|regarding|concerning)"
    r"|look for in|what about|how about)\b(?! (?:it|that|this|them|you|me|us)\b)"
)
_BE = frozenset(["is", "are", "was", "were", "would", "be"])
_OWNERS = frozenset(["the", "your", "their", "its", "his", "her", "that", "this", "a", "an"])
_AFTER = frozenset(
    [
        "of",
        "for",
        "in",
        "on",
        "at",
        "with",
        "per",
        "suits",
        "suit",
        "works",
        "work",
        "fits",
        "fit",
        "happens",
        "need",
        "needs",
        "matters",
        "best",
    ]
)
_NAMES = frozenset(["name", "title", "kind", "kinds", "type", "types", "sort", "sorts", "style", "names"])
