"""Worlds in which tools and events of a plugin are called, and values that fit them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from rlve_dsl import files
from rlve_dsl.catalog import Catalog, generate
from rlve_dsl.expressions import Lambda, Signature, python_name
from rlve_dsl.expressions.types import (
    BOOL,
    DAYS,
    INT,
    MONEY,
    REAL,
    TEXT,
    Enum,
    Id,
    Keyed,
    ListOf,
    Optional,
    Over,
    Record,
    Type,
)
from rlve_dsl.frozen import frozen
from rlve_dsl.packaged import packaged_path
from rlve_dsl.values import Value
from rlve_dsl.world import CART_LINE, ENTITIES, TABLES, Kind, Row, Rows, Table, empty_tables

_PRODUCTS = 60
_ROWS = 4


@frozen
class World:
    """Something to call tools and events in: what it is called in messages, the catalog, what is in the slots, and the axes."""

    name: str
    catalog: Catalog
    provided: Mapping[str, Any]
    axes: Mapping[str, Value]

    @property
    def known(self) -> dict[str, list[Value]]:
        """The values that are in slots and tables, by the names of their fields."""
        found: dict[str, list[Value]] = {}
        tables = self.provided.get(TABLES)
        parts = [value for slot, value in self.provided.items() if slot != TABLES]
        _collect([*parts, *(tables.names.values() if tables is not None else ())], found)
        return found


@dataclass(frozen=True)
class AllAre(Mapping[str, Any]):
    """Axes that all have one value."""

    value: int

    def __getitem__(self, name: str) -> int:
        return self.value

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


@frozen
class Values:
    """Makes values of types: numbers of about one size, and where they can be had, values that a world holds.

    Attributes:
        catalog: Where products are from.
        size: The size of numbers, and the length of lists, which are in no order that a primitive could rely on.
        real: Real numbers.
        known: The values that there are, by the names of fields.
        pick: Which of them is taken.
    """

    catalog: Catalog
    size: int
    real: float
    known: Mapping[str, list[Value]] = field(default_factory=dict)
    pick: int = 0

    def arguments(self, signature: Signature) -> dict[str, Value]:
        """Arguments for a call: those that must be given."""
        return {python_name(p.name): self.named(p.name, p.type) for p in signature.parameters if p.required}

    def named(self, name: str, type_: Type) -> Value:
        """A value for an argument or a field of this name."""
        inner = type_.item if isinstance(type_, Optional) else type_
        if isinstance(inner, Id) or inner == TEXT:
            names = (f"{inner.of}_id", name) if isinstance(inner, Id) else (name,)
            for values in (self.known.get(one) for one in names):
                if values:
                    return values[self.pick % len(values)]
        return self.of(type_)

    def of(self, type_: Type, more: int = 0) -> Value:
        """A value of a type; `more` makes it another one."""
        number = self.size + more
        match type_:
            case Optional(item=item):
                return self.of(item, more)
            case ListOf(item=item) | Keyed(item=item):
                return [self.of(item, more + n) for n in (*range(1, self.size), *range(min(self.size, 1)))]
            case Record(name="product"):
                return self.catalog.product(number % self.catalog.size)
            case Record(fields=named):
                return {name: self.of(of, more) for name, of in named}
            case Enum(values=values):
                return values[number % len(values)]
            case Id(of="product"):
                return self.catalog.product(number % self.catalog.size)["id"]
            case Over(result=result):
                return Lambda(lambda item: self.of(result))
        if type_ == REAL:
            return self.real
        if type_ == BOOL:
            return number % 2 == 1
        return number if type_ in (INT, MONEY, DAYS) else f"text {number}"


def made_up(kinds: Iterable[Kind], catalog: Catalog, provided: Mapping[str, Any], level: int) -> World:
    """A world with what samplers have prepared, some cart lines, and some rows of each of these entities."""
    own = list(kinds)
    ids = {kind.name: [_id(kind, number) for number in range(_ROWS)] for kind in own if not kind.hidden}
    known = {f"{kind.name}_id": ids[kind.name] for kind in own if kind.name in ids}
    known.update({kind.key: ids[kind.name] for kind in own if kind.name in ids})
    begun = {kind.table: _rows(kind, ids[kind.name], catalog, known) for kind in own if kind.name in ids}
    cart = {
        line["line_id"]: line
        for number, row in enumerate(row for row in range(catalog.size) if not catalog.variants(row))
        if number < 2
        for line in [_cart_line(f"L{number + 1}", catalog.product(row))]
    }
    tables = empty_tables((CART_LINE, *_others(own)), {**begun, CART_LINE.table: Table(Rows(cart))})
    return World("worlds that are made up", catalog, {**provided, TABLES: tables}, AllAre(level))


def _others(own: Iterable[Kind]) -> list[Kind]:
    return [kind for kind in (*ENTITIES, *own) if kind.name != CART_LINE.name]


def _id(kind: Kind, number: int) -> str:
    """An id as the entity declares it, or one that says what it is of."""
    digits = kind.ids.count("#")
    return f"{kind.ids.rstrip('#')}{10 ** (digits - 1) + 7 * number + 1}" if digits else f"{kind.name}-{number + 1}"


def _rows(kind: Kind, ids: list[str], catalog: Catalog, known: Mapping[str, list[Value]]) -> Table:
    """Rows that differ in their words and numbers. In the first one nothing is known that need not be."""
    rows: dict[str, Row] = {}
    for number, key in enumerate(ids):
        values = Values(catalog, number + 1, (number + 1) / _ROWS, known, number)
        row: Row = {name: values.named(name, of) for name, of in kind.record.fields}
        if number == 0:
            row.update({name: None for name, of in kind.record.fields if isinstance(of, Optional)})
        rows[key] = {**row, kind.key: key}
    return Table(Rows(rows))


def _cart_line(line_id: str, product: Any) -> Row:
    return {
        "line_id": line_id, "product_id": product["id"], "variant_id": None, "label": None, "short_name": product["short_name"],
        "qty": 1, "price": product["price"], "in_stock": True,
    }  # fmt: skip


def _collect(parts: Iterable[Any], found: dict[str, list[Value]]) -> None:
    """Adds the texts and numbers within values to those of the same name."""
    for part in parts:
        if isinstance(part, Mapping):
            for name, value in part.items():
                if isinstance(value, str | int | float):
                    if value not in found.setdefault(str(name), []):
                        found[str(name)].append(value)
                else:
                    _collect([value], found)
        elif isinstance(part, list | tuple | Table):
            _collect(part, found)


@cache
def small_catalog() -> Catalog:
    """A few products."""
    spec = files.load(packaged_path("package:rlve_dsl/catalogs/pocket.yaml")).spec
    assert isinstance(spec, files.Catalog)
    return generate(spec, _PRODUCTS)
