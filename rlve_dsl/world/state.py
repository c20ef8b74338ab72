"""The state of a world: what is true now. Only effects change it (`effects.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from rlve_dsl.catalog import Catalog, Product, Variant
from rlve_dsl.values import Names
from rlve_dsl.world.store import ENTITIES, STOCK
from rlve_dsl.world.tables import Table, Tables, empty_tables

TABLES = "tables"
"""The slot in which a world provides the tables of entities."""

_OF_THE_STORE = empty_tables(ENTITIES)
_NO_PRODUCTS = frozenset[str]()

Slots: TypeAlias = Mapping[str, Any]
"""What samplers prepare for tools, by slot. A sampler and the tools that read its slot agree on the value's type."""


class State:
    """What is true in a world now.

    Tables and rows are never changed in place, so that a value read from a state stays as it was.

    Attributes:
        catalog: The products of the store.
        provided: What samplers prepared for tools, by slot. It is fixed when an episode begins.
        tables: The entities.
    """

    __slots__ = ("_gone", "catalog", "provided", "tables")

    def __init__(self, catalog: Catalog, provided: Slots) -> None:
        self.catalog = catalog
        self.provided = provided
        self.tables: Tables = provided.get(TABLES, _OF_THE_STORE)
        self._gone: tuple[Table | None, frozenset[str]] = (None, _NO_PRODUCTS)  # the table that it was read from

    @property
    def names(self) -> Names:
        """What an expression about an outcome may read of it, by name."""
        return dict(self.tables.names)

    def table(self, kind: str) -> Table:
        """The table of a kind of entity."""
        return self.tables.of(kind)

    def product(self, product_id: str) -> Product:
        """The product with this id, which must exist."""
        row = self.catalog.row_of(product_id)
        assert row is not None, "effects are recorded only for products that the tool found"
        return self.catalog.product(row)

    @property
    def gone(self) -> frozenset[str]:
        """The ids of the products that went out of stock in this episode."""
        changed = self.table(STOCK.name)
        if not changed.over:
            return _NO_PRODUCTS
        if self._gone[0] is not changed:
            self._gone = changed, frozenset(row["product_id"] for row in changed if not row["in_stock"])
        return self._gone[1]

    def in_stock(self, product: Product) -> bool:
        """Whether the product can be bought now."""
        if not product["in_stock"]:
            return False
        changed = self.table(STOCK.name)
        return not changed.over or (row := changed.at(product["id"])) is None or bool(row["in_stock"])

    def variants(self, product: Product) -> tuple[Variant, ...]:
        """The variants of a product: those that this episode's world decided, else those of the catalog."""
        offers = self.provided.get("offers")
        if offers is not None and (offered := offers.get(product["id"])) is not None:
            return tuple(offered)
        return self.catalog.variants(product.row)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        return self.catalog.digest == other.catalog.digest and self.tables == other.tables

    __hash__ = None  # type: ignore[assignment]  # a state changes
