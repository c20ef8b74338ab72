"""One score of a product for a query, out of meaning and words, and the products that score best.

The score is a function of the query and the product alone, in whole numbers: the dot product of their vectors, and the share
of the query's terms, by weight, that the product holds. So a search, a reranking and a match show the same number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.products.product import Rows
from rlve_dsl.catalog.search.lexical import Words
from rlve_dsl.catalog.search.vectors import LENGTH, Chosen, Vector, Vectors, best

MEANING, WORDS = 4, 1  # chosen on the dev halves of the sets in benchmarks/relevance (docs/search.md has the table)
PERFECT = (MEANING + WORDS) * LENGTH * LENGTH
_WIDER = 4  # so many times the asked for are looked at by meaning, to be put in order by both
_LEVEL = 4096  # rows of one weight of terms: more are searched by meaning, fewer are taken one by one

Scores = NDArray[np.int64]


def as_match(scores: Scores) -> Scores:
    """Scores as whole percents of a perfect match, 0..100."""
    return np.clip((100 * scores + PERFECT // 2) // PERFECT, 0, 100)


def scored(vectors: Vectors, vector: Vector, words: Words, rows: Rows) -> Scores:
    """The scores of these rows."""
    return _fused(vectors.products(vector, rows), words.held(rows), words)


def ranked(vectors: Vectors, vector: Vector, words: Words, rows: Rows | None, top_k: int) -> tuple[Rows, Scores]:
    """The `top_k` of these rows (of all when None) that score best, best first, ties by row, with their scores.

    Exact wherever `Vectors.nearest` is. The nearest in meaning are put in order by score; what else could still be among
    the best must hold enough of the query's terms, and is looked for among those that do (the threshold of Fagin, Lotem
    and Naor, JCSS 66(4), 2003).
    """
    chosen = None if rows is None else Chosen(rows, vectors.size)
    considered = vectors.size if rows is None else len(rows)
    if rows is not None and vectors.few(considered):
        return best(rows, scored(vectors, vector, words, rows), top_k)
    found, products = vectors.nearest(vector, chosen, min(considered, _WIDER * top_k))
    if not words.lists or not len(found):
        return best(found, _fused(products, np.zeros(len(found), dtype=np.int64), words), top_k)
    scores = _fused(products, words.held(found), words)
    if len(found) == considered:
        return best(found, scores, top_k)
    floor = int(products[-1])  # whoever was not found is no nearer than this
    for level in _levels(words, chosen, found, vectors.size, _needed(scores, top_k, floor, words)):
        if int(words.held(level[:1])[0]) < _needed(scores, top_k, floor, words):
            break
        if len(level) > _LEVEL:
            level, near = vectors.nearest(vector, Chosen(level, vectors.size), top_k)
        else:
            near = vectors.products(vector, level)
        found = np.concatenate((found, level))
        scores = np.concatenate((scores, _fused(near, words.held(level), words)))
    return best(found, scores, top_k)


def _fused(products: NDArray[Any], held: NDArray[np.int64], words: Words) -> Scores:
    out: Scores = MEANING * products.astype(np.int64)
    return out + WORDS * (held * (LENGTH * LENGTH) // max(1, words.total))


def _needed(scores: Scores, top_k: int, floor: int, words: Words) -> int:
    """The least weight of terms with which a row at the floor could be among the best `top_k`; at least 1."""
    if len(scores) < top_k:
        return 1
    last = int(np.partition(scores, len(scores) - top_k)[len(scores) - top_k])
    points = -(-(last - MEANING * floor) // WORDS)
    return max(1, -(-points * words.total // (LENGTH * LENGTH)))


def _levels(words: Words, chosen: Chosen | None, found: Rows, size: int, least: int) -> Iterator[Rows]:
    """Rows that are not among the found and hold terms of at least this weight, in runs of equal weight, largest first."""
    if least > words.known:
        return
    rows = words.reaching(least, size)
    if chosen is not None:
        rows = rows[chosen.mask[rows]]
    seen = np.zeros(size, dtype=bool)
    seen[found] = True
    rows = rows[~seen[rows]]
    held = words.held(rows)
    rows, held = rows[held >= least], held[held >= least]
    order = np.argsort(-held, kind="stable")
    rows, held = rows[order], held[order]
    yield from np.split(rows, np.flatnonzero(np.diff(held)) + 1) if len(rows) else ()
