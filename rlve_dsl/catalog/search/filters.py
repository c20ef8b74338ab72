"""Which rows satisfy conditions on their fields: the shortest inverted list first, then the other conditions."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property

import numpy as np

from rlve_dsl.catalog.arrays import Ints, Mask, Rows
from rlve_dsl.catalog.products.product import NO_PRICE
from rlve_dsl.catalog.products.table import BLOCK, NAMED, Table
from rlve_dsl.catalog.products.taxonomy import Attribute
from rlve_dsl.catalog.products.wishes import COMPARE, Filter, Op, UnknownField, WrongValue, comparable
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Value

_NUMBERS = ("price", "rating", "reviews", "ships_in")
FLAGS = ("in_stock", "restricted", "has_price")
_KEPT = 4096
_ROWS_KEPT, _LONGEST_KEPT = 512, 8192  # lists of rows that are kept, and the rows of the longest: 32 MB at most


def key_of(filters: Sequence[Filter]) -> Hashable:
    """What is equal for filters that mean the same; None where a value can be no key, and filters no field.

    >>> key_of([{"field": "price", "op": "is", "value": 1}]) == key_of([{"field": "price", "op": "is", "value": True}])
    False
    """
    key = tuple([(f["field"], f["op"], type(f["value"]), f["value"]) for f in filters])
    try:
        hash(key)
    except TypeError:
        return None
    return key


@frozen
class _Outcomes:
    """A comparison's outcome for every value of an attribute, for every product type.

    `slot[type]` is where the type has the attribute, -1 for nowhere. The outcomes for its values are in `holds` from
    `base[type]` on; the last outcome is False.
    """

    slot: Ints
    base: Ints
    holds: Mask


class Filters:
    """The filters that a table's fields and attributes allow."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._kept: dict[Hashable, _Outcomes] = {}
        self._rows: dict[Hashable, Rows] = {}

    @cached_property
    def _places(self) -> Mapping[str, tuple[tuple[int, int], ...]]:
        return self._table.taxonomy.attributes

    @cached_property
    def fields(self) -> Mapping[str, None]:
        """What a filter may name: the fields of every product, then the attributes in alphabetical order."""
        return dict.fromkeys((*NAMED, *_NUMBERS, *FLAGS, *self.attribute_names))

    @cached_property
    def attribute_names(self) -> tuple[str, ...]:
        """The names of all attributes, in alphabetical order."""
        return tuple(sorted(self._places))

    def attributes(self, field: str) -> Mapping[int, Attribute]:
        """The attributes of this name, each once; none for another field."""
        types = self._table.taxonomy.types
        found = (types[code].attributes[slot] for code, slot in self._places.get(field, ()))
        return {id(attribute): attribute for attribute in found}  # the types of an imported catalog share theirs

    def rows(self, filters: Sequence[Filter]) -> Rows:
        """The rows that satisfy every filter, in order.

        Raises:
            UnknownField: When a filter names a field that no product has.
            WrongValue: When a field does not take a filter's value or op.
        """
        key = key_of(filters)
        if key is not None and (kept := self._rows.get(key)) is not None:
            return kept
        for f in filters:
            self.check(f)
        rows = self._found(filters)
        if key is not None and len(rows) <= _LONGEST_KEPT:
            if len(self._rows) >= _ROWS_KEPT:
                self._rows.clear()
            rows.setflags(write=False)
            self._rows[key] = rows
        return rows

    def _found(self, filters: Sequence[Filter]) -> Rows:
        lists = [self._table.rows_named(f["field"], f["value"]) for f in filters if f["field"] in NAMED]
        if lists:
            rows = min(lists, key=len)
            for f in filters:
                rows = rows[self.holds(f["field"], f["op"], f["value"], rows)]
            return rows
        found = [self._in_block(filters, start) for start in range(0, self._table.size, BLOCK)]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def _in_block(self, filters: Sequence[Filter], start: int) -> Rows:
        block = slice(start, min(start + BLOCK, self._table.size))
        mask = np.ones(block.stop - start, dtype=bool)
        for f in filters:
            mask &= self.holds(f["field"], f["op"], f["value"], block)
        return start + np.flatnonzero(mask)

    def holds(self, field: str, op: Op, value: Value, rows: Rows | slice) -> Mask:
        """Whether each row's field compares so with the value; False where the field is not known or missing."""
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
        outcomes = self._outcomes(field, op, value)
        types = table.columns.type_code[rows]
        slots = outcomes.slot[types]
        codes = np.take_along_axis(table.columns.slots[rows], np.maximum(slots, 0)[:, None], axis=1)[:, 0]
        return outcomes.holds[np.where((slots < 0) | (codes < 0), -1, outcomes.base[types] + codes)]

    def _outcomes(self, name: str, op: Op, value: Value) -> _Outcomes:
        key = (name, op, type(value), value)
        if (kept := self._kept.get(key)) is not None:
            return kept
        types = self._table.taxonomy.types
        slot = np.full(len(types), -1, dtype=np.int64)
        base = np.zeros(len(types), dtype=np.int64)
        bases: dict[int, int] = {}
        holds: list[bool] = []
        for code, place in self._places[name]:
            attribute = types[code].attributes[place]
            if id(attribute) not in bases:  # the types of an imported catalog share their attributes
                bases[id(attribute)] = len(holds)
                holds.extend(comparable(op, v, value) and COMPARE[op](v, value) for v in attribute.values)
            slot[code], base[code] = place, bases[id(attribute)]
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        kept = self._kept[key] = _Outcomes(slot, base, np.array([*holds, False]))
        return kept

    def check(self, f: Filter) -> None:
        """Check that a filter can be applied; raises as `rows` does."""
        field, op, value = f["field"], f["op"], f["value"]
        numeric = field in _NUMBERS
        if field in self._places:
            attributes = [self._table.taxonomy.types[code].attributes[slot] for code, slot in self._places[field]]
            fine = any(comparable(op, a.values[0], value) for a in attributes)
            numeric = any(a.type in ("int", "real") for a in attributes)
            values = "one of its values"
        elif numeric:
            fine, values = comparable(op, 0, value), ""
        elif field in FLAGS:
            fine, values = comparable(op, True, value), "true or false"
        elif field in NAMED:
            fine, values = comparable(op, "", value), "a text"
        else:
            raise UnknownField(field, tuple(self.fields))
        if not fine:
            ops: tuple[Op, ...] = ("is", "at_least", "at_most") if numeric else ("is",)
            raise WrongValue(field, op, value, ops, "a number" if numeric else values)
