"""Steps of a world that make entities of the domain, and that ask what its tools would do; and what changes at the start."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from rlve_dsl.compiler.context import Context
from rlve_dsl.compiler.domains.domain import words_in
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.domains import ChangeCompiler, OutOfBounds, Pending, Run, start_of
from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.expressions import EvaluationError, Expression, Scope
from rlve_dsl.expressions.types import (
    BOOL,
    MONEY,
    NOTHING,
    TEXT,
    ListOf,
    Optional,
    Record,
    Type,
    fits,
    optional,
    required,
)
from rlve_dsl.files import Environment, Judged, Name, Step
from rlve_dsl.values import Names, Value
from rlve_dsl.world import TABLES, Draws, Kind, Refusal, State, Tables

Path: TypeAlias = tuple[object, ...]
Build: TypeAlias = Callable[[Names, Draws, Path], Value]

_VERDICT = Record("verdict", (("allowed", BOOL), ("fee", MONEY), ("reason", optional(TEXT))))


def kind_named(entity: Name, context: Context) -> Kind | None:
    """The kind of entity that a step makes; None, with a diagnostic, when there is none."""
    known = context.visible_kinds
    if entity.text not in known:
        context.unknown("entity", entity, known)
    return known.get(entity.text)


def creation(
    step: Step,
    kind: Kind,
    types: Mapping[str, Type],
    builds: Mapping[str, Build],
    seen: Collection[str],
    context: Context,
) -> tuple[Type, Build] | None:
    """A step that makes an entity of this kind from fields with these types; None when one does not fit. The fields in `seen`
    are names for those after them."""
    sound = True
    for field in step.record:
        name = field.name.text
        wanted, given = kind.record.field(name), types[name]
        if wanted is None:
            sound = False
            context.diagnostics.error(
                "R104", f"{kind.noun} has no field `{name}`", field.name.span,
                label=did_you_mean(name, kind.record.names), help=f"its fields: {', '.join(kind.record.names)}",
            )  # fmt: skip
        elif name == kind.key and given == TEXT:
            pass  # the author gives an id
        elif NOTHING not in (given, wanted) and not fits(given, wanted):
            sound = False
            context.diagnostics.error("R102", f"`{name}` is {given}, where {wanted} is wanted", field.name.span)
    absent = [n for n in kind.record.names if n not in types and (n != kind.key or not kind.ids)]
    missing = [f"`{name}`" for name in absent if not isinstance(kind.record.field(name), Optional)]
    if missing and sound:
        context.diagnostics.error("D103", f"{kind.noun} needs {', '.join(missing)}", step.name.span)
        return None
    return (kind.record, _creating(kind, builds, seen)) if sound else None


def _creating(kind: Kind, builds: Mapping[str, Build], seen: Collection[str]) -> Build:
    def create(names: Names, draws: Draws, path: Path) -> Value:
        fields: Names = {}
        for name, build in builds.items():
            fields[name] = value = build(names, draws, (*path, name))
            if name in seen:
                names[name] = value
        for name in seen:
            del names[name]
        tables: Tables = draws.provided[TABLES]
        table = tables.of(kind.name)
        key = fields.get(kind.key) or tables.drawn_id(kind.name, draws.at((*path, kind.key)).stream)
        if not table.is_free(key):
            raise Unsatisfiable(f"there are two {kind.noun} {key}")
        row = {name: key if name == kind.key else fields.get(name) for name in kind.record.names}
        names[kind.table] = table = table.changed(key, row)
        draws.provided[TABLES] = tables.with_table(kind.name, table)
        return row

    return create


def compile_verdict(judged: Judged, scope: Scope, context: Context) -> tuple[Type, Build] | None:
    """What a declared tool would say to a call at the start of an episode: a record with `allowed`, `fee` and `reason`."""
    domain = context.domain
    plan = domain.plans.get(judged.of.text) if domain is not None else None
    if domain is None or plan is None:
        context.unknown("tool of the domain", judged.of, domain.plans if domain else ())
        return None
    given = {name: (text.text, text.span) for name, text in judged.arguments.items()}
    signature = domain.tools[judged.of.text].signature
    what = f"tool `{judged.of.text}`"
    compiled = context.arguments(signature, given, judged.span, scope, what, written=judged.arguments)
    if compiled is None:
        return None

    def build(names: Names, draws: Draws, path: Path) -> Value:
        try:
            fee = plan.fee(State(context.shared.catalog, draws.provided), draws.governance, compiled.values(names))
        except Refusal as refusal:
            return {"allowed": False, "fee": 0, "reason": str(refusal)}
        except OutOfBounds:
            raise
        except EvaluationError as problem:  # the tool refuses such a call
            return {"allowed": False, "fee": 0, "reason": f"this cannot be done: {problem.reason}"}
        return {"allowed": True, "fee": fee, "reason": None}

    return _VERDICT, build


def compile_changes(source: Environment, scope: Scope, context: Context) -> tuple[tuple[Expression, Kind], ...]:
    """The entities that a request may change, each an entity or a list of them, with its kind."""
    found: list[tuple[Expression, Kind]] = []
    for text in source.changes:
        made = context.expression(text, scope)
        if made is None:
            continue
        type_ = required(made.type)
        item = required(type_.item) if isinstance(type_, ListOf) else type_
        kinds = context.domain.kinds.values() if context.domain is not None else ()
        kind = next((kind for kind in kinds if kind.record == item), None)
        if kind is not None:
            found.append((made, kind))
        elif item != NOTHING:
            context.diagnostics.error(
                "D104", f"`{text.text}` is {made.type}, and only entities change", text.span,
                help=f"entities: {', '.join(kind.name for kind in kinds) or 'this environment names no domain'}",
            )  # fmt: skip
    return tuple(found)


def compile_start(source: Environment, scope: Scope, context: Context) -> tuple[Run, ...]:
    """What changes in the tables before the conversation begins."""
    if not source.start:
        return ()
    context.reads.names.update(words_in(source.start))
    kinds = context.visible_kinds
    tables = {kind.table: kind.type for kind in kinds.values() if kind.table not in scope.names}
    changes, _ = ChangeCompiler(kinds, context.diagnostics).all(source.start, scope.extended(tables))
    return (start_of(changes),)


def begin(start: Sequence[Run], names: Names, draws: Draws) -> None:
    """Make the changes of a start.

    Raises:
        Unsatisfiable: One of them changes what is not there.
    """
    tables: Tables = draws.provided[TABLES]
    pending, own = Pending(tables), {**tables.names, **names}
    try:
        for run in start:
            run(own, pending)
        draws.provided[TABLES] = pending.outcome
    except Refusal as refusal:
        raise Unsatisfiable(f"the start: {refusal}") from None
