"""The effects of one call, until it is sure that the call is not refused."""

from __future__ import annotations

from rlve_dsl.values import Value
from rlve_dsl.world import Effect, How, Kind, Refusal, Row, TableChange, Tables, created

MOST_EFFECTS = 10_000
"""Effects of one call."""


class Pending:
    """The effects of one call, before any of them happens.

    Attributes:
        tables: The tables as they were: all values are read in them.
        effects: The effects so far.
    """

    __slots__ = ("_changes", "_new", "_outcome", "_ways", "effects", "tables")

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.effects: list[Effect] = []
        self._outcome = tables
        self._changes: list[TableChange] = []  # those that the outcome is still without
        self._ways: dict[tuple[str, str, str], str] = {}
        self._new: dict[str, dict[str, None]] = {}

    @property
    def outcome(self) -> Tables:
        """The tables after all effects so far.

        Raises:
            Refusal: A number in them would be too large.
        """
        if self._changes:
            self._outcome, self._changes = self._outcome.after(self._changes), []
        return self._outcome

    def new_id(self, kind: str) -> str:
        """An id for an entity that the call creates.

        Raises:
            Refusal: All ids of such entities are taken.
        """
        made = self._new.setdefault(kind, {})
        new = self.tables.new_id(kind, len(made), made)
        made[new] = None
        return new

    def create(self, kind: Kind, row: Row) -> Row:
        """Create an entity with this row, and give the row.

        Raises:
            Refusal: Its id is taken.
        """
        key = row[kind.key]
        if not self.tables.of(kind.name).is_free(key):
            raise Refusal(f"there is already a {kind.noun} {key}")
        self.add(created(kind, key, row), row)
        return row

    def remove(self, kind: Kind, row: Row | None) -> None:
        """Take an entity away."""
        self.add(Effect("remove", kind.name, existing(kind, row)[kind.key], "", None))

    def write(self, how: How, kind: Kind, row: Row | None, name: str, value: Value) -> None:
        """Set a field of an entity, add to it, or append to it."""
        row = existing(kind, row)
        if how != "set" and row[name] is None:
            raise Refusal(f"{kind.noun} {row[kind.key]} has no {name.replace('_', ' ')}")
        self.add(Effect(how, kind.name, row[kind.key], name, value))

    def add(self, effect: Effect, row: Row | None = None) -> None:
        """Add an effect. `row` is the row of what it creates, where that is not its value.

        Raises:
            Refusal: It and an earlier one leave open what comes out, or there are too many.
        """
        if len(self.effects) >= MOST_EFFECTS:
            raise Refusal(f"this would change more than {MOST_EFFECTS:,} things at once")
        place = (effect.entity, effect.key, effect.field)
        before = self._ways.get(place)
        if before is not None and not may_follow(before, effect.how):
            raise _in_two_ways(effect)
        if effect.field and self._ways.get((effect.entity, effect.key, "")) == "remove":
            raise _in_two_ways(effect)
        self._ways[place] = effect.how
        self.effects.append(effect)
        value = effect.value if row is None else row
        self._changes.append((effect.how, effect.entity, effect.key, effect.field, value))


def may_follow(one: str, other: str) -> bool:
    """Whether two effects on one field leave nothing open: both add, or both append."""
    return one == other and one in ("add", "append")


def existing(kind: Kind, row: Row | None) -> Row:
    """The row itself. Raises Refusal where there is none."""
    if row is None:
        raise Refusal(f"{kind.noun.capitalize()} not found")
    return row


def _in_two_ways(effect: Effect) -> Refusal:
    return Refusal(f"this would change {effect.entity} {effect.key} in two ways at once")
