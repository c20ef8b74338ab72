"""Looking at one product."""

from __future__ import annotations

from typing import Annotated, TypedDict

from rlve_dsl.catalog import Variant
from rlve_dsl.expressions.types import ANY, Cents, Days, ProductId
from rlve_dsl.values import Value
from rlve_dsl.world.records import pick
from rlve_dsl.world.tool import Shop, tool


class ProductDetails(TypedDict):
    """All that the store shows of a product. `attributes` maps the names of attributes to their values."""

    product_id: ProductId
    title: str
    short_name: str
    kind: str
    department: str
    brand: str
    price: Cents
    rating: float
    reviews: int
    ships_in: Days
    in_stock: bool
    restricted: bool
    has_variants: bool
    attributes: Annotated[Value, ANY]


@tool("catalog.get_product", reveals_ids=False)
def get_product(shop: Shop, product_id: ProductId) -> ProductDetails:
    """Show a product in full.

    product_id: its id
    """
    product = shop.product(product_id)
    return pick(
        ProductDetails,
        product,
        product_id=product_id,
        in_stock=shop.state.in_stock(product),
        has_variants=bool(shop.state.variants(product)),
    )


@tool("catalog.get_variants")
def get_variants(shop: Shop, product_id: ProductId) -> list[Variant]:
    """List the variants a product comes in; an empty list if it has none.

    product_id: its id
    """
    return list(shop.state.variants(shop.product(product_id)))
