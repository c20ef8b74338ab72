"""Vectors of products, row by row, and the nearest of them: filtered before ranked, ties by row.

Vectors are held in bytes, so that a dot product is a sum of whole numbers that stays below 2²⁴: float32 holds it exactly in
any order of summation, on any machine, with any number of threads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.product import Rows

LENGTH = 400  # a vector with a third of its length in one dimension reaches 127 there
FEW = 512  # up to so many rows are gathered one by one; more are worth a scan with a selector
_FLAT = "flat.faiss"

Vector = NDArray[np.float32]


def in_bytes(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Vectors scaled to one length and rounded to whole numbers within ±127; zero stays zero."""
    wide = np.asarray(vectors, dtype=np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", wide, wide))[:, None]
    return np.clip(np.rint(wide * (LENGTH / np.where(lengths > 0, lengths, 1.0))), -127, 127).astype(np.float32)


class Vectors:
    """The vectors of a catalog's products, and those nearest to another."""

    def __init__(self, flat: Any) -> None:
        """Over a faiss index of bytes in row order (`empty`), in memory or mapped from a file."""
        import faiss

        self._faiss: Any = faiss
        self._flat = flat
        self.size: int = flat.ntotal
        codes = faiss.rev_swig_ptr(flat.codes.data(), flat.codes.size())
        self._codes: NDArray[np.uint8] = codes.reshape(self.size, flat.d)

    @staticmethod
    def empty(dimensions: int) -> Any:
        """A faiss index to which rows of `in_bytes` can be added, in order."""
        import faiss

        return faiss.IndexScalarQuantizer(
            dimensions, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )

    @staticmethod
    def write(flat: Any, folder: Path) -> None:
        """Writes the vectors into a folder, for `open`."""
        import faiss

        faiss.write_index(flat, str(folder / _FLAT))

    @staticmethod
    def open(folder: Path) -> Vectors:
        """The vectors in a folder: mapped, so that all processes share one copy."""
        import faiss

        return Vectors(faiss.read_index(str(folder / _FLAT), faiss.IO_FLAG_MMAP_IFC))

    def products(self, vector: Vector, rows: Rows) -> NDArray[np.float32]:
        """The dot product of the vector with that of each of these rows."""
        vectors = self._codes[rows].astype(np.float32) - 128  # faiss adds it to each byte
        products: NDArray[np.float32] = np.einsum("ij,j->i", vectors, vector)
        return products

    def nearest(self, vector: Vector, rows: Rows | None, top_k: int) -> tuple[Rows, NDArray[np.float32]]:
        """The `top_k` of these rows (of all when None) with the largest dot products, best first, ties by row."""
        if top_k <= 0 or self.size == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        if rows is not None and len(rows) <= FEW:
            return best(rows, self.products(vector, rows), top_k)
        # One query has nothing to share out, and waiting for a second thread on a busy core costs milliseconds. The
        # setting is the thread's, not the library's: torch reads the same one.
        threads = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)
        try:
            return self._scan(vector, rows, top_k)
        finally:
            self._faiss.omp_set_num_threads(threads)

    def _scan(self, vector: Vector, rows: Rows | None, top_k: int) -> tuple[Rows, NDArray[np.float32]]:
        considered = self.size if rows is None else len(rows)
        selector, parameters = None, None
        if rows is not None:
            mask = np.zeros(self.size, dtype=bool)
            mask[rows] = True
            selector = self._faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
            parameters = self._faiss.SearchParameters(sel=selector)
        asked = min(considered, top_k + 1)
        products, found = self._flat.search(vector[None, :], asked, params=parameters)
        # of a tie at the cut, faiss keeps any: ask for more until all of it is there
        while asked < considered and products[0, -1] == products[0, top_k - 1]:
            asked = min(considered, 4 * asked)
            products, found = self._flat.search(vector[None, :], asked, params=parameters)
        return best(found[0], products[0], top_k)


def best(rows: NDArray[Any], scores: NDArray[Any], top_k: int) -> tuple[Rows, NDArray[Any]]:
    """The `top_k` rows with the highest scores, best first, ties by row, with their scores."""
    order = np.lexsort((rows, -scores))[:top_k]
    return rows[order].astype(np.int64), scores[order]
