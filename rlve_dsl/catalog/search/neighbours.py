"""The vectors of a large catalog in lists of neighbours, so that a search reads only some of them.

How many lists it reads depends on the query and the filter. It reads the lists nearest to the query until they hold many
times more rows that pass the filter than were asked for, and skips lists in which no row passes. A fixed number of lists
would find almost nothing behind a narrow filter, or behind one that has nothing to do with the query. Without a filter, it
goes on while lists are about as near as the first: a query that is near to nothing has its best rows in many lists.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Floats, Ints, Numbers, Rows, naming, read_array, write_array

_VECTORS, _PLACES = "neighbours.faiss", "places.npy"
_ROWS_READ = 12  # rows that are read for each row that is asked for
_NEAR = 0.7  # lists of at least this part of the nearest list's dot product are read too, as far as `_MOST_READ` goes
_MOST_READ = (
    64  # as `_ROWS_READ`, where many lists are near; and behind a filter, as what passes it may be far from the query
)
_LISTS_READ = 16  # lists that are read in any case
_SORTED = 256  # lists that are sorted at first, as most searches read fewer
_COUNTED = 0.5  # a larger share of the rows is about the same share of each list: no need to count


class Neighbours:
    """Rows in lists, one list for each centroid; a row is in the list of its nearest centroid."""

    def __init__(self, lists: Any, places: NDArray[np.int16]) -> None:
        """`lists` is a faiss index, `places` the list of each row."""
        self.lists = lists
        self._places = places

    @staticmethod
    def empty(centroids: Floats) -> Neighbours:
        """An empty list for each centroid."""
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
            False,  # the bytes themselves, not their residuals: products stay exact
        )
        lists.is_trained = True  # the centroids were all there is to learn
        return Neighbours(lists, np.zeros(0, dtype=np.int16))

    def add(self, rows: Floats, nearest: Ints) -> None:
        """Add the next rows, in order, each to the list of its nearest centroid."""
        import faiss

        places = np.ascontiguousarray(nearest, dtype=np.int64)
        self.lists.add_core(len(rows), faiss.swig_ptr(rows), None, faiss.swig_ptr(places))
        self._places = np.concatenate((self._places, nearest.astype(np.int16)))

    def write(self, folder: Path) -> None:
        """Write the lists into a folder, for `open`."""
        import faiss

        with naming(folder / _VECTORS):
            faiss.write_index(self.lists, str(folder / _VECTORS))
        write_array(folder / _PLACES, self._places)

    @staticmethod
    def open(folder: Path) -> Neighbours | None:
        """The lists in a folder, mapped; None when the folder has none."""
        import faiss

        if not (folder / _VECTORS).exists():
            return None
        lists = faiss.read_index(str(folder / _VECTORS), faiss.IO_FLAG_MMAP_IFC)
        return Neighbours(lists, read_array(folder / _PLACES))

    @cached_property
    def _centroids(self) -> Floats:
        centroids: Floats = self.lists.quantizer.reconstruct_n(0, self.lists.nlist)
        return centroids

    @cached_property
    def _sizes(self) -> Ints:
        return np.bincount(self._places, minlength=self.lists.nlist)

    def nearness(self, vector: Floats) -> Floats:
        """The dot product of the vector with the centroid of each list."""
        import faiss

        library: Any = faiss
        pointer = library.swig_ptr
        out = np.empty(len(self._centroids), dtype=np.float32)
        query = np.ascontiguousarray(vector)
        library.fvec_inner_products_ny(pointer(out), pointer(query), pointer(self._centroids), len(query), len(out))
        return out

    def places(self, rows: NDArray[np.signedinteger[Any]]) -> NDArray[np.int16]:
        """The list that each of these rows is in."""
        places: NDArray[np.int16] = self._places[rows]
        return places

    def lists_to_read(self, nearness: Floats, rows: Rows | None, asked: int) -> Ints:
        """The lists to read for `asked` of these rows (of all when None), the nearest first."""
        share = 1.0 if rows is None else len(rows) / len(self._places)
        passing: Numbers = self._sizes
        if rows is not None:
            counted = share <= _COUNTED
            passing = np.bincount(self._places[rows], minlength=len(passing)) if counted else passing * share
        some = np.flatnonzero(passing > 0)
        most, sorted_ = _MOST_READ * asked, _SORTED
        while True:
            nearest = _nearest(some, nearness, sorted_)
            read = np.cumsum(passing[nearest])
            if len(nearest) == len(some) or read[-1] >= most:
                break
            sorted_ *= 4
        enough = int(np.searchsorted(read, most)) + 1
        if rows is None:
            near = int((nearness[nearest] >= _NEAR * nearness[nearest[0]]).sum())
            enough = max(int(np.searchsorted(read, _ROWS_READ * asked)) + 1, min(near, enough))
        return nearest[: max(_LISTS_READ, enough)]

    def search(self, vector: Floats, lists: Ints, asked: int, selector: Any) -> tuple[Floats, Ints]:
        """The largest `asked` products among the rows of these lists that the selector passes, and their rows (-1 for none)."""
        import faiss

        library: Any = faiss
        pointer = library.swig_ptr
        products, found = np.empty(asked, dtype=np.float32), np.empty(asked, dtype=np.int64)
        query, chosen = np.ascontiguousarray(vector), np.ascontiguousarray(lists)
        distances = np.zeros(len(lists), dtype=np.float32)  # only residuals would need them
        parameters = library.SearchParametersIVF(sel=selector, nprobe=len(lists))
        # faiss's Python wrapper of this call takes no parameters
        self.lists.search_preassigned_c(
            1, pointer(query), asked, pointer(chosen), pointer(distances), pointer(products), pointer(found), False, parameters
        )  # fmt: skip
        return products, found


def _nearest(lists: Ints, nearness: Floats, count: int) -> Ints:
    """At least `count` of these lists (or all), the nearest first, ties by number."""
    near = nearness[lists]
    if count < len(lists):
        kept = near >= np.partition(near, len(lists) - count)[len(lists) - count]
        lists, near = lists[kept], near[kept]
    return lists[np.lexsort((lists, -near))]
