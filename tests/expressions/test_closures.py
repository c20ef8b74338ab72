"""Compiled closures mean what a slow interpreter of the tree means, and what is printed is what was parsed."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import HealthCheck, given, settings

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import EvaluationError, compile_expression, format_expression, parse
from rlve_dsl.expressions.ast import Node
from tests.expressions.conftest import SCOPE, at, env
from tests.expressions.interpreter import NoValue, interpret
from tests.expressions.trees import EXPRESSIONS

SETTINGS = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def parsed(text: str) -> Node:
    diagnostics = Diagnostics()
    node = parse(text, at(text), diagnostics)
    assert node is not None, diagnostics.items
    return node


@SETTINGS
@given(EXPRESSIONS)
def test_what_is_printed_is_what_was_parsed(tree: Node) -> None:
    assert parsed(format_expression(tree)) == tree


@SETTINGS
@given(EXPRESSIONS)
def test_a_closure_is_the_interpreter(tree: Node) -> None:
    text = format_expression(tree)
    diagnostics = Diagnostics()
    compiled = compile_expression(text, at(text), SCOPE, diagnostics)
    assert compiled is not None, (text, diagnostics.errors)
    values = env()
    try:
        wanted: Any = interpret(tree, values)
    except NoValue:
        wanted = NoValue
    try:
        found: Any = compiled(values)
    except EvaluationError:
        found = NoValue
    if wanted is not found:
        assert found == wanted or (isinstance(wanted, float) and math.isclose(found, wanted, rel_tol=0, abs_tol=0)), (
            text
        )


@SETTINGS
@given(EXPRESSIONS)
def test_an_evaluation_leaves_nothing_behind(tree: Node) -> None:
    text = format_expression(tree)
    compiled = compile_expression(text, at(text), SCOPE, Diagnostics())
    values = env()
    assert compiled is not None
    try:
        compiled(values)
    except EvaluationError:
        return
    assert values == env()
