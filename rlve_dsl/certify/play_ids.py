"""Ids in a play: those that it names, that a call has shown, and that nothing has shown; and calls that are about ids."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from functools import partial

from rlve_dsl.agents import (
    Groups,
    Script,
    contexts_in,
    ids_among,
    plain_choices,
    shown,
    sort_of,
    value_of,
)
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.edits import answer_fields, arguments_that_write
from rlve_dsl.episode import Call, Episode, Result
from rlve_dsl.expressions.types import Type
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import Json
from rlve_dsl.world import OF_CATALOG, PRODUCT

MOST_IDS = 20
_CATALOG_DRAWS = 200
_PLACES = 3


def ids_named(script: Script, episode: Episode, sorts: Sequence[str]) -> Iterator[Json]:
    """The ids of these sorts in the answer and in changing calls."""
    for _, _, type_, value in answer_fields(script, episode):
        if sort_of(type_) in sorts:
            yield from value if isinstance(value, list) else [value]
    for _, _, call, parameter in arguments_that_write(script, episode):
        if sort_of(parameter.type) in sorts:
            value = call.args[parameter.name]
            yield from value if isinstance(value, list) else [value]


def shows(result: Result, ids: Container[Json]) -> bool:
    """Whether a call that changes nothing has shown one of these ids of the catalog."""
    groups = contexts_in(result.value, result.tool.signature.result) if not result.tool.writes else []
    return any(context.get(sort) in ids for context in groups for sort in OF_CATALOG)


@frozen
class UnseenIds:
    """The ids that there are, and that an episode has not shown."""

    case: Case
    episode: Episode

    def of(self, type_: Type) -> list[str]:
        """Some unseen ids of the sort that values of a type hold."""
        sort, catalog = sort_of(type_), self.case.scenario.compiled.catalog
        stream = Stream("probe", "unseen", self.case.seed)
        there: list[str] = []
        if sort == PRODUCT and catalog.size:
            rows = (stream.integer(0, catalog.size - 1) for _ in range(_CATALOG_DRAWS))
            there = [str(catalog.product(row)["id"]) for row in rows]
        elif sort is not None and (kind := self.episode.entities.get(sort)) is not None and kind.has_own_ids:
            there = stream.child(sort).shuffled([row[kind.key] for row in self.case.begin().table(sort)])
        known = ids_among(shown(self.episode), sort) if there and sort is not None else []
        return [id_ for id_ in there if id_ not in known][:MOST_IDS]


def changing_calls(episode: Episode, groups: Groups) -> Iterator[Call]:
    """Calls of the tools that change something, each about one of the first ids that were shown."""
    for place in range(_PLACES):
        choices = plain_choices(partial(_ids_from, groups, place), "something")
        for tool in episode.toolset.values():
            args = {p.name: value_of(p.type, choices) for p in tool.signature.parameters if p.required}
            if tool.writes and None not in args.values():
                yield Call(tool.name, args)


def _ids_from(groups: Groups, place: int, sort: str) -> list[str]:
    """The ids of a sort that were shown, from a place on."""
    return ids_among(groups, sort)[place:]
