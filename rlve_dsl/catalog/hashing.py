"""Hashes of whole columns at once: the finaliser of SplitMix64 over numpy arrays, the same in every process.

`rlve_dsl.rng.Stream` serves the few draws of an episode. A catalog makes millions, each at a path and a row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Codes, Hashes, Ints
from rlve_dsl.rng import stable_hash


def mixed(hashes: Hashes) -> Hashes:
    """Mix the bits of each hash thoroughly (a bijection)."""
    z = hashes
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def draws(hashes: Hashes, *path: object) -> Hashes:
    """Draw 64 random bits for each hash; draws at different paths are independent."""
    return mixed(mixed(hashes ^ np.uint64(stable_hash(*path))) + np.uint64(0x9E3779B97F4A7C15))


def lanes(bits: Hashes) -> Ints:
    """Split each hash into four numbers of 16 bits, each uniform in 0..65535; shape [4, n]."""
    shifts = np.array([0, 16, 32, 48], dtype=np.uint64)
    return ((bits[None, :] >> shifts[:, None]) & np.uint64(0xFFFF)).astype(np.int64)


def hash_bytes(texts: NDArray[np.bytes_]) -> Hashes:
    """Hash each byte string to 64 bits.

    >>> a = hash_bytes(np.array([b"P1", b"P2"])); b = hash_bytes(np.array([b"P2", b"P1-long-neighbour"]))
    >>> bool(a[1] == b[0]), bool(a[0] == a[1])
    (True, False)
    """
    width = -(-texts.dtype.itemsize // 8) * 8
    words = np.frombuffer(texts.astype(f"S{width}").tobytes(), dtype="<u8").reshape(len(texts), width // 8)
    out = np.zeros(len(texts), dtype=np.uint64)
    for column in words.T:
        # a zero word is padding: skipping it makes the hash independent of the longest neighbour
        out = np.where(column == 0, out, mixed(out ^ column) + np.uint64(0x9E3779B97F4A7C15))
    return out


def ranks(groups: Codes, keys: Hashes) -> Ints:
    """Rank each row among the rows of its group, in the order of the upper 40 bits of `keys`.

    >>> ranks(np.array([0, 1, 0, 0]), np.array([9, 5, 7, 8], dtype=np.uint64) << np.uint64(40)).tolist()
    [2, 0, 0, 1]
    """
    order = np.argsort((groups.astype(np.uint64) << np.uint64(40)) | (keys >> np.uint64(24)), kind="stable")
    sorted_groups = groups[order]
    starts = np.flatnonzero(np.r_[True, sorted_groups[1:] != sorted_groups[:-1]]) if len(order) else np.zeros(0, int)
    within = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    out = np.empty(len(order), dtype=np.int64)
    out[order] = within
    return out
