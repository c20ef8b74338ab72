"""How many other products have the same name."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.rng import stable_hash


def namesakes(names: Iterable[str], count: int) -> NDArray[np.int32]:
    """For each name, how many others are the same. Holds a hash of each name, not the names.

    >>> namesakes(["mug", "lamp", "mug"], 3).tolist()
    [1, 0, 1]
    """
    hashes = np.fromiter((stable_hash(name) for name in names), dtype=np.uint64, count=count)
    _, place, alike = np.unique(hashes, return_inverse=True, return_counts=True)
    return np.asarray(alike[place] - 1, dtype=np.int32)
