"""How a value is worded in a template or a message."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from rlve_dsl.expressions.types import BOOL, DAYS, MONEY, REAL, Keyed, ListOf, Record, Type, required

Wording = Callable[[Any], str]


def show(value: Any, type_: Type) -> str:
    """The words for a value: money as $12.99, days with their unit, lists with commas, a record by its field `says`.

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
    known: dict[Type, Wording] = {MONEY: _dollars, DAYS: _days, BOOL: _truth, REAL: _trimmed}
    if type_ in known:
        return known[type_]
    if isinstance(type_, ListOf | Keyed):
        item = wording(type_.item)
        return lambda value: ", ".join(map(item, value))
    if isinstance(type_, Record) and type_.field("says") is not None:
        return lambda value: str(value["says"])
    return _plainly


def _dollars(cents: int) -> str:
    whole, rest = divmod(abs(int(cents)), 100)
    return f"{'-' if cents < 0 else ''}${whole}.{rest:02d}"


def _days(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


def _truth(value: object) -> str:
    return "yes" if value else "no"


def _plainly(value: Any) -> str:
    """Of a type that does not say how: by what the value itself is."""
    if isinstance(value, bool):
        return _truth(value)
    return _trimmed(value) if isinstance(value, float) else str(value)


def _trimmed(value: float) -> str:
    """Six significant digits, never in powers of ten: `0.333333`, `1000000`."""
    text = f"{value:.6g}"
    if "e" in text:
        text = f"{float(text):.12f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
