"""The shopper's order history and membership, and how the store policy rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypedDict, get_args

from rlve_dsl.catalog import Product, Products
from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.expressions import Each, Share
from rlve_dsl.expressions.types import Cents, Days
from rlve_dsl.rng import Stream
from rlve_dsl.values import Names
from rlve_dsl.world.edges import last_day
from rlve_dsl.world.governance import Verdict
from rlve_dsl.world.orders import Customer, Order, OrderLine, OrderStatus, Tier, before, case_of, total_of
from rlve_dsl.world.sampler import Draw, check_count, sampler
from rlve_dsl.world.samplers.products import all_where, draw_new, name_of

# Each status: how many of a hundred orders have it, and how many days ago they were placed (for delivered ones, how
# many days delivery took).
_STATUSES: tuple[tuple[OrderStatus, int, tuple[int, int]], ...] = (
    ("delivered", 40, (2, 7)),
    ("shipped", 20, (1, 5)),
    ("processing", 16, (0, 2)),
    ("out_for_delivery", 12, (2, 7)),
    ("cancelled", 12, (0, 60)),
)
_STATUS_OF = tuple(status for status in _STATUSES for _ in range(status[1]))
"""The entry of `_STATUSES` for a number from 0 to 99."""
_EARLIEST = date(2024, 1, 1)
_DATES = 730


class Ruled(TypedDict):
    """How the store policy rules on a call: whether it is allowed, the fee, and the case number."""

    allowed: bool
    fee: Cents
    case: str


@sampler(provides=("shopper",), reuses=True)
def shopper_profile(draw: Draw, verified: Share = 0.8) -> Customer:
    """Who the shopper is to the store: a membership tier (all equally likely), and whether the store has verified them.

    `verified` is the probability that it has. In a chain, all parts have the same shopper.
    """
    known: Customer | None = draw.provided.get("shopper")
    if known is not None:
        return known
    tiers: tuple[Tier, ...] = get_args(Tier)
    customer: Customer = {
        "tier": draw.stream.child("tier").choice(tiers),
        "verified": draw.stream.child("verified").chance(verified),
    }
    draw.provide("shopper", customer)
    return customer


@sampler(provides=("orders", "today"), reuses=True)
def order_history(
    draw: Draw,
    count: int,
    lines: int = 3,
    where: Each[Product, bool] | None = None,
    within: Days = 60,
    delivered: int = 0,
    edge: Share = 0.0,
    tool: str = "",
    balanced: bool = False,
) -> Sequence[Order]:
    """The orders that the shopper placed before today, and the date of today.

    Each order has up to `lines` lines. Their products satisfy `where` and all have different short names. Delivered
    orders were delivered in the last `within` days, and at least the first `delivered` orders are delivered. Of the others, four
    in ten are; with `balanced`, all statuses are equally likely. The orders of a smaller count are the first ones of a larger count. With probability `edge`, the delivery date of a delivered
    order is moved: today or yesterday is then the last day on which the store policy allows `tool` for its first line. In a
    chain, a history that an earlier part has drawn is used again; its delivered orders come first, as many as are needed.
    """
    check_count("order_history", count)
    check_count("order_history", delivered)
    if (known := draw.provided.get("orders")) is not None:
        return _again(known, count, delivered)
    check_count("order_history", count * max(1, lines))
    today = (_EARLIEST + timedelta(days=draw.stream.child("today").integer(0, _DATES - 1))).isoformat()
    candidates = all_where(draw, where)
    names: set[str] = set()
    ids: set[str] = set()
    orders: list[Order] = []
    for index in range(count):
        stream = draw.stream.child(index)
        order_id = _new_id(stream.child("id"), ids)
        order = _placed(stream, today, within, index < delivered, balanced)
        order["order_id"] = order_id
        order["lines"] = _lines(draw, stream, order, candidates, lines, names)
        order["total"] = total_of(order["lines"])
        if stream.chance(edge) and tool:
            order = _at_the_edge(draw, stream, order, tool, today)
        orders.append(order)
    draw.provide("orders", orders)
    draw.provide("today", today)
    return orders


def _again(known: Sequence[Order], count: int, delivered: int) -> Sequence[Order]:
    arrived = [order for order in known if order["status"] == "delivered"][:delivered]
    if len(arrived) < delivered or len(known) < count:
        raise Unsatisfiable(
            f"order_history wanted {count} orders, {delivered} of them delivered, and the shopper has a history of "
            f"{len(known)} with {len(arrived)} delivered",
            by_chance=max(count, delivered) <= len(known),
        )
    return [*arrived, *(order for order in known if order not in arrived)][:count]


@sampler()
def ruling(draw: Draw, tool: str, order: Order | None = None, line: OrderLine | None = None) -> Ruled:
    """How the store policy decides on a call of this tool for an order and one of its lines: `allowed` and `fee`. Without a
    policy, every call is allowed and free."""
    verdict = Verdict() if draw.governance is None else draw.governance.verdict(tool, _names(draw, order, line))
    fee = verdict.fee_cents if line is None else min(verdict.fee_cents, line["price"] * line["qty"])
    return {"allowed": verdict.allowed, "fee": fee, "case": case_of(line["line_id"]) if line else ""}


def _names(draw: Draw, order: Order | None, line: OrderLine | None) -> Names:
    return {"line": line, "order": order, "shopper": draw.provided.get("shopper"), "cart": ()}


def _new_id(stream: Stream, taken: set[str]) -> str:
    while (order_id := f"R{stream.integer(100_000, 999_999)}") in taken:
        continue
    taken.add(order_id)
    return order_id


def _placed(stream: Stream, today: str, within: int, must_arrive: bool, balanced: bool) -> Order:
    """An order without its id and lines."""
    drawn = stream.integer(0, 99)
    others = _STATUSES if balanced else _STATUS_OF
    status, _, (soonest, latest) = _STATUSES[0] if must_arrive else others[drawn % len(others)]
    took, since = stream.integer(soonest, latest), stream.integer(0, max(0, within))
    arrived = status == "delivered"
    return {
        "order_id": "",
        "ordered_on": before(today, took + since * arrived),
        "days_ago": took + since * arrived,
        "status": status,
        "days_delivered": since if arrived else None,
        "total": 0,
        "is_gift": stream.chance(0.2),
        "lines": [],
    }


def _lines(
    draw: Draw, stream: Stream, order: Order, candidates: Products, most: int, names: set[str]
) -> list[OrderLine]:
    """The lines in the order in which they are drawn; the numbers in their ids are shuffled."""
    numbers = stream.child("numbers").shuffled(range(1, stream.integer(1, max(1, most)) + 1))
    lines = []
    for place, number in enumerate(numbers):
        product = draw_new(stream.child("line", place), candidates, name_of, names)
        if product is None:
            raise Unsatisfiable(
                f"order_history found no product with another short name than {len(names)} others "
                f"among {len(candidates)} candidates",
                of_products=True,
            )
        lines.append(_line(draw, stream.child("bought", place), order, number, product))
    return lines


def _line(draw: Draw, stream: Stream, order: Order, number: int, product: Product) -> OrderLine:
    several, qty = stream.chance(0.2), stream.integer(2, 3)
    final_sale, opened = stream.chance(0.1), stream.chance(0.25)
    variant = draw.catalog.any_variant(product.row, stream.choice)
    if (
        variant is not None
        and f" {(own := draw.catalog.variants(product.row)[0])['label']} " in f" {product['short_name']} "
    ):
        variant = own  # "the sand yoga mat" was not bought in green
    return {
        "line_id": f"{order['order_id']}-{number}",
        "product": product,
        "product_id": product["id"],
        "variant_id": variant["variant_id"] if variant else None,
        "label": variant["label"] if variant else None,
        "short_name": product["short_name"],
        "department": product["department"],
        "price": product["price"],
        "qty": qty if several else 1,
        "final_sale": final_sale,
        "opened": opened and order["days_delivered"] is not None,
    }


def _at_the_edge(draw: Draw, stream: Stream, order: Order, tool: str, today: str) -> Order:
    """The order, delivered so long ago that today or yesterday is the last day on which the tool is allowed.

    An order that is not delivered, or whose time has no limit, stays as it is.
    """
    if draw.governance is None or order["days_delivered"] is None:
        return order
    took = order["days_ago"] - order["days_delivered"]

    def delivered(days: int) -> Order:
        return {
            **order,
            "days_delivered": days,
            "days_ago": days + took,
            "ordered_on": before(today, days + took),
        }

    last = last_day(draw.governance, tool, lambda days: _names(draw, delivered(days), order["lines"][0]), took, today)
    return order if last is None else delivered(last + stream.integer(0, 1))
