"""The catalog: columns of codes, read a row or a column at a time, searched and filtered.

Lookups cost what they return: rows of a kind, type, department or brand come from inverted lists made once, texts are
put together when read. Only a filter on numbers alone, a search over everything and a `select` see every row.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.embedders import STATIC, Embedder
from rlve_dsl.catalog.ids import Ids
from rlve_dsl.catalog.index import Index, as_match
from rlve_dsl.catalog.product import Product, Products, Project, Rows, Variant
from rlve_dsl.catalog.taxonomy import Pattern, Taxonomy
from rlve_dsl.catalog.wishes import COMPARE, STANDING, Constraint, Filter, Op, UnknownField, WrongValue, value_text
from rlve_dsl.rules import Lambda

_SELECTIONS = 256
_TABLES = 4096


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


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found, best first; `match` is in whole percents."""

    rows: Rows
    match: NDArray[np.int64]


class _Lists:
    """The rows of each code of a column, in row order."""

    def __init__(self, codes: NDArray[Any], count: int) -> None:
        self._order = np.argsort(codes, kind="stable").astype(np.int64)
        self._ends = np.cumsum(np.bincount(codes, minlength=count))

    def rows(self, code: int) -> Rows:
        return self._order[(self._ends[code - 1] if code else 0) : self._ends[code]]


