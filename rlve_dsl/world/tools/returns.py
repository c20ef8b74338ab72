"""Returns: whether a line can be returned, starting its return, and exchanging it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict, cast

from rlve_dsl.expressions.types import Cents, LineId, OrderId, ProductId, VariantId
from rlve_dsl.values import Names, Value
from rlve_dsl.world.governance import Verdict
from rlve_dsl.world.orders import Exchange, Method, Order, OrderLine, Reason, Return, case_of
from rlve_dsl.world.purchases import order_in
from rlve_dsl.world.store import SENT_EXCHANGE, STARTED_RETURN
from rlve_dsl.world.tables import Row
from rlve_dsl.world.tool import Refusal, Shop, tool
from rlve_dsl.world.tools.cart import buyable
from rlve_dsl.world.tools.orders import line_of, order_of

INITIATE = "return.initiate"
EXCHANGE = "return.exchange"


class Eligibility(TypedDict):
    """Whether a line can be returned, and for what fee; or why not, and which clauses forbid it. `case` is the case number."""

    case: str
    eligible: bool
    fee: Cents
    reason: str | None
    clauses: list[str]


def _about(shop: Shop, arguments: Mapping[str, Value]) -> Names:
    """The order and the line that the arguments name, each unknown when there is none."""
    order = order_in(shop.state, str(arguments.get("order_id")))
    lines = order["lines"] if order else []
    return shop.ruled(order, next((line for line in lines if line["line_id"] == arguments.get("line_id")), None))


@tool("return.check_eligibility", needs=("orders",), about=_about)
def check_eligibility(shop: Shop, order_id: OrderId, line_id: LineId) -> Eligibility:
    """Tell whether a line of an order can be returned, and for what fee.

    order_id: the order
    line_id: its line
    """
    order, line = _found(shop, order_id, line_id)
    verdict, fee, reason = Verdict(allowed=False), 0, "it is being returned already"
    if _returned(shop, line_id) is None:
        verdict = shop.verdict(INITIATE, shop.ruled(order, line))
        fee, reason = _fee(verdict, line), verdict.reason
    return {
        "case": case_of(line_id),
        "eligible": verdict.allowed,
        "fee": fee,
        "reason": None if verdict.allowed else reason,
        "clauses": list(verdict.clauses),
    }


@tool(
    INITIATE, writes={"started_return": ("create",)}, needs=("orders",), about=_about,
    says=("start the return of {}", "return", "send back", "ship back", "take back", "give back", "refund"),
)  # fmt: skip
def initiate(shop: Shop, order_id: OrderId, line_id: LineId, reason: Reason, method: Method) -> Return:
    """Start the return of a line of an order, the whole of it; that cannot be undone.

    order_id: the order
    line_id: its line
    reason: why it goes back
    method: how it goes back
    """
    order, line = _found(shop, order_id, line_id)
    if _returned(shop, line_id) is not None:
        raise Refusal(f"line `{line_id}` is being returned already")
    verdict = shop.verdict(INITIATE, shop.ruled(order, line))
    if not verdict.allowed:
        raise Refusal(_refused(verdict, f"case {case_of(line_id)}"))
    fee = _fee(verdict, line)
    started: Return = {
        "order_id": order_id,
        "line_id": line_id,
        "case": case_of(line_id),
        "reason": reason,
        "method": method,
        "fee": fee,
        "refund": line["price"] * line["qty"] - fee,
    }
    return cast(Return, shop.create(STARTED_RETURN.name, cast(Names, started)))


@tool(
    EXCHANGE, writes={"sent_exchange": ("create",)}, needs=("orders",), about=_about, reveals_ids=False,
    says=(
        "arrange the exchange of {}", "exchange", "swap", "replace", "send a replacement", "ship a replacement", "send instead", "ship instead", "send in its place",
    ),
)  # fmt: skip
def exchange(
    shop: Shop, order_id: OrderId, line_id: LineId, product_id: ProductId, variant_id: VariantId | None = None
) -> Exchange:
    """Send a product in place of a line whose return has been started; that cannot be undone.

    order_id: the order
    line_id: its line
    product_id: what to send instead
    variant_id: which variant; needed if and only if the product has variants
    """
    order, line = _found(shop, order_id, line_id)
    if _returned(shop, line_id) is None:
        raise Refusal(f"no return of line `{line_id}` has been started")
    if shop.table(SENT_EXCHANGE.name).at(line_id) is not None:
        raise Refusal(f"line `{line_id}` is being replaced already")
    _, variant = buyable(shop, product_id, variant_id)
    verdict = shop.verdict(EXCHANGE, shop.ruled(order, line))
    if not verdict.allowed:
        raise Refusal(_refused(verdict))
    sent: Exchange = {
        "order_id": order_id,
        "line_id": line_id,
        "product_id": product_id,
        "variant_id": variant_id,
        "label": variant["label"] if variant else None,
    }
    return cast(Exchange, shop.create(SENT_EXCHANGE.name, cast(Names, sent)))


def _found(shop: Shop, order_id: str, line_id: str) -> tuple[Order, OrderLine]:
    order = order_of(shop, order_id)
    return order, line_of(order, line_id)


def _returned(shop: Shop, line_id: str) -> Row | None:
    return shop.table(STARTED_RETURN.name).at(line_id)


def _fee(verdict: Verdict, line: OrderLine) -> int:
    """The fee of the policy, at most the price of the line."""
    return min(verdict.fee_cents, line["price"] * line["qty"])


def _refused(verdict: Verdict, *more: str) -> str:
    notes = ", ".join((*verdict.clauses, *more))
    return f"{verdict.reason} ({notes})" if notes else verdict.reason
