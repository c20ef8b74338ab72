"""Which words of a query stand in which products: the postings of a catalog's words, and what each word weighs.

Meaning alone does not find a brand, a model or a number. Words are stemmed as English by tantivy's analyser; what comes
after is arrays, so that any filter is applied before ranking and that a product's words can be weighed without a search.
Everything is a whole number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.products.product import Rows
from rlve_dsl.rng import stable_hash

# Letters and digits are words of their own: `65W` is `65 w`, `XK-4512` is `xk 4512`. A possessive s is none.
_WORD = re.compile(r"['’]s\b|\d+(?:[.,]\d+)*|[^\W\d_]+", re.IGNORECASE)
_WEIGHT = 256  # of one unit of inverse document frequency
_SPARSE = 32  # rows in lists are put in order by sorting where the catalog has this many times more, else by counting
_FEW = 8  # a list this many times longer than the rows looked up is searched, not spread out

Lists = NDArray[np.int32]


@cache
def _analyser() -> Any:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    steps = (Filter.lowercase(), Filter.ascii_fold(), Filter.stopword("english"), Filter.stemmer("english"))
    builder = TextAnalyzerBuilder(Tokenizer.raw())
    for step in steps:
        builder = builder.filter(step)
    return builder.build()


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    """The term that a word is looked up as; "" for a word that says nothing."""
    return next(iter(_analyser().analyze(word)), "")


def terms_of(text: str) -> list[str]:
    """The different terms of a text, in order of appearance.

    >>> terms_of("Norvale's 65W USB-C chargers, for the charger")
    ['norval', '65', 'w', 'usb', 'c', 'charger']
    """
    return list(dict.fromkeys(_stem(word) for word in _WORD.findall(text) if word[0] not in "'’" and _stem(word)))


@dataclass(frozen=True, slots=True)
class Words:
    """The terms of a query that some product holds, the most telling first, with their rows; `total` counts all terms.

    A term that no product holds weighs most of all: a query in other words than the catalog's is left to its meaning.
    """

    lists: tuple[Lists, ...]
    weights: tuple[int, ...]
    total: int

    @property
    def known(self) -> int:
        """The most that any product can reach."""
        return sum(self.weights)

    def held(self, rows: Rows) -> NDArray[np.int64]:
        """The summed weight of the terms that each of these rows holds."""
        out = np.zeros(len(rows), dtype=np.int64)
        for postings, weight in zip(self.lists, self.weights, strict=True):
            out[_among(rows, postings)] += weight
        return out

    def reaching(self, least: int, size: int) -> Rows:
        """Every row, in order, that holds terms of at least this weight (which is above 0), and perhaps some others.

        `size` is that of the catalog. Terms whose weights do not add up to the least find no row by themselves, and are
        left out (as MaxScore does: Turtle and Flood, Information Processing and Management 31(6), 1995).
        """
        common, kept = 0, len(self.weights)
        while kept and common + self.weights[kept - 1] < least:
            kept -= 1
            common += self.weights[kept]
        lists = self.lists[:kept]
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

    def __init__(self, size: int, hashes: NDArray[np.uint64], ends: NDArray[np.int64], postings: Lists) -> None:
        self._size = size
        self._hashes = hashes
        self._ends = ends
        self._postings = postings

    @staticmethod
    def of(size: int, texts: Callable[[int, int], Sequence[str]], told: Callable[[int], None], batch: int) -> Lexicon:
        """The terms of `texts(start, end)` for all rows up to `size`, read `batch` at a time; `told` how far it is."""
        code: dict[str, int] = {}
        stems: dict[str, str] = {}
        rows, terms = [], []
        for start in range(0, size, batch):
            end = min(size, start + batch)
            found = [_terms(text, stems) for text in texts(start, end)]
            terms.append(_codes(found, code))
            lengths = np.fromiter(map(len, found), dtype=np.int64, count=len(found))
            rows.append(np.repeat(np.arange(start, end, dtype=np.int32), lengths))
            told(end)
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
        """Writes the terms into a folder, for `open`."""
        np.save(folder / "terms.npy", self._hashes)
        np.save(folder / "ends.npy", self._ends)
        np.save(folder / "postings.npy", self._postings)

    @staticmethod
    def open(folder: Path, size: int) -> Lexicon:
        """The terms in a folder, mapped, so that all processes share one copy."""
        hashes, ends, postings = (
            # a plain view: numpy's own class for mapped arrays is slow to slice
            np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))
            for name in ("terms", "ends", "postings")
        )
        return Lexicon(size, hashes, ends, postings)

    def words(self, query: str) -> Words:
        """The terms of a query, looked up."""
        found, total = [], 0
        for term in terms_of(query):
            postings = self._rows(term)
            weight = self._weight(len(postings))
            total += weight
            if len(postings):
                found.append((weight, postings))
        found.sort(key=lambda pair: -pair[0])  # stable: equal weights stay in the query's order
        return Words(tuple(p for _, p in found), tuple(w for w, _ in found), total)

    def _rows(self, term: str) -> Lists:
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


def _among(rows: Rows, postings: Lists) -> NDArray[np.bool_]:
    """Which of the rows are in a list in order."""
    if len(rows) * _FEW < len(postings):
        at = np.minimum(np.searchsorted(postings, rows.astype(np.int32)), len(postings) - 1)
        found: NDArray[np.bool_] = postings[at] == rows
        return found
    held = np.zeros(int(max(rows.max(initial=0), postings[-1])) + 1, dtype=bool)
    held[postings] = True
    return held[rows]
