"""The catalog: what can be asked of its products.

Lookups cost what they return. Only four things read every row: a filter on numbers or attributes alone, a search without a
filter, `column` and `select`.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import numpy as np

from rlve_dsl.caching import LONGEST_KEPT
from rlve_dsl.catalog.arrays import Column, Ints, Mask, Rows
from rlve_dsl.catalog.products.product import Handles, Product, Products, Project, Variant
from rlve_dsl.catalog.products.row_set import KeptRowSets, RowSet
from rlve_dsl.catalog.products.table import BLOCK, Table
from rlve_dsl.catalog.products.taxonomy import Option
from rlve_dsl.catalog.products.wishes import ASKED_BY, COMPARE, STANDING, Constraint, Filter, UnknownField
from rlve_dsl.catalog.search.embedders import STATIC, Embedder
from rlve_dsl.catalog.search.filters import Filters, key_of
from rlve_dsl.catalog.search.fusion import as_match
from rlve_dsl.catalog.search.index import Index, make_index, open_index
from rlve_dsl.catalog.search.results import Found, Hits
from rlve_dsl.catalog.search.written import WrittenFilters
from rlve_dsl.errors import RlveError
from rlve_dsl.expressions import Lambda
from rlve_dsl.values import Value

INDEX = "index"
"""The folder of the index, inside the folder of a built catalog."""

_SELECTIONS = 256
_TYPES_KEPT, _LONGEST_LIST = 512, 8192  # lists of products of a type that are kept, and the products of the longest
_PAGES, _LONGEST_PAGE = 1024, 50  # results of searches that are kept, and the products of the longest


class SearchDisabled(RlveError):
    """A catalog was searched whose search is disabled."""


class _NoIndex:
    """Stands for an index that must not be made."""

    def __getattr__(self, name: str) -> NoReturn:
        raise SearchDisabled("the search of this catalog is disabled")


def holding(where: Lambda, products: Products) -> Mask:
    """For which of the products an expression holds."""
    if where.column is not None:
        return np.asarray(where.column(products), dtype=bool)
    return np.fromiter((bool(where.one(p)) for p in products), dtype=bool, count=len(products))


def _variant(product_id: str, option: Option) -> Variant:
    # The id ends with the option's label: a number would be one more thing to look up, and to get wrong.
    attribute, label, end = option
    return {"variant_id": f"{product_id}-{end}", "attribute": attribute, "label": label}


class Catalog:
    """Products, and what can be asked of them. Immutable; what is computed on demand is kept."""

    def __init__(
        self,
        name: str,
        digest: str,
        table: Table,
        projects: tuple[Project, ...] = (),
        embedder: Embedder = STATIC,
        *,
        folder: Path | None = None,
    ) -> None:
        """`folder` is where a built catalog was opened."""
        self.name = name
        self.digest = digest
        self.projects = projects
        self.embedder = embedder
        self.taxonomy = table.taxonomy
        self.folder = folder
        self.table = table
        self.size = table.size
        self.readers: Mapping[str, Callable[[int], Value]] = table.readers
        self.handles = Handles(self)
        self._filters = Filters(table)
        self._written = WrittenFilters(table, self._filters)
        self._selected = KeptRowSets(_SELECTIONS)
        self._of_type: dict[Hashable, Products] = {}
        self._found: dict[Hashable, Found] = {}
        self._options: dict[tuple[int, int, int], tuple[Option, ...]] = {}
        self.parts: dict[Hashable, tuple[RowSet, tuple[Project, ...]]] = {}
        """The rows and projects of each part that was asked for (see `part_of`)."""
        self.is_held_out = False

    @property
    def whole(self) -> Catalog:
        """The whole catalog, of which this may be a part."""
        return self

    # Products ---------------------------------------------------------------------------------------------------

    @cached_property
    def products(self) -> Products:
        """All products."""
        return Products(self, range(self.size))

    def product(self, row: int) -> Product:
        """The product of a row."""
        return self.handles[row]

    def row_of(self, product_id: str) -> int | None:
        """The row of a product id, or None when no product has it."""
        return self.table.columns.ids.row(product_id)

    def alike(self, row: int) -> Products:
        """The products of the same kind, itself included, in row order."""
        code = int(self.table.columns.kind_code[row])
        return Products(self, self.table.row_lists("kind").rows(code))

    def variants(self, row: int) -> tuple[Variant, ...]:
        """The options that the product comes in; () when it comes in one only."""
        return self.options(row, self.table.columns.variant_count.item(row))

    def options(self, row: int, count: int) -> tuple[Variant, ...]:
        """The first `count` options that a product of this type could come in, its own value first.

        Fewer when the attribute has fewer values, () when the type has no variants at all.
        """
        if not (options := self._options_of(row, count)):
            return ()
        product_id = self.readers["id"](row)
        return tuple([_variant(product_id, option) for option in options])

    def any_variant(self, row: int, choose: Callable[[Sequence[Option]], Option]) -> Variant | None:
        """The one of a product's variants that `choose` takes; None when it comes in one only."""
        options = self._options_of(row, self.table.columns.variant_count.item(row))
        return _variant(self.readers["id"](row), choose(options)) if options else None

    def _options_of(self, row: int, count: int) -> tuple[Option, ...]:
        columns = self.table.columns
        code = columns.type_code.item(row)
        product_type = self.taxonomy.types[code]
        if product_type.variants is None:
            return ()
        own = columns.slots.item(row, product_type.variants.slot)
        if (options := self._options.get((code, own, count))) is None:
            options = self._options[code, own, count] = product_type.options(own, count)
        return options

    # Wishes -----------------------------------------------------------------------------------------------------

    def words_for(self, row: int, field: str) -> Sequence[str]:
        """The words by which people ask for a field of this product that a wish can be about; () where nothing is known."""
        if field in ASKED_BY:
            return ASKED_BY[field]
        product_type = self.taxonomy.types[self.table.columns.type_code.item(row)]
        return next((a.about for a in product_type.attributes if a.name == field), ())

    def wishes(self, row: int) -> tuple[Constraint, ...]:
        """Every constraint that this product satisfies exactly: the standing ones, then its attributes.

        There is none for a field that is not known of an imported product.
        """
        standing = (field for field in STANDING if not self.table.lacks(row, field))
        return tuple(self.wish(row, field) for field in (*standing, *self.table.attributes(row)))

    def wish(self, row: int, field: str, value: Value = None) -> Constraint:
        """The constraint on one field of this product's type, with its wording.

        Args:
            row: The product.
            field: A standing field or an attribute of the product's type.
            value: The value wanted; the product's own when None.

        Raises:
            UnknownField: When the type has no such field, or the product's own value is wanted and not known.
        """
        if field in STANDING:
            op, says = STANDING[field]
            wanted = self.readers[field](row) if value is None else value
            return Constraint(field=field, op=op, value=wanted, says=says(wanted))
        product_type = self.table.product_type(row)
        if field not in product_type.attribute_names:
            raise UnknownField(field, (*STANDING, *product_type.attribute_names))
        slot = product_type.slot(field)
        attribute = product_type.attributes[slot]
        if value is not None:
            return attribute.wish(value)
        if (code := int(self.table.columns.slots[row, slot])) < 0:
            raise UnknownField(field, (*STANDING, *self.table.attributes(row)))
        return attribute.wish(attribute.values[code])

    def loosened(self, row: int, constraint: Constraint, slack: float) -> Constraint:
        """The constraint with its bound moved by a share of its value, so that worse products pass; worded again.

        An `is` stays as it is. A bound keeps to the values that its field has: cents, tenths of a star, whole days and
        counts, the values of the attribute.
        """
        field, op, value = constraint["field"], constraint["op"], constraint["value"]
        if op == "is" or slack <= 0:
            return constraint
        # a share of the absolute value, so that a bound below zero is loosened too
        bound = value - slack * abs(value) if op == "at_least" else value + slack * abs(value)
        if field in STANDING:
            grid = 10 if field == "rating" else 1
            # rounded first: a bound that differs from a step by the last bit of a float stays at that step
            steps = round(bound * grid, 6)
            whole = math.ceil(steps) if op == "at_least" else math.floor(steps)
            return self.wish(row, field, whole / grid if field == "rating" else whole)
        product_type = self.table.product_type(row)
        allowed = [v for v in product_type.attributes[product_type.slot(field)].values if COMPARE[op](v, bound)]
        return self.wish(row, field, min(allowed) if op == "at_least" else max(allowed))

    def meeting(self, rows: Rows, constraint: Constraint | Filter) -> Mask:
        """Which of the rows meet a constraint, as `meets` decides for each."""
        return self._filters.holds(constraint["field"], constraint["op"], constraint["value"], rows)

    # Columns and selections -------------------------------------------------------------------------------------

    def values(self, name: str, rows: Rows | slice) -> Column:
        """A field of these rows (a slice has no step); KeyError for a field that products do not have."""
        return self.table.values(name, rows)

    def column(self, name: str) -> Column:
        """A field of all rows, read-only; made once, then kept. KeyError for an unknown field."""
        return self.table.column(name)

    def select(self, where: Lambda) -> Products:
        """The products for which an expression holds, in order. The last selections are kept by the key of `where`."""
        return Products(self, self.rows_where(where))

    def rows_where(self, where: Lambda) -> RowSet:
        """The rows of `select`."""
        if where.key is not None and (kept := self._selected.get(where.key)) is not None:
            return kept
        mask = np.zeros(self.size, dtype=bool)
        for start in range(0, self.size, BLOCK):
            block = Products(self, range(start, min(start + BLOCK, self.size)))
            mask[start : start + BLOCK] = holding(where, block)
        selected = RowSet(mask)
        return selected if where.key is None else self._selected.keep(where.key, selected)

    def of_type(self, name: str, where: Lambda | None) -> Products:
        """The products of a type for which an expression holds, in order. The last ones are kept by the key of `where`."""
        key = (name, where.key) if where is not None and where.key is not None else None
        if key is not None and (kept := self._of_type.get(key)) is not None:
            return kept
        found = Products(self, self.table.rows_named("type", name))
        if where is not None:
            found = found.only(holding(where, found))
        return found if key is None else self._keep_of_type(key, found)

    def _keep_of_type(self, key: Hashable, found: Products) -> Products:
        if len(found) <= _LONGEST_LIST:
            if len(self._of_type) >= _TYPES_KEPT:
                self._of_type.clear()
            self._of_type[key] = found
        return found

    # Filters and search -----------------------------------------------------------------------------------------

    def filter(self, filters: Sequence[Filter]) -> Rows:
        """The rows that satisfy every filter, in order.

        Raises:
            UnknownField: When a filter names a field that no product has.
            WrongValue: When a field does not take a filter's value or op.
        """
        return self._filters.rows(filters)

    def check(self, filter: Filter) -> None:
        """Check that a filter can be applied; raises as `filter` does."""
        self._filters.check(filter)

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """The names of all attributes, in alphabetical order."""
        return self._filters.attribute_names

    def read_filter(self, written: Filter, hidden: Sequence[str] = ()) -> Filter:
        """The filter that somebody wrote, in its own form; see `WrittenFilters.read`."""
        return self._written.read(written, hidden)

    def search(self, query: str, rows: Rows | None, top_k: int) -> Hits:
        """The `top_k` of these rows (of all when None) that match the query best, best first, ties by row."""
        found, scores = self._index.search(query, rows, top_k)
        return Hits(found, as_match(scores))

    def find(self, query: str, filters: Sequence[Filter], top_k: int) -> Found:
        """Search the products that satisfy every filter (all products without one). The last results are kept: agents of
        one episode ask alike.

        Raises:
            FilterError: As `filter` does.
        """
        # filters first: what is wrong in them is never kept
        rows = self.filter(filters) if filters else None
        key = (query, key_of(filters), top_k)
        if (kept := self._found.get(key)) is not None:
            return kept
        found = Found(rows, self.search(query, rows, top_k))
        found.hits.rows.setflags(write=False)
        found.hits.match.setflags(write=False)
        if len(query) <= LONGEST_KEPT and key[1] is not None and top_k <= _LONGEST_PAGE:
            if len(self._found) >= _PAGES:
                self._found.clear()
            self._found[key] = found
        return found

    def match(self, query: str, rows: Rows | Sequence[int]) -> Ints:
        """How well each of these rows matches the query, 0..100: the numbers that `search` shows."""
        return as_match(self._index.scores(query, rows))

    def similar(self, row: int, count: int) -> Products:
        """The `count` products nearest in meaning to one, itself left out, nearest first, ties by row."""
        return Products(self, self._index.similar(row, count))

    def without_search(self) -> Catalog:
        """The same products, where each search raises SearchDisabled: for what must not wait until an index is made."""
        other = copy.copy(self)
        vars(other).pop("products", None)  # products know their catalog
        vars(other)["_index"] = _NoIndex()
        return other

    @cached_property
    def _index(self) -> Index:
        return make_index(self) if self.folder is None else open_index(self.folder / INDEX, self)

    def searched_texts(self, start: int, end: int) -> list[str]:
        """What search reads of each of these products, in row order."""
        return [self.searched_text(row) for row in range(start, end)]

    def searched_text(self, row: int) -> str:
        """What search reads of a product: its noun, its department, its title, and what else an imported one has.

        The noun stands there twice, so that it weighs as much as the many properties.
        """
        of, about = self.table.product_type(row), self.table.columns.about
        text = f"{of.noun}, {of.noun}, {of.department.replace('_', ' ')}: {self.readers['title'](row)}"
        return text if about is None else f"{text} {about[row]}".rstrip()
