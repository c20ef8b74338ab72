"""What is wrong with a value that a plugin's primitive gave, as the end of a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from rlve_dsl import world
from rlve_dsl.expressions import LARGEST_INT
from rlve_dsl.expressions.types import (
    ANY,
    BOOL,
    NOTHING,
    REAL,
    TEXT,
    Enum,
    Id,
    Keyed,
    ListOf,
    Optional,
    Record,
    Scalar,
    Type,
)

_MOST_CHECKED = 1000  # items of a list that are looked at


def no_number(value: float) -> str:
    """What a number is that the language has not; empty for any other."""
    if isinstance(value, int):
        return "" if -LARGEST_INT <= value <= LARGEST_INT else "a number that is too large for the language"
    return "" if math.isfinite(value) else "a number that is not finite"


def fault_of_trouble(value: Any, args: tuple[Any, ...]) -> str:
    """What is wrong with what a disturbance gave."""
    wanted = world.fault_of_trouble(value)
    return f"gave {shown(value)}, and {wanted}" if wanted else ""


def fault_of_value(value: Any, type_: Type, place: str = "") -> str:
    """How a value is not of a type, as the end of a sentence; empty when it is.

    >>> from rlve_dsl.expressions.types import INT
    >>> fault_of_value("three", INT)
    "gave 'three', and int is wanted"
    """
    match type_:
        case Optional(item=item):
            return "" if value is None else fault_of_value(value, item, place)
        case Scalar() | Id() | Enum():
            fine = _is_scalar(value, type_)
        case ListOf(item=item) | Keyed(item=item):
            fine = (
                hasattr(value, "__len__")
                and hasattr(value, "__getitem__")
                and not isinstance(value, str | bytes | dict)
            )
            if fine and isinstance(value, list | tuple):
                return next(filter(None, (fault_of_value(v, item, f"{place}[{n}]") for n, v in _first(value))), "")
        case Record(fields=named):
            fine = hasattr(value, "get") and hasattr(value, "__getitem__")
            if fine and isinstance(value, dict):
                return next(filter(None, (_fault_of_field(value, name, of, place) for name, of in named)), "")
        case _:
            return ""
    where = f" at `{place.lstrip('.')}`" if place else ""
    return "" if fine else f"gave {shown(value)}{where}, and {type_} is wanted"


def _fault_of_field(value: dict[str, Any], name: str, of: Type, place: str) -> str:
    if name not in value and not isinstance(of, Optional):
        return f"gave a record without `{(place + '.' + name).lstrip('.')}`"
    return fault_of_value(value.get(name), of, f"{place}.{name}")


def _is_scalar(value: Any, type_: Type) -> bool:
    if type_ == ANY:
        return True
    if type_ == NOTHING:
        return value is None
    if type_ == BOOL:
        return isinstance(value, bool)
    if type_ == REAL:
        return isinstance(value, int | float) and not isinstance(value, bool | np.generic)
    if isinstance(type_, Enum):
        return isinstance(value, str) and value in type_.values
    if type_ == TEXT or isinstance(type_, Id):
        return isinstance(value, str)
    return isinstance(value, int) and not isinstance(value, bool | np.generic)


def _first(items: Any) -> Iterator[tuple[int, Any]]:
    return zip(range(_MOST_CHECKED), items)


def shown(value: Any) -> str:
    """A value as a message shows it."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a plugin's object may do anything
        return f"a value of the class `{type(value).__name__}`"
    text = text if len(text) <= 60 else f"{text[:57]}…"
    return (
        text
        if isinstance(value, str | int | float | bool | list | tuple | dict | None)
        else f"{text} ({type(value).__name__})"
    )
