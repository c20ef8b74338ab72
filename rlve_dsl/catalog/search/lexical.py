"""Search by words: the products that hold each term (its postings), and how much each term weighs.

Search by meaning alone does not find a brand, a model or a number. tantivy's analyser stems words as English ones. The rest
is arrays, so that any filter is applied before ranking and the terms of one product can be weighed without a search. All
numbers are whole.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.caching import cached_texts
from rlve_dsl.catalog.arrays import Hashes, Ints, Rows, read_array, write_array
from rlve_dsl.rng import stable_hash

# Letters and digits are separate words: `65W` is `65 w`, `XK-4512` is `xk 4512`. A possessive s is no word.
_WORD = re.compile(r"['’]s\b|\d+(?:[.,]\d+)*|[^\W\d_]+", re.IGNORECASE)
_WEIGHT = 256  # of one unit of inverse document frequency
_SPARSE = 32  # rows of several terms are sorted where the catalog has this many times more rows, and counted elsewhere
_BISECTED = 8  # postings this many times longer than the rows looked up are bisected, not written into an array
_SPREAD, _SPREAD_BY_ROW = 16_384, 32  # the longest such array for no rows, and how much longer it may be by row

Postings = NDArray[np.int32]


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


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """The terms of a query that some product holds, the heaviest first.

    `total` is the weight of all terms. A term that no product holds weighs most, so that a query in other words than the
    catalog's is ranked by its meaning.
    """

    postings: tuple[Postings, ...]
    weights: tuple[int, ...]
    total: int

    @property
    def highest(self) -> int:
        """The highest weight that a product can hold."""
        return sum(self.weights)

    def held(self, rows: Rows) -> Ints:
        """The summed weight of the terms that each of these rows holds."""
        out = np.zeros(len(rows), dtype=np.int64)
        if not self.postings:
            return out
        end = 1 + max(int(np.maximum.reduce(rows, initial=0)), *[postings.item(-1) for postings in self.postings])
        spread = end <= _SPREAD + _SPREAD_BY_ROW * len(rows)
        weights = np.zeros(end if spread else 0, dtype=np.int64)
        sought = rows.astype(np.int32)
        for postings, weight in zip(self.postings, self.weights, strict=True):
            if spread and len(postings) <= len(rows) * _BISECTED:
                weights[postings] += weight
            else:
                at = np.minimum(postings.searchsorted(sought), len(postings) - 1)
                out[postings[at] == sought] += weight
        return out + weights[rows] if spread else out

    def reaching(self, least: int, size: int) -> Rows:
        """Every row, in order, that holds terms of at least this weight, and perhaps some others.

        Terms whose weights do not add up to `least` find no row by themselves, and are left out (MaxScore: Turtle and
        Flood, Information Processing and Management 31(6), 1995).

        Args:
            least: Above 0.
            size: How many products the catalog has.
        """
        common, kept = 0, len(self.weights)
        while kept and common + self.weights[kept - 1] < least:
            kept -= 1
            common += self.weights[kept]
        lists = self.postings[:kept]
        if not lists:
            return np.zeros(0, dtype=np.int64)
        if len(lists) == 1:
            return lists[0].astype(np.int64)
        if sum(map(len, lists)) * _SPARSE < size:
            rows = np.sort(np.concatenate(lists))
            return rows[np.diff(rows, prepend=-1) > 0].astype(np.int64)
        held = np.zeros(size, dtype=np.int32)
        for postings, weight in zip(lists, self.weights, strict=False):
            held[postings] += weight
        return np.flatnonzero(held >= least - common)


class Lexicon:
    """The terms of a catalog: their hashes in order, and for each the rows that hold it, in order."""

    def __init__(self, size: int, hashes: Hashes, ends: Ints, postings: Postings) -> None:
        self._size = size
        self._hashes = hashes
        self._ends = ends
        self._postings = postings

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
        rows, terms = [], []
        for start in range(0, size, batch):
            end = min(size, start + batch)
            found = [_terms(text, stems) for text in texts(start, end)]
            terms.append(_codes(found, code))
            lengths = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
            rows.append(np.repeat(np.arange(start, end, dtype=np.int32), lengths))
            progress(end)
        hashes = np.fromiter((stable_hash("term", t) for t in code), dtype=np.uint64, count=len(code))
        order = np.argsort(hashes, kind="stable")
        place = np.empty(len(code), dtype=np.int32)
        place[order] = np.arange(len(code), dtype=np.int32)
        terms_all = place[np.concatenate(terms)] if terms else np.zeros(0, dtype=np.int32)
        by_term = np.argsort(terms_all, kind="stable")
        ends = np.cumsum(np.bincount(terms_all, minlength=len(code)))
        postings = np.concatenate(rows)[by_term] if rows else np.zeros(0, dtype=np.int32)
        return Lexicon(size, hashes[order], ends, postings)

    @property
    def terms(self) -> int:
        """How many different terms there are."""
        return len(self._hashes)

    def write(self, folder: Path) -> None:
        """Write the terms into a folder, for `open`."""
        write_array(folder / "terms.npy", self._hashes)
        write_array(folder / "ends.npy", self._ends)
        write_array(folder / "postings.npy", self._postings)

    @staticmethod
    def open(folder: Path, size: int) -> Lexicon:
        """The terms in a folder, mapped so that all processes share one copy."""
        return Lexicon(size, *(read_array(folder / f"{name}.npy") for name in ("terms", "ends", "postings")))

    def look_up(self, query: str) -> QueryTerms:
        """Look up the terms of a query."""
        found, total = [], 0
        for term in terms_of(query):
            postings = self._rows(term)
            weight = self._weight(len(postings))
            total += weight
            if len(postings):
                found.append((weight, postings))
        found.sort(key=lambda pair: -pair[0])  # stable: equal weights stay in the query's order
        return QueryTerms(tuple(p for _, p in found), tuple(w for w, _ in found), total)

    def _rows(self, term: str) -> Postings:
        key = np.uint64(stable_hash("term", term))
        at = int(np.searchsorted(self._hashes, key))
        if at == len(self._hashes) or self._hashes[at] != key:
            return self._postings[:0]
        return self._postings[(self._ends[at - 1] if at else 0) : self._ends[at]]

    def _weight(self, holders: int) -> int:
        """A term's inverse document frequency, as in BM25: log(1 + (N - n + ½) / (n + ½))."""
        return max(1, round(_WEIGHT * math.log1p((self._size - holders + 0.5) / (holders + 0.5))))


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
