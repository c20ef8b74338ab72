"""Sets of rows, small to keep: one bit a row, a quarter of a megabyte for two million."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BLOCK = 512  # rows a count is kept for


class Picked:
    """The rows at which a mask is true, in order. Length and any one of them are known without listing them.

    >>> picked = Picked(np.array([True, False, False, True, True]))
    >>> len(picked), picked[1], picked.rows().tolist(), picked.holds(np.array([0, 1])).tolist()
    (3, 3, [0, 3, 4], [True, False])
    """

    __slots__ = ("_bits", "_count", "_ends", "_size")

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        self._size = len(mask)
        blocks = -(-len(mask) // _BLOCK)
        self._bits = np.zeros(blocks * _BLOCK // 8, dtype=np.uint8)
        packed = np.packbits(mask, bitorder="little")
        self._bits[: len(packed)] = packed
        counts = np.bitwise_count(self._bits.view(np.uint64)).reshape(blocks, _BLOCK // 64).sum(axis=1)
        self._ends = np.cumsum(counts, dtype=np.int64)
        self._count = int(self._ends[-1]) if blocks else 0

    @property
    def bits(self) -> NDArray[np.uint8]:
        """The mask, eight rows a byte, the lowest bit first, padded with zeros."""
        return self._bits

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> int:
        if not 0 <= index < len(self):
            raise IndexError(index)
        block = int(self._ends.searchsorted(index, side="right"))
        before = self._ends.item(block - 1) if block else 0
        width = _BLOCK // 8
        inside = np.unpackbits(self._bits[block * width : (block + 1) * width], bitorder="little").nonzero()[0]
        return block * _BLOCK + int(inside.item(index - before))

    def rows(self) -> NDArray[np.int64]:
        """All of them."""
        return np.flatnonzero(np.unpackbits(self._bits, count=self._size, bitorder="little"))

    def holds(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these rows are in the set."""
        held: NDArray[np.bool_] = (self._bits[rows >> 3] >> (rows & 7).astype(np.uint8)) & 1 == 1
        return held
