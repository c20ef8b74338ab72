"""Nearest products by meaning: filtered before ranked, exact, ties by row.

Vectors are rounded to whole numbers of at most `SCALE`, so that every partial sum of a dot product is a whole number
below 2²⁴ (Cauchy and Schwarz): float32 sums are exact in any order, on any machine, with any number of threads. Such
entries are exact in half floats too, which halves a large index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.embedders import Embedder
from rlve_dsl.catalog.product import Rows

SCALE = 2048
FLAT_LIMIT = 20_000
"""Up to this many products are held as float32, more as float16."""

_BATCH = 8192
_FEW = 8  # below 1/8 of the catalog, products are gathered instead of scanned


def quantised(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Vectors of length `SCALE`, rounded to whole numbers; zero stays zero."""
    wide = np.asarray(vectors, dtype=np.float64)
    length = np.sqrt(np.einsum("ij,ij->i", wide, wide))[:, None]
    return np.rint(wide * (SCALE / np.where(length > 0, length, 1.0))).astype(np.float32)


def as_match(products: NDArray[Any]) -> NDArray[np.int64]:
    """Dot products as whole percents of a perfect match, 0..100."""
    whole = products.astype(np.int64)
    return np.clip((100 * whole + SCALE * SCALE // 2) // (SCALE * SCALE), 0, 100)


class Index:
    """The vectors of a catalog's products, row by row."""

    def __init__(self, embedder: Embedder, size: int, texts: Callable[[int, int], Sequence[str]]) -> None:
        """Holds the embedding of `texts(start, end)` for all rows up to `size`."""
        import faiss

        self._faiss: Any = faiss
        self._size = size
        dimensions = embedder.dimensions
        flat = size <= FLAT_LIMIT
        self._index: Any = (
            faiss.IndexFlatIP(dimensions)
            if flat
            else faiss.IndexScalarQuantizer(dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        )
        for start in range(0, size, _BATCH):
            self._index.add(quantised(embedder.encode(texts(start, min(size, start + _BATCH)))))
        codes = faiss.rev_swig_ptr(self._index.codes.data(), self._index.codes.size())
        self._vectors = codes.view(np.float32 if flat else np.float16).reshape(size, dimensions)

        @lru_cache(maxsize=4096)
        def embedded(query: str) -> NDArray[np.float32]:
            return quantised(embedder.encode([query]))[0]

        self._embedded = embedded

    def products(self, query: str, rows: Rows) -> NDArray[np.float32]:
        """The dot product of the query with each of these rows."""
        out: NDArray[np.float32] = self._vectors[rows].astype(np.float32) @ self._embedded(query)
        return out

    def search(self, query: str, rows: Rows | None, top_k: int) -> tuple[Rows, NDArray[np.float32]]:
        """The best `top_k` of these rows (of all when None), best first, ties by row, with their dot products."""
        if top_k <= 0 or self._size == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        if rows is not None and len(rows) * _FEW <= self._size:
            return _best(rows, self.products(query, rows), top_k)
        return self._scan(query, rows, top_k)

    def _scan(self, query: str, rows: Rows | None, top_k: int) -> tuple[Rows, NDArray[np.float32]]:
        vector = self._embedded(query)[None, :]
        asked = min(self._size if rows is None else len(rows), top_k + 1)
        selector, parameters = None, None
        if rows is not None:
            mask = np.zeros(self._size, dtype=bool)
            mask[rows] = True
            bits = np.packbits(mask, bitorder="little")
            selector = self._faiss.IDSelectorBitmap(bits)
            parameters = self._faiss.SearchParameters(sel=selector)
        products, found = self._index.search(vector, asked, params=parameters)
        if asked > top_k and products[0, top_k] == products[0, top_k - 1]:
            # the tie at the cut may hold lower rows than the heap kept: fetch all of it
            _, products, found = self._index.range_search(
                vector, float(products[0, top_k - 1]) - 0.5, params=parameters
            )
            return _best(found, products, top_k)
        return _best(found[0], products[0], top_k)


def _best(rows: NDArray[Any], products: NDArray[np.float32], top_k: int) -> tuple[Rows, NDArray[np.float32]]:
    order = np.lexsort((rows, -products))[:top_k]
    return rows[order].astype(np.int64), products[order]
