"""The rows of a catalog as columns of codes, and how a field is read from them: one row, some rows, or all.

Texts are put together when read: a generated catalog of two million products holds no two million strings. An imported
one holds its titles, in a heap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.products.ids import Ids
from rlve_dsl.catalog.products.product import NO_PRICE, Rows
from rlve_dsl.catalog.products.row_lists import RowLists
from rlve_dsl.catalog.products.string_table import Heap, NameList, Names
from rlve_dsl.catalog.products.taxonomy import NO_BRAND, Pattern, Shelf, Taxonomy, shortened
from rlve_dsl.catalog.products.wishes import STANDING
from rlve_dsl.expressions import show
from rlve_dsl.expressions.types import ANY

NAMED = ("kind", "type", "department", "brand")
"""Text fields that repeat: held as codes, with a table of names."""

BLOCK = 1 << 16
"""Rows that a scan of the whole catalog looks at together: few enough to stay in a processor's cache."""

_KEPT = 1 << 15  # short names: a few megabytes

MADE = frozenset({"id", "title", "short_name", "attributes"})
"""Fields made for each row when asked for."""

# holes, each with the text before it, its slot and the words of the values there; and the text after the last
Recipe = tuple[list[tuple[str, int, Sequence[str]]], str]


@dataclass(frozen=True, slots=True)
class Columns:
    """What differs from row to row. Prices are cents (`NO_PRICE` for none), ratings tenths (0 for none); `slots` holds
    attribute values as indices.

    `variant_count` is 0 for a product without variants; -1 in `slots` means that the product lacks the attribute, or its
    type has fewer. `titles` and `about` (more to search in) are there for imported products only.
    """

    ids: Ids
    type_code: NDArray[Any]
    kind_code: NDArray[np.int32]
    brand_code: NDArray[np.int32]
    price: NDArray[np.int32]
    rating_tenths: NDArray[np.int8]
    reviews: NDArray[np.int32]
    ships_in: NDArray[np.int8]
    in_stock: NDArray[np.bool_]
    variant_count: NDArray[np.int8]
    slots: NDArray[Any]
    titles: Heap | None = None
    about: Heap | None = None


