"""Functions of the language that look things up in a catalog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from rlve_dsl.catalog.products.product import Product, Products
from rlve_dsl.catalog.products.wishes import Filter, meets
from rlve_dsl.expressions import function
from rlve_dsl.expressions.types import ANY, ProductId


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
def found(ids: Sequence[ProductId], among: Products) -> Sequence[Product]:
    """Those of the products that have one of these ids, each once, in the order of the ids; an id of none is left out."""
    unique = dict.fromkeys(ids)
    if isinstance(among, Products):
        catalog = among.catalog
        there = None if len(among) == catalog.size else set(among.rows.tolist())  # None: everything is there
        named = (row for id_ in unique if (row := catalog.row_of(id_)) is not None)
        rows = [row for row in named if there is None or row in there]
        return Products(catalog, np.array(rows, dtype=np.int64))
    products = {product["id"]: product for product in among}
    return [products[id_] for id_ in unique if id_ in products]


@function()
def exactly(field: str, value: Annotated[Any, ANY]) -> Filter:
    """The filter that lets through only products whose field has this value."""
    return {"field": field, "op": "is", "value": value}


FUNCTIONS = (meets, alike, similar, match, found, exactly)
