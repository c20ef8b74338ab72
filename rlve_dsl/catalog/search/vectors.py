"""Search by meaning: the vectors of products, and those nearest to a query's. Filtered before ranked, ties by row.

Vectors are held in bytes, so that a dot product is a sum of whole numbers below 2²⁴, which float32 holds exactly: in any order
of summation, on any machine, with any number of threads. A large catalog holds its vectors a second time, in lists of
neighbours, of which a search reads some. The products of what it finds there are the same.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Floats, Ints, Mask, Numbers, Rows, naming
from rlve_dsl.catalog.search.neighbours import Neighbours
from rlve_dsl.frozen import frozen

LENGTH = 400  # a vector with a third of its length in one dimension reaches 127 there
_FLAT = "flat.faiss"
_SCORED_DIRECTLY = 512  # up to this many rows, and up to this part of all rows, each row is scored by itself
_SCORED_DIRECTLY_PART = 64
_LIKELY = 0.7  # rows rarely have a dot product of which their centroid has less than this part
_CHUNK = 1024  # rows that are scored together: their numbers stay in the processor's cache

Score = TypeVar("Score", np.float32, np.int64)


def in_bytes(vectors: Numbers) -> Floats:
    """Scale vectors to one length and round them to whole numbers within ±127; zero stays zero."""
    given = np.asarray(vectors, dtype=np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", given, given, dtype=np.float64))
    scaled = given * (LENGTH / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)[:, None]
    return np.clip(np.rint(scaled, out=scaled), -127, 127, out=scaled)


def in_percents(products: Floats) -> Ints:
    """Dot products of vectors `in_bytes` as whole percents of the largest possible one, 0..100."""
    largest = LENGTH * LENGTH
    return np.clip((100 * products.astype(np.int64) + largest // 2) // largest, 0, 100)


@frozen
class Aim:
    """What the nearest of some vectors are searched for.

    Attributes:
        vector: A vector `in_bytes`.
        nearness: How near each list of neighbours is to it; None without lists, and for a zero vector.
    """

    vector: Floats
    nearness: Floats | None


class ChosenRows:
    """Some rows of a catalog, in order: as an array, as a mask and as bits."""

    def __init__(self, rows: Rows, size: int) -> None:
        self.rows = rows
        self._size = size

    @cached_property
    def mask(self) -> Mask:
        """Whether each row of the catalog is chosen."""
        mask = np.zeros(self._size, dtype=bool)
        mask[self.rows] = True
        return mask

    @cached_property
    def bits(self) -> NDArray[np.uint8]:
        """The mask, eight rows a byte, the lowest bit first."""
        return np.packbits(self.mask, bitorder="little")


class Vectors:
    """The vectors of a catalog's products."""

    def __init__(self, flat: Any, neighbours: Neighbours | None = None) -> None:
        """`flat` is a faiss index in row order; `neighbours` holds the same vectors where there are many."""
        import faiss

        self._faiss: Any = faiss
        self._flat = flat
        self._neighbours = neighbours
        self.size: int = flat.ntotal
        codes = faiss.rev_swig_ptr(flat.codes.data(), flat.codes.size())
        self._codes: NDArray[np.uint8] = codes.reshape(self.size, flat.d)

    @staticmethod
    def empty(dimensions: int) -> Any:
        """An empty faiss index, to which vectors `in_bytes` can be added in row order."""
        import faiss

        return faiss.IndexScalarQuantizer(
            dimensions, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )

    def write(self, folder: Path) -> None:
        """Write the vectors into a folder, for `open`."""
        with naming(folder / _FLAT):
            self._faiss.write_index(self._flat, str(folder / _FLAT))
        if self._neighbours is not None:
            self._neighbours.write(folder)

    @staticmethod
    def open(folder: Path) -> Vectors:
        """The vectors in a folder, mapped so that all processes share one copy."""
        import faiss

        # not IO_FLAG_MMAP, which reads a flat index into memory and starts 32 threads a query on lists
        flat = faiss.read_index(str(folder / _FLAT), faiss.IO_FLAG_MMAP_IFC)
        return Vectors(flat, Neighbours.open(folder))

    def vectors(self, rows: Rows | slice) -> Floats:
        """The vectors of these rows, as `in_bytes` made them."""
        return self._codes[rows].astype(np.float32) - 128  # faiss adds 128 to each byte

    def products(self, vector: Floats, rows: Rows) -> Floats:
        """The dot product of the vector with the vector of each of these rows."""
        out = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _CHUNK):
            codes = self._codes[rows[start : start + _CHUNK]].astype(np.float32)
            np.einsum("ij,j->i", codes, vector, out=out[start : start + _CHUNK])
        out -= 128 * np.add.reduce(vector)
        return out

    def aim_at(self, vector: Floats) -> Aim:
        """Prepare searches for what is near to a vector."""
        lists = self._neighbours
        return Aim(vector, lists.nearness(vector) if lists is not None and vector.any() else None)

    def may_reach(self, aim: Aim, rows: NDArray[np.signedinteger[Any]], product: int) -> Mask:
        """Whether rows may have this dot product, by the lists that they are in: rarely wrong where it says no.

        Without lists, it always says yes.
        """
        if aim.nearness is None or self._neighbours is None or product <= 0:
            return np.ones(len(rows), dtype=bool)
        may: Mask = (aim.nearness >= _LIKELY * product)[self._neighbours.places(rows)]
        return may

    def likeliest(self, aim: Aim, rows: Rows, count: int) -> Rows | None:
        """At least `count` of these rows, from the lists nearest to the vector; None where there are no lists."""
        if aim.nearness is None or self._neighbours is None:
            return None
        near = aim.nearness[self._neighbours.places(rows)]
        kept: Mask = near >= np.partition(near, len(rows) - count)[len(rows) - count]
        return rows[kept]

    def scored_directly(self, count: int) -> bool:
        """Whether this many rows are best scored one by one, instead of searching among them."""
        return count <= max(_SCORED_DIRECTLY, self.size // _SCORED_DIRECTLY_PART)

    def nearest(self, aim: Aim, chosen: ChosenRows | None, top_k: int) -> tuple[Rows, Floats]:
        """The `top_k` of the chosen rows (of all when None) with the largest dot products, best first, ties by row.

        Exact, except where there are lists of neighbours and many rows are chosen: a product in a list that is not read is
        missed.
        """
        vector = aim.vector
        if top_k <= 0 or self.size == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        if not vector.any():  # all rows are equally near
            first = np.arange(min(top_k, self.size)) if chosen is None else chosen.rows[:top_k]
            return first, np.zeros(len(first), dtype=np.float32)
        if chosen is not None and self.scored_directly(len(chosen.rows)):
            return best(chosen.rows, self.products(vector, chosen.rows), top_k)
        # One query gives no work to a second thread, and waiting for one on a busy core costs milliseconds. The setting
        # belongs to this thread, and torch reads it too.
        threads = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)
        try:
            return self._scan(aim, chosen, top_k)
        finally:
            self._faiss.omp_set_num_threads(threads)

    def _scan(self, aim: Aim, chosen: ChosenRows | None, top_k: int) -> tuple[Rows, Floats]:
        considered, vector = self.size if chosen is None else len(chosen.rows), aim.vector
        selector = None if chosen is None else self._faiss.IDSelectorBitmap(chosen.bits)
        neighbours, nearness = self._neighbours, aim.nearness
        asked = min(considered, top_k + top_k // 8 + 16)  # some more, to see the end of most ties
        if neighbours is not None and nearness is not None:
            lists = neighbours.lists_to_read(nearness, None if chosen is None else chosen.rows, asked)

        def scan(asked: int) -> tuple[Floats, Ints]:
            if neighbours is not None and nearness is not None:
                return neighbours.search(vector, lists, asked, selector)
            parameters = None if selector is None else self._faiss.SearchParameters(sel=selector)
            products, found = self._flat.search(vector[None, :], asked, params=parameters)
            return products[0], found[0]

        products, found = scan(asked)
        # faiss keeps any rows of a tie at the cut: ask for more until the whole tie is found
        while asked < considered and found[-1] >= 0 and products[-1] == products[top_k - 1]:
            asked = min(considered, 4 * asked)
            products, found = scan(asked)
        valid = found >= 0  # lists may hold fewer rows than asked for
        return best(found[valid], products[valid], top_k)


def best(rows: Rows, scores: NDArray[Score], top_k: int) -> tuple[Rows, NDArray[Score]]:
    """The `top_k` rows with the highest scores, best first, ties by row, with their scores."""
    if 0 < top_k < len(rows):  # the whole tie at the cut stays, and is ordered by row
        kept = scores >= np.partition(scores, len(scores) - top_k)[len(scores) - top_k]
        rows, scores = rows[kept], scores[kept]
    order = np.lexsort((rows, -scores))[:top_k]
    return rows[order].astype(np.int64), scores[order]
