"""What happens to a world by itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache

from rlve_dsl.catalog import Product
from rlve_dsl.expressions import Signature, signature_of
from rlve_dsl.frozen import frozen
from rlve_dsl.world.effects import Effect
from rlve_dsl.world.store import CART_LINE, STOCK
from rlve_dsl.world.tool import Shop


@frozen
class Event:
    """Something that happens to a world by itself; `call(shop, **arguments)` records its effects."""

    name: str
    call: Callable[..., None]
    signature: Signature
    doc: str


def event(name: str = "") -> Callable[[Callable[..., None]], Event]:
    """Declare an event; its first parameter is the Shop, its docstring is its documentation.

    Its second parameter is what it happens to: the expression that a file writes after its name.

    Raises:
        TypeError: When it has no second parameter, or needs more.
    """

    def declare(python: Callable[..., None]) -> Event:
        named = name or python.__name__
        what = f"event `{named}`"
        signature = signature_of(python, skip=1, what=what, first="Shop", variadic=False)
        if not signature.parameters or any(p.required for p in signature.parameters[1:]):
            raise TypeError(
                f"{what}: it needs one parameter after the Shop, for what a file writes: `{named}: expression`"
            )
        return Event(named, python, signature, inspect.getdoc(python) or "")

    return declare


@event()
def stock_out(shop: Shop, of: Sequence[Product]) -> None:
    """These products can no longer be bought; every later result shows it."""
    for product in of:
        if shop.state.in_stock(product):
            sell_out(shop, product["id"])


def sell_out(shop: Shop, product_id: str) -> None:
    """A product can no longer be bought. Cart lines that hold it stay and show it."""
    if shop.table(STOCK.name).is_free(product_id):
        # made here, as a world may sell out of many products at once
        shop.record(_sold_out(product_id))
    else:
        shop.set(STOCK.name, product_id, "in_stock", False)
    for line in shop.table(CART_LINE.name):
        if line["product_id"] == product_id:
            shop.set(CART_LINE.name, line["line_id"], "in_stock", False)


@lru_cache(maxsize=1 << 12)
def _sold_out(product_id: str) -> Effect:
    """The same for all live episodes: it never changes."""
    return Effect("create", STOCK.name, product_id, "", {"product_id": product_id, "in_stock": False})


EVENTS = (stock_out,)
