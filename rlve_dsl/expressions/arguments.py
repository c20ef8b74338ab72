"""The keyword arguments of samplers, tools and events, checked against a signature."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import field
from types import MappingProxyType

from rlve_dsl.diagnostics import Diagnostics, Span, did_you_mean
from rlve_dsl.expressions.agreement import described
from rlve_dsl.expressions.calls import python_name
from rlve_dsl.expressions.compile import compile_expression
from rlve_dsl.expressions.declare import Parameter, Signature, bind, unify
from rlve_dsl.expressions.scope import Expression, Scope
from rlve_dsl.expressions.types import NOTHING, Optional, Over, Type, required
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names, Value


@frozen
class Arguments:
    """Compiled arguments by name.

    `result` is the result type for these arguments, `free` the names of the scope that they read.
    """

    expressions: Mapping[str, Expression]
    result: Type
    free: frozenset[str]
    _plan: tuple[tuple[str, Expression, bool, bool], ...] = field(repr=False, compare=False)

    def values(self, env: Names, keys: Callable[[Expression, Names], Hashable] | None = None) -> dict[str, Value]:
        """Evaluate the arguments.

        Args:
            env: The values of the names in scope.
            keys: Gives the `Lambda.key` of each expression over items, for these values.

        Returns:
            The values by Python parameter name. An expression over items is a `Lambda`; an unknown value of an optional
            parameter is left out.
        """
        out = {}
        for name, expression, over, optional in self._plan:
            if over:
                out[name] = expression.bind(env, keys(expression, env) if keys is not None else None)
                continue
            value = expression(env)
            if value is not None or not optional:
                out[name] = value
        return out


def compile_arguments(
    signature: Signature,
    given: Mapping[str, tuple[str, Span]],
    span: Span,
    scope: Scope,
    diagnostics: Diagnostics,
    what: str,
    *,
    optional_values: bool = False,
    keys: Mapping[str, Span] = MappingProxyType({}),
) -> Arguments | None:
    """Compile the arguments of a primitive and check them against its signature.

    Args:
        signature: The parameters of the primitive.
        given: The text and place of each argument, by name.
        span: Where the primitive is used.
        scope: The names that the arguments may read.
        diagnostics: Receives all problems.
        what: The primitive's name in messages.
        optional_values: Any argument may be unknown, and is then left out.
        keys: The places of the names of arguments, where they are known.

    Returns:
        The arguments, or None when there are errors.
    """
    before = len(diagnostics.errors)
    known = [p.name for p in signature.parameters]
    for name, (_, where) in given.items():
        if name not in known:
            diagnostics.error(
                "R110", f"{what} has no argument `{name}`", keys.get(name, where),
                label=did_you_mean(name, known), help=f"it takes: {', '.join(known) or 'nothing'}",
            )  # fmt: skip
    for parameter in signature.parameters:
        if parameter.required and parameter.name not in given:
            diagnostics.error("R110", f"{what} needs `{parameter.name}`", span)
    bound: dict[str, Type] = {}
    compiled: dict[str, Expression] = {}
    # expressions over items last: the other arguments say what the items are
    for parameter in sorted(signature.parameters, key=lambda p: isinstance(required(p.type), Over)):
        if parameter.name in given:
            text, where = given[parameter.name]
            expression = _one(parameter, text, where, scope, diagnostics, bound, what, optional_values)
            if expression is not None:
                compiled[parameter.name] = expression
    if len(diagnostics.errors) > before:
        return None
    ordered = {p.name: compiled[p.name] for p in signature.parameters if p.name in compiled}
    plan = tuple(
        (python_name(p.name), ordered[p.name], isinstance(required(p.type), Over), optional_values or not p.required)
        for p in signature.parameters
        if p.name in ordered
    )
    free = frozenset[str]().union(*(e.free for e in ordered.values()))
    return Arguments(ordered, bind(signature.result, bound), free, plan)


def _one(
    parameter: Parameter, text: str, where: Span, scope: Scope, diagnostics: Diagnostics, bound: dict[str, Type],
    what: str, optional_values: bool,
) -> Expression | None:  # fmt: skip
    wanted = required(parameter.type)
    if isinstance(wanted, Over):
        result = None if _open(wanted.result) else bind(wanted.result, bound)
        item = bind(wanted.item, bound)
        over = compile_expression(text, where, scope, diagnostics, expected=result, item=item)
        if over is not None and not unify(wanted.result, over.type, bound):
            message = f"`{text}` is {described(over.type)}, where {described(wanted.result)} is wanted for each item"
            diagnostics.error("R102", message, where)
            return None
        return over
    may_be_unknown = optional_values or not parameter.required
    expected = None if _open(parameter.type) else bind(parameter.type, bound)
    if expected is not None and may_be_unknown:
        expected = Optional(required(expected))
    expression = compile_expression(text, where, scope, diagnostics, expected=expected, bare_text=True)
    if expression is None:
        return None
    given = required(expression.type) if may_be_unknown else expression.type
    if isinstance(given, Optional) and not isinstance(parameter.type, Optional):
        diagnostics.error("R103", f"`{text}` may be unknown", where, help="test it with `is known` first")
        return None
    if not unify(parameter.type, given, bound):
        wanted_words, given_words = described(parameter.type), described(expression.type)
        message = f"{what} wants {wanted_words} for `{parameter.name}`, and `{text}` is {given_words}"
        diagnostics.error("R102", message, where)
        return None
    if parameter.is_share:
        check_share(expression, text, where, diagnostics, f"`{parameter.name}`")
    return expression


def check_share(expression: Expression, text: str, where: Span, diagnostics: Diagnostics, what: str) -> None:
    """Report a share, or a probability, that is the same in every episode, and less than 0 or more than 1."""
    _check(expression, text, where, diagnostics, what, 0, 1, "it is at least 0 and at most 1, which is 100%")


def check_count(expression: Expression, text: str, where: Span, diagnostics: Diagnostics, what: str) -> None:
    """Report a count that is the same in every episode, and less than 1."""
    _check(expression, text, where, diagnostics, what, 1, math.inf, "it is at least 1")


def _check(
    expression: Expression, text: str, where: Span, diagnostics: Diagnostics, what: str, low: float, high: float,
    label: str,
) -> None:  # fmt: skip
    if not expression.free and (value := expression({})) is not None and not low <= value <= high:
        diagnostics.error("R236", f"{what} cannot be `{text}`", where, label=label)


def _open(type_: Type) -> bool:
    return NOTHING in (bind(type_, {}), getattr(required(bind(type_, {})), "item", None))
