"""The state of a world: what is true now.

Belongs here: the nouns of a state and what can be read of them. Only effects change a state (`effects.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

from rlve_dsl.catalog import Catalog, Product, Variant
from rlve_dsl.expressions.types import Cents, LineId, ProductId, Type, VariantId, type_of
from rlve_dsl.values import Names
from rlve_dsl.world.orders import Exchange, Order, OrderLine, PlacedOrder, Return, total_of
from rlve_dsl.world.records import pick
from rlve_dsl.world.tables import NO_TABLES, Tables

FIRST_PLACED = 1_000_000
TABLES = "tables"
"""The slot in which a world provides the tables of declared domains."""

# what all new states have, as none of it is changed in place
_NONE: list[Any] = []
_NO_PRODUCTS = frozenset[str]()
_NO_QUERIES: Mapping[str, frozenset[str]] = {}

Slots: TypeAlias = Mapping[str, Any]
"""What samplers prepare for tools, by slot. A sampler and the tools that read its slot agree on the value's type."""


class CartLine(TypedDict):
    """A line of the cart. `price` is for one unit, `label` names the variant."""

    line_id: LineId
    product_id: ProductId
    variant_id: VariantId | None
    label: str | None
    short_name: str
    qty: int
    price: Cents
    in_stock: bool


class State:
    """What is true in a world now.

    Effects replace its attributes and never change a list in place, so that a value read from a state stays as it was.

    Attributes:
        catalog: The products of the store.
        provided: What samplers prepared for tools, by slot. It is fixed when an episode begins.
        cart: The lines of the cart in the order in which they were added.
        lines_added: How many lines were ever added; it numbers them, and no number is used twice.
        gone: The ids of the products that went out of stock in this episode.
        left_out: The ids of the products that the last search of a query left out, by query.
        placed: The orders placed in this episode, the first one first.
        returns: The returns that were started, the first one first.
        exchanges: The exchanges that were started, the first one first.
        tables: The entities of declared domains.
    """

    __slots__ = (
        "cart", "catalog", "exchanges", "gone", "left_out", "lines_added", "placed", "provided", "returns", "tables",
    )  # fmt: skip

    def __init__(self, catalog: Catalog, provided: Slots) -> None:
        self.catalog = catalog
        self.provided = provided
        self.cart: list[CartLine] = _NONE
        self.lines_added = 0
        self.gone = _NO_PRODUCTS
        self.left_out = _NO_QUERIES
        self.placed: list[PlacedOrder] = _NONE
        self.returns: list[Return] = _NONE
        self.exchanges: list[Exchange] = _NONE
        self.tables: Tables = provided.get(TABLES, NO_TABLES)

    @property
    def names(self) -> Names:
        """What an expression about an outcome may read of it, by name."""
        return {**{name: getattr(self, name) for name in STATE}, **self.tables.names}

    @property
    def next_line_id(self) -> str:
        """The id that the next new line will have."""
        return f"L{self.lines_added + 1}"

    @property
    def next_order_id(self) -> str:
        """The id that the next order will have. It is longer than the ids of earlier days, so it is never one of them."""
        return f"R{FIRST_PLACED + len(self.placed)}"

    def line(self, line_id: str) -> CartLine | None:
        """The cart line with this id, or None."""
        return next((line for line in self.cart if line["line_id"] == line_id), None)

    def product(self, product_id: str) -> Product:
        """The product with this id, which must exist."""
        row = self.catalog.row_of(product_id)
        assert row is not None, "effects are recorded only for products that the tool found"
        return self.catalog.product(row)

    def in_stock(self, product: Product) -> bool:
        """Whether the product can be bought now."""
        return bool(product["in_stock"]) and product["id"] not in self.gone

    def variants(self, product: Product) -> tuple[Variant, ...]:
        """The variants of a product: those that this episode's world decided, else those of the catalog."""
        offers = self.provided.get("offers")
        if offers is not None and (offered := offers.get(product["id"])) is not None:
            return tuple(offered)
        return self.catalog.variants(product.row)

    @property
    def orders(self) -> list[Order]:
        """All orders, the latest first; those of one day by id."""
        known: list[Order] = [*self.provided.get("orders", ()), *self.placed]
        return sorted(known, key=lambda order: (order["days_ago"], order["order_id"]))

    def order(self, order_id: str) -> Order | None:
        """The order with this id, or None."""
        return next((order for order in self.orders if order["order_id"] == order_id), None)

    def prospective(self, order_id: str, is_gift: bool) -> Order:
        """The order that the cart would make now."""
        lines = [self._order_line(f"{order_id}-{number}", line) for number, line in enumerate(self.cart, start=1)]
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

    def _order_line(self, line_id: str, line: CartLine) -> OrderLine:
        product = self.product(line["product_id"])
        added = {"product": product, "department": product["department"], "final_sale": False, "opened": False}
        return pick(OrderLine, {**line, **added, "line_id": line_id})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        compared = [name for name in self.__slots__ if name not in ("catalog", "provided")]
        return self.catalog.digest == other.catalog.digest and all(
            getattr(self, name) == getattr(other, name) for name in compared
        )

    __hash__ = None  # type: ignore[assignment]  # a state changes


STATE: Mapping[str, Type] = {
    "cart": type_of(Sequence[CartLine]),
    "placed": type_of(Sequence[PlacedOrder]),
    "returns": type_of(Sequence[Return]),
    "exchanges": type_of(Sequence[Exchange]),
}
"""What an expression about an outcome may read of a state, by name; each is an attribute of `State`."""
