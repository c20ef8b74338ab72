"""What an episode is worth: the schema of the answer, measures, the reward of the task, the pass condition; and budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from rlve_dsl.compiler.context import Context
from rlve_dsl.compiler.names import CONDUCT, TOOL_BUDGET, TURN_BUDGET
from rlve_dsl.domains import known_types, parse_type, warn_of_braces
from rlve_dsl.expressions import Expression, Scope
from rlve_dsl.expressions.types import BOOL, INT, NOTHING, REAL, Type
from rlve_dsl.files import AnswerField, Environment, ExpressionText, Name, TaskReward
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins import RESERVED


@frozen
class Grading:
    """How an answer is graded: `task` in [-1, 1], whether it passes, and the most that `task` may be when it does not. Both
    expressions read the measures."""

    measures: tuple[tuple[str, Expression], ...]
    task: Expression
    correct_when: Expression
    wrong: float


def compile_answer(source: Mapping[str, AnswerField], context: Context) -> Mapping[str, Type]:
    """The type of each field of the answer."""
    fields: dict[str, Type] = {}
    for name, field in source.items():
        warn_of_braces(field.says, "what a field of the answer is", context.diagnostics)
        if name == "done":
            context.diagnostics.error("R203", "`done` already says that an answer is one", field.type.span)
        type_ = parse_type(field.type.text, context.sorts)
        if type_ is None:
            context.diagnostics.error(
                "R211",
                f"`{field.type.text}` is not a type",
                field.type.span,
                label=f"did you mean `{field.type.text} id`?" if field.type.text in context.sorts else "",
                help=known_types(context.sorts),
            )
        fields[name] = type_ or NOTHING
    return MappingProxyType(fields)


def compile_grading(source: Environment, scope: Scope, context: Context) -> Grading | None:
    """The measures, the reward of the task and the pass condition; None when one of the last two has errors."""
    scope = scope.extended(CONDUCT)
    scope = replace(scope, functions={**scope.functions, **context.registry.measures})
    scope = scope.without(source.measures, "a measure reads only the measures before it")
    measures = []
    for name, text in source.measures.items():
        expression = context.expression(text, scope)
        if name in RESERVED and name not in scope.names:
            context.diagnostics.error("R203", f"`{name}` is already a name of the language", text.span)
            scope = scope.extended({name: NOTHING})
            continue
        if not context.is_free(name, text.span, scope):
            scope = scope.blurred(name)
            continue
        if expression is not None:
            measures.append((name, expression))
        scope = scope.extended({name: expression.type if expression else NOTHING})
    return grading_of(source.reward, source.correct_when, scope, context, tuple(measures))


def grading_of(
    reward: TaskReward,
    correct_when: ExpressionText,
    scope: Scope,
    context: Context,
    measures: tuple[tuple[str, Expression], ...] = (),
) -> Grading | None:
    """The reward of the task and the pass condition, which also reads the former; None when one has errors."""
    task = context.expression(reward.task, scope, REAL)
    correct = context.expression(correct_when, scope.extended({"task": REAL}), BOOL)
    return None if task is None or correct is None else Grading(measures, task, correct, reward.wrong)


def compile_budgets(
    environment: Name, turns: ExpressionText | None, scope: Scope, context: Context
) -> Expression | None:
    """The turn budget where `budget:` gives it. Reports the budgets that neither it nor an axis gives."""
    context.reads.names.update((TURN_BUDGET, TOOL_BUDGET))
    for name in [TOOL_BUDGET] + ([] if turns else [TURN_BUDGET]):
        if name not in context.axes:
            context.diagnostics.error(
                "R212", f"no axis `{name}` says how much an agent may do", environment.span,
                help=f"add an axis `{name}` of type int and role allowance",
            )  # fmt: skip
    return context.optional(turns, scope, INT)
