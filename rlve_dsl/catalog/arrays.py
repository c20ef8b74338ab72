"""The arrays of a catalog: their types, and their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.int64]
"""Numbers of rows."""

Ints: TypeAlias = NDArray[np.int64]

Mask: TypeAlias = NDArray[np.bool_]

Floats: TypeAlias = NDArray[np.float32]
"""Vectors, as embedders and faiss have them."""

Numbers: TypeAlias = NDArray[np.number[Any]]

Codes: TypeAlias = NDArray[np.integer[Any]]
"""Places in a table, in integers as small as the table allows; -1 for none."""

Column: TypeAlias = NDArray[Any]
"""The values of one field: numbers, truth values, or Python objects."""

Hashes: TypeAlias = NDArray[np.uint64]


def write_array(path: Path, values: Column) -> None:
    """Write an array."""
    np.save(path, np.ascontiguousarray(values), allow_pickle=False)


def read_array(path: Path, mapped: bool = True) -> Column:
    """Read an array, or map it so that all processes share one copy.

    It is of numpy's plain class, since the class for mapped arrays is slow.
    """
    return np.asarray(np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False))
