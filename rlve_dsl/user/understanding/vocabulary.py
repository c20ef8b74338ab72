"""Words of many texts in a form in which they are compared with a message at once; the topics in that form.

Belongs here: word overlap, concepts and meaning as numbers. Does not belong here: facts, the form of clauses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from rlve_dsl.user.understanding.arrays import Floats, Places
from rlve_dsl.user.understanding.lexicon import Term, lexicon
from rlve_dsl.user.understanding.texts import words_of

_LEAST_ALIKE = 0.3
_CONCEPT = 0.8


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
        return int(self._vectors.nbytes + self._concepts.nbytes + self.meanings.nbytes)

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
