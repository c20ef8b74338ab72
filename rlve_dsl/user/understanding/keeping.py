"""Results that are kept while they take little memory: those used last.

Belongs here: bounds on memory. Does not belong here: what is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The results that were used last, as many as together stay below a size.

    Args:
        most: The size of all that is kept.
        size: The size of a result.
    """

    def __init__(self, most: int, size: Callable[[V], int]) -> None:
        self._most, self._size_of = most, size
        self._found: OrderedDict[K, V] = OrderedDict()
        self._size = 0

    def of(self, key: K, make: Callable[[], V]) -> V:
        """The result for a key, made where it is not kept."""
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = make()
            self._size += self._size_of(found)
            while len(self._found) > 1 and self._size > self._most:
                self._size -= self._size_of(self._found.popitem(last=False)[1])
        else:
            self._found.move_to_end(key)
        return found
