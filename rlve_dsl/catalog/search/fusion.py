"""One score of a product for a query, from meaning and terms, and the products that score best.

The score depends on the query and the product only. It adds up, in whole numbers, the dot product of their vectors and the
share of the query's terms, by weight, that the product holds. So a search, a reranking and a match show the same number.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rlve_dsl.catalog.arrays import Floats, Ints, Rows
from rlve_dsl.catalog.search.lexical import QueryTerms
from rlve_dsl.catalog.search.vectors import LENGTH, ChosenRows, Vectors, best

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
    chosen = None if rows is None else ChosenRows(rows, vectors.size)
    considered = vectors.size if rows is None else len(rows)
    if rows is not None and vectors.scored_directly(considered):
        return best(rows, scored(vectors, vector, terms, rows), top_k)
    found, products = vectors.nearest(vector, chosen, min(considered, _WIDER * top_k))
    if not terms.postings or not len(found):
        return best(found, _fused(products, np.zeros(len(found), dtype=np.int64), terms), top_k)
    scores = _fused(products, terms.held(found), terms)
    if len(found) == considered:
        return best(found, scores, top_k)
    floor = int(products[-1])  # rows that were not found are no nearer than this
    for level in _levels(terms, chosen, found, vectors.size, _needed(scores, top_k, floor, terms)):
        if int(terms.held(level[:1])[0]) < _needed(scores, top_k, floor, terms):
            break
        if len(level) > _LEVEL:
            level, near = vectors.nearest(vector, ChosenRows(level, vectors.size), top_k)
        else:
            near = vectors.products(vector, level)
        found = np.concatenate((found, level))
        scores = np.concatenate((scores, _fused(near, terms.held(level), terms)))
    return best(found, scores, top_k)


def _fused(products: Floats, held: Ints, terms: QueryTerms) -> Scores:
    out: Scores = MEANING * products.astype(np.int64)
    return out + WORDS * (held * (LENGTH * LENGTH) // max(1, terms.total))


def _needed(scores: Scores, top_k: int, floor: int, terms: QueryTerms) -> int:
    """The least weight of terms with which a row at the floor could be among the best `top_k`; at least 1."""
    if len(scores) < top_k:
        return 1
    last = int(np.partition(scores, len(scores) - top_k)[len(scores) - top_k])
    points = -(-(last - MEANING * floor) // WORDS)
    return max(1, -(-points * terms.total // (LENGTH * LENGTH)))


def _levels(terms: QueryTerms, chosen: ChosenRows | None, found: Rows, size: int, least: int) -> Iterator[Rows]:
    """Rows not in `found` that hold terms of at least this weight, in groups of equal weight, the heaviest first."""
    if least > terms.highest:
        return
    rows = terms.reaching(least, size)
    if chosen is not None:
        rows = rows[chosen.mask[rows]]
    seen = np.zeros(size, dtype=bool)
    seen[found] = True
    rows = rows[~seen[rows]]
    held = terms.held(rows)
    rows, held = rows[held >= least], held[held >= least]
    order = np.argsort(-held, kind="stable")
    rows, held = rows[order], held[order]
    yield from np.split(rows, np.flatnonzero(np.diff(held)) + 1) if len(rows) else ()
