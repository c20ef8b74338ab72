"""From text to a compiled expression: parse, then one walk that checks and lowers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import ast
from rlve_dsl.expressions.ast import Node
from rlve_dsl.expressions.calls import call, column_of
from rlve_dsl.expressions.lists import comprehension, listed
from rlve_dsl.expressions.operators import binary, chain, conditional, unary
from rlve_dsl.expressions.parse import parse
from rlve_dsl.expressions.references import field, index, known, literal, name
from rlve_dsl.expressions.scope import Expression, Scope
from rlve_dsl.expressions.types import Type
from rlve_dsl.expressions.walk import Local, Log, Walk

VISITORS: Mapping[type[Node], Any] = {
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
    """The expression compiled in `scope`; None, with all problems in `diagnostics`, when it has errors.

    `expected` is the type it must fit, and resolves bare enum values; `item` the type of `it`. With `bare_text` a list of
    unknown bare words is a list of these words (what samplers take: `over: [price, rating]`).
    """
    node = parse(text, span, diagnostics)
    if node is None:
        return None
    log = Log(diagnostics)
    walk = Walk(scope, text, span, log, VISITORS, bare_text=bare_text)
    it = Local(item, "it") if item is not None else None
    if it is not None:
        walk.locals["it"] = it
    typed = walk.expect(node, expected) if expected is not None else walk.visit(node)
    if log.failed:
        return None
    column = column_of(walk, node, it) if it is not None else None
    return Expression(text, span, typed.type, frozenset(log.free), frozenset(log.paths), typed.run, column)
