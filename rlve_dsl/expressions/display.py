"""The words for a value in a template or a message."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from rlve_dsl.expressions.types import BOOL, DAYS, MONEY, REAL, Enum, Keyed, ListOf, Record, Type, required
from rlve_dsl.quantities import format_days, format_money, format_number
from rlve_dsl.values import Value

Wording = Callable[[Value], str]


def show(value: Value, type_: Type) -> str:
    """The words for a value: money as $12.99 or $5, days with their unit, lists with commas, a record by its field `says` or,
    when it has a `mention`, by its `short_name`.

    >>> from rlve_dsl.expressions.types import INT
    >>> show(1299, MONEY), show(1, DAYS), show(0.5, REAL), show(True, BOOL), show([1, 2], ListOf(INT))
    ('$12.99', '1 day', '0.5', 'yes', '1, 2')
    """
    return wording(type_)(value)


@cache
def wording(type_: Type) -> Wording:
    """The function that words values of this type, as `show` does."""
    words = _wording(required(type_))
    return lambda value: "unknown" if value is None else words(value)


def _wording(type_: Type) -> Wording:
    worded: dict[Type, Wording] = {MONEY: _money, DAYS: format_days, BOOL: _truth, REAL: format_number}
    if type_ in worded:
        return worded[type_]
    if isinstance(type_, ListOf | Keyed):
        item = wording(type_.item)
        return lambda value: ", ".join(map(item, value))
    if isinstance(type_, Record) and has_words(type_):
        field = "says" if type_.field("says") is not None else "short_name"
        return lambda value: str(value[field])
    if isinstance(type_, Enum):
        return lambda value: str(value).replace("_", " ")
    return _plainly


def has_words(record: Record) -> bool:
    """Whether a template can show the record: it has a field `says`, or the fields `short_name` and `mention`."""
    return "says" in record.names or {"short_name", "mention"} <= {*record.names}


def _money(cents: int) -> str:
    return format_money(cents, short=True)


def _truth(value: object) -> str:
    return "yes" if value else "no"


def _plainly(value: Value) -> str:
    """Words for a value whose type does not say how: by what the value is in Python."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return _truth(value)
    return format_number(value) if isinstance(value, float) else str(value)
