"""Solutions: what an oracle does, in a scope that holds only what it can have learnt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rlve_dsl import files
from rlve_dsl.compiler.bindings import CompiledLoop, compile_loop, scope_within
from rlve_dsl.compiler.context import Context
from rlve_dsl.compiler.conversation import Facts
from rlve_dsl.compiler.decided import compile_decided
from rlve_dsl.expressions import Arguments, Expression, Scope
from rlve_dsl.expressions.types import BOOL, INT, NOTHING, TEXT, ListOf, Type, fits, optional
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject
from rlve_dsl.world import Tool


@frozen
class AskFor:
    """Ask for what has not been said; `facts` None means all facts. `about` gives the texts that one fact is asked about."""

    facts: tuple[str, ...] | None
    condition: Expression | None
    about: Expression | None = None


@frozen
class CallTool:
    """Call a tool; `name` is bound to its result."""

    tool: Tool
    arguments: Arguments
    name: str | None
    condition: Expression | None


@frozen
class Bind:
    """Bind a value."""

    name: str
    value: Expression


@frozen
class WaitTurn:
    """What follows belongs to a later turn."""


@frozen
class Loop:
    """Do the same for each item, side by side; `name` is bound to what each `gives`, in the order of the items."""

    loop: CompiledLoop
    condition: Expression | None
    do: tuple[Statement, ...]
    name: str | None
    gives: Expression | None


@frozen
class Again:
    """Do again, at most `times` times, until `until` holds."""

    times: Expression
    until: Expression | None
    do: tuple[Statement, ...]


@frozen
class Answer:
    """Give the answer and end."""

    fields: tuple[tuple[str, Expression], ...]


@frozen
class Recorded:
    """Make a call that a file has written down, with JSON arguments."""

    tool: Tool
    args: JsonObject


@frozen
class RecordedAnswer:
    """Give an answer that a file has written down, and end."""

    fields: JsonObject


Statement = AskFor | CallTool | Bind | WaitTurn | Loop | Again | Answer | Recorded | RecordedAnswer


def expressions_in(statements: tuple[Statement, ...]) -> Iterator[Expression]:
    """What a solution computes: values, arguments, what loops run over and give, and the answer; no conditions."""
    for statement in statements:
        match statement:
            case Bind(value=value):
                yield value
            case CallTool(arguments=arguments):
                yield from arguments.expressions.values()
            case Loop(loop=loop, do=do, gives=gives):
                yield loop.over
                yield from expressions_in(do)
                yield from [gives] if gives is not None else []
            case Again(do=do):
                yield from expressions_in(do)
            case Answer(fields=fields):
                yield from (value for _, value in fields)


_Bound = dict[files.Name, Type]  # the names that an action binds


@frozen
class Replaced:
    """Values that take the place of others in a solution, and the types that they have to fit, by name."""

    values: Mapping[str, files.ExpressionText]
    types: Mapping[str, Type]


def compile_solution(
    source: tuple[files.Action, ...],
    axes: Scope,
    facts: Facts,
    tools: Mapping[str, Tool],
    answer: Mapping[str, Type],
    context: Context,
    replaced: Replaced | None = None,
) -> tuple[Statement, ...]:
    """The solution, with other values where some are replaced. The world, the goal and the persona are not in its scope."""
    solver = _Solution(facts, tools, answer, context, replaced or Replaced({}, {}))
    scope = axes.without(_names_in(source), "an action reads only the results of those before it")
    return solver.block(source, scope.extended({"said": facts.said}))[0]


def _names_in(actions: tuple[files.Action, ...]) -> Iterator[str]:
    """The names of the results of actions."""
    for action in actions:
        match action:
            case files.Call(name=name) | files.Value(name=name) | files.Ruling(name=name) if name is not None:
                yield name.text
            case files.ForEach(name=name, do=do):
                yield from _names_in(do)
                yield from [name.text] if name is not None else []
            case files.Repeat(do=do):
                yield from _names_in(do)


def values_in(statements: tuple[Statement, ...]) -> dict[str, Expression]:
    """The values that a solution gives names to, by name."""
    found: dict[str, Expression] = {}
    for statement in statements:
        match statement:
            case Bind(name=name, value=value):
                found[name] = value
            case Loop(do=do) | Again(do=do):
                found |= values_in(do)
    return found


def check_answers(source: files.Environment, context: Context) -> None:
    """Report a solution that never gives the answer that the environment wants."""
    if source.answer and source.solution and not any(map(_answers, source.solution)):
        fields = ", ".join(f"{name}: …" for name in source.answer)
        context.diagnostics.error(
            "R209", f"the solution of `{source.name.text}` gives no answer", source.name.span,
            help=f"it ends with `finish: {{{fields}}}`",
        )  # fmt: skip


def _answers(action: files.Action) -> bool:
    match action:
        case files.Finish():
            return True
        case files.ForEach(do=do) | files.Repeat(do=do):
            return any(map(_answers, do))
    return False


@frozen
class _Solution:
    """What the actions of a solution may refer to."""

    facts: Facts
    tools: Mapping[str, Tool]
    answer: Mapping[str, Type]
    context: Context
    replaced: Replaced

    def block(self, actions: tuple[files.Action, ...], scope: Scope) -> tuple[tuple[Statement, ...], Scope]:
        """The statements without errors, and the scope after them."""
        statements = []
        for action in actions:
            statement, bound = self.statement(action, scope)
            if statement is not None:
                statements.append(statement)
            for name, type_ in bound.items():
                free = self.context.is_free(name.text, name.span, scope)
                scope = scope.extended({name.text: type_}) if free else scope.blurred(name.text)
        return tuple(statements), scope

    def statement(self, action: files.Action, scope: Scope) -> tuple[Statement | None, _Bound]:
        """The compiled action, and the names that it binds even if it has errors."""
        context = self.context
        match action:
            case files.Ask():
                return self.ask(action, scope), {}
            case files.Call():
                return self.call(action, scope)
            case files.Value(name=name, value=value):
                expression = self.value(name.text, value, scope)
                bound = {name: expression.type if expression else NOTHING}
                return (Bind(name.text, expression) if expression else None), bound
            case files.Ruling(name=name, decided=decided):
                ruling = compile_decided(decided, scope, context)
                return (Bind(name.text, ruling) if ruling else None), {name: ruling.type if ruling else NOTHING}
            case files.NextTurn():
                return WaitTurn(), {}
            case files.ForEach(loop=loop, do=do, condition=condition, name=name, gives=gives):
                compiled = compile_loop(loop, scope, context)
                inner = scope_within(loop, compiled, scope)
                when = context.optional(condition, inner, BOOL)
                body, inner = self.block(do, inner)
                given = context.optional(gives, inner)
                listed: _Bound = {name: ListOf(given.type) if given else NOTHING} if name else {}
                return (Loop(compiled, when, body, name.text if name else None, given) if compiled else None), listed
            case files.Repeat(times=times, until=until, do=do):
                count = context.expression(times, scope, INT)
                body, inner = self.block(do, scope)
                stop = context.optional(until, inner, BOOL)
                return (Again(count, stop, body) if count else None), {}
            case files.Finish():
                return self.finish(action, scope), {}

    def value(self, name: str, value: files.ExpressionText, scope: Scope) -> Expression | None:
        other = self.replaced.values.get(name)
        expression = self.context.expression(other or value, scope)
        if other is None or expression is None:
            return expression
        wanted = self.replaced.types[name]
        if fits(expression.type, wanted):
            return expression
        self.context.diagnostics.error(
            "R233", f"`{name}` is {wanted} in the solution, and {expression.type} here", other.span,
            help="what is computed instead has the same type, so that the rest of the solution can use it",
        )  # fmt: skip
        return None

    def ask(self, action: files.Ask, scope: Scope) -> Statement | None:
        asked = action.facts
        facts = (asked.fact,) if isinstance(asked, files.AskedAbout) else asked
        for fact in facts:
            if fact.text not in self.facts.plans:
                self.context.unknown("fact", fact, self.facts.plans)
        condition = self.context.optional(action.condition, scope, BOOL)
        if not isinstance(asked, files.AskedAbout):
            return AskFor(tuple(fact.text for fact in facts) or None, condition)
        about = self.context.expression(asked.about, scope, ListOf(TEXT))
        plan = self.facts.plans.get(asked.fact.text)
        if plan is not None and not any(ask.holes == 1 for ask in plan.asks):
            self.context.diagnostics.error(
                "R229", f"`{plan.name}` has no question about one thing", asked.fact.span,
                help="`about` fills the place of the one value in the question",
            )  # fmt: skip
            return None
        return AskFor((asked.fact.text,), condition, about) if about is not None else None

    def call(self, action: files.Call, scope: Scope) -> tuple[Statement | None, _Bound]:
        tool = self.tools.get(action.tool.text)
        failed: _Bound = {action.name: NOTHING} if action.name else {}
        if tool is None:
            self.context.unknown("tool of this environment", action.tool, self.tools)
            return None, failed
        given = {name: (source.text, source.span) for name, source in action.arguments.items()}
        compiled = self.context.arguments(
            tool.signature,
            given,
            action.span,
            scope,
            f"tool `{tool.name}`",
            optional_values=True,
            written=action.arguments,
        )
        condition = self.context.optional(action.condition, scope, BOOL)
        if compiled is None:
            return None, failed
        result = _result(tool, compiled)
        bound = (
            {action.name: optional(result) if action.condition or tool.may_be_refused else result}
            if action.name
            else {}
        )
        return CallTool(tool, compiled, action.name.text if action.name else None, condition), bound

    def finish(self, action: files.Finish, scope: Scope) -> Statement:
        fields = []
        for name, source in action.answer.items():
            if name not in self.answer:
                self.context.unknown("answer field", files.key_of(action.answer, name, source.span), self.answer)
                continue
            wanted = self.answer[name]  # NOTHING where the type itself is wrong, which is reported
            expression = self.context.expression(source, scope, None if wanted == NOTHING else wanted)
            if expression is not None:
                fields.append((name, expression))
        for name in self.answer:
            if name not in action.answer:
                self.context.diagnostics.error("R209", f"the answer's field `{name}` is not given", action.span)
        return Answer(tuple(fields))


def _result(tool: Tool, arguments: Arguments) -> Type:
    """The type of a call's result. A field that rows show only on request is in it if the call asks for it; where only the
    episode decides what is asked for, each may be unknown."""
    asked = arguments.expressions.get(tool.shows)
    if not tool.shows or (asked is not None and asked.free):
        return tool.signature.result
    return tool.result_of(asked({}) if asked is not None else ())
