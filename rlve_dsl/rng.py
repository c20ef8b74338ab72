"""Named random streams: every draw is addressed by a path, so that adding one moves no other.

A stream's key is a BLAKE2 hash of its path; its draws are SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), whose
one-word state is cheap to create. An episode opens a stream for each field: seeding 2.5 kB of Mersenne state each time
would cost more than all the draws. Not for cryptography.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b
from struct import Struct
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1
_EMPTY = blake2b(digest_size=8)
_WORD = Struct("<Q")


def stable_hash(*path: object) -> int:
    """A 64-bit hash of the path's printed parts, the same in every process and on every machine.

    >>> stable_hash("stock", 7) == stable_hash("stock", 7) != stable_hash("stock", 8)
    True
    """
    return _hash(_joined(*path))


def _hash(address: str) -> int:
    hashed = _EMPTY.copy()  # twice as fast as a new one
    hashed.update(address.encode())
    key: int = _WORD.unpack(hashed.digest())[0]
    return key


def _joined(first: object, *more: object) -> str:
    joined = str(first)
    for part in more:
        joined = f"{joined}\x1f{part!s}"
    return joined


def is_held_out(seed: int) -> bool:
    """Whether an episode with this seed is for evaluation: training uses even seeds, and held-out episodes have odd ones."""
    return seed % 2 == 1


class Stream:
    """A stream of draws that depends on nothing but its path.

    >>> Stream("seed", 7).child("persona").integer(1, 6) == Stream("seed", 7, "persona").integer(1, 6)
    True
    """

    __slots__ = ("_address", "_begin", "_state")

    def __init__(self, first: object, *more: object) -> None:
        self._address = _joined(first, *more)
        # both are made at the first draw: many streams only have children
        self._begin: int | None = None
        self._state: int | None = None

    def child(self, *path: object) -> Stream:
        """The stream at a longer path; it does not depend on what was drawn here."""
        address = self._address
        for part in path:
            address = f"{address}\x1f{part!s}"
        child = Stream.__new__(Stream)
        child._address = address
        child._begin = child._state = None
        return child

    def bits(self) -> int:
        """64 random bits."""
        state = self._state
        if state is None:
            self._begin = state = _hash(self._address)
        self._state = z = (state + 0x9E3779B97F4A7C15) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def uniform(self) -> float:
        """A real in [0, 1)."""
        return (self.bits() >> 11) * 2.0**-53

    def chance(self, probability: float) -> bool:
        """True with this probability. It is always one draw, so that a curve moves nothing but the threshold."""
        return (self.bits() >> 11) * 2.0**-53 < probability

    def integer(self, low: int, high: int) -> int:
        """An integer in [low, high], both included. For the spans used here its bias is below 2⁻⁵⁰."""
        return low + (self.bits() * (high - low + 1) >> 64)

    def choice(self, items: Sequence[T]) -> T:
        """One of a non-empty sequence."""
        return items[self.bits() * len(items) >> 64]

    def pick(self, items: Sequence[T], place: int) -> T:
        """One of a non-empty sequence for a place of its own; it does not depend on what was drawn, and moves nothing.

        It costs less than a child stream. Equal places give equal picks.

        >>> stream = Stream("seed", 7)
        >>> [stream.pick("abc", place) for place in (1, 2, 1)] == [stream.pick("abc", place) for place in (1, 2, 1)]
        True
        """
        begin = self._begin
        if begin is None:
            self._begin = begin = _hash(self._address)
        z = (begin + place * 0x9E3779B97F4A7C15) & _MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return items[(z ^ (z >> 31)) * len(items) >> 64]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """A permutation of the items; its first k entries are k draws without replacement."""
        out = list(items)
        count = len(out)
        for i in range(count - 1):
            j = i + (self.bits() * (count - i) >> 64)
            out[i], out[j] = out[j], out[i]
        return out

    def normal(self) -> float:
        """A standard normal draw (Box and Muller)."""
        return math.sqrt(-2.0 * math.log(1.0 - self.uniform())) * math.cos(2.0 * math.pi * self.uniform())

    def gamma(self, shape: float) -> float:
        """A gamma draw of this shape (≥ 1) and scale 1 (Marsaglia and Tsang, 2000)."""
        d = shape - 1.0 / 3.0
        c = 1.0 / math.sqrt(9.0 * d)
        while True:
            x = self.normal()
            v = (1.0 + c * x) ** 3
            if v > 0 and math.log(1.0 - self.uniform()) < 0.5 * x * x + d - d * v + d * math.log(v):
                return d * v
