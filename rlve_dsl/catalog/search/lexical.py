"""Search by words: the products that hold each term (its postings), the terms of each product, and how much a term weighs.

Search by meaning alone does not find a brand, a model or a number. tantivy's analyser stems words as English ones. The rest
is arrays, so that any filter is applied before ranking and the terms of one product can be weighed without a search. All
numbers are whole.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.caching import cached_texts
from rlve_dsl.catalog.arrays import Hashes, Ints, Mask, Rows, read_array, write_array
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import stable_hash

# Letters and digits are separate words: `65W` is `65 w`, `XK-4512` is `xk 4512`. A possessive s is no word.
_WORD = re.compile(r"['’]s\b|\d+(?:[.,]\d+)*|[^\W\d_]+", re.IGNORECASE)
_WEIGHT = 256  # of one unit of inverse document frequency

_READ = 3  # what it costs to read a term of a row, where looking up a row in postings costs 1
_ZERO = 64  # rows whose weights are set to nothing for the same

Postings = NDArray[np.int32]
Codes = NDArray[np.unsignedinteger[Any]]


@cache
def _analyser() -> Any:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    steps = (Filter.lowercase(), Filter.ascii_fold(), Filter.stopword("english"), Filter.stemmer("english"))
    builder = TextAnalyzerBuilder(Tokenizer.raw())
    for step in steps:
        builder = builder.filter(step)
    return builder.build()


@cached_texts(1 << 16)
def _stem(word: str) -> str:
    """The term for a word; "" for a stop word."""
    return next(iter(_analyser().analyze(word)), "")


def terms_of(text: str) -> list[str]:
    """The different terms of a text, in order of appearance.

    >>> terms_of("Norvale's 65W USB-C chargers, for the charger")
    ['norval', '65', 'w', 'usb', 'c', 'charger']
    """
    return list(dict.fromkeys(_stem(word) for word in _WORD.findall(text) if word[0] not in "'’" and _stem(word)))


@frozen
class RowTerms:
    """The terms of each row, by their numbers; those of row r are from `starts[r]` up to `starts[r + 1]`."""

    starts: Codes
    terms: Codes

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.starts) - 1

    def weigh(self, rows: Rows, weights: Ints) -> Ints:
        """The summed weight of the terms of each of these rows; `weights` has one for each number of a term."""
        starts, ends = self.starts[rows].astype(np.int64), self.starts[rows + 1].astype(np.int64)
        lengths = ends - starts
        after = np.cumsum(lengths)
        places = np.arange(int(lengths.sum())) + np.repeat(starts - (after - lengths), lengths)
        sums = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(weights[self.terms[places]])))
        weighed: Ints = sums[after] - sums[after - lengths]
        return weighed


@frozen
class QueryTerms:
    """The terms of a query that some product holds, the heaviest first.

    Attributes:
        postings: The rows that hold each term.
        weights: The weight of each term.
        numbers: The number of each term.
        total: The weight of all terms of the query. A term that no product holds weighs most, so that a query in other words
            than the catalog's is ranked by its meaning.
        terms: How many terms the catalog has.
        row_terms: The terms of each row.
    """

    postings: tuple[Postings, ...]
    weights: tuple[int, ...]
    numbers: tuple[int, ...]
    total: int
    terms: int
    row_terms: RowTerms

    @property
    def highest(self) -> int:
        """The highest weight that a product can hold."""
        return sum(self.weights)

    def held(self, rows: Rows, first: int = 0) -> Ints:
        """The summed weight of the terms, without those before `first`, that each of these rows holds."""
        postings, weights, size = self.postings[first:], self.weights[first:], self.row_terms.size
        if not weights or not len(rows):
            return np.zeros(len(rows), dtype=np.int64)
        terms_of_rows = len(rows) * len(self.row_terms.terms) // size
        if _READ * terms_of_rows < size // _ZERO + sum(map(len, postings)):
            by_number = np.zeros(self.terms, dtype=np.int64)
            by_number[list(self.numbers[first:])] = weights
            return self.row_terms.weigh(rows, by_number)
        by_row = np.zeros(size, dtype=np.int32)
        for holders, weight in zip(postings, weights, strict=True):
            by_row[holders] += weight
        return by_row[rows].astype(np.int64)

    def reaching(self, least: int, wanted: Callable[[Rows | Postings], Mask] | None = None) -> tuple[Rows, Ints]:
        """Every row, in order, that holds terms of at least this weight, and the weight that it holds.

        Terms whose weights do not add up to `least` find no row by themselves, and are only looked up (MaxScore: Turtle and
        Flood, Information Processing and Management 31(6), 1995).

        Args:
            least: Above 0.
            wanted: Whether rows are wanted at all; by default all are.
        """
        common, heavy = 0, len(self.weights)
        while heavy and common + self.weights[heavy - 1] < least:
            heavy -= 1
            common += self.weights[heavy]
        lists = self.postings[:heavy]
        rows, held = _summed(lists if wanted is None else [rows[wanted(rows)] for rows in lists], self.weights)
        if common:
            enough = held >= least - common
            rows = rows[enough]
            held = held[enough] + self.held(rows, heavy)
        return rows[held >= least], held[held >= least]


def _summed(lists: Sequence[Postings], weights: Sequence[int]) -> tuple[Rows, Ints]:
    """The rows of some lists, in order, and the summed weight of the lists that each is in."""
    if not any(map(len, lists)):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    bits = len(lists).bit_length()
    keys = np.concatenate([(rows.astype(np.int64) << bits) + number for number, rows in enumerate(lists)])
    keys.sort()
    rows = keys >> bits
    first = np.flatnonzero(np.diff(rows, prepend=-1))
    return rows[first], np.add.reduceat(np.array(weights, dtype=np.int64)[keys & ((1 << bits) - 1)], first)


class Lexicon:
    """The terms of a catalog: their hashes in order, for each the rows that hold it, in order, and the terms of each row."""

    def __init__(self, hashes: Hashes, ends: Ints, postings: Postings, row_terms: RowTerms) -> None:
        self._hashes = hashes
        self._ends = ends
        self._postings = postings
        self._row_terms = row_terms

    @staticmethod
    def of(
        size: int, texts: Callable[[int, int], Sequence[str]], progress: Callable[[int], None], batch: int
    ) -> Lexicon:
        """Make the lexicon of some texts.

        Args:
            size: How many texts there are.
            texts: Gives the texts from one row up to another.
            progress: Called with the number of texts that were read.
            batch: How many texts to read at a time.
        """
        code: dict[str, int] = {}
        stems: dict[str, str] = {}
        lengths, terms = [np.zeros(1, dtype=np.int64)], [np.zeros(0, dtype=np.int32)]
        for start in range(0, size, batch):
            end = min(size, start + batch)
            found = [_terms(text, stems) for text in texts(start, end)]
            terms.append(_codes(found, code))
            lengths.append(np.fromiter(map(len, found), dtype=np.int64, count=len(found)))
            progress(end)
        hashes = np.fromiter((stable_hash("term", t) for t in code), dtype=np.uint64, count=len(code))
        order = np.argsort(hashes, kind="stable")
        place = np.empty(len(code), dtype=np.int64)
        place[order] = np.arange(len(code))
        starts = np.cumsum(np.concatenate(lengths))
        # sorted, as the order of a set differs from process to process
        by_row = np.repeat(np.arange(size) * len(code), np.diff(starts)) + place[np.concatenate(terms)]
        by_row.sort()
        rows, of_rows = (by_row // max(1, len(code))).astype(np.int32), by_row % max(1, len(code))
        postings = rows[np.argsort(of_rows, kind="stable")]
        ends = np.cumsum(np.bincount(of_rows, minlength=len(code)))
        return Lexicon(
            hashes[order], ends, postings, RowTerms(_narrow(starts, len(postings)), _narrow(of_rows, len(code)))
        )

    @property
    def terms(self) -> int:
        """How many different terms there are."""
        return len(self._hashes)

    def write(self, folder: Path) -> None:
        """Write the terms into a folder, for `open`."""
        write_array(folder / "terms.npy", self._hashes)
        write_array(folder / "ends.npy", self._ends)
        write_array(folder / "postings.npy", self._postings)
        write_array(folder / "row_starts.npy", self._row_terms.starts)
        write_array(folder / "row_terms.npy", self._row_terms.terms)

    @staticmethod
    def open(folder: Path) -> Lexicon:
        """The terms in a folder, mapped so that all processes share one copy."""
        names = ("terms", "ends", "postings", "row_starts", "row_terms")
        hashes, ends, postings, *row_terms = (read_array(folder / f"{name}.npy") for name in names)
        return Lexicon(hashes, ends, postings, RowTerms(*row_terms))

    def look_up(self, query: str) -> QueryTerms:
        """Look up the terms of a query."""
        found, total = [], 0
        for term in terms_of(query):
            number = self._number(term)
            postings = self._postings[:0] if number is None else self._rows(number)
            weight = self._weight(len(postings))
            total += weight
            if number is not None:
                found.append((weight, number, postings))
        found.sort(key=lambda term: -term[0])  # stable: equal weights stay in the query's order
        weights, numbers, rows = (tuple(part) for part in zip(*found, strict=True)) if found else ((), (), ())
        return QueryTerms(rows, weights, numbers, total, self.terms, self._row_terms)

    def _number(self, term: str) -> int | None:
        """The number of a term; None where no product holds it."""
        key = np.uint64(stable_hash("term", term))
        at = int(np.searchsorted(self._hashes, key))
        return at if at < self.terms and self._hashes[at] == key else None

    def _rows(self, number: int) -> Postings:
        """The rows that hold a term, in order."""
        return self._postings[(self._ends[number - 1] if number else 0) : self._ends[number]]

    def _weight(self, holders: int) -> int:
        """A term's inverse document frequency, as in BM25: log(1 + (N - n + ½) / (n + ½))."""
        size = self._row_terms.size
        return max(1, round(_WEIGHT * math.log1p((size - holders + 0.5) / (holders + 0.5))))


def _terms(text: str, stems: dict[str, str]) -> set[str]:
    out = set()
    for word in _WORD.findall(text):
        stem = stems.get(word)
        if stem is None:
            stem = stems[word] = "" if word[0] in "'’" else _stem(word)
        if stem:
            out.add(stem)
    return out


def _codes(found: Iterable[set[str]], code: dict[str, int]) -> NDArray[np.int32]:
    return np.array([code.setdefault(term, len(code)) for terms in found for term in terms], dtype=np.int32)


def _narrow(numbers: Ints, most: int) -> Codes:
    """The same numbers, up to `most`, in as few bytes as they need."""
    return numbers.astype(np.min_scalar_type(most))
