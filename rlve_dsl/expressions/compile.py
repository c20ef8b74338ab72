"""From text to a compiled expression: parse, then check and build code in one walk."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import ast
from rlve_dsl.expressions.ast import Node
from rlve_dsl.expressions.calls import call, column_of
from rlve_dsl.expressions.code import function_of, logic, variable
from rlve_dsl.expressions.comparisons import chain
from rlve_dsl.expressions.evaluation import begin
from rlve_dsl.expressions.lists import comprehension, listed
from rlve_dsl.expressions.operators import binary, conditional, unary
from rlve_dsl.expressions.parse import parse
from rlve_dsl.expressions.references import field, index, known, literal, name
from rlve_dsl.expressions.scope import Expression, Scope
from rlve_dsl.expressions.types import Type
from rlve_dsl.expressions.walk import Local, Log, Visitor, Walk

VISITORS: Mapping[type[Node], Visitor] = {
    ast.Binary: binary,
    ast.CallNode: call,
    ast.Chain: chain,
    ast.Comprehension: comprehension,
    ast.Conditional: conditional,
    ast.FieldRef: field,
    ast.Index: index,
    ast.IsKnown: known,
    ast.ListOfNodes: listed,
    ast.Literal: literal,
    ast.NameRef: name,
    ast.Unary: unary,
}


def compile_expression(
    text: str,
    span: Span,
    scope: Scope,
    diagnostics: Diagnostics,
    expected: Type | None = None,
    item: Type | None = None,
    *,
    bare_text: bool = False,
) -> Expression | None:
    """Compile an expression.

    Args:
        text: The expression.
        span: Where it is in its file.
        scope: The names, functions and definitions that it may use.
        diagnostics: Receives all problems.
        expected: The type that it must fit; also tells bare words which enum they are values of.
        item: The type of `it`, for an expression over items.
        bare_text: A list of unknown bare words is a list of texts, as in `over: [price, rating]`.

    Returns:
        The expression, or None when it has errors.
    """
    node = parse(text, span, diagnostics)
    if node is None:
        return None
    log = Log(diagnostics)
    walk = Walk(scope, text, span, log, VISITORS, bare_text=bare_text)
    it = Local(item, variable("it")) if item is not None else None
    if it is not None:
        walk.locals["it"] = it
    try:
        typed = walk.expect(node, expected) if expected is not None else walk.visit(node)
    except RecursionError:
        diagnostics.error("R227", "the expression is too large: its definitions are too deeply nested", span)
        return None
    if log.failed:
        return None
    code, column = typed.code, None
    if it is not None:
        column = column_of(walk, node, it)
        if log.spends:
            code = logic("or", log.objects.call(begin), code)
            column = None if column is None else logic("or", log.objects.call(begin), column)
        code = function_of(code, "it")
    elif log.spends:
        code = logic("or", log.objects.call(begin), code)  # `begin` gives None
    compiled = log.objects.compiled
    return Expression(
        text, span, typed.type, frozenset(log.free), frozenset(log.paths), compiled(code),
        None if column is None else compiled(function_of(column, "it")), log.spends,
    )  # fmt: skip
