"""Vectors of products, row by row, and the nearest of them: filtered before ranked, ties by row.

Vectors are held in bytes, so that a dot product is a sum of whole numbers that stays below 2²⁴: float32 holds it exactly in
any order of summation, on any machine, with any number of threads. A large catalog holds them a second time, in lists of
neighbours of which a search reads some; what it finds there has the same products.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.products.product import Rows
from rlve_dsl.catalog.search.neighbours import Neighbours

LENGTH = 400  # a vector with a third of its length in one dimension reaches 127 there
_FLAT = "flat.faiss"
_GATHERED = 512  # up to so many rows, and up to this part of all, rows are gathered one by one; more are scanned for
_GATHERED_PART = 64
_CHUNK = 1024  # rows that are gathered at a time: their numbers stay in the cache

Vector = NDArray[np.float32]


def in_bytes(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Vectors scaled to one length and rounded to whole numbers within ±127; zero stays zero."""
    given = np.asarray(vectors, dtype=np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", given, given, dtype=np.float64))
    scaled = given * (LENGTH / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)[:, None]
    return np.clip(np.rint(scaled, out=scaled), -127, 127, out=scaled)


def in_percents(products: NDArray[Any]) -> NDArray[np.int64]:
    """Dot products of vectors `in_bytes` as whole percents of the largest, 0..100."""
    largest = LENGTH * LENGTH
    return np.clip((100 * products.astype(np.int64) + largest // 2) // largest, 0, 100)


class Chosen:
    """Some of the rows of a catalog, in order: as a list, as a mask and as a selector."""

    def __init__(self, rows: Rows, size: int) -> None:
        self.rows = rows
        self._size = size

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """Whether each row of the catalog is chosen."""
        mask = np.zeros(self._size, dtype=bool)
        mask[self.rows] = True
        return mask

    @cached_property
    def bits(self) -> NDArray[np.uint8]:
        """The mask, eight rows a byte, the first of them lowest."""
        return np.packbits(self.mask, bitorder="little")


class Vectors:
    """The vectors of a catalog's products, and those nearest to another."""

    def __init__(self, flat: Any, neighbours: Neighbours | None = None) -> None:
        """Over a faiss index in row order, in memory or mapped from a file, and the same vectors in lists where that pays."""
        import faiss

        self._faiss: Any = faiss
        self._flat = flat
        self._neighbours = neighbours
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

    def write(self, folder: Path) -> None:
        """Writes the vectors into a folder, for `open`."""
        self._faiss.write_index(self._flat, str(folder / _FLAT))
        if self._neighbours is not None:
            self._neighbours.write(folder)

    @staticmethod
    def open(folder: Path) -> Vectors:
        """The vectors in a folder: mapped, so that all processes share one copy."""
        import faiss

        # not IO_FLAG_MMAP, which reads a flat index into memory and starts 32 threads a query on lists
        flat = faiss.read_index(str(folder / _FLAT), faiss.IO_FLAG_MMAP_IFC)
        return Vectors(flat, Neighbours.open(folder))

    def vectors(self, rows: Rows | slice) -> NDArray[np.float32]:
        """The vectors of these rows, as `in_bytes` made them."""
        vectors: NDArray[np.float32] = self._codes[rows].astype(np.float32) - 128  # faiss adds it to each byte
        return vectors

    def products(self, vector: Vector, rows: Rows) -> NDArray[np.float32]:
        """The dot product of the vector with that of each of these rows."""
        out = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _CHUNK):
            codes = self._codes[rows[start : start + _CHUNK]].astype(np.float32)
            np.einsum("ij,j->i", codes, vector, out=out[start : start + _CHUNK])
        out -= 128 * vector.sum()
        return out

    def few(self, rows: int) -> bool:
        """Whether so many rows are best taken one by one."""
        return rows <= max(_GATHERED, self.size // _GATHERED_PART)

    def nearest(self, vector: Vector, chosen: Chosen | None, top_k: int) -> tuple[Rows, NDArray[np.float32]]:
        """The `top_k` of the chosen rows (of all when None) with the largest dot products, best first, ties by row.

        Exact without lists, and with them where few rows are chosen; elsewhere a product whose list is not read is missed.
        """
        if top_k <= 0 or self.size == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        if not vector.any():  # without a direction everything is as near, and no list is nearer than another
            first = np.arange(min(top_k, self.size)) if chosen is None else chosen.rows[:top_k]
            return first, np.zeros(len(first), dtype=np.float32)
        if chosen is not None and self.few(len(chosen.rows)):
            return best(chosen.rows, self.products(vector, chosen.rows), top_k)
        # One query has nothing to share out, and waiting for a second thread on a busy core costs milliseconds. The
        # setting is the thread's, not the library's: torch reads the same one.
        threads = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)
        try:
            return self._scan(vector, chosen, top_k)
        finally:
            self._faiss.omp_set_num_threads(threads)

    def _scan(self, vector: Vector, chosen: Chosen | None, top_k: int) -> tuple[Rows, NDArray[np.float32]]:
        considered = self.size if chosen is None else len(chosen.rows)
        selector = None if chosen is None else self._faiss.IDSelectorBitmap(chosen.bits)
        neighbours = self._neighbours
        asked = min(considered, top_k + top_k // 8 + 16)  # enough to see the end of most ties
        if neighbours is not None:
            lists = neighbours.worth_reading(vector, None if chosen is None else chosen.rows, asked)

        def scan(asked: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
            if neighbours is not None:
                return neighbours.search(vector, lists, asked, selector)
            parameters = None if selector is None else self._faiss.SearchParameters(sel=selector)
            products, found = self._flat.search(vector[None, :], asked, params=parameters)
            return products[0], found[0]

        products, found = scan(asked)
        # of a tie at the cut, faiss keeps any: ask for more until all of it is there
        while asked < considered and found[-1] >= 0 and products[-1] == products[top_k - 1]:
            asked = min(considered, 4 * asked)
            products, found = scan(asked)
        there = found >= 0  # lists may hold fewer than asked for
        return best(found[there], products[there], top_k)


def best(rows: NDArray[Any], scores: NDArray[Any], top_k: int) -> tuple[Rows, NDArray[Any]]:
    """The `top_k` rows with the highest scores, best first, ties by row, with their scores."""
    if 0 < top_k < len(rows):  # all of a tie at the cut stay, for their rows to decide
        kept = scores >= np.partition(scores, len(scores) - top_k)[len(scores) - top_k]
        rows, scores = rows[kept], scores[kept]
    order = np.lexsort((rows, -scores))[:top_k]
    return rows[order].astype(np.int64), scores[order]
