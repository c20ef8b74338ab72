"""The products of a catalog as a table that nobody changes."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.catalog import PRODUCT, Catalog, Product, Products
from rlve_dsl.expressions.types import Id, Keyed, Type
from rlve_dsl.world.store import STOCK

PRODUCTS = "products"

OF_STORE: Mapping[str, Type] = {PRODUCTS: Keyed(Id("product"), PRODUCT), STOCK.name: STOCK.type}
"""What a domain over the store sees of it beside its tables, by name: the products, and those whose stock has changed."""


class Shelves(Products):
    """All products of a catalog, found by their ids."""

    __slots__ = ("_whole",)

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog, range(catalog.size))
        self._whole = catalog

    def at(self, key: str) -> Product | None:
        """The product with this id, or None."""
        row = self._whole.row_of(key)
        return None if row is None else self._whole.product(row)
