"""The vectors of a large catalog in lists of neighbours, so that a search need read only some of them.

How many depends on the query and the filter together: the lists nearest to the query are read until they hold many times more
rows that pass than are asked for; lists in which nothing passes are not read at all. A fixed number of lists would find next
to nothing behind a narrow filter, or behind one that the query has nothing to do with.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.products.product import Rows

_VECTORS, _PLACES = "neighbours.faiss", "places.npy"
_MANY = 24  # rows that are read for each that is asked for
_LEAST = 64  # lists that are read in any case
_COUNTED = 0.5  # of larger shares of the rows, lists hold about their share: counting costs more than it saves


class Neighbours:
    """Rows in lists by the centroid nearest to each."""

    def __init__(self, lists: Any, places: NDArray[np.int16]) -> None:
        """Over a faiss index of lists, and the list of each row."""
        self.lists = lists
        self._places = places

    @staticmethod
    def empty(centroids: NDArray[np.float32]) -> Neighbours:
        """One list a centroid, with no rows yet."""
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
        lists.is_trained = True  # there is nothing else to learn
        return Neighbours(lists, np.zeros(0, dtype=np.int16))

    def add(self, rows: NDArray[np.float32], nearest: NDArray[np.int64]) -> None:
        """Adds the next rows of bytes, in order, each to its own list."""
        import faiss

        places = np.ascontiguousarray(nearest, dtype=np.int64)
        self.lists.add_core(len(rows), faiss.swig_ptr(rows), None, faiss.swig_ptr(places))
        self._places = np.concatenate((self._places, nearest.astype(np.int16)))

    def write(self, folder: Path) -> None:
        """Writes the lists into a folder, for `open`."""
        import faiss

        faiss.write_index(self.lists, str(folder / _VECTORS))
        np.save(folder / _PLACES, self._places)

    @staticmethod
    def open(folder: Path) -> Neighbours | None:
        """The lists in a folder, mapped; None when there are none."""
        import faiss

        if not (folder / _VECTORS).exists():
            return None
        lists = faiss.read_index(str(folder / _VECTORS), faiss.IO_FLAG_MMAP_IFC)
        return Neighbours(lists, np.asarray(np.load(folder / _PLACES, mmap_mode="r")))

    @cached_property
    def _centroids(self) -> NDArray[np.float32]:
        centroids: NDArray[np.float32] = self.lists.quantizer.reconstruct_n(0, self.lists.nlist)
        return centroids

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        return np.bincount(self._places, minlength=self.lists.nlist)

    def worth_reading(self, vector: NDArray[np.float32], rows: Rows | None, asked: int) -> NDArray[np.int64]:
        """The lists to read for `asked` of these rows (of all when None), nearest to the vector first."""
        size = len(self._places)
        passing: NDArray[Any] = self._sizes
        if rows is not None:
            counted = len(rows) <= _COUNTED * size
            passing = (
                np.bincount(self._places[rows], minlength=len(passing)) if counted else passing * (len(rows) / size)
            )
        nearest = np.argsort(-np.einsum("ij,j->i", self._centroids, vector), kind="stable")
        nearest = nearest[passing[nearest] > 0]
        enough = int(np.searchsorted(np.cumsum(passing[nearest]), _MANY * asked)) + 1
        return nearest[: max(_LEAST, enough)]

    def search(
        self, vector: NDArray[np.float32], lists: NDArray[np.int64], asked: int, selector: Any
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The largest `asked` products among the rows of these lists that a selector passes, and their rows; -1 for none."""
        import faiss

        library: Any = faiss
        pointer = library.swig_ptr
        products, found = np.empty(asked, dtype=np.float32), np.empty(asked, dtype=np.int64)
        query, chosen = np.ascontiguousarray(vector), np.ascontiguousarray(lists)
        distances = np.zeros(len(lists), dtype=np.float32)  # of centroids: only residuals would need them
        parameters = library.SearchParametersIVF(sel=selector, nprobe=len(lists))
        # faiss's own wrapper of this call takes no parameters
        self.lists.search_preassigned_c(
            1, pointer(query), asked, pointer(chosen), pointer(distances), pointer(products), pointer(found), False, parameters
        )  # fmt: skip
        return products, found
