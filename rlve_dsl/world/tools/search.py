"""Searching the catalog, with search noise that leaves results out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from rlve_dsl.catalog import Catalog, Filter, FilterError, Rows, UnknownField
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.errors import Refusal
from rlve_dsl.world.product_rows import SearchPage, page_of, view_of
from rlve_dsl.world.queries import check_query
from rlve_dsl.world.scalars import named
from rlve_dsl.world.store import LEFT_OUT
from rlve_dsl.world.tool import Shop, tool

MOST_FILTERS = 100
_NONE = frozenset[str]()
_NARROWING = ("kind", "department", "brand")
Sort = Literal["cheapest", "best_rated", "fastest"]
_SORTED_BY: Mapping[Sort, tuple[str, int]] = {
    "cheapest": ("price", 1),
    "best_rated": ("rating", -1),
    "fastest": ("ships_in", 1),
}

# Nothing shows a product's type. Where a price is not known, it is shown as null.
_HIDDEN = ("type", "has_price")
_FIELDS = ("kind", "department", "brand", "price", "rating", "reviews", "ships_in", "in_stock", "restricted")


@tool("catalog.search", axes=("search_depth", "search_noise"), rows=("products", "product_id"), shows="fields")
def search(
    shop: Shop,
    query: str,
    filters: Sequence[Filter] = (),
    top_k: int = 10,
    fields: Sequence[str] = (),
    sort: Sort | None = None,
) -> SearchPage:
    """Search the catalog, best match first; it may miss products, other ones each time. A product shown before has only its id and what
    has changed.

    query: what to look for, in words
    filters: conditions on kind, department, brand, price, rating, reviews, ships_in, in_stock, restricted or an attribute; all must hold
    top_k: the most products to show
    fields: what else rows show: title, kind, department, brand, reviews, ships_in, attributes, or one attribute's name
    sort: the order of what is found, in place of the best match first; a filter then names a kind, department or brand
    """
    if top_k < 1:
        raise Refusal("top_k must be at least 1")
    check_query(query)
    if len(filters) > MOST_FILTERS:
        raise Refusal(f"at most {MOST_FILTERS} filters")
    catalog = shop.catalog
    shown = min(top_k, shop.axes.get("search_depth", top_k))
    filters = [read_filter(catalog, f) for f in filters]
    view = view_of(catalog, fields, filters)
    if sort is not None:
        if not any(f["field"] in _NARROWING for f in filters):
            raise Refusal("with `sort`, a filter has to name a kind, a department or a brand")
        in_order = _filtered(shop, filters)
        return page_of(shop.state, len(in_order), *_sorted(shop, query, filters, in_order, sort, shown), view)
    if shop.state.gone and any(f["field"] == "in_stock" for f in filters):
        rows: Rows | None = _filtered(shop, filters)
        hits = catalog.search(query, rows, shown)
    else:
        result = catalog.find(query, filters, shown)
        rows, hits = result.among, result.hits
    found, match = hits.rows.tolist(), hits.match.tolist()
    if (noise := shop.axes.get("search_noise", 0.0)) > 0:
        found, match = _displace(shop, query, filters, rows, found, match, noise)
    return page_of(shop.state, catalog.size if rows is None else len(rows), found, match, view)


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
        is_gone = np.zeros(catalog.size, dtype=bool)
        is_gone[sold_out] = True
        return rows[~is_gone[rows]]
    for f in filters:
        if f["field"] != "in_stock":
            sold_out = sold_out[catalog.meeting(sold_out, f)]
    both = np.sort(np.concatenate((rows, sold_out)))  # as `np.union1d`
    return both[np.diff(both, prepend=-1) > 0]


def _sorted(
    shop: Shop, query: str, filters: Sequence[Filter], rows: Rows, sort: Sort, most: int
) -> tuple[list[int], list[int]]:
    """The first of these rows in an order other than by match, and their match. What search noise leaves out, the next search
    shows."""
    catalog, noise = shop.catalog, shop.axes.get("search_noise", 0.0)
    key = _key(query, filters, sort)
    exempt = _left_out(shop, key)
    found, left_out = list[int](), list[str]()
    for row in _in_order(catalog, rows, sort, 4 * most + 16):
        if len(found) == most:
            break
        product_id = catalog.readers["id"](row)
        if noise > 0 and product_id not in exempt and shop.stream.chance(noise):
            left_out.append(product_id)
        else:
            found.append(row)
    if left_out or exempt:
        _leave_out(shop, key, left_out)
    match: list[int] = catalog.match(query, np.array(found, dtype=np.int64)).tolist() if found else []
    return found, match


def _in_order(catalog: Catalog, rows: Rows, sort: Sort, most: int) -> list[int]:
    """The first rows in this order; of equal ones the lower row comes first."""
    field, sign = _SORTED_BY[sort]
    values = sign * np.asarray(catalog.values(field, rows))
    if len(rows) > most:
        within = np.partition(values, most - 1)[most - 1]
        rows, values = rows[values <= within], values[values <= within]
    ordered: list[int] = rows[np.argsort(values, kind="stable")].tolist()
    return ordered[:most]


def _both(few: Rows, many: Rows) -> Rows:
    """The rows in both, each sorted. `few` is looked up in `many`, which may be half of a large catalog."""
    if not len(many):
        return many
    at = np.minimum(np.searchsorted(many, few), len(many) - 1)
    both: Rows = few[many[at] == few]
    return both


def _key(query: str, filters: Sequence[Filter], *more: str) -> str:
    """What makes two searches the same."""
    return json.dumps([query, [[f["field"], f["op"], f["value"]] for f in filters], *more], ensure_ascii=False)


def _left_out(shop: Shop, key: str) -> frozenset[str]:
    """The ids of the products that the last search of a query left out."""
    row = shop.table(LEFT_OUT.name).at(key)
    return _NONE if row is None else frozenset(row["product_ids"])


def _leave_out(shop: Shop, key: str, ids: list[str]) -> None:
    """Note the products that this search of a query leaves out."""
    if shop.table(LEFT_OUT.name).is_free(key):
        shop.create(LEFT_OUT.name, {"query": key, "product_ids": ids})
    else:
        shop.set(LEFT_OUT.name, key, "product_ids", ids)


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
    if not out and not shop.table(LEFT_OUT.name).over:
        return found, match
    key = _key(query, filters)
    exempt = _left_out(shop, key)
    ids = {place: catalog.readers["id"](found[place]) for place in out}
    out = [place for place in out if ids[place] not in exempt]
    if out or exempt:
        _leave_out(shop, key, [ids[place] for place in out])
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
