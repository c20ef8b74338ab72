"""Values that a domain makes: an expression, a record, or a list of either."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.expressions import Code, EvaluationError, Expression, Program, Scope, compile_expression, spend
from rlve_dsl.expressions.types import (
    BOOL,
    NOTHING,
    Keyed,
    ListOf,
    Optional,
    Record,
    Type,
    excess_of,
    optional,
    required,
)
from rlve_dsl.files import ExpressionText, Loop, Step
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Value

_MOST_ITEMS = 10_000


@frozen
class Made:
    """A value as a part of a program.

    Attributes:
        code: The code that makes it in a program.
        free: The names that it reads.
    """

    type: Type
    code: Callable[[Program], Code]
    free: frozenset[str]


@frozen
class CompiledLoop:
    """`for_each name in over`, with the type of an item."""

    name: str
    over: Expression
    item: Type

    def items(self, program: Program) -> Code:
        """The code that gives the items."""
        return program.call(self._few, program.value(self.over))

    def _few(self, items: Sequence[Value] | None) -> Sequence[Value]:
        """The items, which are few enough. Each is a step of the budget.

        Raises:
            EvaluationError: There are too many, or the budget is used up.
        """
        if not items:
            return ()
        if len(items) > _MOST_ITEMS:
            raise EvaluationError(f"a loop over more than {_MOST_ITEMS:,} items", self.over.span, self.over.text)
        try:
            spend(len(items))
        except EvaluationError as problem:
            raise EvaluationError.of(problem, self.over.span, self.over.text) from None
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
        return None, scope.blurred(name)
    listed = required(over.type) if over is not None else NOTHING
    if over is None or not isinstance(listed, ListOf | Keyed):
        if over is not None and listed != NOTHING:
            message = f"`for_each` needs a list, and `{loop.over.text}` is {over.type}"
            diagnostics.error("R204", message, loop.over.span)
        return None, scope.extended({name: NOTHING})
    return CompiledLoop(name, over, listed.item), scope.extended({name: listed.item})


def compile_made(
    step: Step, scope: Scope, diagnostics: Diagnostics, expected: Type | None = None, title: str = ""
) -> Made | None:
    """The value of a step; None when it has errors.

    Args:
        expected: The type that it must fit.
        title: What the type of its record is called; the name of the step when empty.
    """
    made = _made(step, scope, diagnostics, expected, title or step.name.text)
    if made is not None and (excess := excess_of(made.type)):
        diagnostics.error("R227", f"`{step.name.text}` is {excess}", step.name.span)
        return None
    return made


def _made(step: Step, scope: Scope, diagnostics: Diagnostics, expected: Type | None, title: str) -> Made | None:
    if step.loop is None:
        return _conditional(step, scope, diagnostics, expected, title)
    loop, inner = compile_loop(step.loop, scope, diagnostics)
    wanted = required(expected) if expected is not None else None
    if wanted is not None and not isinstance(wanted, ListOf):
        diagnostics.error("R102", f"`for_each` makes a list, where {wanted} is wanted", step.loop.span)
        return None
    made = _conditional(step, inner, diagnostics, wanted.item if isinstance(wanted, ListOf) else None, title)
    if loop is None or made is None:
        return None
    name, items, code = loop.name, loop.items, made.code

    def all_of(program: Program) -> Code:
        over = items(program)
        return program.collect(code(program), name, over)

    return Made(ListOf(made.type), all_of, made.free - {name} | loop.over.free)


def _conditional(step: Step, scope: Scope, diagnostics: Diagnostics, expected: Type | None, title: str) -> Made | None:
    condition = expression(step.condition, scope, diagnostics, BOOL) if step.condition is not None else None
    if step.value is not None:
        value = expression(step.value, scope, diagnostics, expected)
        made = None if value is None else made_of(value)
    else:
        made = compile_record(title, step.record, scope, diagnostics, expected, step)
    if made is None or (step.condition is not None and condition is None):
        return None
    if condition is None:
        return made
    test, code = condition, made.code

    def if_so(program: Program) -> Code:
        tested = program.value(test)
        return program.choose(tested, code(program), program.constant(None))

    return Made(optional(made.type), if_so, made.free | test.free)


def made_of(expression: Expression) -> Made:
    """The value of an expression."""
    return Made(expression.type, lambda program: program.value(expression), expression.free)


@frozen
class MadeFields:
    """The fields of a record.

    Attributes:
        type: The type of the record.
        made: The fields that are given, in the order in which they are written.
        shared: Those of them that fields after them read.
        left_out: The fields that are unknown.
    """

    type: Record
    made: Mapping[str, Made]
    shared: frozenset[str]
    left_out: tuple[str, ...]

    @property
    def free(self) -> frozenset[str]:
        """The names that they read."""
        return frozenset[str]().union(*(made.free for made in self.made.values())) - self.shared

    def codes(self, program: Program) -> tuple[list[Code], dict[str, Code]]:
        """What is evaluated first, and the code of each field."""
        codes: dict[str, Code] = {name: program.constant(None) for name in self.left_out}
        first: list[Code] = []
        for name, made in self.made.items():
            codes[name] = made.code(program)
            if name in self.shared:
                first.append(program.named(name, codes[name]))
                codes[name] = program.name(name)
        return first, codes

    def code(self, program: Program) -> Code:
        """The code of the record, with its fields in order."""
        first, codes = self.codes(program)
        return program.last([*first, program.record({name: codes[name] for name in self.type.names})])


def compile_record(
    title: str, fields: tuple[Step, ...], scope: Scope, diagnostics: Diagnostics, expected: Type | None, whole: Step | None = None
) -> Made | None:  # fmt: skip
    """A record of these fields, as `compile_fields` reads them; None when it has errors."""
    made = compile_fields(title, fields, scope, diagnostics, expected, whole)
    return None if made is None else Made(made.type, made.code, made.free)


def compile_fields(
    title: str, fields: tuple[Step, ...], scope: Scope, diagnostics: Diagnostics, expected: Type | None, whole: Step | None = None
) -> MadeFields | None:  # fmt: skip
    """The fields of a record; None when there are errors. A field can read those before it, unless their names are taken.

    Args:
        title: What the type of the record is called, where none is expected.
        expected: The record that it must fit, if one is. A field of it that may be unknown can be left out.
        whole: The step that makes the record, as the place of what is missing.
    """
    wanted = required(expected) if expected is not None else None
    if wanted is not None and not isinstance(wanted, Record):
        span = whole.span if whole is not None else fields[0].span
        diagnostics.error("R102", f"this is a record, where {wanted} is wanted", span)
        return None
    built: dict[str, Made] = {}
    new, read = set[str](), set[str]()
    sound = True
    for field in fields:
        name = field.name.text
        type_ = wanted.field(name) if wanted is not None else None
        if wanted is not None and type_ is None:
            diagnostics.error("R104", f"{wanted} has no field `{name}`", field.name.span,
                              label=did_you_mean(name, wanted.names), help=f"its fields: {', '.join(wanted.names)}")  # fmt: skip
        made = compile_made(field, scope, diagnostics, None if type_ == NOTHING else type_, f"{title}.{name}")
        sound = sound and made is not None and (wanted is None or type_ is not None)
        if made is not None:
            built[name] = made
            read |= made.free & new
        if scope.taken(name) is None:
            new.add(name)
            scope = scope.extended({name: type_ or (made.type if made else NOTHING)})
    types = [(name, made.type) for name, made in built.items()]
    left_out = _left_out(wanted, types, fields, whole, diagnostics) if wanted is not None and sound else ()
    if not sound or left_out is None:
        return None
    return MadeFields(wanted or Record(title, tuple(types)), built, frozenset(read), left_out)


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
