"""The code of an expression means what a slow interpreter of the tree means, and what is printed is what was parsed."""

from __future__ import annotations

import ast as python
import math
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import (
    EvaluationError,
    Scope,
    compile_expression,
    evaluation,
    format_expression,
    function,
    parse,
)
from rlve_dsl.expressions.ast import Node
from rlve_dsl.expressions.types import INT
from tests.expressions.conftest import PRODUCT, SCOPE, Table, at, env, product
from tests.expressions.interpreter import Budget, NoValue, interpret
from tests.expressions.trees import DEPTH, EXPRESSIONS, lists

SETTINGS = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

LOOPS = lists(DEPTH)
Q = TypeVar("Q", int, float)


def parsed(text: str) -> Node:
    diagnostics = Diagnostics()
    node = parse(text, at(text), diagnostics)
    assert node is not None, diagnostics.items
    return node


@SETTINGS
@given(EXPRESSIONS)
def test_what_is_printed_is_what_was_parsed(tree: Node) -> None:
    assert parsed(format_expression(tree)) == tree


def value_of(text: str, values: dict[str, Any]) -> Any:
    """The value of an expression, or NoValue; an error has the place and the text of the expression."""
    diagnostics = Diagnostics()
    compiled = compile_expression(text, at(text), SCOPE, diagnostics)
    assert compiled is not None, (text, diagnostics.errors)
    try:
        return compiled(values)
    except EvaluationError as problem:
        assert problem.span == at(text), text
        assert f"`{text}`" in str(problem)
        return NoValue


def agree(tree: Node, budget: Budget) -> None:
    text = format_expression(tree)
    try:
        wanted: Any = interpret(tree, env(), budget)
    except NoValue:
        wanted = NoValue
    found = value_of(text, env())
    if wanted is not found:
        assert found == wanted or (isinstance(wanted, float) and math.isclose(found, wanted, rel_tol=0, abs_tol=0)), (
            text
        )


@SETTINGS
@given(EXPRESSIONS)
def test_the_code_is_the_interpreter(tree: Node) -> None:
    agree(tree, Budget())


@SETTINGS
@given(LOOPS, st.integers(0, 20))
def test_the_code_and_the_interpreter_count_the_same_steps(tree: Node, most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "MOST_STEPS", most)
        agree(tree, Budget(most))


@SETTINGS
@given(EXPRESSIONS)
def test_an_evaluation_changes_no_name(tree: Node) -> None:
    values = env()
    value_of(format_expression(tree), values)
    assert values == env()


@pytest.mark.parametrize(
    "text",
    [
        "__import__(1)", "__builtins__", "env", "it.0", "().__class__", "xs.__class__", "open(word)", "n.bit_length",
        "lambda: n", "(y := n)", "[__builtins__ for v in xs]", "count(__builtins__)",
    ],
)  # fmt: skip
def test_no_name_of_python_is_a_name_of_the_language(text: str) -> None:
    diagnostics = Diagnostics()
    assert compile_expression(text, at(text), SCOPE, diagnostics) is None
    assert diagnostics.errors


def test_names_that_are_words_of_python_are_only_names() -> None:
    names = ("env", "class", "None_", "__builtins__", "__debug__", "lambda", "it_0", "print")
    values = dict.fromkeys(names, 3)
    for name in names:
        diagnostics = Diagnostics()
        text = f"[v + {name} for v in [{name}]]"
        compiled = compile_expression(text, at(text), Scope(dict.fromkeys(names, INT)), diagnostics)
        if compiled is None:  # a word that no name can be
            assert diagnostics.errors
        else:
            assert compiled(values) == [6]


def test_a_loop_may_have_a_name_of_python() -> None:
    text = "[[class + __debug__ for __debug__ in xs] for class in xs]"
    compiled = compile_expression(text, at(text), SCOPE, Diagnostics())
    if compiled is not None:
        assert compiled(env())[0][:2] == [6, 4]


def test_an_expression_is_compiled_when_it_is_first_evaluated() -> None:
    text = "n + 1"
    compiled = compile_expression(text, at(text), SCOPE, Diagnostics())
    assert compiled is not None
    before = compiled.compiled.run
    assert compiled(env()) == 11
    assert compiled.compiled.run != before
    assert compiled(env()) == 11


@pytest.mark.parametrize("text", ["1 is known", "-1 is known", "(1 + 2) is unknown", '"a" is known'])
def test_python_warns_of_nothing(text: str, recwarn: pytest.WarningsRecorder) -> None:
    assert value_of(text, env()) is (text != "(1 + 2) is unknown")
    assert not recwarn.list


def deep_in(text: str, times: int) -> str:
    """A text in the place of `…` of itself; each has another `#`."""
    whole = "n"
    for time in range(times):
        whole = text.replace("#", str(time)).replace("…", whole)
    return whole


@pytest.mark.parametrize(
    "text",
    [
        "(1 if 0 < … < 9 else 0)", "(1 if 0 <= … != 9 >= 2 else 0)", "(1 if xs == [3, …] == xs else 0)",
        "(1 if [xs] != [[…]] != [xs] else 0)", "count(v# for v# in xs if 0 < … < v#)",
        "count(v# for v# in said.item if v#.key == …)",
    ],
)  # fmt: skip
def test_an_expression_is_as_large_as_its_code(text: str) -> None:
    def size(times: int) -> int:
        diagnostics = Diagnostics()
        whole = deep_in(text, times)
        compiled = compile_expression(whole, at(whole), SCOPE, diagnostics)
        assert compiled is not None and compiled.compiled.tree is not None, diagnostics.items
        return sum(1 for _ in python.walk(compiled.compiled.tree))  # a part that is there twice counts twice

    assert size(12) < 10 * size(4)
    value_of(deep_in(text, 12), env())


@pytest.mark.parametrize("text", ["1 < row(it.reviews) < 3", "it.price < row(it.price) <= $3 != $4"])
def test_each_operand_of_a_chain_of_columns_is_in_its_code_once(text: str) -> None:
    calls = []

    @function(columns=True)
    def row(x: Q) -> Q:
        """Notes that it is called."""
        calls.append(x)
        return x

    scope = Scope(SCOPE.names, {**SCOPE.functions, "row": row})
    compiled = compile_expression(text, at(text), scope, diagnostics := Diagnostics(), item=PRODUCT)
    assert compiled is not None, diagnostics.items
    column = compiled.bind(env()).column
    assert column is not None
    column(Table([product(n) for n in range(3)]))
    assert len(calls) == 1


def test_operands_of_a_chain_of_lists_are_evaluated_until_one_differs() -> None:
    assert value_of("xs == [d] == [1 / 0]", env()) is False
    assert value_of("xs == xs == [1 / 0]", env()) is NoValue
    assert value_of("xs != [d] == [3] != [4]", env()) is True
    assert value_of("[xs] == [[3, 1, 2, 3]] != [[d]]", env()) is True
