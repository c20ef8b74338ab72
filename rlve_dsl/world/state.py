"""The state of a world: a fold over its journal.

Belongs here: what holds now and how each effect changes it. Nothing here draws, refuses or speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypedDict, cast

from rlve_dsl.catalog import Catalog, Product, Variant
from rlve_dsl.expressions.types import Cents, LineId, ProductId, Type, VariantId, type_of
from rlve_dsl.world.effects import (
    Effect,
    ExchangeStarted,
    LineAdded,
    LineRemoved,
    OrderPlaced,
    QuantitySet,
    ReturnStarted,
    RowsDisplaced,
    WentOutOfStock,
)
from rlve_dsl.world.orders import Exchange, Order, OrderLine, PlacedOrder, Return, Shipping, total_of

FIRST_PLACED = 1_000_000


class CartLine(TypedDict):
    """A line of the cart; `price` is for one unit, `label` names the variant."""

    line_id: LineId
    product_id: ProductId
    variant_id: VariantId | None
    label: str | None
    short_name: str
    qty: int
    price: Cents
    in_stock: bool


class State:
    """What holds in a world now. Only `apply` changes it; what it hands out is never changed afterwards.

    `provided` holds what samplers prepared for tools, by slot; it is fixed when an episode begins.
    """

    __slots__ = (
        "_displaced", "_exchanges", "_lines", "_opened", "_placed", "_returns", "catalog", "gone", "provided",
    )  # fmt: skip

    def __init__(self, catalog: Catalog, provided: Mapping[str, Any]) -> None:
        self.catalog = catalog
        self.provided = provided
        self.gone: frozenset[str] = frozenset()
        self._lines: dict[str, CartLine] = {}
        self._opened = 0
        self._displaced: dict[str, frozenset[str]] = {}
        self._placed: tuple[PlacedOrder, ...] = ()
        self._returns: tuple[Return, ...] = ()
        self._exchanges: tuple[Exchange, ...] = ()

    @property
    def cart(self) -> list[CartLine]:
        """The lines of the cart in the order in which they were added."""
        return list(self._lines.values())

    @property
    def next_line_id(self) -> str:
        """The id that the next new line will have."""
        return f"L{self._opened + 1}"

    def line(self, line_id: str) -> CartLine | None:
        """The line with this id, or None."""
        return self._lines.get(line_id)

    def in_stock(self, product: Product) -> bool:
        """Whether the product can be bought now."""
        return bool(product["in_stock"]) and product["id"] not in self.gone

    def variants(self, product: Product) -> tuple[Variant, ...]:
        """The options a product comes in: what this episode's world decided, else what the catalog says."""
        offers = self.provided.get("offers")
        if offers is not None and (offered := offers.get(product["id"])) is not None:
            return tuple(offered)
        return self.catalog.variants(product.row)

    @property
    def placed(self) -> list[PlacedOrder]:
        """The orders placed in this episode, the first one first."""
        return list(self._placed)

    @property
    def returns(self) -> list[Return]:
        """The returns started, the first one first."""
        return list(self._returns)

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges started, the first one first."""
        return list(self._exchanges)

    @property
    def orders(self) -> list[Order]:
        """Every order there is, the latest first; those of one day by id."""
        known: list[Order] = [*self.provided.get("orders", ()), *self._placed]
        return sorted(known, key=lambda order: (order["days_ago"], order["order_id"]))

    def order(self, order_id: str) -> Order | None:
        """The order with this id, or None."""
        return next((order for order in self.orders if order["order_id"] == order_id), None)

    @property
    def next_order_id(self) -> str:
        """The id that the next order placed will have; longer than those of earlier days, so it is never one of them."""
        return f"R{FIRST_PLACED + len(self._placed)}"

    def displaced(self, query: str) -> frozenset[str]:
        """The products that the last search of this query left out."""
        return self._displaced.get(query, frozenset())

    def apply(self, effect: Effect) -> None:
        """The effect has happened. A TypeError for one that no state knows is a programmer's mistake."""
        match effect:
            case LineAdded():
                self._opened += 1
                self._lines[effect.line_id] = self._line_of(effect)
            case QuantitySet(line_id, qty):
                self._lines[line_id] = {**self._lines[line_id], "qty": qty}
            case LineRemoved(line_id):
                del self._lines[line_id]
            case WentOutOfStock(product_id):
                self.gone |= {product_id}
                for line_id, line in self._lines.items():
                    if line["product_id"] == product_id:
                        self._lines[line_id] = {**line, "in_stock": False}
            case RowsDisplaced(query, product_ids):
                self._displaced[query] = frozenset(product_ids)
            case OrderPlaced():
                self._placed += (self._order_of(effect),)
                self._lines = {}
            case ReturnStarted():
                self._returns += (cast(Return, _fields_of(effect)),)
            case ExchangeStarted():
                self._exchanges += (cast(Exchange, _fields_of(effect)),)
            case _:
                raise TypeError(f"no state knows {effect!r}")

    def prospective(self, order_id: str, is_gift: bool) -> Order:
        """The order that the cart would make now."""
        lines = [self._order_line(f"{order_id}-{number + 1}", line) for number, line in enumerate(self.cart)]
        return {
            "order_id": order_id,
            "ordered_on": self.provided["today"],
            "days_ago": 0,
            "status": "processing",
            "days_delivered": None,
            "total": total_of(lines),
            "is_gift": is_gift,
            "lines": lines,
        }

    def _order_of(self, effect: OrderPlaced) -> PlacedOrder:
        order = self.prospective(effect.order_id, effect.is_gift)
        return {**order, "shipping": cast(Shipping, effect.shipping), "fee": effect.fee}

    def _order_line(self, line_id: str, line: CartLine) -> OrderLine:
        product = self._product(line["product_id"])
        return {
            "line_id": line_id,
            "product": product,
            "product_id": line["product_id"],
            "variant_id": line["variant_id"],
            "label": line["label"],
            "short_name": line["short_name"],
            "department": product["department"],
            "price": line["price"],
            "qty": line["qty"],
            "final_sale": False,
            "opened": False,
        }

    def _product(self, product_id: str) -> Product:
        row = self.catalog.row_of(product_id)
        assert row is not None, "a line is only added for a product that the tool found"
        return self.catalog.product(row)

    def _line_of(self, effect: LineAdded) -> CartLine:
        product = self._product(effect.product_id)
        return {
            "line_id": effect.line_id,
            "product_id": effect.product_id,
            "variant_id": effect.variant_id,
            "label": effect.label,
            "short_name": product["short_name"],
            "qty": effect.qty,
            "price": product["price"],
            "in_stock": self.in_stock(product),
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        return (
            self.catalog.digest == other.catalog.digest
            and list(self._lines.items()) == list(other._lines.items())
            and (self._opened, self.gone, self._displaced) == (other._opened, other.gone, other._displaced)
            and (self._placed, self._returns, self._exchanges) == (other._placed, other._returns, other._exchanges)
        )

    __hash__ = None  # type: ignore[assignment]  # it changes


def _fields_of(effect: Effect) -> dict[str, Any]:
    return {field.name: getattr(effect, field.name) for field in fields(effect)}


def replay(journal: Iterable[Effect], catalog: Catalog, provided: Mapping[str, Any]) -> State:
    """The state that a journal leads to."""
    state = State(catalog, provided)
    for effect in journal:
        state.apply(effect)
    return state


STATE: Mapping[str, Type] = {
    "cart": type_of(Sequence[CartLine]),
    "placed": type_of(Sequence[PlacedOrder]),
    "returns": type_of(Sequence[Return]),
    "exchanges": type_of(Sequence[Exchange]),
}
"""What an expression about an outcome may read of a state, by name; each is an attribute of `State`."""
