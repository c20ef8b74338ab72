"""Tables of entities, of the store and of declared domains: rows that all episodes share, and what one episode has changed.

Nothing here is changed in place: a change makes a new table that shares everything else with the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import field
from itertools import chain
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, overload
from weakref import WeakKeyDictionary

from rlve_dsl.errors import Refusal, Unsatisfiable
from rlve_dsl.expressions import EvaluationError, bounded
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import Names, Value
from rlve_dsl.world.kind import Kind

Row: TypeAlias = dict[str, Any]
How = Literal["set", "add", "append", "create", "remove"]
TableChange: TypeAlias = tuple[How, str, str, str, Value]
"""How a table changes, its kind, the id of the row, the field, and the value; see `Effect`."""

_NOTHING_CHANGED: Mapping[str, Row | None] = MappingProxyType({})
_NO_TABLES: Mapping[str, Table] = MappingProxyType({})
_DIGITS = "0123456789"
_SMALL = 8  # rows
_DRAWS = 100  # of an id; after these, the first one that is free is taken


class Rows:
    """Rows that all episodes share, by id. Never changed; indexes are made when they are first used."""

    __slots__ = ("_indexes", "_places", "by_key", "listed")

    def __init__(self, by_key: Mapping[str, Row]) -> None:
        self.by_key = by_key
        self.listed = tuple(by_key.values())
        self._places: dict[str, int] = {}
        # an index goes when nothing reads by it any more
        self._indexes: MutableMapping[Callable[[Row], Value], dict[Value, list[str]]] = WeakKeyDictionary()

    def index(self, of: Callable[[Row], Value]) -> Mapping[Value, Sequence[str]]:
        """The ids of the rows by what `of` gives for them. Raises TypeError where that has no hash."""
        if (found := self._indexes.get(of)) is None:
            found = {}
            for key, row in self.by_key.items():
                found.setdefault(of(row), []).append(key)
            self._indexes[of] = found
        return found

    def place(self, key: str) -> int:
        """The place of a row."""
        if not self._places:
            self._places = {key: place for place, key in enumerate(self.by_key)}
        return self._places[key]


NO_ROWS = Rows({})


class Table(Sequence[Row]):
    """The rows of one kind: first the shared ones in their order, then those that the episode has created.

    Attributes:
        base: The shared rows.
        over: The rows that differ from them, by id; None for one that was removed.
    """

    __slots__ = ("_created", "_listed", "base", "over")

    def __init__(self, base: Rows, over: Mapping[str, Row | None] = _NOTHING_CHANGED) -> None:
        self.base = base
        self.over = over
        self._listed: Sequence[Row] | None = None if over else base.listed
        self._created: int | None = None if over else 0

    def at(self, key: str) -> Row | None:
        """The row with this id, or None."""
        return self.over[key] if key in self.over else self.base.by_key.get(key)

    def changed(self, key: str, row: Row | None) -> Table:
        """The table in which this id has this row. A row that is again as the shared one is no change."""
        over = dict(self.over)
        _put(over, self.base, key, row)
        return Table(self.base, over)

    def is_free(self, key: str) -> bool:
        """Whether nothing has or had this id."""
        return key not in self.over and key not in self.base.by_key

    @property
    def created(self) -> int:
        """How many rows have been created, also those that were removed again."""
        if self._created is None:
            self._created = sum(key not in self.base.by_key for key in self.over)
        return self._created

    @property
    def ever(self) -> int:
        """How many rows there have ever been."""
        return len(self.base.by_key) + self.created

    @property
    def is_small(self) -> bool:
        """Whether looking at each row takes no longer than looking one up by an index."""
        return len(self.base.by_key) + len(self.over) <= _SMALL

    def where(self, of: Callable[[Row], Value], value: Value) -> Sequence[Row]:
        """The rows for which `of` gives this value, in order, found by an index."""
        shared = self.base.index(of).get(value, ())
        if not self.over:
            return [self.base.by_key[key] for key in shared]
        found = [key for key in shared if key not in self.over]
        own = [key for key, row in self.over.items() if row is not None and of(row) == value]
        if again := [key for key in own if key in self.base.by_key]:
            found = sorted((*found, *again), key=self.base.place)
        rows = [row for key in found if (row := self.at(key)) is not None]
        return rows + [row for key in own if key not in self.base.by_key and (row := self.over[key]) is not None]

    @property
    def rows(self) -> Sequence[Row]:
        """All rows, in order."""
        if self._listed is None:
            shared = self.base.by_key
            mixed = [self.over.get(key, row) for key, row in shared.items()] if shared else []
            mixed += [row for key, row in self.over.items() if key not in shared]
            self._listed = [row for row in mixed if row is not None]
        return self._listed

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        return self.rows[place]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return self.base is other.base and self._differing == other._differing

    __hash__ = None  # type: ignore[assignment]  # rows are mappings

    @property
    def _differing(self) -> Mapping[str, Row | None]:
        """What differs from the shared rows: not what was created and removed again, though its id stays taken."""
        return {key: row for key, row in self.over.items() if row is not None or key in self.base.by_key}


def _put(over: dict[str, Row | None], base: Rows, key: str, row: Row | None) -> None:
    """Put a row over shared ones. One that is again as the shared one is no change."""
    over[key] = row
    if key in base.by_key and row == base.by_key[key]:
        del over[key]


@frozen
class Tables:
    """All tables of an episode.

    Attributes:
        kinds: The kinds by name.
        names: The tables by the names that expressions know them by.
        stream: What the ids of new entities are drawn from.
        hidden: The tables of hidden kinds, by kind.
    """

    kinds: Mapping[str, Kind]
    names: Mapping[str, Table]
    stream: Stream = field(compare=False)
    hidden: Mapping[str, Table] = field(default_factory=dict)

    def of(self, kind: str) -> Table:
        """The table of a kind."""
        known = self.kinds[kind]
        return self.hidden[kind] if known.hidden else self.names[known.table]

    def changed(self, how: How, kind: str, key: str, name: str, value: Value) -> Tables:
        """The tables after one change; see `Effect`."""
        return self.after([(how, kind, key, name, value)])

    def after(self, changes: Iterable[TableChange]) -> Tables:
        """The tables after changes in order. A table is copied once, however often it changes.

        Raises:
            Refusal: A number would be too large.
        """
        changed: dict[str, dict[str, Row | None]] = {}
        for how, kind, key, name, value in changes:
            base, over = self.of(kind).base, changed.get(kind)
            if over is None:
                over = changed[kind] = dict(self.of(kind).over)
            row: Row | None = value if how == "create" else None
            if how in ("set", "add", "append"):
                before = over[key] if key in over else base.by_key.get(key)
                assert before is not None, "only entities that exist are changed"
                old = before[name]
                new = (
                    value if how == "set" else self._sum(kind, key, name, old, value) if how == "add" else [*old, value]
                )
                row = {**before, name: new}
            _put(over, base, key, row)
        tables = self
        for kind, over in changed.items():
            tables = tables.with_table(kind, Table(self.of(kind).base, over))
        return tables

    def _sum(self, kind: str, key: str, name: str, old: Value, by: Value) -> Value:
        try:
            return bounded(old + by)
        except EvaluationError:
            noun = self.kinds[kind].noun
            raise Refusal(f"{name.replace('_', ' ')} of {noun} {key} would be too large a number") from None

    def with_table(self, kind: str, table: Table) -> Tables:
        """The tables with another one for this kind."""
        known = self.kinds[kind]
        if known.hidden:
            return Tables(self.kinds, self.names, self.stream, {**self.hidden, kind: table})
        return Tables(self.kinds, {**self.names, known.table: table}, self.stream, self.hidden)

    def drawing_from(self, stream: Stream) -> Tables:
        """The same tables, with ids of new entities that are drawn from this stream."""
        return Tables(self.kinds, self.names, stream, self.hidden)

    def new_id(self, kind: str, more: int = 0, taken: Collection[str] = ()) -> str:
        """An id for a new entity: the next one, after `more` that are about to be made and have those in `taken`.

        It is drawn, so that nobody guesses it from another; or it is the next number, where the kind says so.

        Raises:
            Refusal: All ids of this form are taken.
        """
        table = self.of(kind)
        if self.kinds[kind].is_numbered:
            return self._next_number(kind, table, table.created + more, taken)
        try:
            return self.drawn_id(kind, self.stream.child(kind, table.ever + more), taken)
        except Unsatisfiable as problem:
            raise Refusal(str(problem)) from None

    def drawn_id(self, kind: str, stream: Stream, taken: Collection[str] = ()) -> str:
        """An id that nothing has, drawn from this stream; or the next number, where the kind says so.

        Raises:
            Unsatisfiable: All ids of this form are taken.
        """
        table, pattern = self.of(kind), self.kinds[kind].ids
        if self.kinds[kind].is_numbered:
            return self._next_number(kind, table, table.created, taken)
        first = 10 ** (pattern.count("#") - 1)
        drawn = (stream.integer(first, 10 * first - 1) for _ in range(_DRAWS))
        for number in chain(drawn, range(first, 10 * first)):
            id_ = f"{pattern.rstrip('#')}{number}"
            if table.is_free(id_) and id_ not in taken:
                return id_
        raise Unsatisfiable(f"all ids of the form {pattern} are taken", advice="give `ids` more digits, or make fewer")

    def _next_number(self, kind: str, table: Table, past: int, taken: Collection[str]) -> str:
        """The first free id that comes after this many others."""
        pattern = self.kinds[kind].ids
        prefix = pattern.rstrip(_DIGITS)
        number = int(pattern[len(prefix) :]) + past
        while not table.is_free(f"{prefix}{number}") or f"{prefix}{number}" in taken:
            number += 1
        return f"{prefix}{number}"


def empty_tables(kinds: Iterable[Kind], begun: Mapping[str, Table] = _NO_TABLES) -> Tables:
    """The tables of these kinds. They are empty, but for those that have begun, by the names that expressions know them by."""
    known = {kind.name: kind for kind in kinds}
    names = {kind.table: begun.get(kind.table, EMPTY) for kind in known.values() if not kind.hidden}
    hidden = {kind.name: EMPTY for kind in known.values() if kind.hidden}
    return Tables(known, names, _NO_STREAM, hidden)


_NO_STREAM = Stream("no tables")
EMPTY = Table(NO_ROWS)
NO_TABLES = empty_tables(())


def named(kind: Kind, row: Row) -> str | None:
    """What people call an entity, or None."""
    if kind.says is None:
        return None
    names: Names = dict(row)
    return kind.says.render(names)
