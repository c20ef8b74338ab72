"""Many texts as two arrays: where each begins, and all their bytes. Mapped from a file, they cost what is read of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Protocol, overload

import numpy as np
from numpy.typing import NDArray


class Names(Protocol):
    """A table of texts, and the way back: where a text stands in it."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> str:
        """The text at a place."""
        ...

    def find(self, text: str) -> int | None:
        """Where a text stands, or None."""
        ...


class Heap(Sequence[str]):
    """Texts in order, read-only. `find` wants them all different.

    >>> heap = Heap.of(["red", "", "grün"])
    >>> list(heap), heap[2], heap.find("grün"), heap.find("blue")
    (['red', '', 'grün'], 'grün', 2, None)
    """

    def __init__(self, offsets: NDArray[np.int64], data: NDArray[np.uint8], order: NDArray[np.int32] | None = None):
        """`offsets` has one entry more than there are texts; `order` sorts them by their bytes."""
        self.offsets = offsets
        self.data = data
        self._starts = np.ascontiguousarray(offsets).data
        self._bytes = np.ascontiguousarray(data).data
        if order is not None:
            self.__dict__["order"] = order

    @staticmethod
    def of(texts: Iterable[str]) -> Heap:
        """The heap of these texts."""
        out, offsets = bytearray(), [0]
        for text in texts:
            out += text.encode()
            offsets.append(len(out))
        return Heap(np.array(offsets, dtype=np.int64), np.frombuffer(bytes(out), dtype=np.uint8))

    @cached_property
    def order(self) -> NDArray[np.int32]:
        """The places of the texts, sorted by their bytes."""
        return np.array(sorted(range(len(self)), key=self.raw), dtype=np.int32)

    @cached_property
    def _ordered(self) -> memoryview:
        return np.ascontiguousarray(self.order).data

    def raw(self, index: int) -> bytes:
        """A text's UTF-8 bytes."""
        return bytes(self._bytes[self._starts[index] : self._starts[index + 1]])

    def find(self, text: str) -> int | None:
        """Where a text stands, or None, by bisection."""
        try:
            wanted = text.encode()
        except UnicodeEncodeError:  # half a character is no text of ours
            return None
        order = self._ordered
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self.raw(order[middle]) < wanted:
                low = middle + 1
            else:
                high = middle
        return int(order[low]) if low < len(self) and self.raw(order[low]) == wanted else None

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        return str(self._bytes[self._starts[index] : self._starts[index + 1]], "utf-8")


class NameList(Sequence[str]):
    """A few texts in memory, all different.

    >>> names = NameList(["mug", "kettle"])
    >>> names[1], names.find("mug"), names.find("pan")
    ('kettle', 0, None)
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = tuple(texts)
        self._place = {text: place for place, text in enumerate(self._texts)}

    def find(self, text: str) -> int | None:
        """Where a text stands, or None."""
        return self._place.get(text)

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self._texts[index]
