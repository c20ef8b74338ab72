"""The part of a catalog from which an episode takes the products that it is about.

A share of the catalog is held out: training episodes take their products from the rest, and held-out episodes from this
share. So an agent that has memorised what it was trained on knows none of the products that a held-out episode is about. A
kind of product is in one part as a whole, because many tasks compare all products of a kind. All products are for sale in
every episode, and can be searched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Ints, Mask, Rows
from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.hashing import draws, hash_bytes
from rlve_dsl.catalog.products.product import Product, Products, Project
from rlve_dsl.catalog.products.row_set import KeptRowSets, RowSet
from rlve_dsl.catalog.products.wishes import Filter
from rlve_dsl.catalog.search.results import Found, Hits
from rlve_dsl.expressions import Lambda
from rlve_dsl.rng import stable_hash

_SELECTIONS = 256
_ENOUGH = 0.75
"""A project that is not held out keeps at least this share of its needs for training."""


class Part(Catalog):
    """A part of a catalog, which a sampler draws from as from a whole one.

    What it lists, selects and finds are products of this part whose short name no other product of the catalog has. The
    products themselves belong to the whole catalog.

    Attributes:
        rows: The rows of the part.
        is_held_out: Whether it is the part of held-out episodes.
    """

    def __init__(self, whole: Catalog, rows: RowSet, projects: tuple[Project, ...], is_held_out: bool) -> None:
        vars(self).update(vars(whole))
        vars(self).pop("products", None)
        self._whole = whole
        self.rows = rows
        self.projects = projects
        self.is_held_out = is_held_out
        self._selected = KeptRowSets(_SELECTIONS)
        self._of_type = {}

    @property
    def whole(self) -> Catalog:
        """The catalog that this is a part of."""
        return self._whole

    @cached_property
    def products(self) -> Products:
        """The products of the part."""
        return Products(self._whole, self.rows)

    @cached_property
    def kinds(self) -> frozenset[int]:
        """The codes of the kinds of its products."""
        return frozenset(_different(self.table.columns.kind_code[self.rows.rows()]).tolist())

    def product(self, row: int) -> Product:
        """The product of a row, which may be in another part."""
        return self._whole.product(row)

    def alike(self, row: int) -> Products:
        """The products of the part that are of the same kind, itself included, in row order."""
        return self._mine(self._whole.alike(row))

    def similar(self, row: int, count: int) -> Products:
        """The products of the part among the `count` that are nearest in meaning to one."""
        return self._mine(self._whole.similar(row, count))

    def select(self, where: Lambda) -> Products:
        """The products of the part for which an expression holds, in order."""
        return Products(self._whole, self.rows_where(where))

    def rows_where(self, where: Lambda) -> RowSet:
        """The rows of `select`."""
        if where.key is not None and (kept := self._selected.get(where.key)) is not None:
            return kept
        selected = self._whole.rows_where(where).shared_with(self.rows)
        return selected if where.key is None else self._selected.keep(where.key, selected)

    def of_type(self, name: str, where: Lambda | None) -> Products:
        """The products of a type in the part for which an expression holds, in order."""
        key = (name, where.key) if where is not None and where.key is not None else None
        if key is not None and (kept := self._of_type.get(key)) is not None:
            return kept
        found = self._mine(self._whole.of_type(name, where))
        return found if key is None else self._keep_of_type(key, found)

    def filter(self, filters: Sequence[Filter]) -> Rows:
        """The rows of the part that satisfy every filter, in order."""
        rows = self._whole.filter(filters)
        return rows[self.rows.contains(rows)]

    def search(self, query: str, rows: Rows | None, top_k: int) -> Hits:
        """As `Catalog.search`, among these rows (those of the part when None)."""
        return self._whole.search(query, self.rows.rows() if rows is None else rows, top_k)

    def match(self, query: str, rows: Rows | Sequence[int]) -> Ints:
        """As `Catalog.match`, for any rows."""
        return self._whole.match(query, rows)

    def find(self, query: str, filters: Sequence[Filter], top_k: int) -> Found:
        """Search the products of the part that satisfy every filter."""
        rows = self.filter(filters) if filters else self.rows.rows()
        return Found(rows, self.search(query, rows, top_k))

    def _mine(self, products: Products) -> Products:
        return products.only(self.rows.contains(products.rows))


@lru_cache(maxsize=16)
def part_of(whole: Catalog, held_out: float, is_held_out: bool) -> Part:
    """The part of a catalog for held-out episodes, or for training episodes.

    With nothing held out, both parts are all products. A product whose short name others have is in no part: a shopper who
    names it could mean them.

    Args:
        whole: The catalog.
        held_out: The share of its products that is held out.
        is_held_out: Whether the part is for held-out episodes.
    """
    key = (held_out, is_held_out and held_out > 0)
    if key not in whole.parts:  # which catalogs with the same products share
        whole.parts[key] = _made(whole, *key)
    return Part(whole, *whole.parts[key], is_held_out)


def _made(whole: Catalog, held_out: float, is_held_out: bool) -> tuple[RowSet, tuple[Project, ...]]:
    rows = whole.table.namesakes == 0
    if held_out > 0:
        rows &= (_held_out_kinds(whole, held_out) == is_held_out)[whole.table.columns.kind_code]
    return RowSet(rows), _projects(whole, rows)


def _held_out_kinds(catalog: Catalog, share: float) -> Mask:
    """Which kinds are held out: those of some whole projects, then others, both in an order that hashes of names decide.

    A project needs several types, so its needs have to be in one part. Where types have so many kinds that both parts have
    kinds of nearly all types, no whole project is held out.
    """
    kinds = catalog.table.names("kind")
    sizes = np.bincount(catalog.table.columns.kind_code, minlength=len(kinds))
    wanted = share * catalog.size
    needs = {p["name"]: found for p in catalog.projects if (found := _kinds_of(catalog, p))}
    held = np.zeros(len(kinds), dtype=bool)
    if not len(kinds):
        return held
    if not any(_share(len(codes) * share >= 1 for codes in of_project) >= _ENOUGH for of_project in needs.values()):
        for name in sorted(needs, key=lambda name: stable_hash("held out", name)):
            more = held.copy()
            more[np.concatenate(needs[name])] = True
            kept = (_share(not more[codes].all() for codes in of_project) for of_project in needs.values())
            if sizes[more].sum() <= wanted and all(left == 0 or left >= _ENOUGH for left in kept):
                held = more
    names = np.array([kinds[code].encode() for code in range(len(kinds))], dtype=np.bytes_)
    order = np.argsort(draws(hash_bytes(names), "held out"), kind="stable")
    place = np.argsort(order)
    # one kind of every type that another project needs stays with training
    needed = [codes for of_project in needs.values() for codes in of_project if not held[codes].all()]
    kept_kinds = [codes[place[codes].argmax()] for codes in needed]
    free = order[~held[order] & ~np.isin(order, kept_kinds)]
    before = sizes[held].sum() + np.cumsum(sizes[free]) - sizes[free]
    held[free[before < wanted]] = True
    return held


def _kinds_of(catalog: Catalog, project: Project) -> list[NDArray[np.int64]]:
    """The kinds of each type that a project needs."""
    codes = catalog.table.columns.kind_code
    rows = (catalog.table.rows_named("type", need) for need in project["needs"])
    return [_different(codes[of_type]) for of_type in rows if len(of_type)]


def _different(codes: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """The different codes, in order. `np.unique` would do, but it imports numpy.ma."""
    return np.flatnonzero(np.bincount(codes)).astype(np.int64)


def _share(holds: Iterable[bool]) -> float:
    found = list(holds)
    return sum(found) / len(found) if found else 1.0


def _projects(catalog: Catalog, rows: Mask) -> tuple[Project, ...]:
    """The projects with the needs that the part has."""
    found = []
    for project in catalog.projects:
        needs = [need for need in project["needs"] if rows[catalog.table.rows_named("type", need)].any()]
        if needs:
            found.append(Project(name=project["name"], title=project["title"], needs=needs))
    return tuple(found)
