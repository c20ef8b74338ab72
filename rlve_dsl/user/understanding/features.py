"""How the clauses of a message fit the subjects: the numbers that the scorer reads.

Belongs here: word overlap, meaning, concepts, the form of clauses, all as numbers. Does not belong here: decisions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from rlve_dsl.user.understanding.arrays import Floats, Places
from rlve_dsl.user.understanding.forms import FORMS, form_of, kinds_of_question
from rlve_dsl.user.understanding.lexicon import Term, lexicon
from rlve_dsl.user.understanding.spans import Span
from rlve_dsl.user.understanding.subjects import Field, Subject, content
from rlve_dsl.user.understanding.texts import words_of

_LEAST_ALIKE = 0.3
_CONCEPT = 0.8
_TAKEN = 0.3
_GROUPS = {
    "ask": (Field.ASK, Field.ABOUT), "option": (Field.OPTION,), "says": (Field.SAYS,), "value": (Field.VALUE,),
}  # fmt: skip
_TELLING = [
    *(FORMS.index(name) for name in ("wh_first", "aux_first", "ask_you", "tell", "need", "i_done", "you_said", "thanks", "known", "else", "or")),
    *range(len(FORMS), len(FORMS) + 7),
]  # fmt: skip
_FITS = 27 + 2 + 11 + 18 + 2 + 3 + 4
EMPTY = _FITS + len(_TELLING) - 3
"""Where the numbers say that a span has no word with content."""

NETWORK_WIDTH = _FITS + len(_TELLING)
"""How many of the numbers, the first ones, are for the judgement of a span and a subject; all are for the kinds of spans."""


class Vocabulary:
    """The words of some fields in a form in which many texts are compared with them at once.

    Args:
        fields: The terms of each field; none may be empty.
        weights: How much each term tells, by its key; 1 for those that are missing.
    """

    __slots__ = ("_concepts", "_keys", "_places", "_starts", "_vectors", "_weights", "meanings", "size")

    def __init__(self, fields: Sequence[Sequence[Term]], weights: dict[str, float], size: int) -> None:
        terms: dict[Term, int] = {}
        places = [terms.setdefault(term, len(terms)) for field in fields for term in field]
        lengths = [len(field) for field in fields]
        self.size = len(fields)
        self._places = np.array(places, dtype=np.int64)
        self._starts = np.cumsum([0, *lengths[:-1]])
        self._weights = np.array([weights.get(term.key, 1.0) for field in fields for term in field], dtype=np.float32)
        self._vectors = np.array([term.vector for term in terms], dtype=np.float32).T
        self._concepts = concepts_of(list(terms), size).T
        total = np.add.reduceat(self._vectors.T[self._places] * self._weights[:, None], self._starts, axis=0)
        self.meanings = (total / np.maximum(np.sqrt((total**2).sum(axis=1, keepdims=True)), 1e-6)).T
        self._keys: dict[str, list[int]] = {}
        for term, place in terms.items():
            self._keys.setdefault(term.key, []).append(place)

    @property
    def nbytes(self) -> int:
        """How many bytes its arrays take."""
        return self._vectors.nbytes + self._concepts.nbytes + self.meanings.nbytes

    def alike(self, said: Said) -> tuple[Floats, Floats, Floats]:
        """How alike each said term and each term here are: the same, of one concept, of like meaning."""
        meaning = said.vectors @ self._vectors
        meaning = np.where(meaning > _LEAST_ALIKE, meaning, 0)
        concepts = (said.concepts @ self._concepts) > 0
        same = np.zeros_like(meaning)
        for row, key in enumerate(said.keys):
            if key in self._keys:
                same[row, self._keys[key]] = 1
        return same, np.maximum(same, _CONCEPT * concepts), np.maximum(same, meaning)

    def covered(self, alike: Floats, said: Said) -> Floats:
        """For each span and field, how much of the field the span says."""
        best = np.maximum.reduceat(alike, said.starts, axis=0)[:, self._places] * self._weights
        whole = np.add.reduceat(self._weights, self._starts)
        found: Floats = (np.add.reduceat(best, self._starts, axis=1) / np.maximum(whole, 1e-6)).astype(np.float32)
        return found

    def covers(self, alike: Floats, said: Said) -> Floats:
        """For each span and field, how much of the span is in the field."""
        best = np.maximum.reduceat(alike[:, self._places], self._starts, axis=1) * said.weights[:, None]
        whole = np.add.reduceat(said.weights, said.starts)
        found: Floats = (np.add.reduceat(best, said.starts, axis=0) / np.maximum(whole, 1e-6)[:, None]).astype(
            np.float32
        )
        return found


@dataclass(frozen=True, slots=True)
class Said:
    """The terms of the spans of a message, one after the other; no span is empty."""

    keys: tuple[str, ...]
    vectors: Floats
    concepts: Floats
    weights: Floats
    starts: Places


def concepts_of(terms: Sequence[Term], size: int) -> Floats:
    """A row of ones and zeros for each term."""
    rows = np.zeros((len(terms), size), dtype=np.float32)
    for row, term in enumerate(terms):
        rows[row, list(term.concepts)] = 1
    return rows


def said_of(spans: Sequence[Sequence[Term]], weights: dict[str, float], size: int) -> Said:
    """The spans of a message; a span without terms gets one that is like nothing."""
    nothing = Term("", np.zeros(256, dtype=np.float32), frozenset(), False)
    filled = [list(span) or [nothing] for span in spans]
    terms = [term for span in filled for term in span]
    lengths = [len(span) for span in filled]
    return Said(
        tuple(term.key for term in terms),
        np.array([term.vector for term in terms], dtype=np.float32),
        concepts_of(terms, size),
        np.array([weights.get(term.key, 1.0) for term in terms], dtype=np.float32),
        np.cumsum([0, *lengths[:-1]]),
    )


@dataclass(frozen=True, slots=True)
class Topics:
    """What people ask shoppers about besides: a field for each phrase.

    Attributes:
        fields: The terms of each phrase.
        owners: For each phrase the index of its topic.
        vocabulary: The phrases, to be compared with.
    """

    fields: tuple[tuple[Term, ...], ...]
    owners: Places
    vocabulary: Vocabulary


@cache
def topics() -> Topics:
    """The topics of the shipped words file."""
    words = lexicon()
    found = [
        (tuple(terms), owner)
        for owner, topic in enumerate(words.topics)
        for phrase in topic
        if (terms := words.terms(words_of(phrase)))
    ]
    fields = tuple(terms for terms, _ in found)
    return Topics(fields, np.array([owner for _, owner in found]), Vocabulary(fields, {}, words.size))


class Features:
    """Turns clauses into numbers, for some subjects.

    Args:
        subjects: What a message may be about.
    """

    __slots__ = (
        "_about_concepts",
        "_each",
        "_free",
        "_kinds",
        "_lexicon",
        "_owner",
        "_rows",
        "_subjects",
        "_vocabulary",
        "_weights",
        "_whole",
        "others",
    )

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._lexicon = lexicon()
        self._subjects = subjects
        fields: list[list[Term]] = []
        owners: list[tuple[int, Field]] = []
        for place, subject in enumerate(subjects):
            for field, words in subject.texts:
                terms = content(words, self._lexicon)
                if terms:
                    fields.append(terms)
                    owners.append((place, field))
        self._weights = _rarity(fields, owners, len(subjects))
        whole = [
            [term for field, (owner, _) in zip(fields, owners, strict=True) if owner == place for term in field]
            for place in range(len(subjects))
        ]
        nothing = [Term("", np.zeros(256, dtype=np.float32), frozenset(), False)]
        self._vocabulary = Vocabulary(
            [*fields, *(terms or nothing for terms in whole)], self._weights, self._lexicon.size
        )
        self._whole = len(fields)
        self._rows = {name: self._columns(owners, kinds) for name, kinds in _GROUPS.items()}
        self._free = self._free_topics(owners)
        self._about_concepts = self._profiles(fields, owners)
        self._kinds = np.array(
            [
                np.max(
                    [kinds_of_question(w) for f, w in subject.texts if f == Field.ASK] or [kinds_of_question(())],
                    axis=0,
                )
                for subject in subjects
            ],
            dtype=np.float32,
        )
        self._each = np.array(
            [
                [s.omitted, len(s.slots) > 1, any(f == Field.OPTION for f, _ in s.texts), math.log(len(subjects))]
                for s in subjects
            ],
            dtype=np.float32,
        )
        asks = [(s.fact[1], tuple(w for f, w in s.texts if f == Field.ASK)) for s in subjects]
        self.others = np.array([[a != b for b in asks] for a in asks], dtype=np.float32)

    def _profiles(self, fields: Sequence[Sequence[Term]], owners: Sequence[tuple[int, Field]]) -> Floats:
        """How much each subject is about each concept, concepts of few subjects first."""
        profiles = np.zeros((len(self._subjects), self._lexicon.size), dtype=np.float32)
        share = {Field.ASK: 1.0, Field.ABOUT: 1.0, Field.OPTION: 0.5, Field.SAYS: 0.5, Field.VALUE: 0.3}
        for terms, (owner, field) in zip(fields, owners, strict=True):
            for term in terms:
                if term.concepts:
                    places = list(term.concepts)
                    value = (
                        share[field]
                        * self._weights.get(term.key, 1.0)
                        / math.sqrt(len(places))
                        * (1.5 if term.phrase else 1)
                    )
                    profiles[owner, places] = np.maximum(profiles[owner, places], value)
        rare = np.log1p(len(self._subjects) / np.maximum(1, (profiles > 0).sum(axis=0)))
        weighted: Floats = profiles * rare.astype(np.float32)
        return weighted

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return 2 * self._vocabulary.nbytes

    def of(self, spans: Sequence[Span], masked: frozenset[str]) -> Floats:
        """The numbers for each span and subject. Words whose stems are `masked` name items and are left out."""
        terms = [[t for t in self._lexicon.terms(span.words) if t.key not in masked] for span in spans]
        said = said_of(terms, self._weights, self._lexicon.size)
        columns: list[Floats] = []
        main: list[Floats] = []
        for alike in self._vocabulary.alike(said):
            covered, covers = self._vocabulary.covered(alike, said), self._vocabulary.covers(alike, said)
            both = 2 * covered * covers / np.maximum(covered + covers, 1e-6)
            asked = [self._best(values, "ask") for values in (covered, covers, both)]
            whole = covers[:, self._whole :]
            columns += [
                asked[0],
                asked[1] * np.sqrt(asked[0]),
                asked[2],
                whole * asked[0],
                self._best(covered, "option"),
                self._best(covers, "option"),
            ]
            columns += [self._best(both, "says"), self._best(covers, "value"), self._best(covered, "value")]
            main += [asked[2], asked[1], whole]
        profile = self._concept_fit(said)
        meaning = self._best(self._meanings(said), "ask")
        columns += [profile, meaning]
        main += [profile, meaning]
        lead = [values - self._best_other(values) for values in main]
        parents = np.array([span.sentence for span in spans])
        topic = self._topic(terms)
        columns += lead
        columns += [values[parents] for values in (*main[2:], *lead[2:])]
        columns += self._questions(spans)
        columns += [main[0] - topic[:, :1], main[3] - topic[:, 1:2], main[6] - topic[:, 2:3]]
        form = self._form(spans, terms, parents)
        own = np.concatenate([form[:, _TELLING], form, topic], axis=1)
        shape = len(spans), len(self._subjects)
        by_span = np.broadcast_to(own[:, None], (*shape, own.shape[1]))
        by_subject = np.broadcast_to(self._each[None], (*shape, self._each.shape[1]))
        return np.concatenate([np.stack(columns, axis=2), by_subject, by_span], axis=2).astype(np.float32)

    def _best(self, values: Floats, fields: str) -> Floats:
        """For each span and subject the best value of some of its fields, 0 for none."""
        columns, starts = self._rows[fields]
        padded = np.concatenate([values, np.zeros((len(values), 1), dtype=np.float32)], axis=1)
        best: Floats = np.maximum.reduceat(padded[:, columns], starts, axis=1)
        return best

    def _best_other(self, values: Floats) -> Floats:
        """For each subject the best value of a subject with another question."""
        best: Floats = (values[:, None, :] * self.others[None]).max(axis=2)
        return best

    def _meanings(self, said: Said) -> Floats:
        """How alike the whole meaning of each span and that of each field are."""
        total = np.add.reduceat(said.vectors * said.weights[:, None], said.starts, axis=0)
        length = np.sqrt((total**2).sum(axis=1, keepdims=True))
        meanings: Floats = (total / np.maximum(length, 1e-6)) @ self._vocabulary.meanings
        return meanings

    def _concept_fit(self, said: Said) -> Floats:
        weight = said.concepts / np.sqrt(np.maximum(1, said.concepts.sum(axis=1, keepdims=True)))
        asked = np.maximum.reduceat(weight, said.starts, axis=0)
        length = np.sqrt((asked**2).sum(axis=1, keepdims=True)) * np.sqrt((self._about_concepts**2).sum(axis=1))[None]
        fit: Floats = (asked @ self._about_concepts.T) / np.maximum(length, 1e-6)
        return fit

    def _topic(self, terms: Sequence[Sequence[Term]]) -> Floats:
        """How well each span fits the best topic that is none of the subjects."""
        said = said_of(terms, {}, self._lexicon.size)
        words = topics().vocabulary
        best = []
        for alike in words.alike(said):
            covered, covers = words.covered(alike, said) * self._free, words.covers(alike, said) * self._free
            best.append((2 * covered * covers / np.maximum(covered + covers, 1e-6)).max(axis=1))
            best.append(covered.max(axis=1))
        order = [best[0], best[2], best[4], best[1], best[5]]
        return np.stack(order, axis=1)

    def _free_topics(self, owners: Sequence[tuple[int, Field]]) -> Floats:
        """For each phrase of the topics 1 when its topic is none of the subjects, 0 when it is."""
        all_topics = topics()
        said = said_of(all_topics.fields, self._weights, self._lexicon.size)
        asks = [row for row, (_, field) in enumerate(owners) if field <= Field.ABOUT]
        alike = self._vocabulary.alike(said)[0]
        covered = self._vocabulary.covered(alike, said)[:, asks].max(axis=1, initial=0)
        taken = np.zeros(int(all_topics.owners.max()) + 1, dtype=np.bool_)
        taken[all_topics.owners[covered > _TAKEN]] = True
        return (~taken[all_topics.owners]).astype(np.float32)

    def _columns(self, owners: Sequence[tuple[int, Field]], kinds: Sequence[Field]) -> tuple[Places, Places]:
        """The columns of some fields of each subject, one after the other, and where those of each start."""
        padding = len(owners) + len(self._subjects)
        own = [
            [row for row, (owner, field) in enumerate(owners) if owner == place and field in kinds] or [padding]
            for place in range(len(self._subjects))
        ]
        return np.array([row for rows in own for row in rows]), np.cumsum([0, *(len(rows) for rows in own[:-1])])

    def _questions(self, spans: Sequence[Span]) -> list[Floats]:
        """Whether each span asks the kind of question that each subject's questions are, and whether it asks another kind."""
        kinds = np.array([kinds_of_question(span.words) for span in spans], dtype=np.float32)
        match = kinds @ self._kinds.T
        strange = (kinds.sum(axis=1, keepdims=True) > 0) * (match == 0)
        return [match, strange.astype(np.float32)]

    def _form(self, spans: Sequence[Span], terms: Sequence[Sequence[Term]], parents: Places) -> Floats:
        own = np.array([self._about(span, of) for span, of in zip(spans, terms, strict=True)], dtype=np.float32)
        kinds = np.array([kinds_of_question(span.words) for span in spans], dtype=np.float32)
        return np.concatenate([own, own[parents][:, : len(FORMS) + 1], kinds], axis=1)

    @staticmethod
    def _about(span: Span, terms: Sequence[Term]) -> list[float]:
        piece = span.piece
        flags = [piece.mark == "?", piece.item, piece.heading, span.whole, not terms]
        return [*form_of(span.words), *map(float, flags), min(len(span.words), 30) / 10, min(len(terms), 12) / 4]


def _rarity(fields: Sequence[Sequence[Term]], owners: Sequence[tuple[int, Field]], count: int) -> dict[str, float]:
    """How much a term tells, by how few subjects have it."""
    holders: Counter[str] = Counter()
    seen = {
        (term.key, owner)
        for terms, (owner, field) in zip(fields, owners, strict=True)
        for term in terms
        if field <= Field.ABOUT
    }
    holders.update(key for key, _ in sorted(seen))
    return {key: math.log1p(count / n) / math.log1p(count) for key, n in holders.items()}
