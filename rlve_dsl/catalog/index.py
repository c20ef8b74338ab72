"""Nearest products by meaning: filtered before ranked, exact, ties by row.

Vectors are held in bytes, so that a dot product is a sum of whole numbers that stays below 2²⁴: float32 holds it exactly in
any order of summation, on any machine, with any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.embedders import Embedder
from rlve_dsl.catalog.product import Rows

_LENGTH = 400  # a vector with a third of its length in one dimension reaches 127 there
_BATCH = 8192
_FEW = 512  # up to so many products are gathered one by one; more are worth a scan with a selector


def in_bytes(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Vectors scaled to one length and rounded to whole numbers within ±127; zero stays zero."""
    wide = np.asarray(vectors, dtype=np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", wide, wide))[:, None]
    return np.clip(np.rint(wide * (_LENGTH / np.where(lengths > 0, lengths, 1.0))), -127, 127).astype(np.float32)


def as_match(products: NDArray[Any]) -> NDArray[np.int64]:
    """Dot products as whole percents of a perfect match, 0..100."""
    perfect = _LENGTH * _LENGTH
    return np.clip((100 * products.astype(np.int64) + perfect // 2) // perfect, 0, 100)


class Index:
    """The vectors of a catalog's products, row by row."""

    def __init__(self, embedder: Embedder, size: int, texts: Callable[[int, int], Sequence[str]]) -> None:
        """Holds the embedding of `texts(start, end)` for all rows up to `size`."""
        import faiss

        self._faiss: Any = faiss
        self._size = size
        self._index: Any = faiss.IndexScalarQuantizer(
            embedder.dimensions, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
        for start in range(0, size, _BATCH):
            self._index.add(in_bytes(embedder.encode(texts(start, min(size, start + _BATCH)))))
        codes = faiss.rev_swig_ptr(self._index.codes.data(), self._index.codes.size())
        self._codes: NDArray[np.uint8] = codes.reshape(size, embedder.dimensions)

        @lru_cache(maxsize=4096)
        def embedded(query: str) -> NDArray[np.float32]:
            vector: NDArray[np.float32] = in_bytes(embedder.encode([query]))[0]
            return vector

        self._embedded = embedded

    def products(self, query: str, rows: Rows | Sequence[int]) -> NDArray[np.float32]:
        """The dot product of the query with each of these rows."""
        vectors = self._codes[np.asarray(rows, dtype=np.int64)].astype(np.float32) - 128  # faiss adds it to each byte
        products: NDArray[np.float32] = np.einsum("ij,j->i", vectors, self._embedded(query))
        return products

    def search(self, query: str, rows: Rows | None, top_k: int) -> tuple[Rows, NDArray[np.float32]]:
        """The best `top_k` of these rows (of all when None), best first, ties by row, with their dot products."""
        if top_k <= 0 or self._size == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        if rows is not None and len(rows) <= _FEW:
            return _best(rows, self.products(query, rows), top_k)
        # One query has nothing to share out, and waiting for a second thread on a busy core costs milliseconds. The
        # setting is the thread's, not the library's: torch reads the same one.
        threads = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)
        try:
            return self._scan(query, rows, top_k)
        finally:
            self._faiss.omp_set_num_threads(threads)

    def _scan(self, query: str, rows: Rows | None, top_k: int) -> tuple[Rows, NDArray[np.float32]]:
        vector = self._embedded(query)[None, :]
        considered = self._size if rows is None else len(rows)
        selector, parameters = None, None
        if rows is not None:
            mask = np.zeros(self._size, dtype=bool)
            mask[rows] = True
            selector = self._faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
            parameters = self._faiss.SearchParameters(sel=selector)
        asked = min(considered, top_k + 1)
        products, found = self._index.search(vector, asked, params=parameters)
        # of a tie at the cut, faiss keeps any: ask for more until all of it is there
        while asked < considered and products[0, -1] == products[0, top_k - 1]:
            asked = min(considered, 4 * asked)
            products, found = self._index.search(vector, asked, params=parameters)
        return _best(found[0], products[0], top_k)


def _best(rows: NDArray[Any], products: NDArray[np.float32], top_k: int) -> tuple[Rows, NDArray[np.float32]]:
    order = np.lexsort((rows, -products))[:top_k]
    return rows[order].astype(np.int64), products[order]
