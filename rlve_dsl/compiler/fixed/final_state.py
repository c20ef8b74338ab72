"""Compares final states of fixed tasks: what has changed since the start, whatever the ids of what was created."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.frozen import frozen
from rlve_dsl.values import Value
from rlve_dsl.world import Row, Table

_NEW = "new"  # stands for the id of what was created


@frozen
class Changes:
    """What differs in a table from the start: rows that were there, by id, and new rows as sorted texts."""

    old: Mapping[str, Row | None]
    new: tuple[str, ...]


def changes_of(before: Mapping[str, Table], after: Mapping[str, Table]) -> Mapping[str, Changes]:
    """What differs in each table from the start. Of new rows, the ids of new things do not count."""
    created = {key for name, table in after.items() for key in table.over if before[name].is_free(key)}
    return {name: _changes(before[name], table, created) for name, table in after.items()}


def _changes(before: Table, after: Table, created: set[str]) -> Changes:
    over = after.over.items()
    old = {key: row for key, row in over if key not in created and row != before.at(key)}
    new = [repr(_plain(row, created)) for key, row in over if key in created and row is not None]
    return Changes(old, tuple(sorted(new)))


def _plain(value: Value, created: set[str]) -> Value:
    """A value without the ids of what was created."""
    if isinstance(value, dict):
        return {name: _plain(part, created) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, created) for part in value]
    return _NEW if isinstance(value, str) and value in created else value
