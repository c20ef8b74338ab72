"""Whether a Python value is one of a type of the language, and how it is not.

`is_sound` is quick, and says no in cases of doubt; `mismatch` looks closely, and gives words for a message.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from rlve_dsl.expressions.bounds import LARGEST_INT
from rlve_dsl.expressions.types import (
    ANY,
    BOOL,
    DAYS,
    INT,
    MONEY,
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
from rlve_dsl.values import Value

IsSound: TypeAlias = Callable[[Value], bool]

_MOST_CHECKED = 1000  # items of a list that are looked at


def mismatch(value: Value, type_: Type, place: str = "", *, any_size: bool = False) -> str:
    """How a value is not of a type, as words that follow `it gave`; empty when it is of the type.

    A number that is too large or not finite is of no type, but with `any_size`, where somebody else looks at that.

    >>> mismatch("three", INT), mismatch([1, "two"], ListOf(INT)), mismatch(10**30, INT)
    ("'three', and int is wanted", "'two' at `[1]`, and int is wanted", 'a number that is too large for the language')
    """
    match type_:
        case Optional(item=item):
            return "" if value is None else mismatch(value, item, place, any_size=any_size)
        case Scalar() | Id() | Enum():
            fine = _is_scalar(value, type_)
        case ListOf(item=item) | Keyed(item=item):
            fine = (
                hasattr(value, "__len__")
                and hasattr(value, "__getitem__")
                and not isinstance(value, str | bytes | dict)
            )
            if fine and isinstance(value, list | tuple):
                found = (mismatch(v, item, f"{place}[{n}]", any_size=any_size) for n, v in _first(value))
                return next(filter(None, found), "")
        case Record(fields=named):
            fine = hasattr(value, "get") and hasattr(value, "__getitem__")
            if fine and isinstance(value, dict):
                found = (_mismatch_of_field(value, name, of, place, any_size=any_size) for name, of in named)
                return next(filter(None, found), "")
        case _:
            return ""
    no = "" if any_size or not isinstance(value, int | float) else no_number(value)
    where = f" at `{place.lstrip('.')}`" if place else ""
    if fine:
        return f"{no}{where}" if no else ""
    return f"{shown(value)}{where}, and {type_} is wanted"


def _mismatch_of_field(value: Mapping[str, Value], name: str, of: Type, place: str, *, any_size: bool) -> str:
    if name not in value and not isinstance(of, Optional):
        return f"a record without `{(place + '.' + name).lstrip('.')}`"
    return mismatch(value.get(name), of, f"{place}.{name}", any_size=any_size)


def _is_scalar(value: Value, type_: Type) -> bool:
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


def _first(items: Any) -> Iterator[tuple[int, Value]]:
    return zip(range(_MOST_CHECKED), items)


def no_number(value: float) -> str:
    """What a number is that the language has not; empty for any other."""
    if isinstance(value, int):
        return "" if -LARGEST_INT <= value <= LARGEST_INT else "a number that is too large for the language"
    return "" if math.isfinite(value) else "a number that is not finite"


def shown(value: object) -> str:
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


@cache
def is_sound(type_: Type) -> IsSound:
    """The function that says quickly that a value is of this type, for most values that are.

    >>> is_sound(INT)(3), is_sound(INT)("heavy"), is_sound(ListOf(INT))([3])
    (True, False, False)
    """
    match type_:
        case Optional(item=item):
            sound = is_sound(item)
            return lambda value: value is None or sound(value)
        case Enum(values=values):
            return lambda value: type(value) is str and value in values
        case Id():
            return _is_text
        case Scalar():
            return _SOUND.get(type_, _is_unclear)
    return _is_unclear


def _is_text(value: Value) -> bool:
    return type(value) is str


def _is_whole(value: Value) -> bool:
    return type(value) is int and -LARGEST_INT <= value <= LARGEST_INT


def _is_real(value: Value) -> bool:
    return type(value) is float and math.isfinite(value)


def _is_unclear(value: Value) -> bool:
    return False


_SOUND: Mapping[Type, IsSound] = {
    TEXT: _is_text,
    INT: _is_whole,
    DAYS: _is_whole,
    MONEY: _is_whole,
    REAL: _is_real,
    BOOL: lambda value: type(value) is bool,
}
