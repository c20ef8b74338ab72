"""Solutions: what an oracle does, in a scope that holds only what it could have learnt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rlve_dsl import files
from rlve_dsl.compiler.bindings import CompiledLoop, compile_loop, within
from rlve_dsl.compiler.draft import EnvironmentDraft
from rlve_dsl.expressions import Arguments, Expression, Scope, compile_arguments
from rlve_dsl.expressions.types import BOOL, INT, NOTHING, ListOf, Type, optional
from rlve_dsl.world import Tool


@dataclass(frozen=True, slots=True)
class AskFor:
    """Ask for the facts that are still open; `facts` None means all of them."""

    facts: tuple[str, ...] | None
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class CallTool:
    """Call a tool; `name` is bound to its result."""

    tool: Tool
    arguments: Arguments
    name: str | None
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class Bind:
    """Bind a value."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class WaitTurn:
    """What follows belongs to a later turn."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Do the same for each item, side by side; `name` is bound to what each `gives`, in the order of the items."""

    loop: CompiledLoop
    condition: Expression | None
    do: tuple[Statement, ...]
    name: str | None
    gives: Expression | None


@dataclass(frozen=True, slots=True)
class Again:
    """Do again, at most `times` times, until `until` holds."""

    times: Expression
    until: Expression | None
    do: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Give the answer and end."""

    fields: tuple[tuple[str, Expression], ...]


Statement = AskFor | CallTool | Bind | WaitTurn | Loop | Again | Answer


def compile_solution(draft: EnvironmentDraft) -> None:
    """Fill `solution`; names of world, goal and persona are not in its scope."""
    scope = draft.scopes["said"].extended({name: table.type for name, table in draft.axes.items()})
    scope = Scope(scope.names, draft.scopes["axes"].functions, draft.scopes["axes"].definitions)
    statements, _ = _block(draft.spec.solution, scope, draft)
    draft.parts["solution"] = statements


def _block(
    actions: tuple[files.Action, ...], scope: Scope, draft: EnvironmentDraft
) -> tuple[tuple[Statement, ...], Scope]:
    statements = []
    for action in actions:
        statement, bound = _statement(action, scope, draft)
        if statement is not None:
            statements.append(statement)
        for name, type_ in bound.items():
            if (taken := scope.taken(name.text)) is not None:
                draft.diagnostics.error("R203", f"`{name.text}` is already {taken}", name.span)
            else:
                scope = scope.extended({name.text: type_})
    return tuple(statements), scope


def _statement(
    action: files.Action, scope: Scope, draft: EnvironmentDraft
) -> tuple[Statement | None, dict[files.Name, Type]]:
    match action:
        case files.Ask(facts=facts, condition=condition):
            known = [plan.name for plan in draft.parts["facts"]]
            for fact in facts:
                if fact.text not in known:
                    draft.unknown("fact", fact, known)
            when = draft.expression(condition, scope, BOOL) if condition else None
            return AskFor(tuple(f.text for f in facts) or None, when), {}
        case files.Call():
            return _call(action, scope, draft)
        case files.Value(name=name, value=value):
            expression = draft.expression(value, scope)
            return (Bind(name.text, expression) if expression else None), {
                name: expression.type if expression else NOTHING
            }
        case files.NextTurn():
            return WaitTurn(), {}
        case files.ForEach(loop=loop, do=do, condition=condition, name=name, gives=gives):
            compiled = compile_loop(loop, scope, draft)
            inner = within(loop, compiled, scope)
            when = draft.expression(condition, inner, BOOL) if condition else None
            body, inner = _block(do, inner, draft)
            given = draft.expression(gives, inner) if gives else None
            bound: dict[files.Name, Type] = {name: ListOf(given.type) if given else NOTHING} if name else {}
            return (Loop(compiled, when, body, name.text if name else None, given) if compiled else None), bound
        case files.Repeat(times=times, until=until, do=do):
            count = draft.expression(times, scope, INT)
            body, inner = _block(do, scope, draft)
            stop = draft.expression(until, inner, BOOL) if until else None
            return (Again(count, stop, body) if count else None), {}
        case files.Finish(answer=answer):
            return _finish(action, answer, scope, draft)


def _call(action: files.Call, scope: Scope, draft: EnvironmentDraft) -> tuple[Statement | None, dict[files.Name, Type]]:
    tool: Tool | None = draft.parts["tools"].get(action.tool.text)
    bound: dict[files.Name, Type] = {action.name: NOTHING} if action.name else {}
    if tool is None:
        draft.unknown("tool of this environment", action.tool, draft.parts["tools"])
        return None, bound
    given = {name: (source.text, source.span) for name, source in action.arguments.items()}
    compiled = compile_arguments(
        tool.signature, given, action.span, scope, draft.diagnostics, f"tool `{tool.name}`", optional_values=True
    )
    condition = draft.expression(action.condition, scope, BOOL) if action.condition else None
    if compiled is None:
        return None, bound
    draft.reads |= compiled.free
    result = tool.signature.result
    if action.name:
        bound = {action.name: optional(result) if action.condition else result}
    return CallTool(tool, compiled, action.name.text if action.name else None, condition), bound


def _finish(
    action: files.Finish, answer: Mapping[str, files.ExpressionText], scope: Scope, draft: EnvironmentDraft
) -> tuple[Statement | None, dict[files.Name, Type]]:
    declared: dict[str, Type] = draft.parts["answer"]
    fields = []
    for name, source in answer.items():
        if name not in declared:
            draft.unknown("answer field", files.Name(name, source.span), declared)
            continue
        expression = draft.expression(source, scope, declared[name])
        if expression is not None:
            fields.append((name, expression))
    for name in declared:
        if name not in answer:
            draft.diagnostics.error("R209", f"the answer's field `{name}` is not given", action.span)
    return Answer(tuple(fields)), {}
