"""What the shopper has ordered before, who they are to the store, and how the store would rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypedDict, get_args

from rlve_dsl.catalog import Product, Products
from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.expressions import Each
from rlve_dsl.expressions.types import Cents, Days
from rlve_dsl.rng import Stream
from rlve_dsl.world.edges import last_day
from rlve_dsl.world.governance import Verdict
from rlve_dsl.world.orders import Customer, Order, OrderLine, OrderStatus, Tier, before, case_of, total_of
from rlve_dsl.world.sampler import Draw, sampler
from rlve_dsl.world.samplers.products import all_where, draw_new, name_of

# Of a hundred orders, so many have each status; how long ago they were placed, or, once delivered, how long they took.
_STATUSES: tuple[tuple[OrderStatus, int, tuple[int, int]], ...] = (
    ("delivered", 40, (2, 7)),
    ("shipped", 20, (1, 5)),
    ("processing", 16, (0, 2)),
    ("out_for_delivery", 12, (2, 7)),
    ("cancelled", 12, (0, 60)),
)
_EARLIEST = date(2024, 1, 1)
_DATES = 730


class Ruled(TypedDict):
    """How the store rules a call: whether it is allowed, for what fee, and under which number it keeps that."""

    allowed: bool
    fee: Cents
    case: str


@sampler(provides=("shopper",), reuses=True)
def shopper_profile(draw: Draw, verified: float = 0.8) -> Customer:
    """Who the shopper is to the store: a membership tier, each as likely as the next, and verified with this probability.

    A shopper who is somebody already stays who they are.
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
    edge: float = 0.0,
    tool: str = "",
) -> Sequence[Order]:
    """What the shopper has ordered before today, a day that is drawn too.

    Each order has up to `lines` lines, of products that satisfy `where`, all with different short names. Those that have
    been delivered were so `within` so many days; the first `delivered` orders have been. The orders of a smaller count
    are the first of a larger one. With probability `edge` a delivered order came so long ago that today is the last day
    on which the store policy allows `tool` for its first line, or that yesterday was. A shopper has one history: where
    there is one already, it is that, with delivered orders first as far as they must be.
    """
    if (known := draw.provided.get("orders")) is not None:
        return _again(known, count, delivered)
    today = (_EARLIEST + timedelta(days=draw.stream.child("today").integer(0, _DATES - 1))).isoformat()
    candidates = all_where(draw, where)
    names: set[Any] = set()
    ids: set[str] = set()
    orders: list[Order] = []
    for index in range(count):
        stream = draw.stream.child(index)
        order_id = _new_id(stream.child("id"), ids)
        order = _placed(stream, today, within, index < delivered)
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
    come = [order for order in known if order["status"] == "delivered"][:delivered]
    if len(come) < delivered or len(known) < count:
        raise Unsatisfiable(
            f"order_history wanted {count} orders, {delivered} of them delivered, and the shopper has a history of "
            f"{len(known)} with {len(come)} delivered"
        )
    return [*come, *(order for order in known if order not in come)][:count]


@sampler()
def ruling(draw: Draw, tool: str, order: Order | None = None, line: OrderLine | None = None) -> Ruled:
    """How the store rules a call of this tool about an order and a line of it; without a store policy, everything is
    allowed and free."""
    verdict = Verdict() if draw.governance is None else draw.governance.verdict(tool, _names(draw, order, line))
    fee = verdict.fee_cents if line is None else min(verdict.fee_cents, line["price"] * line["qty"])
    return {"allowed": verdict.allowed, "fee": fee, "case": case_of(line["line_id"]) if line else ""}


def _names(draw: Draw, order: Order | None, line: OrderLine | None) -> Mapping[str, Any]:
    return {"line": line, "order": order, "shopper": draw.provided.get("shopper"), "cart": ()}


def _new_id(stream: Stream, taken: set[str]) -> str:
    while (order_id := f"R{stream.integer(100_000, 999_999)}") in taken:
        continue
    taken.add(order_id)
    return order_id


def _placed(stream: Stream, today: str, within: int, has_come: bool) -> Order:
    """An order that has no id and no lines yet."""
    drawn = stream.integer(0, 99)
    status, _, (soonest, latest) = _STATUSES[0] if has_come else _status(drawn)
    took, since = stream.integer(soonest, latest), stream.integer(0, max(0, within))
    came = status == "delivered"
    return {
        "order_id": "",
        "ordered_on": before(today, took + since * came),
        "days_ago": took + since * came,
        "status": status,
        "days_delivered": since if came else None,
        "total": 0,
        "is_gift": stream.chance(0.2),
        "lines": [],
    }


def _lines(
    draw: Draw, stream: Stream, order: Order, candidates: Products, most: int, names: set[Any]
) -> list[OrderLine]:
    """The lines in the order in which they are drawn; their ids are numbered in another."""
    numbers = stream.child("numbers").shuffled(range(1, stream.integer(1, max(1, most)) + 1))
    lines = []
    for place, number in enumerate(numbers):
        product = draw_new(stream.child("line", place), candidates, name_of, names)
        if product is None:
            raise Unsatisfiable(
                f"order_history found no product with another short name than {len(names)} others "
                f"among {len(candidates)} candidates"
            )
        lines.append(_line(draw, stream.child("bought", place), order, number, product))
    return lines


def _line(draw: Draw, stream: Stream, order: Order, number: int, product: Product) -> OrderLine:
    variants = draw.catalog.variants(product.row)
    several, qty = stream.chance(0.2), stream.integer(2, 3)
    final_sale, opened = stream.chance(0.1), stream.chance(0.25)
    variant = stream.choice(variants) if variants else None
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


def _status(drawn: int) -> tuple[OrderStatus, int, tuple[int, int]]:
    """The status that a number of a hundred stands for."""
    return next(s for place, s in enumerate(_STATUSES) if drawn < sum(share for _, share, _ in _STATUSES[: place + 1]))


def _at_the_edge(draw: Draw, stream: Stream, order: Order, tool: str, today: str) -> Order:
    """The order, delivered on the last day on which the tool is allowed or the day before; as it was where no day is
    the last."""
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