class Catalog:
    """Products, and what can be asked of them. Immutable; what is computed on demand is kept."""

    def __init__(
        self,
        name: str,
        digest: str,
        taxonomy: Taxonomy,
        columns: Columns,
        projects: tuple[Project, ...] = (),
        embedder: Embedder = STATIC,
    ) -> None:
        self.name = name
        self.digest = digest
        self.projects = projects
        self.embedder = embedder
        self.taxonomy = taxonomy
        self.size = len(columns.price)
        self._columns = columns
        self._dimensions = np.array([len(STANDING) + len(s.attributes) for s in taxonomy.shelves], dtype=np.int64)
        self._peers = np.bincount(columns.kind_code[columns.in_stock], minlength=len(taxonomy.kinds))
        self.readers: Mapping[str, Callable[[int], Any]] = self._make_readers()
        self._whole: dict[str, NDArray[Any]] = {}
        self._selected: OrderedDict[Hashable, Rows] = OrderedDict()
        self._inverted: dict[str, tuple[dict[str, int], _Lists]] = {}
        self._attribute_places = taxonomy.attributes
        self._tables: dict[Hashable, tuple[NDArray[np.int8], NDArray[np.bool_]]] = {}

    # Products ---------------------------------------------------------------------------------------------------

    @cached_property
    def products(self) -> Products:
        """All products."""
        return Products(self, np.arange(self.size, dtype=np.int64))

    def product(self, row: int) -> Product:
        """The product of a row."""
        return Product(self, row)

    def row_of(self, product_id: str) -> int | None:
        """The row of a product id, or None when no product has it."""
        return self._columns.ids.row(product_id)

    def alike(self, row: int) -> Products:
        """The products of the same kind, itself included, in row order."""
        return Products(self, self._listed("kind", self.taxonomy.kinds[self._columns.kind_code[row]]))

    def attributes(self, row: int) -> dict[str, Any]:
        """A product's attributes by name, in the order in which its type declares them."""
        shelf = self.taxonomy.shelves[self._columns.type_code[row]]
        codes = self._columns.slots[row].tolist()
        return {a.name: a.values[code] for a, code in zip(shelf.attributes, codes, strict=False)}

    def variants(self, row: int) -> tuple[Variant, ...]:
        """The options that the product comes in; () when it comes in one only."""
        return self.options(row, int(self._columns.variant_count[row]))

    def options(self, row: int, count: int) -> tuple[Variant, ...]:
        """The first `count` options that a product of this type would come in, its own value first.

        Fewer when the attribute has fewer values, () when the type has no variants at all.
        """
        shelf = self.taxonomy.shelves[self._columns.type_code[row]]
        if shelf.variants is None:
            return ()
        attribute = shelf.attributes[shelf.variants.slot]
        own = int(self._columns.slots[row, shelf.variants.slot])
        product_id, many = self._columns.ids.id(row), len(attribute.values)
        return tuple(
            Variant(
                variant_id=f"{product_id}-{i + 1}",
                attribute=attribute.name,
                label=attribute.label((own + i) % many),
            )
            for i in range(min(count, many))
        )

    # Wishes -----------------------------------------------------------------------------------------------------

    def wishes(self, row: int) -> tuple[Constraint, ...]:
        """Every constraint that this product satisfies exactly: the standing ones, then its attributes."""
        shelf = self.taxonomy.shelves[self._columns.type_code[row]]
        standing = (self.wish(row, field) for field in STANDING)
        return (*standing, *(self.wish(row, attribute.name) for attribute in shelf.attributes))

    def wish(self, row: int, field: str, value: Any = None) -> Constraint:
        """The constraint on one field of this product's type, worded: for `value`, or the product's own when None."""
        if field in STANDING:
            op, says = STANDING[field]
            given = self.readers[field](row) if value is None else value
            return Constraint(field=field, op=op, value=given, says=says(given))
        shelf = self.taxonomy.shelves[self._columns.type_code[row]]
        slot = next((j for j, a in enumerate(shelf.attributes) if a.name == field), None)
        if slot is None:
            raise UnknownField(field, (*STANDING, *(a.name for a in shelf.attributes)))
        attribute = shelf.attributes[slot]
        return attribute.wish(attribute.values[self._columns.slots[row, slot]] if value is None else value)

    def loosened(self, row: int, constraint: Constraint, slack: float) -> Constraint:
        """The constraint with its bound moved by this share of its value, so that worse products pass; worded anew.

        An `is` stays as it is. Bounds stay on their field's grid: cents, tenths of a star, whole days and counts, the
        attribute's own values.
        """
        field, op, value = constraint["field"], constraint["op"], constraint["value"]
        if op == "is" or slack <= 0:
            return constraint
        bound = value * (1 - slack) if op == "at_least" else value * (1 + slack)
        if field in STANDING:
            grid = 10 if field == "rating" else 1
            # rounded first: a bound that is on the grid but for the last bit of a float stays there
            steps = round(bound * grid, 6)
            whole = math.ceil(steps) if op == "at_least" else math.floor(steps)
            return self.wish(row, field, whole / grid if field == "rating" else whole)
        shelf = self.taxonomy.shelves[self._columns.type_code[row]]
        values = next(a.values for a in shelf.attributes if a.name == field)
        allowed = [v for v in values if COMPARE[op](v, bound)]
        return self.wish(row, field, min(allowed) if op == "at_least" else max(allowed))

    def meeting(self, rows: Rows, constraint: Constraint) -> NDArray[np.bool_]:
        """Which of the rows meet a constraint, as `meets` decides for each."""
        field = constraint["field"]
        if field in STANDING:
            return np.asarray(COMPARE[constraint["op"]](self.values(field, rows), constraint["value"]), dtype=bool)
        return self._attribute_holds(field, constraint["op"], constraint["value"], rows)

    # Columns and selections -------------------------------------------------------------------------------------

    def values(self, name: str, rows: Rows) -> NDArray[Any]:
        """A field of these rows; KeyError for an unknown field."""
        if (whole := self._whole.get(name)) is not None:
            return whole[rows]
        if name in _TEXTS:
            reader = self.readers[name]
            out = np.empty(len(rows), dtype=object)
            out[:] = [reader(row) for row in rows.tolist()]
            return out
        return self.column(name)[rows]

    def column(self, name: str) -> NDArray[Any]:
        """A field of all rows; made once, then kept. KeyError for an unknown field."""
        if (whole := self._whole.get(name)) is None:
            everything = self.products.rows
            whole = self.values(name, everything) if name in _TEXTS else self._computed(name)
            whole.setflags(write=False)
            self._whole[name] = whole
        return whole

    def select(self, where: Lambda) -> Rows:
        """The rows for which an expression over products holds, in order; kept while its key is among the last."""
        if where.key is not None and (kept := self._selected.get(where.key)) is not None:
            self._selected.move_to_end(where.key)
            return kept
        if where.column is not None:
            mask = np.broadcast_to(np.asarray(where.column(self.products), dtype=bool), (self.size,))
        else:
            mask = np.fromiter((bool(where.one(p)) for p in self.products), dtype=bool, count=self.size)
        rows = np.flatnonzero(mask)
        if where.key is not None:
            rows.setflags(write=False)
            self._selected[where.key] = rows
            if len(self._selected) > _SELECTIONS:
                self._selected.popitem(last=False)
        return rows

    # Filters ----------------------------------------------------------------------------------------------------

    @cached_property
    def filter_fields(self) -> tuple[str, ...]:
        """What a filter may name: the fields of every product, then the attributes in alphabetical order."""
        return (*_FILTERED, *sorted(self._attribute_places))

    def filter(self, filters: Sequence[Filter]) -> Rows:
        """The rows that satisfy every filter, in order.

        Raises UnknownField for a field that no product has, WrongValue for a value or comparison it does not take.
        """
        for f in filters:
            self._check_filter(f)
        narrow = [self._listed(f["field"], f["value"]) for f in filters if f["field"] in _LISTED]
        rows = min(narrow, key=len) if narrow else self.products.rows
        for f in filters:
            rows = rows[self._holds(f, rows)]
        return rows

    def _check_filter(self, f: Filter) -> None:
        field, op, value = f["field"], f["op"], f["value"]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if field in _NUMBERS:
            if op not in COMPARE or not number:
                raise WrongValue(field, op, value, "`is`, `at_least` or `at_most` and a number")
        elif field in _FLAGS:
            if op != "is" or not isinstance(value, bool):
                raise WrongValue(field, op, value, "`is` and true or false")
        elif field in _LISTED:
            if op != "is" or not isinstance(value, str):
                raise WrongValue(field, op, value, "`is` and a text")
        elif field not in self._attribute_places:
            raise UnknownField(field, self.filter_fields)
        else:
            attributes = [self.taxonomy.shelves[s].attributes[j] for s, j in self._attribute_places[field]]
            if not any(a.comparable(op, value) for a in attributes):
                numeric = any(a.type in ("int", "real") for a in attributes)
                takes = "`is`, `at_least` or `at_most` and a number" if numeric else "`is` and one of its values"
                raise WrongValue(field, op, value, takes)

    def _holds(self, f: Filter, rows: Rows) -> NDArray[np.bool_]:
        field = f["field"]
        if field in self._attribute_places:
            return self._attribute_holds(field, f["op"], f["value"], rows)
        return np.asarray(COMPARE[f["op"]](self.values(field, rows), f["value"]), dtype=bool)

    def _attribute_holds(self, name: str, op: Op, value: Any, rows: Rows) -> NDArray[np.bool_]:
        """Whether each row has the attribute with a value for which the comparison holds."""
        slot_of, table = self._table(name, op, value)
        shelves = self._columns.type_code[rows]
        codes = self._columns.slots[rows, slot_of[shelves]]
        return table[shelves, codes] & (slot_of[shelves] >= 0)

    def _table(self, name: str, op: Op, value: Any) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
        """The attribute's slot in each shelf (-1 for none), and the outcome for each shelf and value code."""
        key = (name, op, type(value), value)
        if (kept := self._tables.get(key)) is not None:
            return kept
        places = self._attribute_places.get(name, ())
        attributes = [self.taxonomy.shelves[s].attributes[j] for s, j in places]
        slot_of = np.full(len(self.taxonomy.shelves), -1, dtype=np.int8)
        table = np.zeros((len(slot_of), max((len(a.values) for a in attributes), default=1)), dtype=bool)
        for (shelf, slot), attribute in zip(places, attributes, strict=True):
            slot_of[shelf] = slot
            if attribute.comparable(op, value):
                table[shelf, : len(attribute.values)] = [COMPARE[op](v, value) for v in attribute.values]
        if len(self._tables) >= _TABLES:
            self._tables.clear()
        self._tables[key] = slot_of, table
        return slot_of, table

    def _listed(self, field: str, name: str) -> Rows:
        """The rows of one kind, brand, type or department."""
        if (kept := self._inverted.get(field)) is None:
            names, codes = self._coded(field)
            kept = {n: i for i, n in enumerate(names)}, _Lists(codes, len(names))
            self._inverted[field] = kept
        code = kept[0].get(name)
        return np.zeros(0, dtype=np.int64) if code is None else kept[1].rows(code)

    # Search -----------------------------------------------------------------------------------------------------

    def search(self, query: str, rows: Rows | None, top_k: int) -> Hits:
        """The `top_k` of these rows (of all when None) nearest in meaning to the query, best first, ties by row."""
        found, products = self._index.search(query, rows, top_k)
        return Hits(found, as_match(products))

    def match(self, query: str, rows: Rows) -> NDArray[np.int64]:
        """How well each of these rows matches the query, 0..100: the numbers that `search` shows."""
        return as_match(self._index.products(query, rows))

    @cached_property
    def _index(self) -> Index:
        return Index(self.embedder, self.size, lambda start, end: [self.searched_text(r) for r in range(start, end)])

    def searched_text(self, row: int) -> str:
        """What the embedder reads of a product."""
        return f"{self._noun(row)}: {self._title(row)}"

    # Reading ----------------------------------------------------------------------------------------------------

    def _coded(self, field: str) -> tuple[Sequence[str], NDArray[Any]]:
        """The names and the code of each row of a text field that repeats."""
        columns, taxonomy = self._columns, self.taxonomy
        match field:
            case "kind":
                return taxonomy.kinds, columns.kind_code
            case "brand":
                return taxonomy.brands, columns.brand_code
            case "type":
                return [s.type for s in taxonomy.shelves], columns.type_code
        names = list(dict.fromkeys(s.department for s in taxonomy.shelves))
        return names, np.array([names.index(s.department) for s in taxonomy.shelves])[columns.type_code]

    def _computed(self, name: str) -> NDArray[Any]:
        columns, shelves = self._columns, self.taxonomy.shelves
        if name in _LISTED:
            names, codes = self._coded(name)
            return np.array([*names, None], dtype=object)[:-1][codes]
        match name:
            case "price" | "reviews" | "ships_in":
                return np.asarray(getattr(columns, name), dtype=np.int64)
            case "rating":
                return columns.rating_tenths / 10
            case "in_stock":
                return columns.in_stock.copy()
            case "has_variants":
                return columns.variant_count > 0
            case "restricted":
                return np.array([s.restricted for s in shelves])[columns.type_code]
            case "peers":
                return self._peers[columns.kind_code]
            case "dimensions":
                return self._dimensions[columns.type_code]
        raise KeyError(name)

    def _make_readers(self) -> Mapping[str, Callable[[int], Any]]:
        columns, taxonomy = self._columns, self.taxonomy
        shelves, type_code, kind_code = taxonomy.shelves, columns.type_code, columns.kind_code
        readers: dict[str, Callable[[int], Any]] = {
            "id": columns.ids.id,
            "title": self._title,
            "short_name": lambda row: self._filled(shelves[type_code[row]].short_name, row),
            "kind": lambda row: taxonomy.kinds[kind_code[row]],
            "type": lambda row: shelves[type_code[row]].type,
            "department": lambda row: shelves[type_code[row]].department,
            "brand": lambda row: taxonomy.brands[columns.brand_code[row]],
            "price": lambda row: int(columns.price[row]),
            "rating": lambda row: int(columns.rating_tenths[row]) / 10,
            "reviews": lambda row: int(columns.reviews[row]),
            "ships_in": lambda row: int(columns.ships_in[row]),
            "in_stock": lambda row: bool(columns.in_stock[row]),
            "restricted": lambda row: shelves[type_code[row]].restricted,
            "has_variants": lambda row: bool(columns.variant_count[row] > 0),
            "peers": lambda row: int(self._peers[kind_code[row]]),
            "dimensions": lambda row: int(self._dimensions[type_code[row]]),
            "attributes": self.attributes,
        }
        return readers

    def _noun(self, row: int) -> str:
        return self.taxonomy.shelves[self._columns.type_code[row]].noun

    def _title(self, row: int) -> str:
        title = self._filled(self.taxonomy.shelves[self._columns.type_code[row]].title, row)
        line = self.taxonomy.kind_lines[self._columns.kind_code[row]]
        return f"{title}, {line} line" if line else title

    def _filled(self, pattern: Pattern, row: int) -> str:
        shelf = self.taxonomy.shelves[self._columns.type_code[row]]
        codes = self._columns.slots[row]

        def value(name: str) -> str:
            if name == "brand":
                return self.taxonomy.brands[self._columns.brand_code[row]]
            if name == "noun":
                return shelf.noun
            slot = next(j for j, a in enumerate(shelf.attributes) if a.name == name)
            return value_text(shelf.attributes[slot].values[codes[slot]])

        return pattern.filled(value)


_TEXTS = frozenset({"id", "title", "short_name", "attributes"})  # made for each row, only when asked for
_LISTED = ("kind", "type", "department", "brand")
_NUMBERS = ("price", "rating", "reviews", "ships_in")
_FLAGS = ("in_stock", "restricted")
_FILTERED = (*_LISTED, *_NUMBERS, *_FLAGS)
