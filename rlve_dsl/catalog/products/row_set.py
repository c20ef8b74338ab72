"""Sets of rows in one bit a row: a quarter of a megabyte for two million."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Hashable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Mask, Rows

_BLOCK = 512  # rows between two entries of the running count
_LISTED = 1 << 14  # up to this many rows of a catalog, a set keeps a list of its rows once one is asked for


class RowSet:
    """The rows at which a mask is true, in order. Its length and any one row are known without listing them all.

    >>> rows = RowSet(np.array([True, False, False, True, True]))
    >>> len(rows), rows[1], rows.rows().tolist(), rows.contains(np.array([0, 1])).tolist()
    (3, 3, [0, 3, 4], [True, False])
    """

    __slots__ = ("_count", "_ends", "_listed", "_size", "bits")

    def __init__(self, mask: Mask) -> None:
        self._size = len(mask)
        blocks = -(-len(mask) // _BLOCK)
        # the mask, eight rows a byte, the lowest bit first, padded with zeros
        self.bits: NDArray[np.uint8] = np.zeros(blocks * _BLOCK // 8, dtype=np.uint8)
        packed = np.packbits(mask, bitorder="little")
        self.bits[: len(packed)] = packed
        counts = np.bitwise_count(self.bits.view(np.uint64)).reshape(blocks, _BLOCK // 64).sum(axis=1)
        self._ends = array("q", np.cumsum(counts, dtype=np.int64).tobytes())
        self._count = self._ends[-1] if blocks else 0
        self._listed: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> int:
        if not 0 <= index < self._count:
            raise IndexError(index)
        if self._size <= _LISTED:
            if self._listed is None:
                self._listed = self.rows().astype(np.int32)
            return self._listed.item(index)
        block = bisect_right(self._ends, index)
        before = self._ends[block - 1] if block else 0
        width = _BLOCK // 8
        inside = np.unpackbits(self.bits[block * width : (block + 1) * width], bitorder="little").nonzero()[0]
        return block * _BLOCK + int(inside.item(index - before))

    def rows(self) -> Rows:
        """All rows of the set."""
        return np.flatnonzero(np.unpackbits(self.bits, count=self._size, bitorder="little"))

    def shared_with(self, other: RowSet) -> RowSet:
        """The rows that are in both sets, which are of one catalog."""
        return RowSet(np.unpackbits(self.bits & other.bits, count=self._size, bitorder="little").view(bool))

    def contains(self, rows: Rows) -> Mask:
        """Which of these rows are in the set."""
        held: Mask = (self.bits[rows >> 3] >> (rows & 7).astype(np.uint8)) & 1 == 1
        return held


class KeptRowSets:
    """The row sets that were used last, by key. Keys with equal sets share one: levels of one environment, for example."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._by_key: OrderedDict[Hashable, RowSet] = OrderedDict()
        self._by_content: dict[bytes, RowSet] = {}

    def get(self, key: Hashable) -> RowSet | None:
        """The set of a key, if it is kept."""
        if (kept := self._by_key.get(key)) is not None:
            self._by_key.move_to_end(key)
        return kept

    def keep(self, key: Hashable, rows: RowSet) -> RowSet:
        """Keep a set for a key; returns the set that is kept, which may be an earlier, equal one."""
        content = blake2b(rows.bits.tobytes(), digest_size=16).digest()
        kept = self._by_key[key] = self._by_content.setdefault(content, rows)
        if len(self._by_key) > self._limit:
            self._by_key.popitem(last=False)
            left = {id(r) for r in self._by_key.values()}
            self._by_content = {content: r for content, r in self._by_content.items() if id(r) in left}
        return kept
