"""What happens to a world by itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rlve_dsl.catalog import Product
from rlve_dsl.expressions import Signature, signature_of
from rlve_dsl.world.effects import WentOutOfStock
from rlve_dsl.world.tool import Shop


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a world by itself; `call(shop, **arguments)` records its effects."""

    name: str
    call: Callable[..., None]
    signature: Signature
    doc: str


def event(name: str = "") -> Callable[[Callable[..., None]], Event]:
    """Declare an event; its first parameter is the Shop, its docstring is its documentation."""

    def declare(python: Callable[..., None]) -> Event:
        doc = inspect.getdoc(python) or ""
        return Event(name or python.__name__, python, signature_of(python, skip=1), doc)

    return declare


@event()
def stock_out(shop: Shop, of: Sequence[Product]) -> None:
    """These products can no longer be bought; every later result shows it."""
    for product in of:
        if shop.state.in_stock(product):
            shop.record(WentOutOfStock(product["id"]))


EVENTS = (stock_out,)
