"""Product ids: how a row is named and found again without a table of strings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.products.string_table import Heap


class Ids(Protocol):
    """A bijection between rows and product ids."""

    def id(self, row: int) -> str:
        """The id of a row."""
        ...

    def row(self, product_id: str) -> int | None:
        """The row of an id, or None when there is none."""
        ...

    def as_bytes(self) -> NDArray[np.bytes_]:
        """All ids, UTF-8."""
        ...


@dataclass(frozen=True, slots=True)
class NumberedIds:
    """`P00001`, `P00002`, …: a prefix and the row's number, zero-padded so that they sort as rows do.

    >>> ids = NumberedIds("P", 300)
    >>> ids.id(41), ids.row("P00042"), ids.row("P42"), ids.row("P00301")
    ('P00042', 41, None, None)
    """

    prefix: str
    size: int
    width: int = field(init=False, compare=False)  # digits in an id

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", max(5, len(str(self.size))))

    def id(self, row: int) -> str:
        """The id of a row."""
        return f"{self.prefix}{row + 1:0{self.width}d}"

    def row(self, product_id: str) -> int | None:
        """The row of an id, or None when there is none."""
        digits = product_id[len(self.prefix) :]
        if not (product_id.startswith(self.prefix) and len(digits) == self.width):
            return None
        if not (digits.isascii() and digits.isdecimal()):
            return None
        row = int(digits) - 1
        return row if 0 <= row < self.size else None

    def as_bytes(self) -> NDArray[np.bytes_]:
        """All ids, made by arithmetic on digits: two million take a fraction of a second."""
        powers = 10 ** np.arange(self.width - 1, -1, -1, dtype=np.int64)
        digits = (np.arange(1, self.size + 1, dtype=np.int64)[:, None] // powers) % 10 + ord("0")
        prefix = np.frombuffer(self.prefix.encode(), dtype=np.uint8)
        whole = np.hstack([np.broadcast_to(prefix, (self.size, len(prefix))), digits.astype(np.uint8)])
        return np.frombuffer(np.ascontiguousarray(whole).tobytes(), dtype=f"S{whole.shape[1]}")


class WordedIds:
    """Ids that are words: one each while the words last, then two joined by `-`.

    >>> ids = WordedIds(["fox", "owl"], 4)
    >>> [ids.id(r) for r in range(4)], ids.row("fox-owl")
    (['fox', 'owl', 'fox-owl', 'owl-fox'], 2)
    """

    __slots__ = ("_ids", "_rows")

    def __init__(self, words: Sequence[str], size: int) -> None:
        pairs = (f"{a}-{b}" for a in words for b in words if a != b)
        self._ids = [*words[:size], *(pair for _, pair in zip(range(size - len(words)), pairs, strict=False))]
        self._rows = {product_id: row for row, product_id in enumerate(self._ids)}
        if len(self._rows) < size:
            raise ValueError(f"{len(words)} different words make fewer than {size} ids")

    def id(self, row: int) -> str:
        """The id of a row."""
        return self._ids[row]

    def row(self, product_id: str) -> int | None:
        """The row of an id, or None when there is none."""
        return self._rows.get(product_id)

    def as_bytes(self) -> NDArray[np.bytes_]:
        """All ids."""
        return np.array([i.encode() for i in self._ids], dtype=np.bytes_)


@dataclass(frozen=True, slots=True)
class StoredIds:
    """Ids as they came with imported products, all different."""

    heap: Heap

    def id(self, row: int) -> str:
        """The id of a row."""
        return self.heap[row]

    def row(self, product_id: str) -> int | None:
        """The row of an id, or None when there is none."""
        return self.heap.find(product_id)

    def as_bytes(self) -> NDArray[np.bytes_]:
        """All ids."""
        return np.array([self.heap.raw(row) for row in range(len(self.heap))], dtype=np.bytes_)


def slug(label: str) -> str:
    """A label as part of an id: lowercase letters, digits, dots and single hyphens.

    >>> slug("Extra large"), slug("45 W")
    ('extra-large', '45-w')
    """
    return re.sub(r"[^a-z0-9.]+", "-", label.lower()).strip("-")
