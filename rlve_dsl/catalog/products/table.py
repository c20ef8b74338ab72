"""Columns read through their taxonomy: a field of one row, of some rows, or of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Codes, Column, Ints, Mask, Rows
from rlve_dsl.catalog.products.columns import Columns
from rlve_dsl.catalog.products.namesakes import namesakes
from rlve_dsl.catalog.products.product import NO_PRICE
from rlve_dsl.catalog.products.row_lists import RowLists
from rlve_dsl.catalog.products.string_table import NameList, NameTable
from rlve_dsl.catalog.products.taxonomy import NO_BRAND, ProductType, Taxonomy
from rlve_dsl.catalog.products.titles import Titles
from rlve_dsl.catalog.products.wishes import STANDING
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Value

NAMED = ("kind", "type", "department", "brand")
"""Text fields that repeat: held as codes, with a table of names."""

BLOCK = 1 << 16
"""Rows that a scan of the whole catalog reads together: few enough to stay in a processor's cache."""

_SHORT_NAMES_KEPT = 1 << 15  # a few megabytes
_OTHERS_KEPT = 1 << 10  # products that the shopper and the agent may name


@frozen
class Field:
    """How a field is read: of one row, and of many rows at once (None where each row is read by itself)."""

    one: Callable[[int], Value]
    many: Callable[[Rows | slice], Column] | None = None


