"""Product ids: how the id of a row is made, and how its row is found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.products.string_table import NameList, NameTable
from rlve_dsl.frozen import frozen


@frozen
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
        return self.prefix + str(row + 1).zfill(self.width)

    def row(self, product_id: str) -> int | None:
        """The row of an id, or None when no product has it."""
        digits = product_id[len(self.prefix) :]
        if not (product_id.startswith(self.prefix) and len(digits) == self.width):
            return None
        if not (digits.isascii() and digits.isdecimal()):
            return None
        row = int(digits) - 1
        return row if 0 <= row < self.size else None

    def as_bytes(self) -> NDArray[np.bytes_]:
        """All ids in UTF-8, computed digit by digit: two million take a fraction of a second."""
        powers = 10 ** np.arange(self.width - 1, -1, -1, dtype=np.int64)
        digits = (np.arange(1, self.size + 1, dtype=np.int64)[:, None] // powers) % 10 + ord("0")
        prefix = np.frombuffer(self.prefix.encode(), dtype=np.uint8)
        whole = np.hstack([np.broadcast_to(prefix, (self.size, len(prefix))), digits.astype(np.uint8)])
        return np.frombuffer(np.ascontiguousarray(whole).tobytes(), dtype=f"S{whole.shape[1]}")


@frozen
class StoredIds:
    """Ids in a table: words, or the ids of imported products."""

    names: NameTable

    def id(self, row: int) -> str:
        """The id of a row."""
        return self.names[row]

    def row(self, product_id: str) -> int | None:
        """The row of an id, or None when no product has it."""
        return self.names.find(product_id)

    def as_bytes(self) -> NDArray[np.bytes_]:
        """All ids in UTF-8."""
        return np.array([self.names[row].encode() for row in range(len(self.names))], dtype=np.bytes_)


Ids: TypeAlias = NumberedIds | StoredIds
"""A one-to-one mapping between rows and product ids."""


def worded_ids(words: Sequence[str], size: int) -> StoredIds:
    """Make ids of words: one word each while they last, then two joined by `-`.

    Raises:
        ValueError: When the words make fewer ids than that.

    >>> ids = worded_ids(["fox", "owl"], 4)
    >>> [ids.id(r) for r in range(4)], ids.row("fox-owl")
    (['fox', 'owl', 'fox-owl', 'owl-fox'], 2)
    """
    pairs = (f"{a}-{b}" for a in words for b in words if a != b)
    names = [*words[:size], *islice(pairs, max(0, size - len(words)))]
    if len(set(names)) < size:
        raise ValueError(f"{len(words)} different words make fewer than {size} ids")
    return StoredIds(NameList(names))


def slug(label: str) -> str:
    """A label as part of an id: lowercase letters, digits, dots and single hyphens.

    >>> slug("Extra large"), slug("45 W")
    ('extra-large', '45-w')
    """
    return re.sub(r"[^a-z0-9.]+", "-", label.lower()).strip("-")
