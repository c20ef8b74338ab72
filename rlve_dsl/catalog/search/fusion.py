"""One score of a product for a query, from meaning and terms, and the products that score best.

The score depends on the query and the product only. It adds up, in whole numbers, the dot product of their vectors and the
share of the query's terms, by weight, that the product holds. So a search, a reranking and a match show the same number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rlve_dsl.catalog.arrays import Floats, Ints, Mask, Rows
from rlve_dsl.catalog.search.lexical import Postings, QueryTerms
from rlve_dsl.catalog.search.vectors import LENGTH, Aim, ChosenRows, Vectors, best
from rlve_dsl.frozen import frozen

MEANING, WORDS = 4, 1  # chosen on the dev halves of the sets in benchmarks/relevance (docs/search.md has the table)
PERFECT = (MEANING + WORDS) * LENGTH * LENGTH
_WIDER = 4  # how many times more rows than asked for are found by meaning, and then ordered by the whole score
_LEVEL = 4096  # of rows that hold terms of one weight, more than this are searched by meaning, fewer are all scored

Scores = Ints


def as_match(scores: Scores) -> Scores:
    """Scores as whole percents of a perfect match, 0..100."""
    percents = (100 * scores + PERFECT // 2) // PERFECT
    return np.minimum(np.maximum(percents, 0), 100)  # `clip` takes five times as long


def scored(vectors: Vectors, vector: Floats, terms: QueryTerms, rows: Rows) -> Scores:
    """The scores of these rows."""
    return _fused(vectors.products(vector, rows), terms.held(rows), terms)


def ranked(vectors: Vectors, vector: Floats, terms: QueryTerms, rows: Rows | None, top_k: int) -> tuple[Rows, Scores]:
    """The `top_k` of these rows (of all when None) that score best, best first, ties by row, with their scores.

    Exact wherever `Vectors.nearest` is. The rows nearest in meaning are ordered by score. Any other row that could be among
    the best must hold enough of the query's terms, so only rows that do are scored too (the threshold algorithm of Fagin,
    Lotem and Naor, JCSS 66(4), 2003).
    """
    considered = vectors.size if rows is None else len(rows)
    if rows is not None and vectors.scored_directly(considered):
        return best(rows, scored(vectors, vector, terms, rows), top_k)
    chosen, aim = None if rows is None else ChosenRows(rows, vectors.size), vectors.aim_at(vector)
    found, products = vectors.nearest(aim, chosen, min(considered, _WIDER * top_k))
    if not terms.postings or not len(found):
        return best(found, _fused(products, np.zeros(len(found), dtype=np.int64), terms), top_k)
    floor = int(products[-1])  # rows that were not found are no nearer than this
    in_order = np.argsort(found)
    found, products = found[in_order], products[in_order]
    scores = _fused(products, terms.held(found), terms)
    if len(found) == considered:
        return best(found, scores, top_k)
    search = _Search(vectors, aim, terms, chosen, top_k)
    for level, held in search.levels(found, scores, floor):
        if held < _needed(scores, top_k, floor, terms):
            break
        level, near = search.nearest_of(level)
        found = np.concatenate((found, level))
        scores = np.concatenate((scores, _fused(near, np.full(len(level), held), terms)))
    return best(found, scores, top_k)


@frozen
class _Search:
    """A search for `top_k` rows, in which rows that hold terms are looked at, too."""

    vectors: Vectors
    aim: Aim
    terms: QueryTerms
    chosen: ChosenRows | None
    top_k: int

    def levels(self, found: Rows, scores: Scores, floor: int) -> Iterator[tuple[Rows, int]]:
        """Rows not in `found` that could be among the best, in groups of equal weight of terms, with it, the heaviest first.

        Args:
            found: What is known to be near, in order.
            scores: The scores of these rows.
            floor: The largest dot product of any other row.
        """
        terms = self.terms
        least = _needed(scores, self.top_k, floor, terms)
        if least > terms.highest:
            return
        rows, held = terms.reaching(least, self._candidates(scores))
        new = ~_among(rows, found)
        rows, held = rows[new], held[new]
        order = np.argsort(-held, kind="stable")
        rows, held = rows[order], held[order]
        for level in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(held)) + 1) if len(rows) else ():
            yield rows[level], int(held[level[0]])

    def _candidates(self, scores: Scores) -> Callable[[Rows | Postings], Mask]:
        """Whether rows are chosen, and near enough to be among the best if they held all terms."""
        last = _last(scores, self.top_k) if len(scores) >= self.top_k else 0
        product = (last - WORDS * (self.terms.highest * (LENGTH * LENGTH) // max(1, self.terms.total))) // MEANING

        def candidates(rows: Rows | Postings) -> Mask:
            near = self.vectors.may_reach(self.aim, rows, product)
            return near if self.chosen is None else near & self.chosen.mask[rows]

        return candidates

    def nearest_of(self, level: Rows) -> tuple[Rows, Floats]:
        """The rows of a level that could be among the best, and their dot products: of many rows only the nearest ones."""
        if len(level) > _LEVEL:
            likeliest = self.vectors.likeliest(self.aim, level, _LEVEL)
            if likeliest is None:
                return self.vectors.nearest(self.aim, ChosenRows(level, self.vectors.size), self.top_k)
            level = likeliest
        return level, self.vectors.products(self.aim.vector, level)


def _among(rows: Rows, others: Rows) -> Mask:
    """Which of the rows are among the others, which are in order."""
    found: Mask = others[np.minimum(np.searchsorted(others, rows), len(others) - 1)] == rows
    return found


def _fused(products: Floats, held: Ints, terms: QueryTerms) -> Scores:
    out: Scores = MEANING * products.astype(np.int64)
    return out + WORDS * (held * (LENGTH * LENGTH) // max(1, terms.total))


def _needed(scores: Scores, top_k: int, floor: int, terms: QueryTerms) -> int:
    """The least weight of terms with which a row at the floor could be among the best `top_k`; at least 1."""
    if len(scores) < top_k:
        return 1
    points = -(-(_last(scores, top_k) - MEANING * floor) // WORDS)
    return max(1, -(-points * terms.total // (LENGTH * LENGTH)))


def _last(scores: Scores, top_k: int) -> int:
    """The score of the last of the best `top_k`."""
    return int(np.partition(scores, len(scores) - top_k)[len(scores) - top_k])
