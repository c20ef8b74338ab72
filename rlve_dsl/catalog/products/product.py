"""A product and a list of products as the language sees them: thin handles on rows of a catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypedDict, overload

import numpy as np

from rlve_dsl.catalog.arrays import Column, Ints, Mask, Rows
from rlve_dsl.catalog.products.row_set import RowSet
from rlve_dsl.catalog.products.wishes import Constraint
from rlve_dsl.expressions import VariantId
from rlve_dsl.expressions.types import ANY, BOOL, DAYS, INT, MONEY, REAL, TEXT, Id, ListOf, Record, type_of
from rlve_dsl.values import Value

NO_PRICE = 2**31 - 1
"""The price, in cents, of a product whose price is not known: above any amount, so that it meets no wish for a price.
Shown to an agent as null."""
_HANDLES_KEPT = 1 << 15
_FEW = 256  # products of a list, each of which episodes may keep


class Variant(TypedDict):
    """One of the options that a product comes in: `label` is its value of `attribute`, in words."""

    variant_id: VariantId
    attribute: str
    label: str


class Project(TypedDict):
    """Something a shopper sets out to do, and the product types it needs."""

    name: str
    title: str
    needs: list[str]


PRODUCT = Record(
    "Product",
    (
        ("id", Id("product")),
        ("title", TEXT),
        ("short_name", TEXT),
        ("mention", TEXT),
        ("namesakes", INT),
        ("kind", TEXT),
        ("noun", TEXT),
        ("type", TEXT),
        ("department", TEXT),
        ("brand", TEXT),
        ("price", MONEY),
        ("has_price", BOOL),
        ("rating", REAL),
        ("reviews", INT),
        ("ships_in", DAYS),
        ("in_stock", BOOL),
        ("restricted", BOOL),
        ("has_variants", BOOL),
        ("peers", INT),
        ("dimensions", INT),
        ("attributes", ANY),
    ),
    "A product of the catalog. A shopper uses `short_name`, and `mention` once the short name has been said; `namesakes` is the number "
    "of other products with the same short name. `kind`, `type` and `department` say what it is, from the most to the least exact; `noun` is the kind without its product line. "
    "Without `has_price`, `price` is above every amount; without ratings, `rating` is 0. `in_stock` is whether it can be bought at the "
    "start, `restricted` whether an agent must not sell it. `peers` is the number of products of its kind in stock, `dimensions` the "
    "number of wishes that somebody can have about it.",
)


CATALOG = Record("catalog", (("products", ListOf(PRODUCT)), ("projects", ListOf(type_of(Project)))))
"""What a world may read of the catalog by the name `catalog`; each is an attribute of `Catalog`."""


class CatalogOfProducts(Protocol):
    """What products read of their catalog. `rlve_dsl.catalog.Catalog` is one, and documents the methods."""

    name: str
    size: int
    readers: Mapping[str, Callable[[int], Value]]
    handles: Handles

    def row_of(self, product_id: str) -> int | None: ...
    def values(self, name: str, rows: Rows | slice) -> Column: ...
    def alike(self, row: int) -> Products: ...
    def similar(self, row: int, count: int) -> Products: ...
    def match(self, query: str, rows: Rows | Sequence[int]) -> Ints: ...
    def meeting(self, rows: Rows, constraint: Constraint) -> Mask: ...
    def words_for(self, row: int, field: str) -> Sequence[str]: ...


class Product:
    """A row of a catalog; two are equal when they are the same row. Fields are read with `[name]`."""

    __slots__ = ("catalog", "row")
    __language_type__ = PRODUCT

    def __init__(self, catalog: CatalogOfProducts, row: int) -> None:
        self.catalog = catalog
        self.row = row

    def __getitem__(self, name: str) -> Value:
        return self.catalog.readers[name](self.row)

    def get(self, name: str, default: Value = None) -> Value:
        """The field, or `default` when products have no such field."""
        reader = self.catalog.readers.get(name)
        return default if reader is None else reader(self.row)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Product) and self.row == other.row and self.catalog is other.catalog

    def __hash__(self) -> int:
        return hash(self.row)

    def __repr__(self) -> str:
        return f"Product({self['id']})"


class Handles(dict[int, Product]):
    """The products of a catalog by row, made when they are first asked for. Live episodes share them, up to a number.

    Args:
        catalog: The catalog.
    """

    __slots__ = ("_catalog",)

    def __init__(self, catalog: CatalogOfProducts) -> None:
        super().__init__()
        self._catalog = catalog

    def __missing__(self, row: int) -> Product:
        made = Product(self._catalog, int(row))
        if len(self) < _HANDLES_KEPT:
            self[row] = made
        return made


class Products(Sequence[Product]):
    """Products of one catalog, in the order of `rows`; the handles are made when asked for."""

    __slots__ = ("_rows", "catalog")
    __language_type__ = ListOf(PRODUCT)

    def __init__(self, catalog: CatalogOfProducts, rows: Rows | RowSet | range) -> None:
        """The rows of a range (of step 1) or a `RowSet` are listed only when they must be."""
        self.catalog = catalog
        self._rows = rows

    @property
    def rows(self) -> Rows:
        """The rows as an array."""
        match self._rows:
            case range() as span:
                return np.arange(span.start, span.stop, dtype=np.int64)
            case RowSet() as row_set:
                return row_set.rows()
        return self._rows

    def column(self, name: str) -> Column:
        """A field of every product, as an array as long as this list; KeyError for an unknown field."""
        span = self._rows
        return self.catalog.values(name, slice(span.start, span.stop) if isinstance(span, range) else self.rows)

    def only(self, mask: Mask) -> Products:
        """The products at the places where `mask` (as long as this list) is true."""
        return Products(self.catalog, self.rows[mask])

    def without(self, others: Sequence[Product]) -> Products:
        """The products that are not among the others."""
        gone = {other.row for other in others if isinstance(other, Product) and other.catalog is self.catalog}
        if not gone:
            return self
        rows = self.rows
        return self.only(np.fromiter((row not in gone for row in rows.tolist()), bool, len(rows)))

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Product: ...
    @overload
    def __getitem__(self, index: slice) -> Products: ...
    def __getitem__(self, index: int | slice) -> Product | Products:
        if isinstance(index, slice):
            if isinstance(self._rows, range) and (part := self._rows[index]).step == 1:
                return Products(self.catalog, part)
            return Products(self.catalog, self.rows[index])
        if index < 0:
            index += len(self._rows)
        return self.catalog.handles[int(self._rows[index])]

    def __iter__(self) -> Iterator[Product]:
        catalog = self.catalog
        rows = self._rows if isinstance(self._rows, range) else self.rows.tolist()
        if len(rows) <= _FEW:
            return map(catalog.handles.__getitem__, rows)
        return (Product(catalog, row) for row in rows)

    def __contains__(self, item: object) -> bool:
        if not (isinstance(item, Product) and item.catalog is self.catalog):
            return False
        return item.row in self._rows if isinstance(self._rows, range) else bool((self.rows == item.row).any())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Products):
            return self.catalog is other.catalog and np.array_equal(self.rows, other.rows)
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as of a list

    def __repr__(self) -> str:
        return f"Products({len(self._rows)} of {self.catalog.name})"