class Table:
    """Columns read through their taxonomy. `readers` gives a field of a row, `values` of some, `column` of all.

    What is derived of whole columns (`peers`, the inverted lists) is made when first asked for, or given as `derived`.
    """

    def __init__(self, taxonomy: Taxonomy, columns: Columns, derived: Mapping[str, Any] | None = None) -> None:
        self.taxonomy = taxonomy
        self.columns = columns
        self.size = len(columns.price)
        self._derived = dict(derived or {})
        self._whole: dict[str, NDArray[Any]] = {}
        self._recipes: dict[tuple[int, int], Recipe] = {}
        self._unbranded = self.names("brand").find(NO_BRAND)
        self.readers: Mapping[str, Callable[[int], Any]] = {
            "id": columns.ids.id,
            "title": self.title,
            "short_name": lru_cache(maxsize=_KEPT)(self.short_name),  # read of most products an episode touches
            "kind": lambda row: taxonomy.kinds[columns.kind_code.item(row)],
            "type": lambda row: self.shelf(row).type,
            "department": lambda row: self.shelf(row).department,
            "brand": lambda row: taxonomy.brands[columns.brand_code.item(row)],
            "price": columns.price.item,
            "has_price": lambda row: columns.price.item(row) != NO_PRICE,
            "rating": lambda row: columns.rating_tenths.item(row) / 10,
            "reviews": columns.reviews.item,
            "ships_in": columns.ships_in.item,
            "in_stock": columns.in_stock.item,
            "restricted": lambda row: self.shelf(row).restricted,
            "has_variants": lambda row: columns.variant_count.item(row) > 0,
            "peers": lambda row: self.peers.item(columns.kind_code.item(row)),
            "dimensions": lambda row: int(self._dimensions(slice(row, row + 1))[0]),
            "attributes": self.attributes,
        }

    def shelf(self, row: int) -> Shelf:
        """The product type of a row."""
        code: int = self.columns.type_code.item(row)
        return self.taxonomy.shelves[code]

    def attributes(self, row: int) -> dict[str, Any]:
        """A product's attributes by name, in the order in which its type declares them, without those it lacks."""
        codes = self.columns.slots[row].tolist()
        return {a.name: a.values[code] for a, code in zip(self.shelf(row).attributes, codes, strict=False) if code >= 0}

    def lacks(self, row: int, field: str) -> bool:
        """Whether nothing is known of a product's brand, price or rating."""
        match field:
            case "brand":
                return int(self.columns.brand_code[row]) == self._unbranded
            case "price":
                return int(self.columns.price[row]) == NO_PRICE
            case "rating" | "reviews":
                return int(self.columns.rating_tenths[row]) == 0
        return False

    def title(self, row: int) -> str:
        """The store's title, which names the product line where the type has several."""
        if self.columns.titles is not None:
            return self.columns.titles[row]
        title = self._filled(self.shelf(row).title, row)
        line = self.taxonomy.kind_lines[int(self.columns.kind_code[row])]
        return f"{title}, {line} line" if line else title

    def short_name(self, row: int) -> str:
        """What a shopper calls the product."""
        if self.columns.titles is not None:
            return shortened(self.columns.titles[row])
        return self._filled(self.shelf(row).short_name, row)

    def values(self, name: str, rows: Rows | slice) -> NDArray[Any]:
        """A field of these rows; KeyError for an unknown field."""
        if (whole := self._whole.get(name)) is not None:
            return whole[rows]
        if name in MADE:
            listed = range(*rows.indices(self.size)) if isinstance(rows, slice) else rows.tolist()
            return _objects([self.readers[name](row) for row in listed])
        return self._gathered(name, rows)

    def column(self, name: str) -> NDArray[Any]:
        """A field of all rows, read-only; made once, then kept. KeyError for an unknown field."""
        if (whole := self._whole.get(name)) is None:
            whole = self.values(name, slice(0, self.size))
            if not whole.flags.owndata:
                whole = whole.copy()
            whole.setflags(write=False)
            self._whole[name] = whole
        return whole

    def names(self, field: str) -> Names:
        """The table of names of one of `NAMED`."""
        return self._names[field]

    def codes(self, field: str, rows: Rows | slice) -> NDArray[Any]:
        """These rows' codes in the table of names of one of `NAMED`."""
        columns = self.columns
        match field:
            case "kind":
                return columns.kind_code[rows]
            case "brand":
                return columns.brand_code[rows]
            case "type":
                # two types in different departments may share a name, and then they share its code
                return np.asarray(self._type_names[columns.type_code[rows]])
        return np.asarray(self._departments[columns.type_code[rows]])

    def listed(self, field: str, name: str) -> Rows:
        """The rows of one kind, type, department or brand, in order; none for an unknown name."""
        return self.lists(field).rows(self.names(field).find(name))

    def lists(self, field: str) -> RowLists:
        """The inverted lists of one of `NAMED`."""
        if (lists := self._derived.get(field)) is None:
            everything = self.codes(field, slice(0, self.size))
            lists = self._derived[field] = RowLists.of(everything, len(self.names(field)))
        return lists

    @property
    def peers(self) -> NDArray[np.int32]:
        """How many products of each kind are in stock."""
        if (peers := self._derived.get("peers")) is None:
            stocked = self.columns.kind_code[self.columns.in_stock]
            peers = np.bincount(stocked, minlength=len(self.taxonomy.kinds)).astype(np.int32)
            self._derived["peers"] = peers
        return peers

    @cached_property
    def _names(self) -> Mapping[str, Names]:
        shelves = self.taxonomy.shelves
        types = NameList(list(dict.fromkeys(s.type for s in shelves)))
        departments = NameList(list(dict.fromkeys(s.department for s in shelves)))
        return {
            "kind": _findable(self.taxonomy.kinds),
            "brand": _findable(self.taxonomy.brands),
            "type": types,
            "department": departments,
        }

    @cached_property
    def _type_names(self) -> NDArray[np.int32]:
        names = self.names("type")
        return np.array([names.find(s.type) for s in self.taxonomy.shelves], dtype=np.int32)

    @cached_property
    def _departments(self) -> NDArray[np.int32]:
        names = self.names("department")
        return np.array([names.find(s.department) for s in self.taxonomy.shelves], dtype=np.int32)

    @cached_property
    def _restricted(self) -> NDArray[np.bool_]:
        return np.array([s.restricted for s in self.taxonomy.shelves], dtype=bool)

    def _gathered(self, name: str, rows: Rows | slice) -> NDArray[Any]:
        columns = self.columns
        if name in NAMED:
            return _worded(self.names(name), self.codes(name, rows))
        match name:
            case "price" | "reviews" | "ships_in":
                return np.array(getattr(columns, name)[rows], dtype=np.int64)
            case "has_price":
                return np.asarray(columns.price[rows] != NO_PRICE)
            case "rating":
                return np.asarray(columns.rating_tenths[rows] / 10)
            case "in_stock":
                return np.array(columns.in_stock[rows])
            case "has_variants":
                return np.asarray(columns.variant_count[rows] > 0)
            case "restricted":
                return np.asarray(self._restricted[columns.type_code[rows]])
            case "peers":
                return self.peers[columns.kind_code[rows]].astype(np.int64)
            case "dimensions":
                return self._dimensions(rows)
        raise KeyError(name)

    def _dimensions(self, rows: Rows | slice) -> NDArray[np.int64]:
        """How many wishes each product allows: the standing ones that it can meet, and its attributes."""
        columns = self.columns
        known = (columns.slots[rows] >= 0).sum(axis=1) + len(STANDING)
        known -= columns.price[rows] == NO_PRICE
        known -= 2 * (columns.rating_tenths[rows] == 0)
        if self._unbranded is not None:
            known -= columns.brand_code[rows] == self._unbranded
        return np.asarray(known, dtype=np.int64)

    def _filled(self, pattern: Pattern, row: int) -> str:
        holes, rest = self._recipe(pattern, self.columns.type_code.item(row))
        codes = self.columns.slots[row].tolist()
        codes.append(self.columns.brand_code.item(row))
        text = ""
        for before, slot, words in holes:
            text += before + words[codes[slot]]
        return text + rest

    def _recipe(self, pattern: Pattern, place: int) -> Recipe:
        """A product type's pattern as read for a row, whose codes end with the brand's; the noun is text already."""
        key = (place, id(pattern))  # the patterns are the taxonomy's, and stay
        if (recipe := self._recipes.get(key)) is None:
            shelf = self.taxonomy.shelves[place]
            holes: list[tuple[str, int, Sequence[str]]] = []
            before = ""
            for words, name in pattern.pieces:
                before += words
                if name == "noun":
                    before += shelf.noun
                elif name == "brand":
                    holes.append((before, -1, self.taxonomy.brands))
                    before = ""
                elif name:
                    slot = shelf.slot(name)
                    holes.append((before, slot, [show(value, ANY) for value in shelf.attributes[slot].values]))
                    before = ""
            recipe = self._recipes[key] = (holes, before)
        return recipe


def _findable(names: Sequence[str]) -> Names:
    return names if isinstance(names, Heap) else NameList(names)


def _worded(names: Names, codes: NDArray[Any]) -> NDArray[Any]:
    """The names of these codes; each is read once."""
    used, places = np.unique(codes, return_inverse=True)
    named: NDArray[Any] = _objects([names[code] for code in used.tolist()])[places]
    return named


def _objects(items: Sequence[Any]) -> NDArray[Any]:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out
