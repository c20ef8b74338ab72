"""Effects of declared tools: what changes in which entity, and that no two of them change one field at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from rlve_dsl.diagnostics import Diagnostics, Related, Span, did_you_mean
from rlve_dsl.domains.made import Made, MadeFields, compile_fields, compile_loop, compile_made, expression
from rlve_dsl.domains.pending import Pending, may_follow
from rlve_dsl.expressions import Code, Expression, Program, Scope, Statement, one_budget
from rlve_dsl.expressions.types import (
    BOOL,
    DAYS,
    INT,
    MONEY,
    NOTHING,
    REAL,
    TEXT,
    ListOf,
    Record,
    Type,
    optional,
    required,
)
from rlve_dsl.files import Change, ExpressionText, Loop, Name
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names
from rlve_dsl.world import Kind, Writes

_NAME = re.compile(r"(?<![.\w])[A-Za-z_]\w*")
_QUANTITIES = (INT, REAL, MONEY, DAYS)
CREATED = "created"
PENDING = ".pending"


Run = Callable[[Names, Pending], None]
"""Changes at the start of an episode: what they read by name, and where their effects go."""

Emit = Callable[[Program], list[Statement]]
"""The statements of an effect. The variable PENDING of the function has the effects of the call."""


@frozen
class _Write:
    """A change of a field, for finding two that change the same one."""

    way: str
    kind: str
    target: str
    field: str
    span: Span
    meaning: str  # the target with the list of its loop in the place of each loop's name
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

    def all(self, changes: Sequence[Change], scope: Scope) -> tuple[list[Emit], Scope]:
        """The effects, and the scope with what they create."""
        emits: list[Emit] = []
        for change in changes:
            emit, scope = self._change(change, scope, ())
            if emit is not None:
                emits.append(emit)
        self._check_conflicts()
        return emits, scope

    def _change(self, change: Change, scope: Scope, loops: tuple[Loop, ...]) -> tuple[Emit | None, Scope]:
        """One effect, and the scope of those after it."""
        inner, loop = scope, None
        if change.loop is not None:
            loop, inner = compile_loop(change.loop, scope, self.diagnostics)
            loops = (*loops, change.loop)
        condition = expression(change.condition, inner, self.diagnostics, BOOL) if change.condition else None
        emit, after = self._one(change, inner, loops)
        if emit is None or (change.loop and loop is None) or (change.condition and condition is None):
            return None, scope if change.loop else after
        if condition is not None:
            emit = _when(condition, emit, "" if change.create is None or loops else _called(change))
        if loop is None:
            return emit, after
        name, items, each = loop.name, loop.items, emit

        def all_items(program: Program) -> list[Statement]:
            over = items(program)
            return [program.for_each(name, over, each(program))]

        return all_items, scope

    def _one(self, change: Change, scope: Scope, loops: tuple[Loop, ...]) -> tuple[Emit | None, Scope]:
        if change.way == "do":
            emits: list[Emit] = []
            inner = scope
            for part in change.do:
                emit, inner = self._change(part, inner, loops)
                if emit is not None:
                    emits.append(emit)
            return (in_order(emits) if len(emits) == len(change.do) else None), scope
        if change.create is not None:
            return self._create(change, change.create, scope, loops)
        if change.way == "remove":
            return self._remove(change.target, scope, loops), scope
        return self._write(change, scope, loops), scope

    def _create(self, change: Change, entity: Name, scope: Scope, loops: tuple[Loop, ...]) -> tuple[Emit | None, Scope]:
        kind = self.kinds.get(entity.text)
        if kind is None:
            self._unknown(entity)
            return None, scope
        self._note(kind, "create")
        id_ = next((step for step in change.record if step.name.text == kind.key), None)
        drawn = id_ is None and kind.ids
        others = tuple(f for f in kind.record.fields if f[0] != kind.key)
        key = kind.record.field(kind.key)
        if (
            id_ is not None
            and (given := compile_made(id_, scope, Diagnostics(), TEXT)) is not None
            and given.type == TEXT
        ):
            key = TEXT
        wanted = Record(kind.name, others if drawn or key is None else ((kind.key, key), *others))
        made = compile_fields(kind.name, change.record, scope, self.diagnostics, wanted)
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
            self._writes.append(_write_of("create", kind, called.text, "", change.span, ()))
        return (None if made is None else _creating(kind, made, "" if loops else called.text, not drawn)), after

    def _remove(self, target: ExpressionText, scope: Scope, loops: tuple[Loop, ...]) -> Emit | None:
        found = expression(target, scope, self.diagnostics)
        kind = self._kind_of(found, target)
        if found is None or kind is None:
            return None
        self._note(kind, "remove")
        self._writes.append(_write_of("remove", kind, target.text, "", target.span, loops))

        def emit(program: Program) -> list[Statement]:
            return [_pend(program, "remove", program.refer(kind), program.value(found))]

        return emit

    def _write(self, change: Change, scope: Scope, loops: tuple[Loop, ...]) -> Emit | None:
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
            if write.repeated and write.way in ("set", "remove"):
                does = f"sets `{write.target}.{write.field}`" if write.field else f"removes `{write.target}`"
                self.diagnostics.error(
                    "D105", f"the loop {does} again for each item", write.span,
                    help="`add` and `append` may be repeated",
                )  # fmt: skip
            for other in self._writes[:place]:
                same = (other.kind, other.meaning) == (write.kind, write.meaning)
                if same and _meet(other, write) and not may_follow(other.way, write.way):
                    what = f"{write.target}.{write.field}" if write.field else write.target
                    self.diagnostics.error(
                        "D105", f"two effects change `{what}` in one call", write.span,
                        related=(Related(other.span, "the other one"),), help="write one, with `… if … else …`",
                    )  # fmt: skip


def _write_of(way: str, kind: Kind, target: str, name: str, span: Span, loops: tuple[Loop, ...]) -> _Write:
    lists: dict[str, str] = {}
    for loop in loops:
        lists[loop.name.text] = f"an item of ({_read_in(loop.over.text, lists)})"
    repeated = bool(loops) and _read_in(target, {loops[-1].name.text: ""}) == target
    return _Write(way, kind.name, target, name, span, _read_in(target, lists), repeated)


def _read_in(text: str, values: Mapping[str, str]) -> str:
    """An expression with these texts in the place of names; a field of the same name stays."""
    return _NAME.sub(lambda found: values.get(found[0], found[0]), text)


def _meet(one: _Write, other: _Write) -> bool:
    """Whether a change of an entity and a later one are of the same field, or one of them of the whole entity."""
    if one.way == "create":
        return other.way == "remove"
    return one.field == other.field or "" in (one.field, other.field)


def _called(change: Change) -> str:
    """What the rest of a tool calls the entity that an effect creates."""
    return change.name.text if change.name is not None else CREATED


def _when(condition: Expression, emit: Emit, called: str) -> Emit:
    """An effect under a condition; what it would create, if it creates something, is unknown where it does not happen."""

    def emit_when(program: Program) -> list[Statement]:
        otherwise = [program.assign(called, program.constant(None))] if called else []
        return [program.when(program.value(condition), emit(program), otherwise)]

    return emit_when


def in_order(emits: Sequence[Emit]) -> Emit:
    """Effects one after another."""
    return lambda program: [statement for emit in emits for statement in emit(program)]


def _creating(kind: Kind, made: MadeFields, called: str, given: bool) -> Emit:
    """Create an entity; what is created in a loop has no name, as there are several."""

    def emit(program: Program) -> list[Statement]:
        first, fields = made.codes(program)
        if not given:
            fields[kind.key] = program.method(program.variable(PENDING), "new_id", program.constant(kind.name))
        row = program.last([*first, program.record({name: fields[name] for name in kind.record.names})])
        create = program.method(program.variable(PENDING), "create", program.refer(kind), row)
        return [program.assign(called, create) if called else program.do(create)]

    return emit


def _writing(way: str, kind: Kind, found: Expression, name: str, made: Made) -> Emit:
    def emit(program: Program) -> list[Statement]:
        how, field_ = program.constant(way), program.constant(name)
        return [_pend(program, "write", how, program.refer(kind), program.value(found), field_, made.code(program))]

    return emit


def _pend(program: Program, method: str, *arguments: Code) -> Statement:
    return program.do(program.method(program.variable(PENDING), method, *arguments))


def start_of(emits: Sequence[Emit]) -> Run:
    """Changes at the start of an episode, as a function of the names that they read; an EvaluationError has its place."""

    @cache
    def function() -> Callable[..., None]:
        program = Program()
        body = in_order(emits)(program)
        given = program.variable(".names")
        loads = [program.load(name, program.part(given, name)) for name in program.unbound]
        return program.function((".names", PENDING), {}, [*loads, *body])

    return one_budget()(lambda names, pending: function()(names, pending))
