"""Immutable records that are quick to make: an episode makes a hundred of them."""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, field, fields
from types import FunctionType
from typing import Any, TypeVar, dataclass_transform

C = TypeVar("C", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: C) -> C:
    """Make a class a dataclass with slots whose fields cannot be assigned.

    It is `dataclass(frozen=True, slots=True)`, but three times as fast to make: that assigns each field by
    `object.__setattr__`, which looks the field up by its name.

    >>> @frozen
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(3)
    Point(x=3, y=0)
    >>> Point(3).x = 4
    Traceback (most recent call last):
    dataclasses.FrozenInstanceError: cannot assign to field 'x'
    """
    made: Any = dataclass(frozen=True, slots=True)(kind)
    known: dict[str, Any] = {"MISSING": MISSING}
    parameters: list[str] = []
    body: list[str] = []
    keywords = False
    for part in fields(made):
        name = part.name
        # the descriptor of the slot, in whichever class it is, knows where the value goes
        known[f"set_{name}"] = getattr(made, name).__set__
        value = _default(part, known)
        if not part.init:
            body.append(f"set_{name}(self, make_{name}())" if value == "MISSING" else f"set_{name}(self, {value})")
            continue
        if part.kw_only and not keywords:
            keywords = True
            parameters.append("*")
        parameters.append(name if value is None else f"{name}={value}")
        made_here = f"make_{name}() if {name} is MISSING else {name}" if value == "MISSING" else name
        body.append(f"set_{name}(self, {made_here})")
    if hasattr(made, "__post_init__"):
        body.append("self.__post_init__()")
    text = f"def __init__(self, {', '.join(parameters)}):\n " + "\n ".join(body or ["pass"])
    FunctionType(compile(text, "<frozen>", "exec"), known)()  # the text has nothing but names of fields in it
    known["__init__"].__qualname__ = f"{made.__qualname__}.__init__"
    made.__init__ = known["__init__"]
    return made  # type: ignore[no-any-return]


def _default(part: Field[object], known: dict[str, Any]) -> str | None:
    """The name of a field's default in the code of `__init__`; MISSING for a default that is made each time."""
    if part.default_factory is not MISSING:
        known[f"make_{part.name}"] = part.default_factory
        return "MISSING"
    if part.default is not MISSING:
        known[f"default_{part.name}"] = part.default
        return f"default_{part.name}"
    return None
