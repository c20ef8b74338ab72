"""The entities of the built-in store: what tools and events change in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from rlve_dsl.expressions.types import Cents, LineId, ProductId, Type, VariantId
from rlve_dsl.world.entity import entity
from rlve_dsl.world.orders import Exchange, PlacedOrder, Return


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


class Stock(TypedDict):
    """Whether a product can be bought, where that has changed."""

    product_id: ProductId
    in_stock: bool


class LeftOut(TypedDict):
    """The products that the last search of `query` (its canonical text) left out. The next search of it shows them."""

    query: str
    product_ids: list[ProductId]


CART_LINE = entity(
    "cart_line", CartLine, key="line_id", table="cart", ids="L1", chosen=("product_id", "variant_id"), shown=True
)  # fmt: skip
# longer than the ids of earlier days, so never one of them
PLACED_ORDER = entity("placed_order", PlacedOrder, key="order_id", table="placed", ids="R1000000", chosen=("lines",))
STARTED_RETURN = entity("started_return", Return, key="line_id", table="returns", shown=True)
SENT_EXCHANGE = entity(
    "sent_exchange", Exchange, key="line_id", table="exchanges", chosen=("product_id", "variant_id"), shown=True
)
STOCK = entity("stock", Stock, key="product_id", hidden=True)
LEFT_OUT = entity("left_out", LeftOut, key="query", hidden=True)

PRODUCT, VARIANT = "product", "variant"
OF_CATALOG = (PRODUCT, VARIANT)
"""The sorts of ids that products of the catalog have."""

ENTITIES = (CART_LINE, PLACED_ORDER, STARTED_RETURN, SENT_EXCHANGE, STOCK, LEFT_OUT)
"""The entities of the built-in store."""

STATE: Mapping[str, Type] = {kind.table: kind.type for kind in ENTITIES if not kind.hidden}
"""What an expression about an outcome may read of the store, by name."""
