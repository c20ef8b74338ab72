"""Inverted lists: the rows of each code of a column, so that a filter by name costs what it finds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Codes, Rows
from rlve_dsl.frozen import frozen


@frozen
class RowLists:
    """`order` holds the rows sorted by code, then by row; `ends[code]` is where the rows of a code end."""

    order: NDArray[np.int32]
    ends: NDArray[np.int64]

    @staticmethod
    def of(codes: Codes, count: int) -> RowLists:
        """Make the lists of a column whose codes are below `count`; a row of code -1 is in none.

        >>> RowLists.of(np.array([1, 0, 1, -1]), 3).rows(1).tolist()
        [0, 2]
        """
        counts = np.bincount(codes[codes >= 0], minlength=count)
        order = np.argsort(codes, kind="stable")[len(codes) - int(counts.sum()) :]
        return RowLists(order.astype(np.int32), np.cumsum(counts, dtype=np.int64))

    def rows(self, code: int | None) -> Rows:
        """The rows of a code, in order; none for None."""
        if code is None:
            return np.zeros(0, dtype=np.int64)
        start = int(self.ends[code - 1]) if code else 0
        return self.order[start : int(self.ends[code])].astype(np.int64)
