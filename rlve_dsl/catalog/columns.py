"""The rows of a catalog as columns of codes, and how a field is read from them: one row, some rows, or all.

Texts are put together when read: a catalog of two million products holds no two million strings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.ids import Ids
from rlve_dsl.catalog.product import Rows
from rlve_dsl.catalog.taxonomy import Pattern, Shelf, Taxonomy
from rlve_dsl.catalog.wishes import STANDING
from rlve_dsl.rules import show
from rlve_dsl.rules.types import ANY

NAMED = ("kind", "type", "department", "brand")
"""Text fields that repeat: held as codes, with a table of names."""

MADE = frozenset({"id", "title", "short_name", "attributes"})
"""Fields made for each row when asked for."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What differs from row to row. Prices are cents, ratings tenths; `slots` holds attribute values as indices.

    `variant_count` is 0 for a product without variants; -1 in `slots` means that the type has fewer attributes.
    """

    ids: Ids
    type_code: NDArray[np.int16]
    kind_code: NDArray[np.int32]
    brand_code: NDArray[np.int32]
    price: NDArray[np.int32]
    rating_tenths: NDArray[np.int8]
    reviews: NDArray[np.int32]
    ships_in: NDArray[np.int8]
    in_stock: NDArray[np.bool_]
    variant_count: NDArray[np.int8]
    slots: NDArray[np.int16]


class Table:
    """Columns read through their taxonomy. `readers` gives a field of a row, `values` of some, `column` of all."""

    def __init__(self, taxonomy: Taxonomy, columns: Columns) -> None:
        self.taxonomy = taxonomy
        self.columns = columns
        self.size = len(columns.price)
        self._peers = np.bincount(columns.kind_code[columns.in_stock], minlength=len(taxonomy.kinds))
        self._dimensions = np.array([len(STANDING) + len(s.attributes) for s in taxonomy.shelves], dtype=np.int64)
        self._whole: dict[str, NDArray[Any]] = {}
        self._words = [[[show(v, ANY) for v in a.values] for a in shelf.attributes] for shelf in taxonomy.shelves]
        self.readers: Mapping[str, Callable[[int], Any]] = {
            "id": columns.ids.id,
            "title": self.title,
            "short_name": lambda row: self._filled(self.shelf(row).short_name, row),
            "kind": lambda row: taxonomy.kinds[columns.kind_code[row]],
            "type": lambda row: self.shelf(row).type,
            "department": lambda row: self.shelf(row).department,
            "brand": lambda row: taxonomy.brands[columns.brand_code[row]],
            "price": lambda row: int(columns.price[row]),
            "rating": lambda row: int(columns.rating_tenths[row]) / 10,
            "reviews": lambda row: int(columns.reviews[row]),
            "ships_in": lambda row: int(columns.ships_in[row]),
            "in_stock": lambda row: bool(columns.in_stock[row]),
            "restricted": lambda row: self.shelf(row).restricted,
            "has_variants": lambda row: bool(columns.variant_count[row] > 0),
            "peers": lambda row: int(self._peers[columns.kind_code[row]]),
            "dimensions": lambda row: int(self._dimensions[columns.type_code[row]]),
            "attributes": self.attributes,
        }

    def shelf(self, row: int) -> Shelf:
        """The product type of a row."""
        return self.taxonomy.shelves[int(self.columns.type_code[row])]

    def attributes(self, row: int) -> dict[str, Any]:
        """A product's attributes by name, in the order in which its type declares them."""
        codes = self.columns.slots[row].tolist()
        return {a.name: a.values[code] for a, code in zip(self.shelf(row).attributes, codes, strict=False)}

    def title(self, row: int) -> str:
        """The store's title, which names the product line where the type has several."""
        title = self._filled(self.shelf(row).title, row)
        line = self.taxonomy.kind_lines[int(self.columns.kind_code[row])]
        return f"{title}, {line} line" if line else title

    def values(self, name: str, rows: Rows) -> NDArray[Any]:
        """A field of these rows; KeyError for an unknown field."""
        whole = self._whole.get(name)
        if whole is None and name in MADE:
            return _objects([self.readers[name](row) for row in rows.tolist()])
        values: NDArray[Any] = self.column(name)[rows]
        return values

    def column(self, name: str) -> NDArray[Any]:
        """A field of all rows, read-only; made once, then kept. KeyError for an unknown field."""
        if (whole := self._whole.get(name)) is None:
            whole = (
                _objects([self.readers[name](row) for row in range(self.size)]) if name in MADE else self._made(name)
            )
            whole.setflags(write=False)
            self._whole[name] = whole
        return whole

    def coded(self, name: str) -> tuple[Sequence[str], NDArray[Any]]:
        """The table of names and the code of each row, for one of `NAMED`."""
        columns, taxonomy = self.columns, self.taxonomy
        match name:
            case "kind":
                return taxonomy.kinds, columns.kind_code
            case "brand":
                return taxonomy.brands, columns.brand_code
            case "type":
                return [s.type for s in taxonomy.shelves], columns.type_code
        names = list(dict.fromkeys(s.department for s in taxonomy.shelves))
        return names, np.array([names.index(s.department) for s in taxonomy.shelves])[columns.type_code]

    def _made(self, name: str) -> NDArray[Any]:
        columns = self.columns
        if name in NAMED:
            names, codes = self.coded(name)
            named: NDArray[Any] = _objects(names)[codes]
            return named
        match name:
            case "price" | "reviews" | "ships_in":
                return np.array(getattr(columns, name), dtype=np.int64)
            case "rating":
                return columns.rating_tenths / 10
            case "in_stock":
                return columns.in_stock.copy()
            case "has_variants":
                return columns.variant_count > 0
            case "restricted":
                return np.array([s.restricted for s in self.taxonomy.shelves])[columns.type_code]
            case "peers":
                return np.array(self._peers[columns.kind_code])
            case "dimensions":
                return np.array(self._dimensions[columns.type_code])
        raise KeyError(name)

    def _filled(self, pattern: Pattern, row: int) -> str:
        place = int(self.columns.type_code[row])
        shelf, words = self.taxonomy.shelves[place], self._words[place]
        fillers = {
            name: said[code]
            for name, said, code in zip(shelf.names, words, self.columns.slots[row].tolist(), strict=False)
        }
        fillers["brand"] = self.taxonomy.brands[int(self.columns.brand_code[row])]
        fillers["noun"] = shelf.noun
        return pattern.filled(fillers)


def _objects(items: Sequence[Any]) -> NDArray[Any]:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out
