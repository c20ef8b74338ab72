"""Types of the arrays that the modules of a catalog pass to each other."""

from __future__ import annotations

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
