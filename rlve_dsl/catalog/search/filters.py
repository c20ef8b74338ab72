"""Which rows satisfy conditions on their fields: the narrowest inverted list first, then the rest of them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.products.columns import BLOCK, NAMED, Table
from rlve_dsl.catalog.products.product import NO_PRICE, Rows
from rlve_dsl.catalog.products.wishes import COMPARE, Filter, Op, UnknownField, WrongValue, comparable

_NUMBERS = ("price", "rating", "reviews", "ships_in")
_FLAGS = ("in_stock", "restricted", "has_price")
_KEPT = 4096


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A comparison's outcome for every value of an attribute: in `holds` from `base[shelf]` on, False at the very end.

    `slot[shelf]` is where the shelf has the attribute, -1 for nowhere.
    """

    slot: NDArray[np.int64]
    base: NDArray[np.int64]
    holds: NDArray[np.bool_]


class Filters:
    """The filters that a table's fields and attributes allow."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._outcomes: dict[Hashable, _Outcome] = {}

    @cached_property
    def _places(self) -> Mapping[str, tuple[tuple[int, int], ...]]:
        return self._table.taxonomy.attributes

    @property
    def fields(self) -> tuple[str, ...]:
        """What a filter may name: the fields of every product, then the attributes in alphabetical order."""
        return (*NAMED, *_NUMBERS, *_FLAGS, *sorted(self._places))

    def rows(self, filters: Sequence[Filter]) -> Rows:
        """The rows that satisfy every filter, in order; raises UnknownField or WrongValue for one that cannot be."""
        for f in filters:
            self.check(f)
        narrow = [self._table.listed(f["field"], f["value"]) for f in filters if f["field"] in NAMED]
        if narrow:
            rows = min(narrow, key=len)
            for f in filters:
                rows = rows[self.holds(f["field"], f["op"], f["value"], rows)]
            return rows
        found = [self._block(filters, start) for start in range(0, self._table.size, BLOCK)]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def _block(self, filters: Sequence[Filter], start: int) -> Rows:
        block = slice(start, min(start + BLOCK, self._table.size))
        mask = np.ones(block.stop - start, dtype=bool)
        for f in filters:
            mask &= self.holds(f["field"], f["op"], f["value"], block)
        return start + np.flatnonzero(mask)

    def holds(self, field: str, op: Op, value: Any, rows: Rows | slice) -> NDArray[np.bool_]:
        """For each row, whether its field compares so with the value; a row without the field or attribute fails."""
        table = self._table
        if field in NAMED:
            code = table.names(field).find(value) if isinstance(value, str) else None
            return np.asarray(table.codes(field, rows) == (-1 if code is None else code))
        if field not in self._places:
            held = np.asarray(COMPARE[op](table.values(field, rows), value), dtype=bool)
            if field == "price":
                held &= table.columns.price[rows] != NO_PRICE
            elif field == "rating":
                held &= table.columns.rating_tenths[rows] != 0
            return held
        outcome = self._outcome(field, op, value)
        shelves = table.columns.type_code[rows]
        slots = outcome.slot[shelves]
        codes = np.take_along_axis(table.columns.slots[rows], np.maximum(slots, 0)[:, None], axis=1)[:, 0]
        return outcome.holds[np.where((slots < 0) | (codes < 0), -1, outcome.base[shelves] + codes)]

    def _outcome(self, name: str, op: Op, value: Any) -> _Outcome:
        key = (name, op, type(value), value)
        if (kept := self._outcomes.get(key)) is not None:
            return kept
        shelves = self._table.taxonomy.shelves
        slot = np.full(len(shelves), -1, dtype=np.int64)
        base = np.zeros(len(shelves), dtype=np.int64)
        bases: dict[int, int] = {}
        holds: list[bool] = []
        for shelf, place in self._places[name]:
            attribute = shelves[shelf].attributes[place]
            if id(attribute) not in bases:  # shelves of an imported catalog share theirs
                bases[id(attribute)] = len(holds)
                holds.extend(comparable(op, v, value) and COMPARE[op](v, value) for v in attribute.values)
            slot[shelf], base[shelf] = place, bases[id(attribute)]
        if len(self._outcomes) >= _KEPT:
            self._outcomes.clear()
        kept = self._outcomes[key] = _Outcome(slot, base, np.array([*holds, False]))
        return kept

    def check(self, f: Filter) -> None:
        """Raises UnknownField or WrongValue for a filter that cannot be applied."""
        field, op, value = f["field"], f["op"], f["value"]
        if field in self._places:
            attributes = [self._table.taxonomy.shelves[s].attributes[j] for s, j in self._places[field]]
            fine = any(comparable(op, a.values[0], value) for a in attributes)
            numeric = any(a.type in ("int", "real") for a in attributes)
            takes = "`is`, `at_least` or `at_most` and a number" if numeric else "`is` and one of its values"
        elif field in _NUMBERS:
            fine, takes = comparable(op, 0, value), "`is`, `at_least` or `at_most` and a number"
        elif field in _FLAGS:
            fine, takes = comparable(op, True, value), "`is` and true or false"
        elif field in NAMED:
            fine, takes = comparable(op, "", value), "`is` and a text"
        else:
            raise UnknownField(field, self.fields)
        if not fine:
            raise WrongValue(field, op, value, takes)
