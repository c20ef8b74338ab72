"""The meanings of words: vectors in whole numbers, so that every machine finds the same likeness.

Belongs here: vectors of words. Does not belong here: facts and messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog import STATIC

Wholes = NDArray[np.int8]
Numbers = NDArray[np.float32]

SIZE = STATIC.dimensions
_FINE = 127  # the largest part of a vector: sums of products of whole numbers of this size are exact in 32 bits
_LONGEST = 40  # letters of a word that are read


@lru_cache(maxsize=1 << 15)
def _meaning(word: str) -> tuple[Wholes, float]:
    vector = STATIC.encode([word[:_LONGEST]])[0].astype(np.float64)
    most = float(np.abs(vector).max())
    if not most:
        return np.zeros(SIZE, dtype=np.int8), 1.0
    whole = np.rint(vector * (_FINE / most))
    return whole.astype(np.int8), float(np.sqrt((whole * whole).sum()))


def meanings_of(words: Sequence[str]) -> tuple[Wholes, Numbers]:
    """For each word its vector in whole numbers of at most 127, and its length."""
    if not words:
        return np.zeros((0, SIZE), dtype=np.int8), np.zeros(0, dtype=np.float32)
    vectors, lengths = zip(*map(_meaning, words), strict=True)
    return np.concatenate(vectors).reshape(-1, SIZE), np.array(lengths, dtype=np.float32)


def directions_of(tokens: Sequence[str]) -> Numbers:
    """For each token its meaning, of length 1; nothing for punctuation."""
    vectors, lengths = meanings_of([token if token[0].isalnum() else "" for token in tokens])
    return vectors / lengths[:, None]


def products_of(ones: Wholes, others: Wholes) -> Numbers:
    """The product of each vector with each other one."""
    found: Numbers = ones.astype(np.float32) @ others.T.astype(np.float32)
    return found
