"""The clauses of a message that are judged, and which of them ask something.

Belongs here: English sentences: where a question starts, what only leads up to it. Does not belong here: what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rlve_dsl.user.consent import announces, is_bare_confirmation
from rlve_dsl.user.understanding.forms import forms_of, is_go_ahead
from rlve_dsl.user.understanding.texts import Piece

_QUESTION = frozenset(["wh", "aux_first", "aux_any", "any_first", "ask_you", "tell", "whether"])
_REQUEST = frozenset(["wh_first", "aux_first", "tell", "need", "missing", "until"])
_SAYS = frozenset(["i_done", "you_said", "thanks", "letme"])
_ASIDE = re.compile(
    r"^(?:(?:and|so|but|also|ok|okay) )*(?:besides|apart from|other than|in addition to|aside from|except|along with|on top of|as well as|beyond|"
    r"since(?! when)|because|as (?:you|that|this|it|i|we)|as long as|now that|given|with (?:that|those|this)|thanks|thank you|great|perfect|noted|understood|got it|sorry|before|so that)\b"
)
_LET_ME = re.compile(
    r"^(?:(?:and|so|ok|okay|then|now) )*(?:let me (?!know|have)|let us |i will |i shall |i am |i have (?!not |to )|i had |we have |we will )"
)
_MISSING = re.compile(
    r"\b(?:i|we) (?:still |just |only |also |would |will |do |have )*(?:need|lack|miss|require|am missing|am waiting|am still waiting|am wondering|am curious|wonder|want to know|like to know|have to know)\b"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A clause, or a whole sentence of several clauses.

    Attributes:
        words: Its words.
        piece: The clause; the first one of a sentence.
        whole: Whether it is a whole sentence of several clauses.
        sentence: The place of the span of its whole sentence.
        asks: Whether it asks something.
    """

    words: tuple[str, ...]
    piece: Piece
    whole: bool
    sentence: int
    asks: bool


def spans_of(pieces: Sequence[Piece]) -> list[Span]:
    """The clauses, and after those of each sentence the whole sentence, where it has several."""
    found: list[Span] = []
    start = 0
    while start < len(pieces):
        end = start
        while end < len(pieces) and pieces[end].sentence == pieces[start].sentence:
            end += 1
        clauses = pieces[start:end]
        several = len(clauses) > 1
        place = len(found) + (len(clauses) if several else 0)
        asking = _asking(clauses)
        if clauses[-1].heading and not clauses[-1].item and end < len(pieces) and pieces[end].item:
            asking = [False] * len(clauses)
        found += [Span(piece.words, piece, False, place, asks) for piece, asks in zip(clauses, asking, strict=True)]
        if several:
            words = tuple(word for piece in clauses for word in piece.words)
            found.append(Span(words, clauses[0], True, place, any(asking)))
        start = end
    return found


