"""What values hold, and what a plugin keeps between calls, to be compared later."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.rng import Stream
from rlve_dsl.world import Attempt, Cut, Delay, Draw, Failure, Shop

_PLAIN = (int, float, str, bool, bytes, type(None), list, dict, set, frozenset, tuple)


def content_of(value: Any) -> Any:
    """What a value holds, to be compared later. What cannot change, such as a product, is its id or itself."""
    if isinstance(value, bool | int | float | str | bytes | None):
        return (type(value).__name__, value)
    if isinstance(value, np.ndarray):
        return (value.shape, value.tobytes())
    if isinstance(value, dict):
        return ("dict", tuple((content_of(key), content_of(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return (type(value).__name__, tuple(map(content_of, value)))
    if isinstance(value, set | frozenset):
        return ("set", frozenset(map(content_of, value)))
    if isinstance(value, Failure | Delay | Cut):
        return (type(value).__name__, repr(value))
    return (
        (type(value).__name__, id(value)) if not hasattr(value, "get") else (type(value).__name__, str(value.get("id")))
    )


def kept_by(python: Callable[..., Any]) -> dict[str, Any]:
    """The plain values that the module of a function holds, and those of its classes, their instances and its functions."""
    found: Mapping[str, Any] = getattr(python, "__globals__", {})
    module = getattr(python, "__module__", "")
    kept: dict[str, Any] = {}
    for name, value in (*found.items(), (getattr(python, "__name__", ""), python)):
        if name.startswith("__"):
            continue
        if isinstance(value, itertools.count):
            kept[name] = repr(value)
        elif isinstance(value, Shop | Draw | Attempt | Stream):  # what a call gets ends with it
            kept[name] = id(value)
        elif isinstance(value, _PLAIN):
            kept[name] = content_of(value)
        elif module in (getattr(value, "__module__", ""), type(value).__module__):
            attributes = getattr(value, "__dict__", {})
            kept |= {f"{name}.{key}": content_of(v) for key, v in attributes.items() if _is_kept(key, v)}
    return kept


def _is_kept(name: str, value: Any) -> bool:
    return not name.startswith("__") and not name.startswith("_abc_") and isinstance(value, _PLAIN)


def changed_in(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The first name whose value has changed; empty when there is none."""
    return next((name for name in sorted({*before, *after}) if before.get(name) != after.get(name)), "")


def parts_of_package() -> dict[tuple[str, str], Any]:
    """The functions and classes that this package's modules hold, by module and name."""
    return {
        (module, name): value
        for module, held in [*sys.modules.items()]
        if module.partition(".")[0] == PROJECT
        for name, value in vars(held).items()
        if callable(value)
    }


def replaced_part(before: Mapping[tuple[str, str], Any]) -> tuple[str, str] | None:
    """The module and the name of a function or class of this package that has been replaced since; None when there is none."""
    for (module, name), value in before.items():
        if getattr(sys.modules.get(module), name, value) is not value:
            return module, name
    return None
