"""Values that a domain makes: an expression, a record, or a list of either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.expressions import EvaluationError, Expression, Scope, compile_expression
from rlve_dsl.expressions.types import (
    BOOL,
    INT,
    NOTHING,
    REAL,
    Keyed,
    ListOf,
    Optional,
    Record,
    Type,
    optional,
    required,
)
from rlve_dsl.files import ExpressionText, Loop, Step
from rlve_dsl.values import Names, Value

_MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Made:
    """A compiled value: its type, and `build(names)`, which makes it.

    Attributes:
        free: The names that it reads.
    """

    type: Type
    build: Callable[[Names], Value]
    free: frozenset[str]


@dataclass(frozen=True, slots=True)
class CompiledLoop:
    """`for_each name in over`, with the type of an item."""

    name: str
    over: Expression
    item: Type

    def items(self, names: Names) -> list[Value]:
        """The items.

        Raises:
            EvaluationError: There are too many.
        """
        items = list(self.over(names) or ())
        if len(items) > _MOST_ITEMS:
            raise EvaluationError(f"a loop over more than {_MOST_ITEMS:,} items", self.over.span, self.over.text)
        return items


def expression(
    source: ExpressionText, scope: Scope, diagnostics: Diagnostics, expected: Type | None = None
) -> Expression | None:
    """The compiled expression; None when it has errors."""
    return compile_expression(source.text, source.span, scope, diagnostics, expected=expected)


def compile_loop(loop: Loop, scope: Scope, diagnostics: Diagnostics) -> tuple[CompiledLoop | None, Scope]:
    """The loop, None when it has errors; and the scope of what is done for each item."""
    name = loop.name.text
    over = expression(loop.over, scope, diagnostics)
    if (taken := scope.taken(name)) is not None:
        diagnostics.error("R203", f"`{name}` is already {taken}", loop.name.span)
        return None, scope
    listed = required(over.type) if over is not None else NOTHING
    if over is None or not isinstance(listed, ListOf | Keyed):
        if over is not None and listed != NOTHING:
            message = f"`for_each` needs a list, and `{loop.over.text}` is {over.type}"
            diagnostics.error("R204", message, loop.over.span)
        return None, scope.extended({name: NOTHING})
    return CompiledLoop(name, over, listed.item), scope.extended({name: listed.item})


def compile_made(step: Step, scope: Scope, diagnostics: Diagnostics, expected: Type | None = None) -> Made | None:
    """The value of a step; None when it has errors. `expected` is the type that it must fit."""
    if step.loop is None:
        return _conditional(step, scope, diagnostics, expected)
    loop, inner = compile_loop(step.loop, scope, diagnostics)
    wanted = required(expected) if expected is not None else None
    if wanted is not None and not isinstance(wanted, ListOf):
        diagnostics.error("R102", f"`for_each` makes a list, where {wanted} is wanted", step.loop.span)
        return None
    made = _conditional(step, inner, diagnostics, wanted.item if isinstance(wanted, ListOf) else None)
    if loop is None or made is None:
        return None
    name, items, build = loop.name, loop.items, made.build

    def build_all(names: Names) -> Value:
        inside, built = {**names}, []
        for item in items(names):
            inside[name] = item
            built.append(build(inside))
        return built

    return Made(ListOf(made.type), build_all, made.free - {name} | loop.over.free)


def _conditional(step: Step, scope: Scope, diagnostics: Diagnostics, expected: Type | None) -> Made | None:
    condition = expression(step.condition, scope, diagnostics, BOOL) if step.condition is not None else None
    if step.value is not None:
        value = expression(step.value, scope, diagnostics, expected)
        made = None if value is None else Made(value.type, value, value.free)
    else:
        made = compile_record(step.name.text, step.record, scope, diagnostics, expected, step)
    if made is None or (step.condition is not None and condition is None):
        return None
    if condition is None:
        return made
    test, build = condition, made.build
    return Made(optional(made.type), lambda names: build(names) if test(names) else None, made.free | test.free)


def compile_record(
    title: str, fields: tuple[Step, ...], scope: Scope, diagnostics: Diagnostics, expected: Type | None, whole: Step | None = None
) -> Made | None:  # fmt: skip
    """A record of these fields; None when it has errors. A field can read those before it, unless their names are taken.

    Args:
        title: What its type is called, where none is expected.
        expected: The record that it must fit, if one is. A field of it that may be unknown can be left out.
        whole: The step that makes the record, as the place of what is missing.
    """
    wanted = required(expected) if expected is not None else None
    if wanted is not None and not isinstance(wanted, Record):
        span = whole.span if whole is not None else fields[0].span
        diagnostics.error("R102", f"this is a record, where {wanted} is wanted", span)
        return None
    built: list[tuple[str, Made, bool]] = []
    types: list[tuple[str, Type]] = []
    sound = True
    for field in fields:
        name = field.name.text
        type_ = wanted.field(name) if wanted is not None else None
        if wanted is not None and type_ is None:
            diagnostics.error("R104", f"{wanted} has no field `{name}`", field.name.span,
                              label=did_you_mean(name, wanted.names), help=f"its fields: {', '.join(wanted.names)}")  # fmt: skip
        made = compile_made(field, scope, diagnostics, None if type_ == NOTHING else type_)
        sound = sound and made is not None and (wanted is None or type_ is not None)
        is_new = scope.taken(name) is None
        if is_new:
            scope = scope.extended({name: type_ or (made.type if made else NOTHING)})
        if made is not None:
            built.append((name, made, is_new))
            types.append((name, made.type))
    left_out = _left_out(wanted, types, fields, whole, diagnostics) if wanted is not None and sound else ()
    if not sound or left_out is None:
        return None
    order = wanted.names if wanted is not None else tuple(name for name, _ in types)

    free = frozenset[str]().union(*(made.free for _, made, _ in built)) - {name for name, _, is_new in built if is_new}
    return Made(wanted or Record(title, tuple(types)), _building(built, order, left_out), free)


def _building(
    built: list[tuple[str, Made, bool]], order: tuple[str, ...], left_out: tuple[str, ...]
) -> Callable[[Names], Value]:
    """The function that makes a record of these fields, in this order; those that are left out are unknown."""
    read_later = frozenset[str]().union(*(made.free for _, made, _ in built))
    steps = [(name, made.build, is_new and name in read_later) for name, made, is_new in built]
    in_order = not left_out and order == tuple(name for name, _, _ in steps)
    adds = any(is_read for _, _, is_read in steps)

    def build(names: Names) -> Value:
        names = {**names} if adds else names
        made: Names = dict.fromkeys(left_out)
        for name, value_of, is_read in steps:
            made[name] = value = value_of(names)
            if is_read:
                names[name] = value
        return made if in_order else {name: made[name] for name in order}

    return build if adds or not in_order else _quick([(name, value_of) for name, value_of, _ in steps], build)


def _quick(
    steps: list[tuple[str, Callable[[Names], Value]]], slow: Callable[[Names], Value]
) -> Callable[[Names], Value]:
    """Makes a record without asking of each field whether it has a value; where one has none, `slow` says which."""
    quick = [
        (name, of.compiled if isinstance(of, Expression) and of.type not in (INT, REAL) else None, of)
        for name, of in steps
    ]

    def build(names: Names) -> Value:
        try:
            return {name: of(names) if compiled is None else compiled.run(names) for name, compiled, of in quick}
        except Exception:  # noqa: BLE001 - `slow` meets it again, and tells it with its place
            return slow(names)

    return build


def _left_out(
    wanted: Record, given: list[tuple[str, Type]], fields: tuple[Step, ...], whole: Step | None, diagnostics: Diagnostics
) -> tuple[str, ...] | None:  # fmt: skip
    """The fields that are unknown, as nothing gives them; None where one must be given."""
    absent = [name for name in wanted.names if name not in dict(given)]
    missing = [f"`{name}`" for name in absent if not isinstance(wanted.field(name), Optional)]
    if missing:
        span = whole.span if whole is not None else fields[0].span if fields else None
        diagnostics.error("D103", f"{wanted} needs {', '.join(missing)}", span)
        return None
    return tuple(absent)
