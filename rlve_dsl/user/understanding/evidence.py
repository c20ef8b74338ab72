"""What speaks for it that a clause asks for a fact, as numbers: likeness of words and meanings, the kind of question, its context.

Belongs here: the numbers. Does not belong here: how they are weighed (`odds`), what is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog import STATIC
from rlve_dsl.english import stem
from rlve_dsl.user.understanding.fitting import Fit
from rlve_dsl.user.understanding.forms import WH, heads_of
from rlve_dsl.user.understanding.lexicon import STOP, Floats, Lexicon
from rlve_dsl.user.understanding.spans import Span
from rlve_dsl.user.understanding.subjects import Field, Subject

Numbers = NDArray[np.float64]

_FINE = 127  # the largest part of a vector: products of whole numbers are exact, so that every machine finds the same likeness
_ASKED = (Field.ASK, Field.ABOUT, Field.OPTION)
_TEXTS = ((Field.ASK,), (Field.ABOUT,), (Field.OPTION, Field.VALUE), (Field.SAYS,))
_EMPTY = np.zeros(256, dtype=np.float32)

_ASKS: dict[str, str] = {
    "money": r"\bhow (?:much|high|expensive|generous)\b|\b(?:price|prices|cost|costs|budget|spend|pay|amount|sum|money|dollars|euros|limit|ceiling|expensive|cheap|afford|price wise)\b",
    "number": r"\bhow (?:many|big|large)\b|\b(?:number|quantity|quantities|count|copies|units|size|sizes|dimensions|square)\b",
    "long": r"\bhow long\b|\bhow many (?:days|weeks|months|years|hours|nights)\b|\b(?:duration|length of|period|since when|until when)\b",
    "often": r"\bhow (?:often|frequently|regularly|many times)\b|\b(?:a week|a month|per week|per month|weekly|monthly|frequency)\b",
    "when": r"\bwhen\b|\b(?:what|which) (?:day|days|date|dates|time|times|hour|hours|week|month|year|part of the day)\b|\bby (?:when|what)\b|\bhow (?:soon|fast|quick|quickly|urgent|late|early|long ago)\b"
    r"|\b(?:date|deadline|day|times|hours|latest|available|availability|morning|afternoon|evening|today|week)\b",
    "where": r"\bwhere\b|\b(?:which|what|at which|to which|from which) (?:place|address|stop|station|branch|town|city|floor|area|location|store|office|entrance|side|room|part of)\b"
    r"|\b(?:place|location|spot|address|point|venue)\b",
    "who": r"\b(?:who|whom|whose|somebody|someone|anyone|anybody|person|people|name|names)\b",
    "why": r"\b(?:why|reason|reasons|what happened|how come|what made|cause|caused|wrong|problem|issue|trouble|fault|matter with)\b",
    "how": r"\bhow (?:do|does|did|will|would|should|shall|can|could|is|are|am|may|to|you|we|the)\b|\b(?:way|method|means|by what|in what way)\b",
    "old": r"\b(?:how old|age|ages|aged|born|years old|birthday)\b",
    "use": r"\b(?:what for|used for|use it|use them|purpose|occasion|what is it for|what are they for|for what|wear|wearing)\b",
    "weigh": r"\b(?:important|importance|weigh|weights?|matters? (?:most|more)|counts?|priorit\w+|percent\w*)\b",
    "instead": r"\b(?:instead|alternative|fallback|backup|otherwise|sold out|out of stock|unavailable|not available|plan b|second choice|in (?:its|their) place)\b",
    "else": r"\b(?:else|other|others|more|remaining|rest|left|missing|further|another|besides)\b",
}  # fmt: skip
_ASKS_COMPILED = [re.compile(pattern) for pattern in _ASKS.values()]
_VALUES: dict[str, str] = {
    "money": r"[$\u20ac\u00a3]\s?\d|\b\d+ (?:dollars|euros|pounds)\b",
    "number": r"^\s*(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve)\b(?! (?:day|week|month|year|hour|night|minute)s?\b)",
    "long": r"\b(?:day|week|month|year|hour|night|minute)s?\b",
    "often": r"\b(?:a|per|every|each) (?:day|week|month|year|weekday)\b|\b(?:once|twice|weekly|monthly|daily)\b",
    "when": r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|mornings?|afternoons?|evenings?|noon|weekends?|tomorrow|today|next|this week|am|pm|\d{1,2}:\d\d|\d{4}-\d\d-\d\d)\b",
    "where": r"^\s*(?:at|in|from|to|on|under|near)\b|\b(?:street|square|station|airport|floor|road|avenue|centre|center|city|town)\b",
}  # fmt: skip
_VALUES_COMPILED = [re.compile(pattern, re.IGNORECASE) for pattern in _VALUES.values()]
_YES_NO = re.compile(
    r"^(?:(?:and|so|or|but|also) )*(?:is|are|was|were|do|does|did|can|could|will|would|should|shall|have|has|may|any)\b"
)
_AGAIN = re.compile(
    r"\b(?:again|repeat|remind|once more|already|mentioned|said|confirm|correct|right|double check|did you say|you (?:want|wanted|need)|was it|were you|is not it|was not it)\b"
)
_POINTS = frozenset(
    ["it", "one", "that", "this", "them", "they", "those", "these", "there", "ones", "either", "each", "both"]
)
_EXPLAINED = 0.3
_ALIKE = 0.5


@lru_cache(maxsize=1 << 14)
def _word(word: str) -> Floats:
    found: Floats = STATIC.encode([word[:40]])[0].astype(np.float32)
    return found


@lru_cache(maxsize=1 << 13)
def meaning_of(words: tuple[str, ...]) -> Floats:
    """The meaning of a text, the sum of those of its words, in whole numbers of at most 127."""
    if not words:
        return _EMPTY
    vector = _word(words[0]) if len(words) == 1 else np.array([_word(word) for word in words]).sum(axis=0)
    most = float(np.abs(vector).max())
    return np.rint(vector * np.float64(_FINE / most)).astype(np.float32) if most else _EMPTY


@lru_cache(maxsize=1 << 13)
def _asks(text: str) -> tuple[bool, ...]:
    return tuple(pattern.search(text) is not None for pattern in _ASKS_COMPILED)


@lru_cache(maxsize=1 << 13)
def _answers(text: str) -> tuple[bool, ...]:
    return tuple(pattern.search(text) is not None for pattern in _VALUES_COMPILED)


@dataclass(frozen=True, slots=True)
class Heard:
    """A clause with what is around it.

    Attributes:
        span: The clause.
        fit: How well its words fit.
        before: The words of the sentence before its own.
        sentence: The words of its sentence.
        sentences: How many sentences the message has.
        named: The stems that name items.
    """

    span: Span
    fit: Fit
    before: Sequence[str]
    sentence: Sequence[str]
    sentences: int
    named: frozenset[str]


class Evidence:
    """What is known of the subjects of an episode, as numbers.

    Args:
        subjects: What a message may be about.
        words: The words that are about the same.
    """

    __slots__ = (
        "_asked",
        "_asks",
        "_by_ask",
        "_columns",
        "_kinds",
        "_norms",
        "_own",
        "_related",
        "_starts",
        "_stems",
        "_vectors",
        "_words",
    )

    def __init__(self, subjects: Sequence[Subject], words: Lexicon) -> None:
        asks = [[content_of(words) for words in _of(subject, Field.ASK)] or [()] for subject in subjects]
        groups: list[list[list[Floats]]] = [
            [_each(subject.asked, _ASKED) for subject in subjects],
            [_each(subject.said, (Field.SAYS, Field.VALUE)) for subject in subjects],
            [[meaning_of((word,)) for word in words] for of in asks for words in of],
            *(
                [[meaning_of(content_of(words)) for field, words in (*s.asked, *s.said) if field in fields] for s in subjects]
                for fields in _TEXTS
            ),
            [[meaning_of(words) for words in _of(subject, Field.ASK)] for subject in subjects],
        ]  # fmt: skip
        filled = [[group or [_EMPTY] for group in of] for of in groups]
        self._vectors = np.array([v for of in filled for group in of for v in group], dtype=np.float32)
        self._norms = _lengths(self._vectors)
        ends = np.cumsum([sum(map(len, of)) for of in filled]).tolist()
        self._by_ask = slice(ends[1], ends[2])
        self._asked = np.cumsum([0, *map(len, filled[2][:-1])])
        lengths = [[len(group) for group in of] for of in filled]
        lengths[2] = [sum(lengths[2]), *[0] * (len(subjects) - 1)]
        self._starts = np.minimum(np.cumsum([0, *(length for of in lengths for length in of)])[:-1], ends[-1] - 1)
        self._own = np.array([max(len(words), 1) for of in asks for words in of])
        self._asks = np.cumsum([0, *map(len, asks[:-1])])
        self._stems = [
            tuple(
                frozenset(stem(w) for f, words in (*s.asked, *s.said) if f in fields for w in words if w not in STOP)
                for fields in ((Field.ASK, Field.ABOUT), (Field.OPTION, Field.VALUE))
            )
            for s in subjects
        ]
        self._words = words
        self._related = [self._groups([of[part] for of in self._stems]) for part in (0, 1)]
        texts = ["\n".join(" ".join(words) for words in _of(s, Field.ASK, Field.ABOUT)) for s in subjects]
        self._kinds = np.array([_asks(text) for text in texts], dtype=bool)
        values = [" ".join(" ".join(words) for f, words in s.said if f == Field.VALUE) for s in subjects]
        typed = np.array([_answers(value) for value in values], dtype=bool)
        self._kinds[:, : typed.shape[1]] |= typed
        omitted = sum(s.omitted and s.held > 0 for s in subjects)
        self._columns = np.array(
            [
                (
                    s.omitted or not s.held, s.attribute, any(True for _ in _of(s, Field.OPTION)),
                    all(words[0] in _AUXILIARY for words in _of(s, Field.ASK)), omitted, len(subjects),
                    *self._kinds[place, _STRICT + 1 : _STRICT + 3],
                )
                for place, s in enumerate(subjects)
            ],
            dtype=np.float64,
        ).T  # fmt: skip

    def _groups(self, stems: Sequence[frozenset[str]]) -> Numbers:
        """For each group of related words and each subject how surely the subject is about it; the last row is of no group."""
        found = np.zeros((self._words.groups + 1, len(stems)))
        for place, of in enumerate(stems):
            for root in of:
                groups = self._words.related.get(root, ())
                for group in groups:
                    found[group, place] = max(found[group, place], len(groups) ** -0.5)
        return found

    def _about(self, roots: Sequence[str], part: int) -> Numbers:
        """For each word and each subject how surely they are about the same."""
        groups = [self._words.related.get(root, ()) for root in roots] or [()]
        return np.array([self._related[part][[*of, -1]].max(axis=0) * max(len(of), 1) ** -0.5 for of in groups])

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return self._vectors.size

    def of(self, heard: Heard) -> Numbers:
        """The numbers of a clause, a row for each subject."""
        words, fit = heard.span.words[:60], heard.fit
        text, count = " ".join(words), len(self._stems)
        content = [(i, word) for i, word in enumerate(words) if word not in STOP and stem(word) not in heard.named]
        sure = tuple(word for _, word in content)
        texts = [sure, words, content_of(heard.before[-40:]), content_of(heard.sentence[:60])]
        queries = np.array(
            [*map(meaning_of, texts), *(meaning_of((word,)) for word in sure or ("",))], dtype=np.float32
        )
        alike = (queries @ self._vectors.T).astype(np.float64) / (_lengths(queries)[:, None] * self._norms)
        best = np.maximum.reduceat(alike, self._starts, axis=1).reshape(len(queries), -1, count)
        by_word, by_said = best[4:, 0], best[4:, 1]
        heads = heads_of(words)
        head = [row for row, (place, _) in enumerate(content) if place in heads]
        covered = np.add.reduceat(alike[4:, self._by_ask].max(axis=0), self._asked) / self._own
        roots = [stem(word) for word in sure]
        stems = set(roots)
        related, by_value = self._about(roots, 0), self._about(roots, 1)
        kinds = np.array(_asks(text))
        both = np.maximum(by_word, by_said)
        compared = np.array(
            [
                fit.scores, fit.hits, best[0, 3], best[1, 7], by_word.mean(axis=0), both.mean(axis=0),
                np.maximum.reduceat(covered, self._asks), (kinds & self._kinds).sum(axis=1), best[2, 3],
                related.mean(axis=0), np.maximum(related, by_value).mean(axis=0),
            ]
        )  # fmt: skip
        own = np.array(
            [
                best[0, 4], best[0, 5], best[0, 6], by_word.max(axis=0), by_said.max(axis=0),
                by_word[head].max(axis=0) if head else np.zeros(count), best[3, 3],
                *([len(stems & of[part]) for of in self._stems] for part in (0, 1)),
                (kinds[:_STRICT] & ~self._kinds[:, :_STRICT]).sum(axis=1), fit.headed,
                related.max(axis=0), by_value.max(axis=0), related[head].max(axis=0) if head else np.zeros(count),
            ],
            dtype=np.float64,
        )  # fmt: skip
        foreign = sum(
            e < _EXPLAINED and not (t.light or t.inner or t.plain)
            for t, e in zip(fit.terms, fit.explained, strict=True)
        )
        clause = [
            len(sure), len(words), WH.search(text) is not None, _YES_NO.search(text) is not None, heard.span.piece.mark == "?",
            heard.span.piece.item, not _POINTS.isdisjoint(words), foreign, (both.max(axis=1) < _ALIKE).sum() if sure else 0,
            heard.sentences, bool(heard.span.piece.joiner), heard.span.piece.joiner == "or", _AGAIN.search(text) is not None, *compared[[0, 2, 3]].max(axis=1), kinds[:_STRICT].sum(), fit.topic, *kinds[_STRICT + 1 :],
        ]  # fmt: skip
        whole = np.repeat(np.array(clause, dtype=np.float64)[:, None], count, axis=1)
        found: Numbers = np.round(np.concatenate([compared, _margins(compared), own, self._columns, whole]).T, 4)
        return found


def _lengths(vectors: Floats) -> Numbers:
    found: Numbers = np.sqrt(np.maximum((vectors * vectors).sum(axis=1, dtype=np.float64), 1.0))
    return found


def _margins(rows: Numbers) -> Numbers:
    """How much better each is than the best other one of its row."""
    if rows.shape[1] < 2:
        return rows
    top = np.partition(rows, -2, axis=1)[:, -2:]
    first = rows >= top[:, 1:]
    found: Numbers = rows - np.where(first, top[:, :1], top[:, 1:])
    return found


_STRICT = 10  # of the kinds of question those that only a fact of the kind answers
_AUXILIARY = frozenset(
    ["is", "was", "do", "did", "has", "have", "are", "were", "will", "would", "can", "does", "should", "may"]
)
_COMPARED = "score hit ask full word_mean both_mean covered agree before related related_both"
NAMES = (
    *_COMPARED.split(),
    *(f"more_{name}" for name in _COMPARED.split()),
    *[
        "about",
        "value",
        "says",
        "word_max",
        "said_max",
        "head",
        "sentence",
        "shared_ask",
        "shared_value",
        "amiss",
        "headed",
        "related_max",
        "related_value",
        "related_head",
    ],
    *["omitted", "attribute", "options", "yes_no", "of_omitted", "of_subjects", "weighs", "instead"],
    *[
        "content",
        "words",
        "wh",
        "asks_whether",
        "question_mark",
        "item",
        "points",
        "foreign",
        "unlike",
        "sentences",
        "later",
        "after_or",
        "again",
        "best_score",
        "best_ask",
        "best_full",
        "kinds",
        "topic",
        "asks_weights",
        "asks_instead",
        "asks_else",
    ],
)
"""The names of the numbers."""


def content_of(words: Iterable[str]) -> tuple[str, ...]:
    """The words that say something by themselves."""
    return tuple(word for word in words if word not in STOP)


def _of(subject: Subject, *fields: Field) -> Iterator[tuple[str, ...]]:
    return (words for field, words in subject.asked if field in fields)


def _each(texts: Iterable[tuple[Field, tuple[str, ...]]], fields: Sequence[Field]) -> list[Floats]:
    words = dict.fromkeys(word for field, words in texts if field in fields for word in words[:40] if word not in STOP)
    return [meaning_of((word,)) for word in words]
