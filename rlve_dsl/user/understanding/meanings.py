"""The meanings of words: vectors in whole numbers, so that every machine finds the same likeness.

Belongs here: vectors of words. Does not belong here: facts and messages.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog import STATIC
from rlve_dsl.user.understanding.keeping import KeptTogether

Wholes = NDArray[np.int8]
Numbers = NDArray[np.float32]

SIZE = STATIC.dimensions
_FINE = 127  # the largest part of a vector: sums of products of whole numbers of this size are exact in 32 bits
_LONGEST = 40  # letters of a word that are read


def _read(words: Sequence[str]) -> list[tuple[Wholes, float]]:
    found: list[tuple[Wholes, float]] = []
    for vector in STATIC.encode([word[:_LONGEST] for word in words]).astype(np.float64):
        most = float(np.abs(vector).max())
        whole = np.rint(vector * (_FINE / most)) if most else np.zeros(SIZE)
        found.append((whole.astype(np.int8), float(np.sqrt((whole * whole).sum())) or 1.0))
    return found


_KEPT: KeptTogether[str, tuple[Wholes, float]] = KeptTogether(1 << 15, _read)


def meanings_of(words: Sequence[str]) -> tuple[Wholes, Numbers]:
    """For each word its vector in whole numbers of at most 127, and its length."""
    if not words:
        return np.zeros((0, SIZE), dtype=np.int8), np.zeros(0, dtype=np.float32)
    vectors, lengths = zip(*_KEPT.of(words), strict=True)
    return np.concatenate(vectors).reshape(-1, SIZE), np.array(lengths, dtype=np.float32)


def directions_of(tokens: Sequence[str]) -> Numbers:
    """For each token its meaning, of length 1; nothing for punctuation."""
    vectors, lengths = meanings_of([token if token[0].isalnum() else "" for token in tokens])
    return vectors.astype(np.float32) / lengths[:, None]
