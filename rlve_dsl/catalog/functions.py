"""Functions of the language that look things up in a catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np

from rlve_dsl.catalog.products.product import NO_PRICE, Product, Products
from rlve_dsl.catalog.products.wishes import COMPARE, STANDING, Constraint, Filter, Weights, comparable
from rlve_dsl.expressions import function
from rlve_dsl.expressions.types import ANY, DAYS, INT, MONEY, REAL, TEXT, ProductId, Record
from rlve_dsl.values import Value

_NOT_KNOWN: Mapping[str, object] = {"price": NO_PRICE, "rating": 0}

WISHED = Record(
    "Wished",
    (("brand", TEXT), ("price", MONEY), ("rating", REAL), ("reviews", INT), ("ships_in", DAYS), ("attributes", ANY)),
)
"""What a record must have for `meets` to judge it: a product, or a row of a search."""


@function(columns=True)
def meets(it: Annotated[Value, WISHED], c: Constraint) -> bool:
    """Whether a product, or a row that a tool showed, meets a wish. A product without the wished field does not meet it."""
    if isinstance(it, Products):
        return it.catalog.meeting(it.rows, c)  # type: ignore[return-value]  # a column for a table, as `columns` says
    field = c["field"]
    value = it[field] if field in STANDING else it["attributes"].get(field)
    if value == _NOT_KNOWN.get(field, ...):
        return False
    return comparable(c["op"], value, c["value"]) and bool(COMPARE[c["op"]](value, c["value"]))


@function()
def alike(product: Product) -> Products:
    """All products of the same kind, in stock or not. The product itself is one of them."""
    return product.catalog.alike(product.row)


@function()
def similar(product: Product, count: int) -> Products:
    """The `count` products that are nearest in meaning to this one, nearest first: any kind, in stock or not, without itself."""
    return product.catalog.similar(product.row, count)


@function(columns=True)
def match(product: Product, text: str) -> int:
    """How well a product matches a text, from 0 to 100. A search for the text shows the same number as `match`."""
    if isinstance(product, Products):
        return product.catalog.match(text, product.rows)
    return int(product.catalog.match(text, [product.row])[0])


@function()
def found(ids: Sequence[ProductId], among: Products) -> Sequence[Product]:
    """The products in `among` that have these ids, in the order of the ids, each once. Other ids are left out."""
    unique = dict.fromkeys(ids)
    if isinstance(among, Products):
        catalog = among.catalog
        allowed = None if len(among) == catalog.size else set(among.rows.tolist())  # None: all rows
        named = (row for id_ in unique if (row := catalog.row_of(id_)) is not None)
        rows = [row for row in named if allowed is None or row in allowed]
        return Products(catalog, np.array(rows, dtype=np.int64))
    products = {product["id"]: product for product in among}
    return [products[id_] for id_ in unique if id_ in products]


@function()
def exactly(field: str, value: Annotated[Value, ANY]) -> Filter:
    """A search filter: only products whose field has exactly this value pass it."""
    return {"field": field, "op": "is", "value": value}


@function()
def at_least(field: str, value: Annotated[Value, ANY]) -> Filter:
    """A search filter: only products whose field is at least this value pass it."""
    return {"field": field, "op": "at_least", "value": value}


@function()
def at_most(field: str, value: Annotated[Value, ANY]) -> Filter:
    """A search filter: only products whose field is at most this value pass it."""
    return {"field": field, "op": "at_most", "value": value}


@function()
def weigh(
    price: float | None = None,
    rating: float | None = None,
    ships_in: float | None = None,
    brand: float | None = None,
    match: float | None = None,
    wishes: float | None = None,
) -> Weights:
    """How much each thing counts, as `catalog.rerank` takes it. What is left out does not count."""
    return {"price": price, "rating": rating, "ships_in": ships_in, "brand": brand, "match": match, "wishes": wishes}


@function()
def fields(rows: Sequence[Annotated[Value, WISHED]]) -> Sequence[str]:
    """What a wish can be about, as far as the rows show it: the names of their attributes, then price, rating, and so on."""
    names = sorted({name for row in rows for name in row["attributes"]})
    return [*names, *(name for name in STANDING if rows)]


@function()
def words_for(product: Product, field: str) -> Sequence[str]:
    """The words by which people ask for an attribute of a product like this one, or for its price, rating and so on, as far as the catalog has any."""
    return product.catalog.words_for(product.row, field)


FUNCTIONS = (meets, alike, similar, match, found, exactly, at_least, at_most, weigh, fields, words_for)
