"""The ids inside a typed value: which products a tool has shown, and which the agent puts into an answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from rlve_dsl.expressions.types import Id, Keyed, ListOf, Record, Type, required
from rlve_dsl.values import Value

Walk = Callable[[Value, list[str]], None]


def ids_in(value: Value, type_: Type, of: str = "product") -> list[str]:
    """Every id of one sort in a value of this type, in order and with repetitions.

    >>> ids_in(["a", "b"], ListOf(Id("product")))
    ['a', 'b']
    """
    found: list[str] = []
    walk = _walker(type_, of)
    if walk is not None and value is not None:
        walk(value, found)
    return found


@cache
def _walker(type_: Type, of: str) -> Walk | None:
    """The walk through values of a type; None when the type holds no such id."""
    match required(type_):
        case Id(of=sort) if sort == of:
            return lambda value, found: found.append(value)
        case ListOf(item=item) | Keyed(item=item):
            inner = _walker(item, of)
            return None if inner is None else _over_items(inner)
        case Record(fields=fields):
            walks = [(name, walk) for name, field in fields if (walk := _walker(field, of)) is not None]
            return _over_fields(walks) if walks else None
    return None


def _over_items(walk: Walk) -> Walk:
    def items(value: Value, found: list[str]) -> None:
        for item in value:
            walk(item, found)

    return items


def _over_fields(walks: list[tuple[str, Walk]]) -> Walk:
    def fields(value: Value, found: list[str]) -> None:
        for name, walk in walks:
            if (part := value.get(name)) is not None:
                walk(part, found)

    return fields
