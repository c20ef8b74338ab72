"""Results that are kept while they take little memory: those used last.

Belongs here: bounds on memory. Does not belong here: what is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
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


class KeptTogether(Generic[K, V]):
    """Results of which many are asked for at a time; those that are not kept are made together.

    A result must not depend on those that are made with it.

    Args:
        most: How many are kept. With more, keeping begins anew.
        make: Makes the results for some keys.
    """

    __slots__ = ("_found", "_make", "_most")

    def __init__(self, most: int, make: Callable[[Sequence[K]], Sequence[V]]) -> None:
        self._most, self._make = most, make
        self._found: dict[K, V] = {}

    def of(self, keys: Sequence[K]) -> list[V]:
        """The results for some keys."""
        found = self._found
        try:
            return [found[key] for key in keys]
        except KeyError:
            missing = [key for key in dict.fromkeys(keys) if key not in found]
        if len(found) + len(missing) > self._most:
            found, missing = {}, list(dict.fromkeys(keys))
        found.update(zip(missing, self._make(missing), strict=True))
        self._found = found
        return [found[key] for key in keys]
