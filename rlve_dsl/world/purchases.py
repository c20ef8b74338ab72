"""What the shopper has ordered, and what the cart would make of it."""

from __future__ import annotations

from rlve_dsl.world.orders import Order, OrderLine, total_of
from rlve_dsl.world.records import pick
from rlve_dsl.world.state import Slots, State
from rlve_dsl.world.store import CART_LINE, PLACED_ORDER
from rlve_dsl.world.tables import Row, Table, Tables


def cart_in(state: State) -> Table:
    """The lines of the cart, in the order in which they were added."""
    return state.table(CART_LINE.name)


def orders_in(state: State) -> list[Order]:
    """All orders, the latest first; those of one day by id."""
    return orders_among(state.provided, state.tables)


def orders_among(provided: Slots, tables: Tables) -> list[Order]:
    """All orders that a world prepared or that tables hold, the latest first; those of one day by id."""
    known: list[Order] = [*provided.get("orders", ()), *tables.of(PLACED_ORDER.name)]
    return sorted(known, key=lambda order: (order["days_ago"], order["order_id"]))


def order_in(state: State, order_id: str) -> Order | None:
    """The order with this id, or None."""
    return next((order for order in orders_in(state) if order["order_id"] == order_id), None)


def prospective_order(state: State, tables: Tables) -> Order:
    """The order that the cart in these tables would make now."""
    order_id = tables.new_id(PLACED_ORDER.name)
    cart = tables.of(CART_LINE.name)
    lines = [_order_line(state, f"{order_id}-{number}", line) for number, line in enumerate(cart, start=1)]
    return {
        "order_id": order_id,
        "ordered_on": state.provided["today"],
        "days_ago": 0,
        "status": "processing",
        "days_delivered": None,
        "total": total_of(lines),
        "is_gift": False,
        "lines": lines,
    }


def _order_line(state: State, line_id: str, line: Row) -> OrderLine:
    product = state.product(line["product_id"])
    added = {"product": product, "department": product["department"], "final_sale": False, "opened": False}
    return pick(OrderLine, {**line, **added, "line_id": line_id})
