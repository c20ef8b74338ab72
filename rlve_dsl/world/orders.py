"""Orders, customers, returns and exchanges: the records that samplers draw, tools show and store policies read."""

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
    """A line of an order. `price` is for one unit, `label` names the variant, `opened` says whether the package is open."""

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
    """An order. It was placed on the ISO date `ordered_on`, `days_ago` days before today, and delivered `days_delivered`
    days ago (unknown until it is delivered). `total` is the price of all its lines."""

    order_id: OrderId
    ordered_on: str
    days_ago: Days
    status: OrderStatus
    days_delivered: Days | None
    total: Cents
    is_gift: bool
    lines: list[OrderLine]


class PlacedOrder(Order):
    """An order placed in this episode. `fee` is what shipping costs on top of the total."""

    shipping: Shipping
    fee: Cents


class Customer(TypedDict):
    """Who the shopper is to the store."""

    tier: Tier
    verified: bool


class Return(TypedDict):
    """A return that was started. `refund` is the price of the line minus `fee`; `case` is the case number."""

    order_id: OrderId
    line_id: LineId
    case: str
    reason: Reason
    method: Method
    fee: Cents
    refund: Cents


class Exchange(TypedDict):
    """The product that replaces a returned line. `label` names the variant."""

    order_id: OrderId
    line_id: LineId
    product_id: ProductId
    variant_id: VariantId | None
    label: str | None


def before(today: str, days: int) -> str:
    """The ISO date that is a number of days before another.

    >>> before("2024-03-01", 1)
    '2024-02-29'
    """
    return (date.fromisoformat(today) - timedelta(days=days)).isoformat()


def case_of(line_id: str) -> str:
    """The case number of an order line; the store has one for each line, returned or not.

    >>> case_of("R482913-1") == case_of("R482913-1") != case_of("R482913-2")
    True
    """
    return f"C{100_000 + stable_hash('case', line_id) % 900_000}"


def total_of(lines: list[OrderLine]) -> int:
    """The price of all lines, in cents."""
    return sum(line["price"] * line["qty"] for line in lines)
