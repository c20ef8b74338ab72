"""The cart. A line is one product in one variant; lines are numbered in the order in which they are added."""

from __future__ import annotations

from typing import TypedDict, cast

from rlve_dsl.catalog import Product, Variant
from rlve_dsl.expressions.types import Cents, LineId, ProductId, VariantId
from rlve_dsl.world.store import CART_LINE, CartLine
from rlve_dsl.world.tool import Refusal, Shop, tool

MOST = 99


class CartView(TypedDict):
    """The cart. `total` is the price of all its lines."""

    lines: list[CartLine]
    total: Cents


def _view(shop: Shop) -> CartView:
    lines = cast(list[CartLine], list(shop.table(CART_LINE.name)))
    return {"lines": lines, "total": sum(line["price"] * line["qty"] for line in lines)}


@tool("cart.view", reveals_ids=False)
def view(shop: Shop) -> CartView:
    """Show the cart."""
    return _view(shop)


@tool(
    "cart.add", writes={"cart_line": ("create", "qty")}, reveals_ids=False,
    says=("add {} to the cart", "put in the cart", "put in your cart", "place in the cart", "add to the basket", "add"),
)  # fmt: skip
def add(shop: Shop, product_id: ProductId, variant_id: VariantId | None = None, qty: int = 1) -> CartLine:
    """Add a product to the cart and show its line; what the line already holds is added to.

    product_id: the product
    variant_id: which variant; needed if and only if the product has variants
    qty: how many
    """
    product, variant = buyable(shop, product_id, variant_id)
    cart = shop.table(CART_LINE.name)
    line = next((x for x in cart if x["product_id"] == product_id and x["variant_id"] == variant_id), None)
    if line is not None:
        _check(qty, line["qty"])
        return _set(shop, line["line_id"], line["qty"] + qty)
    _check(qty)
    bought: dict[str, object] = {
        "product_id": product_id,
        "variant_id": variant_id,
        "label": variant["label"] if variant else None,
        "short_name": product["short_name"],
        "qty": qty,
        "price": product["price"],
        "in_stock": True,
    }
    return cast(CartLine, shop.create(CART_LINE.name, bought))


@tool(
    "cart.remove", writes={"cart_line": ("remove",)}, reveals_ids=False,
    says=("remove {} from the cart", "take out of the cart", "take out", "remove", "delete", "empty the cart"),
)  # fmt: skip
def remove(shop: Shop, line_id: LineId) -> CartView:
    """Remove a line from the cart and show what is left.

    line_id: the line
    """
    _line(shop, line_id)
    shop.remove(CART_LINE.name, line_id)
    return _view(shop)


@tool(
    "cart.set_quantity", writes={"cart_line": ("qty",)}, reveals_ids=False,
    says=("change the quantity of {}", "set the quantity", "update the quantity", "increase", "reduce", "lower the quantity"),
)  # fmt: skip
def set_quantity(shop: Shop, line_id: LineId, qty: int) -> CartLine:
    """Change how many a cart line holds and show the line.

    line_id: the line
    qty: the new quantity
    """
    _line(shop, line_id)
    _check(qty)
    return _set(shop, line_id, qty)


def _set(shop: Shop, line_id: str, qty: int) -> CartLine:
    if qty != _line(shop, line_id)["qty"]:
        shop.set(CART_LINE.name, line_id, "qty", qty)
    return _line(shop, line_id)


def _line(shop: Shop, line_id: str) -> CartLine:
    line = shop.table(CART_LINE.name).at(line_id)
    if line is None:
        raise Refusal(f"the cart has no line `{line_id}`")
    return cast(CartLine, line)


def _check(qty: int, held: int = 0) -> None:
    if qty < 1:
        raise Refusal("the quantity must be at least 1")
    if held + qty > MOST:
        raise Refusal(f"a line holds at most {MOST}")


def buyable(shop: Shop, product_id: str, variant_id: str | None) -> tuple[Product, Variant | None]:
    """A product that can be bought and its variant.

    Raises:
        Refusal: When there is no such product or variant, or the product is out of stock or has no price.
    """
    product = shop.product(product_id)
    if not shop.state.in_stock(product):
        raise Refusal(f"{product['short_name']} is out of stock")
    if not product["has_price"]:
        raise Refusal(f"{product['short_name']} has no price")
    return product, _variant(shop, product, variant_id)


def _variant(shop: Shop, product: Product, variant_id: str | None) -> Variant | None:
    options = shop.state.variants(product)
    if variant_id is None:
        if options:
            raise Refusal(f"{product['short_name']} comes in variants: choose one")
        return None
    for option in options:
        if option["variant_id"] == variant_id:
            return option
    if not options:
        raise Refusal(f"{product['short_name']} has no variants")
    raise Refusal(f"{product['short_name']} has no variant `{variant_id}`")