def _asking(clauses: Sequence[Piece]) -> list[bool]:
    """For each clause of a sentence whether it asks something: those from the first one on that has the form of a question."""
    forms = [forms_of(clause.words) for clause in clauses]
    first = clauses[0]
    if first.item:
        return [True] * len(clauses)
    if first.mark == "!" and _EXCLAIMS.search(" ".join(first.words)):
        return [False] * len(clauses)
    asides = [_ASIDE.search(" ".join(clause.words)) is not None for clause in clauses]
    for i in range(1, len(clauses)):
        asides[i] = asides[i] or (
            asides[i - 1] and clauses[i].joiner != ":" and len(clauses[i].words) <= 4 and _QUESTION.isdisjoint(forms[i])
        )
    unmarked = not first.mark and not first.heading and all(map(_SAYS.isdisjoint, forms))
    marks = _QUESTION if first.mark == "?" or unmarked else _REQUEST
    starts = [
        i for i, form in enumerate(forms) if not marks.isdisjoint(form) and not (asides[i] and len(clauses) > i + 1)
    ]
    if first.mark != "?":
        starts = [
            i
            for i in starts
            if not (first.mark == "." and i and i - 1 not in starts and _RELATIVE.search(" ".join(clauses[i].words)))
        ]
        starts = [
            i
            for i in starts
            if not (_LET_ME.search(" ".join(clauses[i].words)) and not _MISSING.search(" ".join(clauses[i].words)))
        ]
        if not starts:
            please = any("please" in clause.words for clause in clauses) or first.heading
            says = not all(map(_SAYS.isdisjoint, forms))
            return [please and not says and not is_go_ahead(clause.words) for clause in clauses]
    tagged = (
        len(clauses) > 1
        and first.mark == "?"
        and starts == [len(clauses) - 1]
        or (not starts and clauses[-1].words in (("right",), ("correct",)))
    )
    if (
        tagged
        and is_bare_confirmation(clauses[-1].words)
        and not any(announces(clause.words) for clause in clauses[:-1])
    ):
        return [True] * len(clauses)
    if first.mark == "?":
        starts = _questions_of(clauses, forms, starts)
    begin = starts[0] if starts else 0
    if starts and first.mark == "?":
        begin = _with_condition(clauses, begin)
    sentence = tuple(word for clause in clauses[begin:] for word in clause.words)
    asked_for = ("wh", "tell") if first.mark == "?" else ("wh", "tell", "need", "missing")
    if is_go_ahead(sentence) and forms_of(sentence).isdisjoint(asked_for) and not offers_a_choice(clauses):
        return [False] * len(clauses)
    reasons = [
        _UNMEANT.search(" ".join(clause.words)) is not None
        or i > 0
        and (_REASON.search(" ".join(clause.words)) is not None or is_tail(clause))
        for i, clause in enumerate(clauses)
    ]
    for i in range(1, len(clauses)):
        text = " ".join(clauses[i].words)
        reasons[i] = reasons[i] or (
            _EXAMPLE.search(text) is not None
            or (
                reasons[i - 1]
                and _EXAMPLE.search(" ".join(clauses[i - 1].words)) is not None
                and _QUESTION.isdisjoint(forms[i])
            )
        )
    return [
        i >= begin and not reasons[i] and not (asides[i] and (i + 1 < len(clauses) or _excludes(clauses, asides, i)))
        for i in range(len(clauses))
    ]


def _excludes(clauses: Sequence[Piece], asides: Sequence[bool], place: int) -> bool:
    """Whether a clause, after others, only says what is not meant: "what else, apart from the mug and the pot?"."""
    begin = place
    while begin and asides[begin - 1]:
        begin -= 1
    return begin > 0 and _EXCLUDED.search(" ".join(clauses[begin].words)) is not None


_EXAMPLE = re.compile(r"^(?:like|such as|for (?:instance|example)|e g|say) (?:an? |the |your |its |one )?\w")
_EXCLUDED = re.compile(r"^(?:and )?(?:apart from|aside from|besides|other than|except)\b")


def _questions_of(clauses: Sequence[Piece], forms: Sequence[frozenset[str]], starts: Sequence[int]) -> list[int]:
    """Where a sentence asks: "it depends on what you buy, so which one is it?" does not ask in its statement."""
    direct = [i for i in starts if not _DIRECT.isdisjoint(forms[i])]
    if not direct:
        return list(starts)
    return [i for i in starts if i >= direct[0] or _DECLARES.search(" ".join(clauses[i].words)) is None]


_DIRECT = frozenset(["wh_first", "aux_first", "aux_any", "any_first", "tell"])
_DECLARES = re.compile(
    r"^(?:(?:and|so|but|as|since|ok|okay|yes|well|now) )*(?:the|this|that|it|i|we|there|your|our|all|these|those|many|most|some)\b"
    r"(?!.*\b(?:need|must|wonder|wondering|curious|know|missing|lack|open)\b)"
)


def offers_a_choice(clauses: Sequence[Piece]) -> bool:
    """Whether a sentence offers things to choose from: "should I take the grey one or the white one?"."""
    if any(piece.joiner == "or" and _IS_OK.search(" ".join(piece.words)) for piece in clauses[1:]):
        return True
    return any(
        piece.joiner == "or" and len(piece.words) <= _CHOICE and _ANOTHER.search(" ".join(piece.words)) is None
        for piece in clauses[1:]
    )


