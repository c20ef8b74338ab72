"""Functions of the language that look things up in a catalog."""

from __future__ import annotations

from typing import Annotated, Any

from rlve_dsl.catalog.product import Product, Products
from rlve_dsl.catalog.wishes import Filter, meets
from rlve_dsl.rules import function
from rlve_dsl.rules.types import ANY


@function()
def alike(product: Product) -> Products:
    """Every product of the same kind, itself included, in stock or not."""
    return product.catalog.alike(product.row)


@function()
def similar(product: Product, count: int) -> Products:
    """The `count` products nearest in meaning to one, itself left out, nearest first: of any kind, in stock or not."""
    return product.catalog.similar(product.row, count)


@function(columns=True)
def match(product: Product, text: str) -> int:
    """How well a product matches a text, 0 to 100: the `match` that a search for that text shows."""
    if isinstance(product, Products):
        return product.catalog.match(text, product.rows)
    return int(product.catalog.match(text, [product.row])[0])


@function()
def exactly(field: str, value: Annotated[Any, ANY]) -> Filter:
    """The filter that lets through only products whose field has this value."""
    return {"field": field, "op": "is", "value": value}


FUNCTIONS = (meets, alike, similar, match, exactly)