class Table:
    """Columns with their taxonomy. `readers` gives a field of a row, `values` of some rows, `column` of all."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        columns: Columns,
        row_lists: Mapping[str, RowLists] | None = None,
        peers: NDArray[np.int32] | None = None,
        namesakes: NDArray[np.int32] | None = None,
    ) -> None:
        """`row_lists` (of `NAMED`), `peers` and `namesakes` are computed when first needed if they are not given."""
        self.taxonomy = taxonomy
        self.columns = columns
        self.size = len(columns.price)
        self._row_lists = dict(row_lists or {})
        if peers is not None:
            self.__dict__["peers"] = peers
        if namesakes is not None:
            self.__dict__["namesakes"] = namesakes
        self._whole: dict[str, Column] = {}
        self._unbranded = taxonomy.brands.find(NO_BRAND)
        self._fields = self._readings(Titles(taxonomy, columns))
        self.readers: Mapping[str, Callable[[int], Value]] = {name: f.one for name, f in self._fields.items()}
        self.other_words = lru_cache(_OTHERS_KEPT)(self._other_words)
        """Words of the values that the attributes of a product may have and have not: "red" of a blue tent."""

    def _readings(self, titles: Titles) -> Mapping[str, Field]:
        """Every field of a product."""
        c, taxonomy = self.columns, self.taxonomy
        return {
            "id": Field(c.ids.id),
            "title": Field(titles.title),
            "short_name": Field(lru_cache(_SHORT_NAMES_KEPT)(titles.short_name)),  # of most products in an episode
            "mention": Field(lru_cache(_SHORT_NAMES_KEPT)(titles.mention)),
            "namesakes": Field(
                lambda row: self.namesakes.item(row), lambda rows: self.namesakes[rows].astype(np.int64)
            ),
            "kind": Field(lambda row: taxonomy.kinds[c.kind_code.item(row)], partial(self._texts, "kind")),
            "noun": Field(lambda row: self.product_type(row).noun),
            "type": Field(lambda row: self.product_type(row).name, partial(self._texts, "type")),
            "department": Field(lambda row: self.product_type(row).department, partial(self._texts, "department")),
            "brand": Field(lambda row: taxonomy.brands[c.brand_code.item(row)], partial(self._texts, "brand")),
            "price": Field(c.price.item, lambda rows: c.price[rows].astype(np.int64)),
            "has_price": Field(lambda row: c.price.item(row) != NO_PRICE, lambda rows: c.price[rows] != NO_PRICE),
            "rating": Field(lambda row: c.rating_tenths.item(row) / 10, lambda rows: c.rating_tenths[rows] / 10),
            "reviews": Field(c.reviews.item, lambda rows: c.reviews[rows].astype(np.int64)),
            "ships_in": Field(c.ships_in.item, lambda rows: c.ships_in[rows].astype(np.int64)),
            "in_stock": Field(c.in_stock.item, lambda rows: c.in_stock[rows].copy()),
            "restricted": Field(
                lambda row: self.product_type(row).restricted, lambda rows: self._restricted[c.type_code[rows]]
            ),
            "has_variants": Field(lambda row: c.variant_count.item(row) > 0, lambda rows: c.variant_count[rows] > 0),
            "peers": Field(
                lambda row: self.peers.item(c.kind_code.item(row)),
                lambda rows: self.peers[c.kind_code[rows]].astype(np.int64),
            ),
            "dimensions": Field(lambda row: int(self._dimensions(slice(row, row + 1))[0]), self._dimensions),
            "attributes": Field(self.attributes),
        }

    def product_type(self, row: int) -> ProductType:
        """The product type of a row."""
        return self.taxonomy.types[self.columns.type_code.item(row)]

    def attributes(self, row: int) -> dict[str, Value]:
        """A product's attributes by name, in the order of its type's declaration, without those it lacks."""
        codes = self.columns.slots[row].tolist()
        attributes = self.product_type(row).attributes
        return {a.name: a.values[code] for a, code in zip(attributes, codes, strict=False) if code >= 0}

    def _other_words(self, row: int) -> frozenset[str]:
        own = (str(self.readers["short_name"](row)), *(v for v in self.attributes(row).values() if isinstance(v, str)))
        named = (self._value_words.get(name, frozenset()) for name in self.product_type(row).attribute_names)
        return frozenset[str]().union(*named).difference(word for text in own for word in text.lower().split())

    @cached_property
    def _value_words(self) -> dict[str, frozenset[str]]:
        """For each attribute the words of the values that it has in any type of product."""
        found: dict[str, set[str]] = {}
        for attribute in (attribute for product_type in self.taxonomy.types for attribute in product_type.attributes):
            values = (value for value in attribute.values if isinstance(value, str))
            found.setdefault(attribute.name, set()).update(word for value in values for word in value.lower().split())
        return {name: frozenset(words) for name, words in found.items()}

    def lacks(self, row: int, field: str) -> bool:
        """Whether a product's brand, price or rating is not known."""
        match field:
            case "brand":
                return self.columns.brand_code.item(row) == self._unbranded
            case "price":
                return self.columns.price.item(row) == NO_PRICE
            case "rating" | "reviews":
                return self.columns.rating_tenths.item(row) == 0
        return False

    def values(self, name: str, rows: Rows | slice) -> Column:
        """A field of these rows; KeyError for an unknown field."""
        if (whole := self._whole.get(name)) is not None:
            return whole[rows]
        field = self._fields[name]
        if field.many is not None:
            return field.many(rows)
        numbers = range(*rows.indices(self.size)) if isinstance(rows, slice) else rows.tolist()
        return _objects([field.one(row) for row in numbers])

    def column(self, name: str) -> Column:
        """A field of all rows, read-only; made once, then kept. KeyError for an unknown field."""
        if (whole := self._whole.get(name)) is None:
            whole = self.values(name, slice(0, self.size))
            if not whole.flags.owndata:
                whole = whole.copy()
            whole.setflags(write=False)
            self._whole[name] = whole
        return whole

    def names(self, field: str) -> NameTable:
        """The table of names of one of `NAMED`."""
        return self._names[field]

    def codes(self, field: str, rows: Rows | slice) -> Codes:
        """These rows' codes in the table of names of one of `NAMED`."""
        match field:
            case "kind":
                return self.columns.kind_code[rows]
            case "brand":
                return self.columns.brand_code[rows]
        # two types in different departments may share a name, and then they share its code
        return self._codes_of_types[field][self.columns.type_code[rows]]

    def rows_named(self, field: str, name: str) -> Rows:
        """The rows of one kind, type, department or brand, in order; none for an unknown name."""
        return self.row_lists(field).rows(self.names(field).find(name))

    def row_lists(self, field: str) -> RowLists:
        """The rows of each name of one of `NAMED`."""
        if (lists := self._row_lists.get(field)) is None:
            codes = self.codes(field, slice(0, self.size))
            lists = self._row_lists[field] = RowLists.of(codes, len(self.names(field)))
        return lists

    @cached_property
    def peers(self) -> NDArray[np.int32]:
        """How many products of each kind are in stock."""
        stocked = self.columns.kind_code[self.columns.in_stock]
        return np.bincount(stocked, minlength=len(self.taxonomy.kinds)).astype(np.int32)

    @cached_property
    def namesakes(self) -> NDArray[np.int32]:
        """How many other products have the short name of each product."""
        short_name = self._fields["short_name"].one
        return namesakes((str(short_name(row)) for row in range(self.size)), self.size)

    @cached_property
    def _names(self) -> Mapping[str, NameTable]:
        types = self.taxonomy.types
        return {
            "kind": self.taxonomy.kinds,
            "brand": self.taxonomy.brands,
            "type": NameList(dict.fromkeys(t.name for t in types)),
            "department": NameList(dict.fromkeys(t.department for t in types)),
        }

    @cached_property
    def _codes_of_types(self) -> Mapping[str, NDArray[np.int32]]:
        types, names, departments = self.taxonomy.types, self.names("type"), self.names("department")
        return {
            "type": np.array([names.find(t.name) for t in types], dtype=np.int32),
            "department": np.array([departments.find(t.department) for t in types], dtype=np.int32),
        }

    @cached_property
    def _restricted(self) -> Mask:
        return np.array([t.restricted for t in self.taxonomy.types], dtype=bool)

    def _texts(self, field: str, rows: Rows | slice) -> Column:
        """A text field of these rows; each name is read once."""
        names = self.names(field)
        used, places = np.unique(self.codes(field, rows), return_inverse=True)
        return _objects([names[code] for code in used.tolist()])[places]

    def _dimensions(self, rows: Rows | slice) -> Ints:
        """How many wishes each product allows: the standing ones whose fields are known, and its attributes."""
        columns = self.columns
        known = (columns.slots[rows] >= 0).sum(axis=1) + len(STANDING)
        known -= columns.price[rows] == NO_PRICE
        known -= 2 * (columns.rating_tenths[rows] == 0)
        if self._unbranded is not None:
            known -= columns.brand_code[rows] == self._unbranded
        return np.asarray(known, dtype=np.int64)


def _objects(items: Sequence[Value]) -> Column:
    out = np.empty(len(items), dtype=object)
    out[:] = items
    return out