def is_tail(piece: Piece) -> bool:
    """Whether a clause only leaves open that it may be none of what was offered: "or something else", "or not"."""
    return _TAIL.search(" ".join(piece.words)) is not None


_IS_OK = re.compile(r"^(?:is|are|will|would) .*\b(?:ok|okay|fine|all right|do|enough)$")
_CHOICE = 6
_ANOTHER = re.compile(
    r"^(?:not|should|shall|would|will|do|does|is|are|can|could|may|have|i|we|you|wait|stop|cancel|leave|no|rather|better)\b"
)
_TAIL = re.compile(
    r"^(?:(?:maybe|perhaps|is it|was it|even|just) )*(?:(?:something|anything|someone|somebody|somewhere|some|any) ?(?:quite |entirely |completely )?"
    r"(?:else|different|other|similar)|another(?: one)?|other|others|not|both|neither|none|whatever|so|what|the like)(?: (?:entirely|altogether|instead|of (?:them|these|those)|way|one|thing|reason|kind|like that))?$"
)


_RELATIVE = re.compile(r"^(?:which|who|whose|where|when|what)\b")


def _with_condition(clauses: Sequence[Piece], begin: int) -> int:
    """Where a question starts with the clauses before it that belong to it: "if it is sold out, what …", "for the mug, which …"."""
    while begin and (clauses[begin - 1].words[0] in _LEADING or _is_bare(clauses[begin - 1])):
        begin -= 1
    return begin


def _is_bare(clause: Piece) -> bool:
    """Whether a clause only names something: "mail, courier or locker: what works best?"."""
    return len(clause.words) <= 4 and _SAYS.isdisjoint(forms_of(clause.words)) and _SPEAKERS.isdisjoint(clause.words)


_SPEAKERS = frozenset(["i", "we", "you", "so", "alright", "okay", "ok", "right", "well", "hi"])


_REASON = re.compile(
    r"^(?:as (?:you|that|this|it|i|we)|because|since (?:you|that|this|it|i|we)|so that|so i will|so we will|to give you|before i|before we)\b"
)
_UNMEANT = re.compile(r"^why not$|\b(?:does not|do not) matter\b|\bno preference\b|\bany will do\b")
_EXCLAIMS = re.compile(
    r"^(?:(?:oh|ah|wow|hi|ooh|aww) )*(?:what an? |how (?!many|much|long|soon|would|do|will|should|is))"
)
_LEADING = frozenset(["if", "in", "for", "on", "about", "when", "where", "should", "regarding", "concerning"])


def only_leads(words: Sequence[str]) -> bool:
    """Whether words only lead up to a question.

    >>> only_leads("just two more questions".split())
    True
    """
    return _LEADS.search(" ".join(words[:60])) is not None


_LEADS = re.compile(
    r"^(?:(?:and|so|just|but|only|still|there is|i have|have) )*(?:a|an|one|two|some|another|a few|few)(?: (?:more|last|quick|small|short|final|other|little|brief|further))* "
    r"(?:things?|questions?|points?|details?|uncertainty|matters?|ones?)(?: (?:on|about|of|regarding|remains?|left|please)(?: logistics| the way)?)?$"
    r"|^(?:as to|for|about|regarding|on|concerning) (?:the |your |my )?(?:\w+ )?(?:question|request|matter)(?: \w+)?$|^which makes (?:me|it|us|\w+) (?:wonder|think|by)\b|^if (?:it|that|this) (?:is|would|does|will) not (?:be )?(?:\w+ )*(?:trouble|bother|inconvenience|too much)\b|^if you (?:do not|would not) mind$|^(?:that|this|it|all) is clear\b"
    r"|^(?:i|we) (?:can|could|may) (?!.*\b(?:know|need|what|which|how|hear|told)\b)|^(?:besides|apart from|aside from|except)\b(?!.*\b(?:what|which|how|you|anything)\b)"
)
