"""Searching the catalog, with search noise that leaves results out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, TypedDict
from weakref import WeakKeyDictionary

import numpy as np

from rlve_dsl.catalog import Catalog, Filter, FilterError, Rows, UnknownField
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.expressions.types import ANY, Cents, Days, ProductId
from rlve_dsl.values import Value
from rlve_dsl.world.effects import RowsDisplaced
from rlve_dsl.world.records import pick
from rlve_dsl.world.scalars import named
from rlve_dsl.world.tool import Refusal, Shop, check_query, tool

MOST_FILTERS = 100

# Nothing shows a product's type. Where a price is not known, it is shown as null.
_HIDDEN = ("type", "has_price")
_FIELDS = ("kind", "department", "brand", "price", "rating", "reviews", "ships_in", "in_stock", "restricted")


class ProductRow(TypedDict):
    """A product in the results of a search. `match` is how well it fits the query, 0 to 100."""

    product_id: ProductId
    title: str
    short_name: str
    kind: str
    brand: str
    price: Cents
    rating: float
    reviews: int
    ships_in: Days
    in_stock: bool
    attributes: Annotated[Value, ANY]
    match: int


class SearchPage(TypedDict):
    """The results of a search. `total` counts all products that pass the filters, shown or not."""

    total: int
    products: list[ProductRow]


@tool("catalog.search", axes=("search_depth", "search_noise"))
def search(shop: Shop, query: str, filters: Sequence[Filter] = (), top_k: int = 10) -> SearchPage:
    """Search the catalog, best match first. A search may miss products; the same one again shows what it missed.

    query: what to look for, in words
    filters: conditions on kind, department, brand, price, rating, reviews, ships_in, in_stock, restricted or an attribute; all must hold
    top_k: the most products to show
    """
    if top_k < 1:
        raise Refusal("top_k must be at least 1")
    check_query(query)
    if len(filters) > MOST_FILTERS:
        raise Refusal(f"at most {MOST_FILTERS} filters")
    catalog = shop.catalog
    shown = min(top_k, shop.axes.get("search_depth", top_k))
    filters = [read_filter(catalog, f) for f in filters]
    if shop.state.gone and any(f["field"] == "in_stock" for f in filters):
        rows: Rows | None = _filtered(shop, filters)
        hits = catalog.search(query, rows, shown)
    else:
        result = catalog.find(query, filters, shown)
        rows, hits = result.among, result.hits
    found, match = hits.rows.tolist(), hits.match.tolist()
    if (noise := shop.axes.get("search_noise", 0.0)) > 0:
        found, match = _displace(shop, query, filters, rows, found, match, noise)
    return {"total": catalog.size if rows is None else len(rows), "products": _product_rows(shop, found, match)}


def read_filter(catalog: Catalog, written: Filter) -> Filter:
    """The filter that an agent wrote, in its own form; a Refusal where it names what no product has."""
    try:
        return catalog.read_filter(written, _HIDDEN)
    except UnknownField as unknown:
        near = did_you_mean(unknown.field, unknown.known)
        listed = f"the fields are {', '.join(_FIELDS)}, and the attributes that results show"
        raise Refusal(f"unknown filter field {named(unknown.field)}: {near or listed}") from None
    except FilterError as error:
        raise Refusal(str(error)) from None


def _filtered(shop: Shop, filters: Sequence[Filter]) -> Rows:
    """The rows that satisfy every filter as results show them: what went out of stock in this episode is out of stock."""
    catalog, gone = shop.catalog, shop.state.gone
    rows = catalog.filter(filters)
    wanted = [f["value"] for f in filters if f["field"] == "in_stock"]
    if not gone or not wanted:
        return rows
    sold_out = np.array(sorted(row for id_ in gone if (row := catalog.row_of(id_)) is not None), dtype=np.int64)
    if any(wanted):
        return np.setdiff1d(rows, sold_out)
    for f in filters:
        if f["field"] != "in_stock":
            sold_out = sold_out[catalog.meeting(sold_out, f)]
    return np.union1d(rows, sold_out)


_KEPT = 20_000
_rows_of: WeakKeyDictionary[Catalog, dict[int, ProductRow]] = WeakKeyDictionary()


def _product_rows(shop: Shop, found: list[int], match: list[int]) -> list[ProductRow]:
    catalog, gone = shop.catalog, shop.state.gone
    kept = _rows_of.setdefault(catalog, {})
    if len(kept) > _KEPT:
        kept.clear()
    out = []
    for row, m in zip(found, match, strict=True):
        # fields that never change are read once: building a title costs more than all the rest
        fixed = kept.get(row) or kept.setdefault(row, _fixed(catalog, row))
        shown = fixed.copy()
        shown["match"] = m
        if fixed["product_id"] in gone:
            shown["in_stock"] = False
        out.append(shown)
    return out


def _fixed(catalog: Catalog, row: int) -> ProductRow:
    product = catalog.product(row)
    return pick(ProductRow, product, product_id=product["id"], match=0)


def _both(few: Rows, many: Rows) -> Rows:
    """The rows in both, each sorted. `few` is looked up in `many`, which may be half of a large catalog."""
    if not len(many):
        return many
    at = np.minimum(np.searchsorted(many, few), len(many) - 1)
    both: Rows = few[many[at] == few]
    return both


def _displace(
    shop: Shop,
    query: str,
    filters: Sequence[Filter],
    rows: Rows | None,
    found: list[int],
    match: list[int],
    noise: float,
) -> tuple[list[int], list[int]]:
    """The hits with some left out, each replaced by another product of its kind that passes the filters, if there is one.

    Products that the last search of this query left out are shown now, so that searching twice shows everything.
    """
    catalog, stream = shop.catalog, shop.stream
    out = [place for place in range(len(found)) if stream.chance(noise)]
    if not out and not shop.state.left_out:
        return found, match
    key = json.dumps([query, [[f["field"], f["op"], f["value"]] for f in filters]], ensure_ascii=False)
    exempt = shop.state.left_out.get(key, frozenset())
    ids = {place: catalog.readers["id"](found[place]) for place in out}
    out = [place for place in out if ids[place] not in exempt]
    if out or exempt:
        shop.record(RowsDisplaced(key, tuple(ids[place] for place in out)))
    if not out:
        return found, match
    instead: dict[int, int] = {}
    taken = set(found)
    for place in out:
        kind = catalog.alike(found[place]).rows
        passing = kind if rows is None else _both(kind, rows)
        others = [r for r in passing.tolist() if r not in taken]
        if others:
            instead[place] = stream.choice(others)
            taken.add(instead[place])
    matches = catalog.match(query, np.array(list(instead.values()), dtype=np.int64)).tolist() if instead else []
    new = dict(zip(instead, zip(instead.values(), matches, strict=True), strict=True))
    gone = set(out) - instead.keys()
    pairs = [new.get(place, pair) for place, pair in enumerate(zip(found, match, strict=True)) if place not in gone]
    return [row for row, _ in pairs], [m for _, m in pairs]
