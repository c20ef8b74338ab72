"""Which rows satisfy conditions on their fields: the narrowest inverted list first, then the rest of them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.columns import NAMED, Table
from rlve_dsl.catalog.product import Rows
from rlve_dsl.catalog.wishes import COMPARE, Filter, Op, UnknownField, WrongValue, comparable

_NUMBERS = ("price", "rating", "reviews", "ships_in")
_FLAGS = ("in_stock", "restricted")
_KEPT = 4096


class _Lists:
    """The rows of each code of a column, in row order."""

    def __init__(self, names: Sequence[str], codes: NDArray[Any]) -> None:
        self._code = {name: code for code, name in enumerate(names)}
        self._order = np.argsort(codes, kind="stable").astype(np.int64)
        self._ends = np.cumsum(np.bincount(codes, minlength=len(names)))

    def rows(self, name: str) -> Rows:
        code = self._code.get(name)
        if code is None:
            return np.zeros(0, dtype=np.int64)
        return self._order[(self._ends[code - 1] if code else 0) : self._ends[code]]


class Filters:
    """The filters that a table's fields and attributes allow."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._places = table.taxonomy.attributes
        self._lists: dict[str, _Lists] = {}
        self._outcomes: dict[Hashable, tuple[NDArray[np.int8], NDArray[np.bool_]]] = {}
        self._all = np.arange(table.size, dtype=np.int64)

    @property
    def fields(self) -> tuple[str, ...]:
        """What a filter may name: the fields of every product, then the attributes in alphabetical order."""
        return (*NAMED, *_NUMBERS, *_FLAGS, *sorted(self._places))

    def rows(self, filters: Sequence[Filter]) -> Rows:
        """The rows that satisfy every filter, in order; raises UnknownField or WrongValue for one that cannot be."""
        for f in filters:
            self._check(f)
        narrow = [self.listed(f["field"], f["value"]) for f in filters if f["field"] in NAMED]
        rows = min(narrow, key=len) if narrow else self._all
        for f in filters:
            rows = rows[self.holds(f["field"], f["op"], f["value"], rows)]
        return rows

    def listed(self, field: str, name: str) -> Rows:
        """The rows of one kind, type, department or brand, in order; none for an unknown name."""
        if (lists := self._lists.get(field)) is None:
            lists = self._lists[field] = _Lists(*self._table.coded(field))
        return lists.rows(name)

    def holds(self, field: str, op: Op, value: Any, rows: Rows) -> NDArray[np.bool_]:
        """For each row, whether its field compares so with the value; a row without the attribute fails."""
        if field not in self._places:
            return np.asarray(COMPARE[op](self._table.values(field, rows), value), dtype=bool)
        slot_of, outcome = self._outcome(field, op, value)
        shelves = self._table.columns.type_code[rows]
        slots = slot_of[shelves]
        # without the attribute any code will do: such a shelf's outcomes are all false
        return outcome[shelves, np.where(slots < 0, 0, self._table.columns.slots[rows, slots])]

    def _outcome(self, name: str, op: Op, value: Any) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
        """An attribute's slot in each shelf (-1 for none), and the comparison's outcome by shelf and value code."""
        key = (name, op, type(value), value)
        if (kept := self._outcomes.get(key)) is not None:
            return kept
        shelves, places = self._table.taxonomy.shelves, self._places[name]
        slot_of = np.full(len(shelves), -1, dtype=np.int8)
        outcome = np.zeros((len(shelves), max(len(shelves[s].attributes[j].values) for s, j in places)), dtype=bool)
        for shelf, slot in places:
            attribute = shelves[shelf].attributes[slot]
            slot_of[shelf] = slot
            outcome[shelf, : len(attribute.values)] = [
                comparable(op, v, value) and COMPARE[op](v, value) for v in attribute.values
            ]
        if len(self._outcomes) >= _KEPT:
            self._outcomes.clear()
        self._outcomes[key] = slot_of, outcome
        return slot_of, outcome

    def _check(self, f: Filter) -> None:
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
