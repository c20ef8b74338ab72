"""Effects of declared tools: what changes in which entity, and that no two of them change one field at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rlve_dsl.compiler.domains.made import Made, compile_loop, compile_made, compile_record, expression
from rlve_dsl.diagnostics import Diagnostics, Related, Span, did_you_mean
from rlve_dsl.expressions import Expression, Scope
from rlve_dsl.expressions.types import (
    BOOL,
    DAYS,
    INT,
    MONEY,
    NOTHING,
    REAL,
    TEXT,
    Id,
    ListOf,
    Record,
    Type,
    optional,
    required,
)
from rlve_dsl.files import Change, ExpressionText, Loop, Name, Step
from rlve_dsl.values import Names, Value
from rlve_dsl.world import Effect, How, Kind, Refusal, Tables, Writes

_QUANTITIES = (INT, REAL, MONEY, DAYS)
CREATED = "created"


@dataclass(slots=True)
class Pending:
    """The effects of one call, before any of them happens. `tables` are as they were."""

    tables: Tables
    effects: list[Effect] = field(default_factory=list)
    _ways: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _new: dict[str, list[str]] = field(default_factory=dict)

    def new_id(self, kind: str) -> str:
        """An id for an entity that the call creates."""
        made = self._new.setdefault(kind, [])
        made.append(self.tables.new_id(kind, len(made), made))
        return made[-1]

    @property
    def outcome(self) -> Tables:
        """The tables after all effects so far."""
        tables = self.tables
        for effect in self.effects:
            tables = tables.changed(effect.how, effect.entity, effect.key, effect.field, effect.value)
        return tables

    def add(self, effect: Effect) -> None:
        """Add an effect.

        Raises:
            Refusal: It and an earlier one leave open what comes out.
        """
        entity = (effect.entity, effect.key, "")
        place = (effect.entity, effect.key, effect.field)
        before = self._ways.get(place)
        if (before is not None and not _may_follow(before, effect.how)) or self._ways.get(entity) == "remove":
            raise Refusal(f"this would change {effect.entity} {effect.key} in two ways at once")
        self._ways[place] = effect.how
        self.effects.append(effect)


def _may_follow(one: str, other: str) -> bool:
    return one == other and one in ("add", "append")


Run = Callable[[Names, Pending], None]


@dataclass(frozen=True, slots=True)
class _Write:
    """A change of a field, for finding two that change the same one."""

    way: str
    kind: str
    target: str
    field: str
    span: Span
    items: tuple[str, ...]  # the lists of the loops whose items the target reads
    repeated: bool  # whether it is the same for each item of the innermost loop


@dataclass(slots=True)
class ChangeCompiler:
    """Compiles the effects of one tool.

    Attributes:
        kinds: The kinds of the domain.
        written: What the effects change in which kinds, in order.
    """

    kinds: Mapping[str, Kind]
    diagnostics: Diagnostics
    written: dict[str, dict[str, None]] = field(default_factory=dict)
    _writes: list[_Write] = field(default_factory=list)

    @property
    def writes(self) -> Writes:
        """What the effects change."""
        return {kind: tuple(what) for kind, what in self.written.items()}

    def all(self, changes: Sequence[Change], scope: Scope) -> tuple[list[Run], Scope]:
        """The effects, and the scope with what they create."""
        runs: list[Run] = []
        for change in changes:
            run, scope = self._change(change, scope, ())
            if run is not None:
                runs.append(run)
        self._check_conflicts()
        return runs, scope

    def _change(self, change: Change, scope: Scope, loops: tuple[Loop, ...]) -> tuple[Run | None, Scope]:
        """One effect, and the scope of those after it."""
        inner, loop = scope, None
        if change.loop is not None:
            loop, inner = compile_loop(change.loop, scope, self.diagnostics)
            loops = (*loops, change.loop)
        condition = expression(change.condition, inner, self.diagnostics, BOOL) if change.condition else None
        run, after = self._one(change, inner, loops)
        if run is None or (change.loop and loop is None) or (change.condition and condition is None):
            return None, scope if change.loop else after
        if condition is not None:
            run = _when(condition, run, "" if change.create is None or loops else _called(change))
        if loop is None:
            return run, after
        name, items, each = loop.name, loop.items, run

        def run_all(names: Names, pending: Pending) -> None:
            for item in items(names):
                each({**names, name: item}, pending)

        return run_all, scope

    def _one(self, change: Change, scope: Scope, loops: tuple[Loop, ...]) -> tuple[Run | None, Scope]:
        if change.way == "do":
            runs: list[Run] = []
            inner = scope
            for part in change.do:
                run, inner = self._change(part, inner, loops)
                if run is not None:
                    runs.append(run)
            return (_in_order(runs) if len(runs) == len(change.do) else None), scope
        if change.create is not None:
            return self._create(change, change.create, scope, loops)
        if change.way == "remove":
            return self._remove(change.target, scope, loops), scope
        return self._write(change, scope, loops), scope

    def _create(self, change: Change, entity: Name, scope: Scope, loops: tuple[Loop, ...]) -> tuple[Run | None, Scope]:
        kind = self.kinds.get(entity.text)
        if kind is None:
            self._unknown(entity)
            return None, scope
        self._note(kind, "create")
        id_ = next((step for step in change.record if step.name.text == kind.key), None)
        drawn = id_ is None and kind.ids
        others = tuple(f for f in kind.record.fields if f[0] != kind.key)
        key = kind.record.field(kind.key) if id_ is None else self._type_of_id(kind, id_, scope)
        wanted = Record(kind.name, others if drawn or key is None else ((kind.key, key), *others))
        made = compile_record(kind.name, change.record, scope, self.diagnostics, wanted)
        called = Name(_called(change), change.name.span if change.name else change.span)
        after = scope
        if not loops:
            if (taken := scope.taken(called.text)) is not None:
                self.diagnostics.error(
                    "R203",
                    f"`{called.text}` is already {taken}",
                    called.span,
                    help="say what this one is called with `as`",
                )
            after = scope.extended({called.text: optional(kind.record) if change.condition else kind.record})
        return (None if made is None else _creating(kind, made, called.text, not drawn)), after

    @staticmethod
    def _type_of_id(kind: Kind, id_: Step, scope: Scope) -> Type:
        """The type of an id that an effect gives: that of the entity, or text."""
        made = compile_made(id_, scope, Diagnostics(), TEXT)
        return TEXT if made is not None and made.type == TEXT else Id(kind.name)

    def _remove(self, target: ExpressionText, scope: Scope, loops: tuple[Loop, ...]) -> Run | None:
        found = expression(target, scope, self.diagnostics)
        kind = self._kind_of(found, target)
        if found is None or kind is None:
            return None
        self._note(kind, "remove")
        self._writes.append(_write_of("remove", kind, target.text, "", target.span, loops))

        def run(names: Names, pending: Pending) -> None:
            pending.add(Effect("remove", kind.name, _existing(found, kind, names)[kind.key], "", None))

        return run

    def _write(self, change: Change, scope: Scope, loops: tuple[Loop, ...]) -> Run | None:
        """`set`, `add` or `append`."""
        target, value, way = change.target, change.value, change.way
        entity, point, name = target.text.rpartition(".")
        if not point or not name.isidentifier():
            self.diagnostics.error(
                "D104", f"`{target.text}` is no field of an entity", target.span, label="written like `slot.taken`"
            )
            return None
        owner = ExpressionText(entity, target.span.within(0, len(entity)))
        found = expression(owner, scope, self.diagnostics)
        kind = self._kind_of(found, owner)
        if found is None or kind is None:
            return None
        self._note(kind, name)
        type_ = self._type_of_field(kind, name, way, target.span.within(len(entity) + 1, len(target.text)))
        assert value is not None, "the file reader has seen to it"
        made = compile_made(value, scope, self.diagnostics, None if type_ == NOTHING else type_)
        self._writes.append(_write_of(way, kind, entity, name, target.span, loops))
        return _writing(way, kind, found, name, made) if made is not None and type_ is not None else None

    def _note(self, kind: Kind, what: str) -> None:
        self.written.setdefault(kind.name, {})[what] = None

    def _type_of_field(self, kind: Kind, name: str, way: str, span: Span) -> Type | None:
        """The type of the value that a change of this field takes; None after an error."""
        type_ = kind.record.field(name)
        if type_ is None:
            self.diagnostics.error(
                "R104", f"{kind.noun} has no field `{name}`", span,
                label=did_you_mean(name, kind.record.names), help=f"its fields: {', '.join(kind.record.names)}",
            )  # fmt: skip
        elif name == kind.key:
            self.diagnostics.error("D104", f"`{name}` is the key of {kind.noun}, and never changes", span)
        elif way == "set" or type_ == NOTHING:
            return type_
        elif way == "append" and isinstance(listed := required(type_), ListOf):
            return listed.item
        elif way == "add" and required(type_) in _QUANTITIES:
            return required(type_)
        else:
            wanted = "a list" if way == "append" else "a number"
            self.diagnostics.error("D104", f"`{way}` needs {wanted}, and `{name}` is {type_}", span)
        return None

    def _kind_of(self, found: Expression | None, source: ExpressionText) -> Kind | None:
        if found is None or found.type == NOTHING:
            return None
        kind = next((kind for kind in self.kinds.values() if kind.record == required(found.type)), None)
        if kind is None:
            self.diagnostics.error(
                "D104", f"`{source.text}` is {found.type}, and only entities change", source.span,
                help=f"entities: {', '.join(self.kinds)}",
            )  # fmt: skip
        return kind

    def _unknown(self, entity: Name) -> None:
        self.diagnostics.error(
            "R205", f"there is no entity `{entity.text}`", entity.span,
            label=did_you_mean(entity.text, self.kinds), help=f"known: {', '.join(self.kinds)}",
        )  # fmt: skip

    def _check_conflicts(self) -> None:
        """Report fields that one call would change in two ways."""
        for place, write in enumerate(self._writes):
            if write.repeated and write.way == "set":
                self.diagnostics.error(
                    "D105", f"the loop sets `{write.target}.{write.field}` again for each item", write.span,
                    help="`add` and `append` may be repeated",
                )  # fmt: skip
            for other in self._writes[:place]:
                same = (other.kind, other.target, other.items) == (write.kind, write.target, write.items)
                meet = write.field == other.field or "" in (write.field, other.field)
                if same and meet and not _may_follow(other.way, write.way):
                    what = f"{write.target}.{write.field}" if write.field else write.target
                    self.diagnostics.error(
                        "D105", f"two effects change `{what}` in one call", write.span,
                        related=(Related(other.span, "the other one"),), help="write one, with `… if … else …`",
                    )  # fmt: skip


def _write_of(way: str, kind: Kind, target: str, name: str, span: Span, loops: tuple[Loop, ...]) -> _Write:
    words = "".join(c if c.isalnum() or c == "_" else " " for c in target).split()
    items = tuple(loop.over.text for loop in loops if loop.name.text in words)
    return _Write(way, kind.name, target, name, span, items, bool(loops) and loops[-1].name.text not in words)


def _existing(found: Expression, kind: Kind, names: Names) -> Value:
    row = found(names)
    if row is None:
        raise Refusal(f"{kind.noun.capitalize()} not found")
    return row


def _called(change: Change) -> str:
    """What the rest of a tool calls the entity that an effect creates."""
    return change.name.text if change.name is not None else CREATED


def _when(condition: Expression, run: Run, called: str) -> Run:
    """An effect under a condition; what it would create, if it creates something, is unknown where it does not happen."""

    def run_when(names: Names, pending: Pending) -> None:
        if condition(names):
            run(names, pending)
        elif called:
            names[called] = None

    return run_when


def _in_order(runs: list[Run]) -> Run:
    def run(names: Names, pending: Pending) -> None:
        names = {**names}
        for one in runs:
            one(names, pending)

    return run


def _creating(kind: Kind, made: Made, called: str, given: bool) -> Run:
    build, key = made.build, kind.key

    def run(names: Names, pending: Pending) -> None:
        fields = build(names)
        if given and not pending.tables.of(kind.name).is_free(fields[key]):
            raise Refusal(f"there is already a {kind.noun} {fields[key]}")
        id_ = fields[key] if given else pending.new_id(kind.name)
        names[called] = row = {**fields, key: id_} if given else {key: id_, **fields}
        pending.add(Effect("create", kind.name, id_, "", row))

    return run


def _writing(way: str, kind: Kind, found: Expression, name: str, made: Made) -> Run:
    build, entity, key = made.build, kind.name, kind.key
    how: How = way  # type: ignore[assignment]  # one of three

    def run(names: Names, pending: Pending) -> None:
        row = _existing(found, kind, names)
        if way != "set" and row[name] is None:
            raise Refusal(f"{kind.noun} {row[key]} has no {name.replace('_', ' ')}")
        pending.add(Effect(how, entity, row[key], name, build(names)))

    return run
