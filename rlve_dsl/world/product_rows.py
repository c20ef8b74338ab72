"""How a search shows products: a few fields in every row, and the fields that were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, NamedTuple, TypedDict
from weakref import WeakKeyDictionary

from rlve_dsl.catalog import Catalog, Filter
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.errors import Refusal
from rlve_dsl.expressions.types import ANY, Cents, Days, ProductId
from rlve_dsl.frozen import frozen
from rlve_dsl.readings import name_of
from rlve_dsl.values import Value
from rlve_dsl.world.records import pick
from rlve_dsl.world.scalars import named
from rlve_dsl.world.state import State


class ProductRow(TypedDict):
    """A product in the results of a search. `match` is how well it fits the query, 0 to 100.

    `kind` is shown where the kinds of a page differ. A row shows the other fields that may be unknown if the call asks for them,
    and those that a filter compares by `at_least` or `at_most`.
    """

    product_id: ProductId
    short_name: str
    price: Cents
    rating: float
    in_stock: bool
    match: int
    title: str | None
    kind: str | None
    department: str | None
    brand: str | None
    reviews: int | None
    ships_in: Days | None
    restricted: bool | None
    attributes: Annotated[Value, ANY] | None


class SearchPage(TypedDict):
    """The results of a search. `total` counts all products that pass the filters, shown or not.

    `kind` is the kind of all products shown, where they have the same. `attributes` are the names of the attributes that
    these products have and the rows do not show.
    """

    total: int
    kind: str | None
    attributes: list[str] | None
    products: list[ProductRow]


_ALWAYS = ("product_id", "short_name", "price", "rating", "in_stock", "match")
ON_REQUEST = tuple(name for name in ProductRow.__annotations__ if name not in _ALWAYS)
"""The fields that a row shows only if they are asked for."""

_MOST_ASKED = 50
_MOST_NAMED = 12  # attributes that a page names
_KEPT = 40_000
_VIEWS_KEPT = 64


@frozen
class View:
    """What rows show on request: fields, and attributes by their names (all of them if `attributes` is among the fields)."""

    fields: frozenset[str]
    attributes: frozenset[str] = frozenset()


class _Details(TypedDict):
    """All that a row can show and that never changes."""

    product_id: ProductId
    short_name: str
    price: Cents
    rating: float
    in_stock: bool
    title: str
    kind: str
    department: str
    brand: str
    reviews: int
    ships_in: Days
    restricted: bool
    attributes: Mapping[str, Value]


class _Shown(NamedTuple):
    """What rows of one product and one view differ in."""

    row: int
    match: int
    with_kind: bool
    is_gone: bool


@dataclass(slots=True)
class _Kept:
    """What is read of a catalog once, as building a title costs more than all the rest: details, and rows by view.

    Nobody changes a row, so all live episodes that show it share it.
    """

    details: dict[int, _Details] = field(default_factory=dict)
    rows: dict[View, dict[_Shown, ProductRow]] = field(default_factory=dict)


_kept_of: WeakKeyDictionary[Catalog, _Kept] = WeakKeyDictionary()


def view_of(catalog: Catalog, names: Sequence[str], filters: Sequence[Filter]) -> View:
    """Return what rows show: the fields and attributes that are named, and those that a filter bounds.

    Raises:
        Refusal: When there are too many names, or one is neither a field nor an attribute.
    """
    if len(names) > _MOST_ASKED:
        raise Refusal(f"at most {_MOST_ASKED} fields")
    bounded = (f["field"] for f in filters if f["op"] != "is")
    wanted = {*(_known(catalog, name) for name in names), *bounded}
    asked = wanted.intersection(ON_REQUEST)
    return View(frozenset(asked), frozenset(wanted - asked - {*_ALWAYS}))


def _known(catalog: Catalog, written: str) -> str:
    names = (*ON_REQUEST, *_ALWAYS, *catalog.attribute_names)
    known = written if written in names else name_of(written, names)
    if known is None:
        near = did_you_mean(written, names)
        listed = f"the fields are {', '.join(ON_REQUEST)}, and the attributes that results name"
        raise Refusal(f"there is no field {named(written)}: {near or listed}")
    return known


def page_of(state: State, total: int, found: Sequence[int], match: Sequence[int], view: View) -> SearchPage:
    """Return the page that shows these rows of the catalog, each with its match."""
    catalog, gone = state.catalog, state.gone
    kept = _kept_of.setdefault(catalog, _Kept())
    if max(len(kept.details), sum(map(len, kept.rows.values()))) > _KEPT or len(kept.rows) > _VIEWS_KEPT:
        kept.details.clear()
        kept.rows.clear()
    details = [kept.details.get(row) or kept.details.setdefault(row, _details(catalog, row)) for row in found]
    rows = kept.rows.setdefault(view, {})
    kinds = {one["kind"] for one in details}
    with_kind, products = len(kinds) > 1, list[ProductRow]()
    for row, one, m in zip(found, details, match, strict=True):
        shown = _Shown(row, m, with_kind, one["product_id"] in gone)
        products.append(rows.get(shown) or rows.setdefault(shown, _row(one, view, shown)))
    return {
        "total": total,
        "kind": kinds.pop() if len(kinds) == 1 else None,
        "attributes": None if "attributes" in view.fields else _attributes(details, view),
        "products": products,
    }


def _details(catalog: Catalog, row: int) -> _Details:
    product = catalog.product(row)
    return pick(_Details, product, product_id=product["id"])


def _row(details: _Details, view: View, shown: _Shown) -> ProductRow:
    asked: dict[str, Value] = {name: details.get(name) if name in view.fields else None for name in ON_REQUEST}
    if view.attributes and not asked["attributes"]:
        asked["attributes"] = {name: v for name, v in details["attributes"].items() if name in view.attributes}
    row = pick(ProductRow, {**details, **asked}, match=shown.match)
    if shown.with_kind:
        row["kind"] = details["kind"]
    if shown.is_gone:
        row["in_stock"] = False
    return row


def _attributes(details: Sequence[_Details], view: View) -> list[str] | None:
    """The names of the attributes that rows do not show, those that most products have first."""
    counts: Counter[str] = Counter()
    # most rows of a page have the same attributes
    for names, times in Counter([tuple(one["attributes"]) for one in details]).items():
        counts.update({name: times for name in names if name not in view.attributes})
    return sorted(counts, key=lambda name: (-counts[name], name))[:_MOST_NAMED] or None
