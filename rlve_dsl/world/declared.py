"""Finding the primitives that the modules of a package declare, so that adding one takes no list."""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module
from typing import TypeVar

Primitive = TypeVar("Primitive")


def declared_in(package: str, kind: type[Primitive], order: Sequence[str]) -> tuple[Primitive, ...]:
    """The primitives of a class that the modules of a package declare, in the order in which the modules do so.

    Args:
        package: The package's full name.
        kind: The class, such as Tool; an instance has the function that it was declared with as `call`.
        order: The modules that come first. All others follow by name.
    """
    found = [module.name for module in pkgutil.iter_modules(import_module(package).__path__)]
    modules = [import_module(f"{package}.{name}") for name in [*order, *sorted(set(found) - set(order))]]
    return tuple(
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, kind) and getattr(value, "call").__module__ == module.__name__  # noqa: B009
    )
