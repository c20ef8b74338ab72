"""Ordering what the cart holds. What else is done with orders is declared in the domain of the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from rlve_dsl.expressions.types import Cents, OrderId
from rlve_dsl.values import Names, Value
from rlve_dsl.world.orders import Shipping
from rlve_dsl.world.purchases import prospective_order
from rlve_dsl.world.store import CART_LINE, PLACED_ORDER
from rlve_dsl.world.tool import Refusal, Shop, tool


class Confirmation(TypedDict):
    """An order that was placed. `total` is the price of its lines, `fee` what shipping costs on top of it."""

    order_id: OrderId
    total: Cents
    fee: Cents


def _about(shop: Shop, arguments: Mapping[str, Value]) -> Names:
    """The order that the cart would make."""
    return shop.ruled(prospective_order(shop.state, bool(arguments.get("is_gift", False))))


@tool(
    "order.checkout", writes={"placed_order": ("create",), "cart_line": ("remove",)}, needs=("today",), reveals_ids=False, about=_about,
    says=(
        "place the order for {}", "check out", "checkout", "submit the order", "complete the order", "finalize the order",
        "complete the purchase", "make the purchase", "buy", "purchase", "order it", "order them", "order this", "order everything",
    ),
)  # fmt: skip
def checkout(shop: Shop, shipping: Shipping = "standard", is_gift: bool = False) -> Confirmation:
    """Order what the cart holds and empty it.

    shipping: how fast it is sent
    is_gift: whether it is sent as a gift
    """
    cart = shop.table(CART_LINE.name)
    if not cart:
        raise Refusal("the cart is empty")
    gone = next((line for line in cart if not line["in_stock"]), None)
    if gone is not None:
        raise Refusal(f"{gone['short_name']} is out of stock")
    order = prospective_order(shop.state, is_gift)
    verdict = shop.verdict("order.checkout", shop.ruled(order))
    if not verdict.allowed:
        raise Refusal(verdict.reason)
    shop.create(PLACED_ORDER.name, {**order, "shipping": shipping, "fee": verdict.fee_cents})
    for line in cart:
        shop.remove(CART_LINE.name, line["line_id"])
    return {"order_id": order["order_id"], "total": order["total"], "fee": verdict.fee_cents}
