"""What a domain over the store sees of it beside its tables: products and their variants, stock, orders, the date,
the shopper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import overload

from rlve_dsl.catalog import PRODUCT, Catalog, Product, Products, Variant
from rlve_dsl.expressions.types import TEXT, Id, Keyed, ListOf, Type, type_of
from rlve_dsl.values import Value
from rlve_dsl.world.orders import Customer, Order
from rlve_dsl.world.purchases import orders_among, prospective_order
from rlve_dsl.world.state import State
from rlve_dsl.world.store import CART_LINE, PLACED_ORDER, STOCK
from rlve_dsl.world.tables import Tables


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


class Offers(Sequence[Sequence[Variant]]):
    """The variants of all products, found by the ids of the products."""

    __slots__ = ("_state",)

    def __init__(self, state: State) -> None:
        self._state = state

    def at(self, key: str) -> Sequence[Variant] | None:
        """The variants of the product with this id, or None where there is no such product."""
        row = self._state.catalog.row_of(key)
        return None if row is None else self._state.variants(self._state.catalog.product(row))

    def __len__(self) -> int:
        return self._state.catalog.size

    @overload
    def __getitem__(self, place: int) -> Sequence[Variant]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Sequence[Variant]]: ...
    def __getitem__(self, place: int | slice) -> Sequence[Variant] | Sequence[Sequence[Variant]]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._state.variants(self._state.catalog.product(place))


class Orders(list[Order]):
    """The orders of the shopper, the latest first, found by their ids."""

    def at(self, key: str) -> Order | None:
        """The order with this id, or None."""
        return next((order for order in self if order["order_id"] == key), None)


Read = Callable[[State, Tables], Value]

_READ: Mapping[str, tuple[Type, Read]] = {
    "products": (Keyed(Id("product"), PRODUCT), lambda state, tables: Shelves(state.catalog)),
    "variants": (Keyed(Id("product"), ListOf(type_of(Variant))), lambda state, tables: Offers(state)),
    "stock": (STOCK.type, lambda state, tables: tables.of(STOCK.name)),
    "orders": (
        Keyed(Id("order"), type_of(Order)),
        lambda state, tables: Orders(orders_among(state.provided, tables)),
    ),
    "next_order": (type_of(Order), prospective_order),
    "today": (TEXT, lambda state, tables: state.provided["today"]),
    "shopper": (type_of(Customer | None), lambda state, tables: state.provided.get("shopper")),
}

OF_STORE: Mapping[str, Type] = {name: type_ for name, (type_, _) in _READ.items()}
"""What a domain over the store sees of it beside its tables, by name."""

READ: Mapping[str, Read] = {name: read for name, (_, read) in _READ.items()}
"""How each of these is read in a state, and in the tables that it has or is about to have."""

FROM_TABLES: Mapping[str, frozenset[str]] = {
    "stock": frozenset({STOCK.name}),
    "orders": frozenset({PLACED_ORDER.name}),
    "next_order": frozenset({PLACED_ORDER.name, CART_LINE.name}),
}
"""The kinds of entities that some of these follow from."""

PREPARED: Mapping[str, str] = {"orders": "orders", "today": "today", "next_order": "today"}
"""The slots that a sampler must have filled before some of these can be read."""
