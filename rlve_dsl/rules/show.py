"""How a value is worded in a template or a message."""

from __future__ import annotations

from typing import Any

from rlve_dsl.rules.types import BOOL, DAYS, MONEY, REAL, Keyed, ListOf, Record, Type, required


def show(value: Any, type_: Type) -> str:
    """The words for a value: money as $12.99, days with their unit, lists with commas, a record by its field `says`.

    >>> from rlve_dsl.rules.types import INT
    >>> show(1299, MONEY), show(1, DAYS), show(0.5, REAL), show(True, BOOL), show([1, 2], ListOf(INT))
    ('$12.99', '1 day', '0.5', 'yes', '1, 2')
    """
    if value is None:
        return "unknown"
    type_ = required(type_)
    if type_ == MONEY:
        sign = "-" if value < 0 else ""
        return f"{sign}${abs(int(value)) // 100}.{abs(int(value)) % 100:02d}"
    if type_ == DAYS:
        return f"{value} day" if value == 1 else f"{value} days"
    if type_ == BOOL or isinstance(value, bool):
        return "yes" if value else "no"
    if type_ == REAL or isinstance(value, float):
        return _trimmed(value)
    if isinstance(type_, ListOf | Keyed):
        return ", ".join(show(item, type_.item) for item in value)
    if isinstance(type_, Record) and type_.field("says") is not None:
        return str(value["says"])
    return str(value)


def _trimmed(value: float) -> str:
    """Six significant digits, never in powers of ten: `0.333333`, `1000000`."""
    text = f"{value:.6g}"
    if "e" in text:
        text = f"{float(text):.12f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
