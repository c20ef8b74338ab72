"""What a tool's typed result shows that a call can be about: ids, together with those of the records around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rlve_dsl.episode import Episode
from rlve_dsl.expressions import Signature
from rlve_dsl.expressions.types import Id, Keyed, ListOf, Record, Type, required

Context = Mapping[str, str]
"""Ids that belong together, by sort: ``{"order": "O7", "line": "L2"}``."""


def contexts_in(value: Any, type_: Type) -> list[Context]:
    """The contexts of a value, in order, each once; a record's ids go with those of the records it lies in."""
    found = {tuple(sorted(context.items())): context for context in _walk(value, type_, {})}
    return list(found.values())


def _walk(value: Any, type_: Type, around: Context) -> Iterator[Context]:
    if value is None:
        return
    match required(type_):
        case Id(of=sort):
            yield {**around, sort: value}
        case ListOf(item=item) | Keyed(item=item):
            for entry in value:
                yield from _walk(entry, item, around)
        case Record(fields=fields):
            own = {of.of: value.get(name) for name, field in fields if isinstance(of := required(field), Id)}
            here = {**around, **{sort: id_ for sort, id_ in own.items() if id_ is not None}}
            if len(here) > len(around):
                yield here
            for name, field in fields:
                if not isinstance(required(field), Id):
                    yield from _walk(value.get(name), field, here)


def shown(episode: Episode) -> list[list[Context]]:
    """The contexts of every result so far, one list a result, empty ones left out."""
    found = []
    for turn in episode.turns:
        for result in turn.results:
            if result.refused is None and (there := contexts_in(result.value, result.tool.signature.result)):
                found.append(there)
    return found


def ids_of(args: Mapping[str, Any], signature: Signature) -> dict[str, str]:
    """Parameter → sort, for the arguments of a call that are ids."""
    return {
        parameter.name: sort.of
        for parameter in signature.parameters
        if isinstance(sort := required(parameter.type), Id) and isinstance(args.get(parameter.name), str)
    }


def alternatives(right: Context, groups: Iterable[list[Context]]) -> list[Context]:
    """Other contexts that hold every sort of `right`, those from a result that shows `right` too first.

    >>> alternatives({"line": "a"}, [[{"line": "b"}], [{"line": "a"}, {"line": "c"}]])
    [{'line': 'c'}, {'line': 'b'}]
    """
    near: list[Context] = []
    far: list[Context] = []
    for group in groups:
        cut = [{sort: context[sort] for sort in right} for context in group if right.keys() <= context.keys()]
        (near if right in cut else far).extend(context for context in cut if context != right)
    return [dict(pairs) for pairs in dict.fromkeys(tuple(context.items()) for context in [*near, *far])]
