"""The catalog: what can be asked of its products.

Lookups cost what they return. Only a filter on numbers or attributes alone, a search over everything, a whole `column`
and a `select` see every row.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.products.columns import BLOCK, Table
from rlve_dsl.catalog.products.product import Product, Products, Project, Rows, Variant
from rlve_dsl.catalog.products.row_set import Picked
from rlve_dsl.catalog.products.wishes import COMPARE, STANDING, Constraint, Filter, UnknownField
from rlve_dsl.catalog.search.embedders import STATIC, Embedder
from rlve_dsl.catalog.search.filters import Filters
from rlve_dsl.catalog.search.fusion import as_match
from rlve_dsl.catalog.search.index import Index, make_index, open_index
from rlve_dsl.expressions import Lambda

INDEX = "index"
"""The folder, inside a built catalog's, that its index is in."""

_SELECTIONS = 256


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found, best first; `match` is in whole percents."""

    rows: Rows
    match: NDArray[np.int64]


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
        self._filters = Filters(self.table)
        self._selected: OrderedDict[Hashable, Picked] = OrderedDict()
        self._same: dict[bytes, Picked] = {}
        self._options: dict[tuple[int, int, int], tuple[tuple[str, str, str], ...]] = {}
        self.size = self.table.size
        self.readers: Mapping[str, Callable[[int], Any]] = self.table.readers

    # Products ---------------------------------------------------------------------------------------------------

    @cached_property
    def products(self) -> Products:
        """All products."""
        return Products(self, range(self.size))

    def product(self, row: int) -> Product:
        """The product of a row."""
        return Product(self, row)

    def row_of(self, product_id: str) -> int | None:
        """The row of a product id, or None when no product has it."""
        return self.table.columns.ids.row(product_id)

    def alike(self, row: int) -> Products:
        """The products of the same kind, itself included, in row order."""
        code = int(self.table.columns.kind_code[row])
        return Products(self, self.table.lists("kind").rows(code))

    def variants(self, row: int) -> tuple[Variant, ...]:
        """The options that the product comes in; () when it comes in one only."""
        return self.options(row, self.table.columns.variant_count.item(row))

    def options(self, row: int, count: int) -> tuple[Variant, ...]:
        """The first `count` options that a product of this type would come in, its own value first.

        Fewer when the attribute has fewer values, () when the type has no variants at all.
        """
        columns = self.table.columns
        code: int = columns.type_code.item(row)
        variants = self.taxonomy.shelves[code].variants
        if variants is None:
            return ()
        own: int = columns.slots.item(row, variants.slot)
        if (options := self._options.get((code, own, count))) is None:
            options = self._options[code, own, count] = self.taxonomy.shelves[code].options(own, count)
        if not options:
            return ()
        product_id = self.readers["id"](row)
        # The id says the option: a number would be one more thing to look up, and to get wrong.
        return tuple(
            [
                {"variant_id": f"{product_id}-{end}", "attribute": attribute, "label": label}
                for attribute, label, end in options
            ]
        )

    # Wishes -----------------------------------------------------------------------------------------------------

    def wishes(self, row: int) -> tuple[Constraint, ...]:
        """Every constraint that this product satisfies exactly: the standing ones, then its attributes.

        What is not known of an imported product cannot be wished of it.
        """
        standing = (field for field in STANDING if not self.table.lacks(row, field))
        return tuple(self.wish(row, field) for field in (*standing, *self.table.attributes(row)))

    def wish(self, row: int, field: str, value: Any = None) -> Constraint:
        """The constraint on one field of this product's type, worded: for `value`, or the product's own when None.

        UnknownField when the type has no such field, or the product, whose own value is wanted, lacks it.
        """
        if field in STANDING:
            op, says = STANDING[field]
            given = self.readers[field](row) if value is None else value
            return Constraint(field=field, op=op, value=given, says=says(given))
        shelf = self.table.shelf(row)
        if field not in shelf.names:
            raise UnknownField(field, (*STANDING, *shelf.names))
        slot = shelf.slot(field)
        attribute = shelf.attributes[slot]
        if value is not None:
            return attribute.wish(value)
        if (code := int(self.table.columns.slots[row, slot])) < 0:
            raise UnknownField(field, (*STANDING, *self.table.attributes(row)))
        return attribute.wish(attribute.values[code])

    def loosened(self, row: int, constraint: Constraint, slack: float) -> Constraint:
        """The constraint with its bound moved by this share of its value, so that worse products pass; worded anew.

        An `is` stays as it is. Bounds stay on their field's grid: cents, tenths of a star, whole days and counts, the
        attribute's own values.
        """
        field, op, value = constraint["field"], constraint["op"], constraint["value"]
        if op == "is" or slack <= 0:
            return constraint
        # moved by the size of the value: a bound below zero loosens downwards or upwards all the same
        bound = value - slack * abs(value) if op == "at_least" else value + slack * abs(value)
        if field in STANDING:
            grid = 10 if field == "rating" else 1
            # rounded first: a bound that is on the grid but for the last bit of a float stays there
            steps = round(bound * grid, 6)
            whole = math.ceil(steps) if op == "at_least" else math.floor(steps)
            return self.wish(row, field, whole / grid if field == "rating" else whole)
        shelf = self.table.shelf(row)
        allowed = [v for v in shelf.attributes[shelf.slot(field)].values if COMPARE[op](v, bound)]
        return self.wish(row, field, min(allowed) if op == "at_least" else max(allowed))

    def meeting(self, rows: Rows, constraint: Constraint) -> NDArray[np.bool_]:
        """Which of the rows meet a constraint, as `meets` decides for each."""
        return self._filters.holds(constraint["field"], constraint["op"], constraint["value"], rows)

    # Columns and selections -------------------------------------------------------------------------------------

    def values(self, name: str, rows: Rows | slice) -> NDArray[Any]:
        """A field of these rows (a slice has no step); KeyError for a field that products do not have."""
        return self.table.values(name, rows)

    def column(self, name: str) -> NDArray[Any]:
        """A field of all rows, read-only; made once, then kept. KeyError for an unknown field."""
        return self.table.column(name)

    def select(self, where: Lambda) -> Products:
        """The products for which an expression over them holds, in order; kept while its key is among the last."""
        if where.key is not None and (kept := self._selected.get(where.key)) is not None:
            self._selected.move_to_end(where.key)
            return Products(self, kept)
        mask = np.zeros(self.size, dtype=bool)
        for start in range(0, self.size, BLOCK):
            block = range(start, min(start + BLOCK, self.size))
            mask[start : block.stop] = self._holding(where, Products(self, block))
        picked = Picked(mask)
        if where.key is not None:
            # different expressions often pick the same products: levels of one environment, for example
            content = blake2b(picked.bits.tobytes(), digest_size=16).digest()
            picked = self._selected[where.key] = self._same.setdefault(content, picked)
            if len(self._selected) > _SELECTIONS:
                self._selected.popitem(last=False)
                left = {id(p) for p in self._selected.values()}
                self._same = {content: p for content, p in self._same.items() if id(p) in left}
        return Products(self, picked)

    @staticmethod
    def _holding(where: Lambda, products: Products) -> Any:
        if where.column is not None:
            return where.column(products)
        return [bool(where.one(p)) for p in products]

    # Filters and search -----------------------------------------------------------------------------------------

    @cached_property
    def filter_fields(self) -> tuple[str, ...]:
        """What a filter may name: the fields of every product, then the attributes in alphabetical order."""
        return self._filters.fields

    def filter(self, filters: Sequence[Filter]) -> Rows:
        """The rows that satisfy every filter, in order.

        Raises UnknownField for a field that no product has, WrongValue for a value or comparison it does not take.
        """
        return self._filters.rows(filters)

    def check(self, filter: Filter) -> None:
        """Raises UnknownField or WrongValue for a filter that cannot be applied."""
        self._filters.check(filter)

    def search(self, query: str, rows: Rows | None, top_k: int) -> Hits:
        """The `top_k` of these rows (of all when None) that match the query best, best first, ties by row."""
        found, scores = self._index.search(query, rows, top_k)
        return Hits(found, as_match(scores))

    def match(self, query: str, rows: Rows | Sequence[int]) -> NDArray[np.int64]:
        """How well each of these rows matches the query, 0..100: the numbers that `search` shows."""
        return as_match(self._index.scores(query, rows))

    def similar(self, row: int, count: int) -> Products:
        """The `count` products nearest in meaning to one, itself left out, nearest first, ties by row."""
        return Products(self, self._index.similar(row, count))

    @cached_property
    def _index(self) -> Index:
        return make_index(self) if self.folder is None else open_index(self.folder / INDEX, self)

    def searched_texts(self, start: int, end: int) -> list[str]:
        """What search reads of each of these products, in row order."""
        return [self.searched_text(row) for row in range(start, end)]

    def searched_text(self, row: int) -> str:
        """What search reads of a product: what it is, twice, so that it weighs as much as its many properties; its title;
        and what else an imported one has to say."""
        shelf, about = self.table.shelf(row), self.table.columns.about
        text = f"{shelf.noun}, {shelf.noun}, {shelf.department.replace('_', ' ')}: {self.table.title(row)}"
        return text if about is None else f"{text} {about[row]}".rstrip()
