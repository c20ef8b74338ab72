"""The products that the shopper has visited."""

from __future__ import annotations

from typing import TypedDict

from rlve_dsl.expressions.types import ProductId
from rlve_dsl.world.tool import Shop, tool


class Visit(TypedDict):
    """A product that the shopper has visited."""

    product_id: ProductId
    short_name: str
    in_stock: bool


@tool("user.visit_history", needs=("visits",), rows=("", "product_id"))
def visit_history(shop: Shop) -> list[Visit]:
    """List the products that the shopper has visited. One shown before has only its id and what has changed."""
    in_stock = shop.state.in_stock
    return [
        {"product_id": p["id"], "short_name": p["short_name"], "in_stock": in_stock(p)} for p in shop.provided["visits"]
    ]
