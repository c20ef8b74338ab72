"""Tables of texts: many of them as two arrays that can be mapped from a file, or a few in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol, overload

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import read_array, write_array


class NameTable(Protocol):
    """A table of different texts that can also be searched."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> str: ...

    def find(self, text: str) -> int | None:
        """The index of a text, or None."""
        ...


class StringTable(Sequence[str]):
    """Texts in two arrays: where each begins, and the bytes of all. Read-only; only what is read is loaded from a file.

    `find` needs them to be all different.

    >>> table = StringTable.of(["red", "", "grün"])
    >>> list(table), table[2], table.find("grün"), table.find("blue")
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
    def of(texts: Iterable[str]) -> StringTable:
        """Make the table of these texts."""
        out, offsets = bytearray(), [0]
        for text in texts:
            out += text.encode()
            offsets.append(len(out))
        return StringTable(np.array(offsets, dtype=np.int64), np.frombuffer(bytes(out), dtype=np.uint8))

    def write(self, folder: Path, name: str, find: bool = False) -> None:
        """Write the table into a folder; with `find` also its order, so that it need not be sorted when it is opened."""
        write_array(folder / f"{name}.offsets.npy", self.offsets)
        write_array(folder / f"{name}.bytes.npy", self.data)
        if find:
            write_array(folder / f"{name}.order.npy", self.order)

    @staticmethod
    def open(folder: Path, name: str, mapped: bool = True) -> StringTable:
        """Read or map the table in a folder."""
        order = folder / f"{name}.order.npy"
        return StringTable(
            read_array(folder / f"{name}.offsets.npy", mapped),
            read_array(folder / f"{name}.bytes.npy", mapped),
            read_array(order, mapped) if order.is_file() else None,
        )

    @cached_property
    def order(self) -> NDArray[np.int32]:
        """The indices of the texts, sorted by the bytes of the texts."""
        return np.array(sorted(range(len(self)), key=self.raw), dtype=np.int32)

    @cached_property
    def _ordered(self) -> memoryview:
        return np.ascontiguousarray(self.order).data

    def raw(self, index: int) -> bytes:
        """A text's UTF-8 bytes."""
        return bytes(self._bytes[self._starts[index] : self._starts[index + 1]])

    def find(self, text: str) -> int | None:
        """The index of a text, or None, by bisection."""
        try:
            wanted = text.encode()
        except UnicodeEncodeError:  # half a character: no stored text has one
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


class NameList(tuple[str, ...]):
    """A few different texts in memory.

    >>> names = NameList(["mug", "kettle"])
    >>> names[1], names.find("mug"), names.find("pan")
    ('kettle', 0, None)
    """

    @cached_property
    def _places(self) -> dict[str, int]:
        return {text: place for place, text in enumerate(self)}

    def find(self, text: str) -> int | None:
        """The index of a text, or None."""
        return self._places.get(text)
