"""Orders: listing them, showing one in full, and ordering what the cart holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from rlve_dsl.expressions.types import Cents, Days, LineId, OrderId, ProductId, VariantId
from rlve_dsl.values import Names, Value
from rlve_dsl.world.orders import Order, OrderLine, OrderStatus, Shipping, Tier, before
from rlve_dsl.world.purchases import order_in, orders_in, prospective_order
from rlve_dsl.world.records import pick
from rlve_dsl.world.store import CART_LINE, PLACED_ORDER, STARTED_RETURN
from rlve_dsl.world.tool import Refusal, Shop, tool


class ListedLine(TypedDict):
    """An order line in the list of orders."""

    line_id: LineId
    product_id: ProductId
    label: str | None
    short_name: str
    qty: int
    price: Cents


class ListedOrder(TypedDict):
    """An order in the list of orders: what was ordered and when, without its status."""

    order_id: OrderId
    ordered_on: str
    total: Cents
    lines: list[ListedLine]


class Account(TypedDict):
    """The shopper's membership and their orders, the latest first."""

    tier: Tier | None
    verified: bool | None
    orders: list[ListedOrder]


class DetailedLine(TypedDict):
    """An order line in full. `returned` says whether its return was started."""

    line_id: LineId
    product_id: ProductId
    variant_id: VariantId | None
    label: str | None
    short_name: str
    department: str
    price: Cents
    qty: int
    final_sale: bool
    opened: bool
    returned: bool


class OrderDetails(TypedDict):
    """An order in full. The fields of its delivery are left out until it is delivered."""

    order_id: OrderId
    status: OrderStatus
    ordered_on: str
    days_ago: Days
    delivered_on: str | None
    days_delivered: Days | None
    total: Cents
    is_gift: bool
    lines: list[DetailedLine]


class Confirmation(TypedDict):
    """An order that was placed. `total` is the price of its lines, `fee` what shipping costs on top of it."""

    order_id: OrderId
    total: Cents
    fee: Cents


@tool("order.list", needs=("orders", "today"), rows=("orders", "order_id"))
def list_orders(shop: Shop, days: Days | None = None) -> Account:
    """List the shopper's orders, the latest first, with their membership. One shown before has only its id.

    days: how many days to look back; all orders if left out
    """
    if days is not None and days < 0:
        raise Refusal("days must be at least 0")
    customer = shop.provided.get("shopper")
    return {
        "tier": customer["tier"] if customer else None,
        "verified": customer["verified"] if customer else None,
        "orders": [
            pick(ListedOrder, order, lines=[pick(ListedLine, line) for line in lines_of(order)])
            for order in orders_in(shop.state)
            if days is None or order["days_ago"] <= days
        ],
    }


@tool("order.get_status", needs=("orders", "today"))
def get_status(shop: Shop, order_id: OrderId) -> OrderDetails:
    """Show an order in full: its status, its delivery and its lines.

    order_id: the order
    """
    order = order_of(shop, order_id)
    since = order["days_delivered"]
    returned = {back["line_id"] for back in shop.table(STARTED_RETURN.name)}
    return pick(
        OrderDetails,
        order,
        delivered_on=None if since is None else before(shop.provided["today"], since),
        lines=[pick(DetailedLine, line, returned=line["line_id"] in returned) for line in lines_of(order)],
    )


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


def order_of(shop: Shop, order_id: str) -> Order:
    """The order with this id; a Refusal when there is none."""
    order = order_in(shop.state, order_id)
    if order is None:
        raise Refusal(f"unknown order id `{order_id}`")
    return order


def line_of(order: Order, line_id: str) -> OrderLine:
    """The line of an order with this id; a Refusal when there is none."""
    for line in order["lines"]:
        if line["line_id"] == line_id:
            return line
    raise Refusal(f"order `{order['order_id']}` has no line `{line_id}`")


def lines_of(order: Order) -> list[OrderLine]:
    """The lines of an order, sorted by id."""
    return sorted(order["lines"], key=lambda line: line["line_id"])
