"""What a shopper has ordered, who they are, and what became of it: the nouns that samplers draw, tools show and store
policies read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, TypedDict

from rlve_dsl.catalog import Product
from rlve_dsl.expressions.types import Cents, Days, LineId, OrderId, ProductId, VariantId
from rlve_dsl.rng import stable_hash

OrderStatus = Literal["processing", "shipped", "out_for_delivery", "delivered", "cancelled"]
Tier = Literal["none", "basic", "premium"]
Reason = Literal["damaged", "defective", "incorrect", "late", "unwanted"]
Method = Literal["mail", "courier", "locker"]
Shipping = Literal["standard", "express"]


class OrderLine(TypedDict):
    """A line of an order; `price` is for one unit, `label` names the variant, `opened` says that the package was."""

    line_id: LineId
    product: Product
    product_id: ProductId
    variant_id: VariantId | None
    label: str | None
    short_name: str
    department: str
    price: Cents
    qty: int
    final_sale: bool
    opened: bool


class Order(TypedDict):
    """An order: `ordered_on` is an ISO date and `days_ago` before today; `days_delivered` is how many days ago it came,
    unknown until it has; `total` is what its lines cost together."""

    order_id: OrderId
    ordered_on: str
    days_ago: Days
    status: OrderStatus
    days_delivered: Days | None
    total: Cents
    is_gift: bool
    lines: list[OrderLine]


class PlacedOrder(Order):
    """An order placed in this episode; `fee` is what its shipping costs beside the total."""

    shipping: Shipping
    fee: Cents


class Customer(TypedDict):
    """Who the shopper is to the store."""

    tier: Tier
    verified: bool


class Return(TypedDict):
    """A return that has been started; `refund` is what the line cost less the `fee`, `case` the store's number for it."""

    order_id: OrderId
    line_id: LineId
    case: str
    reason: Reason
    method: Method
    fee: Cents
    refund: Cents


class Exchange(TypedDict):
    """What replaces a returned line; `label` names the variant."""

    order_id: OrderId
    line_id: LineId
    product_id: ProductId
    variant_id: VariantId | None
    label: str | None


def before(today: str, days: int) -> str:
    """The ISO date so many days before another.

    >>> before("2024-03-01", 1)
    '2024-02-29'
    """
    return (date.fromisoformat(today) - timedelta(days=days)).isoformat()


def case_of(line_id: str) -> str:
    """The number under which the store keeps what becomes of a line, whether it is returned or not.

    >>> case_of("R482913-1") == case_of("R482913-1") != case_of("R482913-2")
    True
    """
    return f"C{100_000 + stable_hash('case', line_id) % 900_000}"


def total_of(lines: list[OrderLine]) -> int:
    """What the lines cost together, in cents."""
    return sum(line["price"] * line["qty"] for line in lines)
