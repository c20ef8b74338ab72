"""Messages and facts as numbers for training: those that the reader sees, with the labels, and batches of them.

Belongs here: arrays. Does not belong here: variants of messages, the network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.corpus.examples import Example
from benchmarks.reader.network import Batch
from benchmarks.reader.variants import Variant
from rlve_dsl.user.understanding.facts_read import FIELDS, TRAITS, FactsRead
from rlve_dsl.user.understanding.hints import HINTS
from rlve_dsl.user.understanding.likeness import COVERED, NUMBERS, Likeness
from rlve_dsl.user.understanding.meanings import SIZE, directions_of
from rlve_dsl.user.understanding.network import KINDS, NUMBER, OTHER, number_of
from rlve_dsl.user.understanding.reading import Prepared
from rlve_dsl.user.understanding.tokens import tokens_of

_MESSAGES, _ENVIRONMENTS = 4, 3  # words in so many messages, of so many environments, are known by themselves


def known_words(corpus: Sequence[Example]) -> dict[str, int]:
    """The words that are known by themselves: those of messages about many things."""
    messages: Counter[str] = Counter()
    environments: dict[str, set[str]] = {}
    for example in corpus:
        for word in set(tokens_of(example.text, str)):
            messages[word] += 1
            environments.setdefault(word, set()).add(example.situation.environment)
    words = [
        word
        for word, count in sorted(messages.items(), key=lambda item: (-item[1], item[0]))
        if count >= _MESSAGES and len(environments[word]) >= _ENVIRONMENTS and not word.isdigit()
    ]
    return {word: number for number, word in enumerate(("<nothing>", OTHER, NUMBER, *words))}


class _Directions:
    """The directions of words, kept once for all rows: these take gigabytes."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._kept = np.zeros((0, SIZE), dtype=np.float32)

    def places_of(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Where the directions of words are kept."""
        new = [word for word in dict.fromkeys(words) if word not in self._places]
        start = len(self._places)
        self._places.update({word: start + number for number, word in enumerate(new)})
        if len(self._places) > len(self._kept):
            self._kept.resize((2 * len(self._places), SIZE), refcheck=False)
        if new:
            self._kept[start : start + len(new)] = directions_of(new)
        return np.array([self._places[word] for word in words], dtype=np.int32)

    def at(self, places: NDArray[np.int32]) -> NDArray[np.float32]:
        """The directions at some places."""
        found: NDArray[np.float32] = self._kept[places]
        return found


_DIRECTIONS = _Directions()
_NO_NUMBERS, _NO_WHOLES = np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int8)


@dataclass(frozen=True, slots=True)
class Row:
    """A message and its facts as numbers, with the labels. `meanings` are the places of the directions of its tokens, and of the facts' words."""

    tokens: NDArray[np.int64]
    meanings: NDArray[np.int32]
    likeness: Likeness
    facts: FactsRead
    words: NDArray[np.int64]
    hints: Sequence[float]
    asked: NDArray[np.float64]
    is_known: NDArray[np.float64]
    kinds: Sequence[float]


def row_of(variant: Variant, known: dict[str, int]) -> Row | None:
    """A message as numbers; None for one without words."""
    prepared = Prepared(variant.held, variant.absent)
    compared = prepared.compared(variant.text)
    if compared is None:
        return None
    facts = prepared.facts
    asked, is_known = np.zeros(len(facts.fields)), np.ones(len(facts.fields))
    asked[list(variant.asked)] = 1
    if not variant.known:
        is_known[facts.held :] = asked[facts.held :]
    numbers = np.array([number_of(token, known) for token in compared.tokens], dtype=np.int64)
    words = np.array([number_of(word, known) for word in facts.words], dtype=np.int64)
    meanings = _DIRECTIONS.places_of((*compared.tokens, *facts.words))
    likeness = replace(compared.likeness, by_number=compared.likeness.by_number.astype(np.float16))
    return Row(numbers, meanings, likeness, _needed(facts), words, compared.hints, asked, is_known, variant.kinds)


def _needed(facts: FactsRead) -> FactsRead:
    """Facts without what is only needed to compare messages with them."""
    return replace(
        facts, written=(), words=(), roots={}, item_stems={}, item_words=(), vectors=_NO_WHOLES, lengths=_NO_NUMBERS,
        weights=_NO_NUMBERS, concepts=_NO_NUMBERS, related=_NO_NUMBERS,
    )  # fmt: skip


class _Batch:
    """Arrays for some rows, padded to the largest."""

    def __init__(self, rows: Sequence[Row]) -> None:
        count = len(rows)
        tokens = max(len(row.tokens) for row in rows)
        facts = max(len(row.facts.fields) for row in rows)
        texts = max(len(row.facts.starts) for row in rows)
        longest = max(int(_sizes(row.facts).max()) for row in rows)
        floats = {
            "is_token": (tokens,), "numbers": (tokens, facts, NUMBERS), "covered": (facts, COVERED), "traits": (facts, TRAITS),
            "is_text_word": (texts, longest), "others": (facts, facts), "asked": (facts,), "is_known": (facts,),
            "is_fact": (facts,), "kinds": (len(KINDS),), "hints": (HINTS,),
        }  # fmt: skip
        self.floats = {name: np.zeros((count, *shape), dtype=np.float32) for name, shape in floats.items()}
        ints = {"tokens": (tokens,), "texts": (texts, longest), "fields": (facts, FIELDS)}
        self.ints = {name: np.zeros((count, *shape), dtype=np.int64) for name, shape in ints.items()}
        self.known: list[int] = [0]
        self.meanings: list[NDArray[np.int32]] = []
        self.text_words: list[NDArray[np.int64]] = []
        self.count_of_text_words = 0
        for place, row in enumerate(rows):
            self._add(place, row)

    def _add(self, place: int, row: Row) -> None:
        many, facts = row.likeness.numbers.shape[:2]
        first = len(self.known)
        self.ints["tokens"][place, :many] = np.arange(first, first + many)
        self.known += [*row.tokens.tolist(), *row.words.tolist()]
        self.meanings.append(row.meanings)
        self._add_texts(place, row.facts, first + many)
        families = row.facts.families
        floats = {
            "is_token": np.ones(many), "numbers": row.likeness.numbers, "covered": row.likeness.covered,
            "traits": row.facts.traits, "others": families[:, None] != families, "asked": row.asked,
            "is_known": row.is_known, "is_fact": np.ones(facts), "kinds": row.kinds, "hints": row.hints,
        }  # fmt: skip
        for name, values in floats.items():
            of = np.asarray(values)
            self.floats[name][(place, *(slice(size) for size in of.shape))] = of
        self.ints["fields"][place, :facts] = row.facts.fields

    def _add_texts(self, place: int, facts: FactsRead, first: int) -> None:
        """The words of the texts, each between the words beside it; 0 stands for none."""
        words, starts = facts.texts + first, facts.starts
        before, after = np.zeros_like(words), np.zeros_like(words)
        before[1:], after[:-1] = words[:-1], words[1:]
        before[starts[1:]] = 0
        after[starts[2:] - 1] = 0
        self.text_words.append(np.stack([before, words, after], axis=1))
        of = np.repeat(np.arange(len(starts)), _sizes(facts))
        at = np.arange(len(words)) - starts[of]
        self.ints["texts"][place, of, at] = self.count_of_text_words + 1 + np.arange(len(words))
        self.floats["is_text_word"][place, of, at] = 1
        self.count_of_text_words += len(words)


def batch_of(rows: Sequence[Row], forgotten: float, random: np.random.Generator) -> Batch:
    """Some rows together; of the words that are known by themselves a share is forgotten."""
    made = _Batch(rows)
    known = np.array(made.known)
    known[(random.random(len(known)) < forgotten) & (known > 2)] = 1
    arrays = {
        **made.floats, **made.ints, "known": known, "is_word": (known > 0).astype(np.float32),
        "vectors": np.concatenate([np.zeros((1, SIZE), dtype=np.float32), _DIRECTIONS.at(np.concatenate(made.meanings))]),
        "text_words": np.concatenate(made.text_words),
    }  # fmt: skip
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def _sizes(facts: FactsRead) -> NDArray[np.int64]:
    """How many words each text has."""
    return np.diff(np.append(facts.starts, len(facts.texts)))
