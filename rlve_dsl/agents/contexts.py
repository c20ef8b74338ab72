"""What tools have shown: the ids in their typed results, and which of them belong together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from rlve_dsl.episode import Call, Episode, Result, ids_in
from rlve_dsl.expressions import Signature
from rlve_dsl.expressions.types import Id, Keyed, ListOf, Record, Type, required, sorts_in
from rlve_dsl.values import Json, JsonObject, Value

Context = Mapping[str, str]
"""Ids that belong together, by sort: ``{"order": "O7", "line": "L2"}``."""

Groups = Sequence[Sequence[Context]]
"""The contexts that results have shown, one list for each result."""


class ShownIds:
    """The ids that results have shown, of each sort by itself.

    `known` holds them by sort, in the order in which they were shown. An id that one result shows twice is there twice.
    """

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {}
        self._groups: dict[str, list[list[str]]] = {}

    def add(self, result: Result) -> None:
        """Take note of a result, unless it is a refusal."""
        if result.refused is not None:
            return
        for sort in sorts_in(result.tool.signature.result):
            if ids := ids_in(result.value, result.tool.signature.result, sort):
                known = self.known.setdefault(sort, [])
                known += [id_ for id_ in ids if id_ not in known]
                self._groups.setdefault(sort, []).append(ids)

    def beside(self, sort: str, right: str) -> list[str]:
        """Return the other ids of the results that show `right`; where none does, those of all results."""
        groups = self._groups.get(sort, [])
        together = [ids for ids in groups if right in ids] or groups
        return [id_ for id_ in dict.fromkeys(id_ for ids in together for id_ in ids) if id_ != right]


def contexts_in(value: Value, type_: Type) -> list[Context]:
    """Return the contexts of a value, in order, each once. The ids of a record go with those of the records around it."""
    found = {tuple(sorted(context.items())): context for context in _walk(value, type_, {})}
    return list(found.values())


def _walk(value: Value, type_: Type, around: Context) -> Iterator[Context]:
    if value is None:
        return
    match required(type_):
        case Id(of=sort):
            yield {**around, sort: value}
        case ListOf(item=item) | Keyed(item=item):
            for entry in value:
                yield from _walk(entry, item, around)
        case Record() as record:
            ids, inner = _fields_with_ids(record)
            here = {**around, **{sort: id_ for name, sort in ids if (id_ := value.get(name)) is not None}}
            if len(here) > len(around):
                yield here
            for name, field in inner:
                yield from _walk(value.get(name), field, here)


@lru_cache(maxsize=1024)
def _fields_with_ids(record: Record) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, Type], ...]]:
    """The fields of a record that are ids, with their sorts; and the others that may hold ids, with their types."""
    ids = tuple((name, of.of) for name, field in record.fields if isinstance(of := required(field), Id))
    own = {name for name, _ in ids}
    return ids, tuple((name, field) for name, field in record.fields if name not in own and sorts_in(field))


def shown(episode: Episode) -> list[list[Context]]:
    """Return the contexts of every result so far. Results without any are left out."""
    found = []
    for turn in episode.turns:
        for result in turn.results:
            if result.refused is None and (there := contexts_in(result.value, result.tool.signature.result)):
                found.append(there)
    return found


def ids_among(groups: Groups, sort: str) -> list[str]:
    """Return the ids of one sort, in the order in which they were shown, each once."""
    return list(dict.fromkeys(context[sort] for group in groups for context in group if sort in context))


def sort_of(type_: Type) -> str | None:
    """Return the sort of id that a value of this type holds: one id, or a list of them."""
    bare = required(type_)
    item = required(bare.item) if isinstance(bare, ListOf) else bare
    return item.of if isinstance(item, Id) else None


def ids_of(args: Mapping[str, Json], signature: Signature) -> dict[str, str]:
    """Return the sort of each argument that is an id, by the parameter's name."""
    return {
        parameter.name: sort.of
        for parameter in signature.parameters
        if isinstance(sort := required(parameter.type), Id) and isinstance(args.get(parameter.name), str)
    }


def alternatives(right: Context, groups: Groups) -> list[Context]:
    """Return other contexts with every sort of `right`, those from a result that shows `right` too first.

    >>> alternatives({"line": "a"}, [[{"line": "b"}], [{"line": "a"}, {"line": "c"}]])
    [{'line': 'c'}, {'line': 'b'}]
    """
    together: list[Context] = []
    elsewhere: list[Context] = []
    for group in groups:
        cut = [{sort: context[sort] for sort in right} for context in group if right.keys() <= context.keys()]
        (together if right in cut else elsewhere).extend(context for context in cut if context != right)
    return [dict(pairs) for pairs in dict.fromkeys(tuple(context.items()) for context in [*together, *elsewhere])]


def other_arguments(call: Call, episode: Episode, groups: Groups) -> Iterator[JsonObject]:
    """Yield the call's arguments about something else that was shown.

    First all ids are exchanged together, then one at a time, with the optional ids of other sorts kept or left out.
    """
    tool = episode.tool(call.name)
    if tool is None:
        return
    sorts = ids_of(call.args, tool.signature)
    right = {sort: call.args[name] for name, sort in sorts.items()}
    for context in alternatives(right, groups):
        yield {**call.args, **{name: context[sort] for name, sort in sorts.items()}}
    optional = {p.name for p in tool.signature.parameters if not p.required}
    for name, sort in sorts.items() if len(sorts) > 1 else ():
        for context in alternatives({sort: call.args[name]}, groups):
            kept = {
                other: value
                for other, value in call.args.items()
                if other == name or other not in optional & sorts.keys()
            }
            yield {**call.args, name: context[sort]}
            if len(kept) < len(call.args):
                yield {**kept, name: context[sort]}


def with_other_ids(value: Json, type_: Type, groups: Groups) -> Json:
    """Return the value of a field with each of its ids exchanged for another that was shown, or None where none is left."""
    sort = sort_of(type_)
    if sort is None:
        return None
    right = list(value) if isinstance(value, list | tuple) else [value]
    others = [id_ for id_ in ids_among(groups, sort) if id_ not in right]
    if not others or not right:
        return None
    return [*others[: len(right)]] if isinstance(value, list | tuple) else others[0]
