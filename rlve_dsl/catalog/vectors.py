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

from rlve_dsl.catalog.product import Rows

LENGTH = 400  # a vector with a third of its length in one dimension reaches 127 there
_FLAT, _LISTS = "flat.faiss", "lists.faiss"
_GATHERED = 512  # up to so many rows, and up to this part of all, rows are gathered one by one; more are scanned for
_GATHERED_PART = 64
_CHUNK = 1024  # rows that are gathered at a time: their numbers stay in the cache
_PROBES = ((0.10, None), (0.20, 256), (0.50, 128), (1.00, 64))
"""How many lists are read, up to which share of rows a filter leaves; None: no lists, but a scan of all that pass."""

Vector = NDArray[np.float32]


def in_bytes(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Vectors scaled to one length and rounded to whole numbers within ±127; zero stays zero."""
    wide = np.asarray(vectors, dtype=np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", wide, wide))[:, None]
    return np.clip(np.rint(wide * (LENGTH / np.where(lengths > 0, lengths, 1.0))), -127, 127).astype(np.float32)


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

    def __init__(self, flat: Any, lists: Any = None) -> None:
        """Over faiss indexes in memory or mapped from files: one in row order, and one in lists where that pays."""
        import faiss

        self._faiss: Any = faiss
        self._flat = flat
        self._lists = lists
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
    def in_lists(centroids: NDArray[np.float32]) -> Any:
        """A faiss index of lists, to which rows of `in_bytes` can be added with the list of each."""
        import faiss

        dimensions = centroids.shape[1]
        quantizer = faiss.IndexFlatIP(dimensions)
        quantizer.add(centroids)
        lists = faiss.IndexIVFScalarQuantizer(
            quantizer,
            dimensions,
            len(centroids),
            faiss.ScalarQuantizer.QT_8bit_direct_signed,
            faiss.METRIC_INNER_PRODUCT,
            False,  # bytes as they are, not what is left of them after the centroid: products stay exact
        )
        quantizer.this.disown()
        lists.own_fields = True
        return lists

    @staticmethod
    def add_to_lists(lists: Any, rows: NDArray[np.float32], nearest: NDArray[np.int64]) -> None:
        """Adds rows of `in_bytes`, in order, each to its own list."""
        import faiss

        lists.add_core(
            len(rows), faiss.swig_ptr(rows), None, faiss.swig_ptr(np.ascontiguousarray(nearest, dtype=np.int64))
        )

    def write(self, folder: Path) -> None:
        """Writes the vectors into a folder, for `open`."""
        self._faiss.write_index(self._flat, str(folder / _FLAT))
        if self._lists is not None:
            self._faiss.write_index(self._lists, str(folder / _LISTS))

    @staticmethod
    def open(folder: Path) -> Vectors:
        """The vectors in a folder: mapped, so that all processes share one copy."""
        import faiss

        # not IO_FLAG_MMAP, which reads a flat index into memory and starts 32 threads a query on lists
        flat, lists = (
            faiss.read_index(str(folder / name), faiss.IO_FLAG_MMAP_IFC) if (folder / name).exists() else None
            for name in (_FLAT, _LISTS)
        )
        return Vectors(flat, lists)

    def vectors(self, rows: Rows | slice) -> NDArray[np.float32]:
        """The vectors of these rows, as `in_bytes` made them."""
        return self._codes[rows].astype(np.float32) - 128  # faiss adds it to each byte

    def products(self, vector: Vector, rows: Rows) -> NDArray[np.float32]:
        """The dot product of the vector with that of each of these rows."""
        out = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _CHUNK):
            codes = self._codes[rows[start : start + _CHUNK]].astype(np.float32)
            np.einsum("ij,j->i", codes, vector, out=out[start : start + _CHUNK])
        return out - 128 * vector.sum()

    def few(self, rows: int) -> bool:
        """Whether so many rows are best taken one by one."""
        return rows <= max(_GATHERED, self.size // _GATHERED_PART)

    def nearest(self, vector: Vector, chosen: Chosen | None, top_k: int) -> tuple[Rows, NDArray[np.float32]]:
        """The `top_k` of the chosen rows (of all when None) with the largest dot products, best first, ties by row.

        Exact without lists, and with them where few rows are chosen; elsewhere a product whose list is not read is missed.
        """
        if top_k <= 0 or self.size == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
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
        index, parameters = self._flat, None
        probes = next(probes for share, probes in _PROBES if considered <= share * self.size)
        if self._lists is not None and probes is not None:
            index = self._lists
            parameters = self._faiss.SearchParametersIVF(sel=selector, nprobe=min(probes, index.nlist))
        elif selector is not None:
            parameters = self._faiss.SearchParameters(sel=selector)
        asked = min(considered, top_k + 1)
        products, found = index.search(vector[None, :], asked, params=parameters)
        # of a tie at the cut, faiss keeps any: ask for more until all of it is there
        while asked < considered and found[0, -1] >= 0 and products[0, -1] == products[0, top_k - 1]:
            asked = min(considered, 4 * asked)
            products, found = index.search(vector[None, :], asked, params=parameters)
        there = found[0] >= 0  # lists may hold fewer than asked for
        return best(found[0][there], products[0][there], top_k)


def best(rows: NDArray[Any], scores: NDArray[Any], top_k: int) -> tuple[Rows, NDArray[Any]]:
    """The `top_k` rows with the highest scores, best first, ties by row, with their scores."""
    order = np.lexsort((rows, -scores))[:top_k]
    return rows[order].astype(np.int64), scores[order]
