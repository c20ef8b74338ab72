"""A program: one Python function made of many expressions, which reads, computes and fails as they do by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import FUNCTIONS, EvaluationError, Expression, Program, Scope, compile_expression
from rlve_dsl.expressions.types import INT, REAL, TEXT, ListOf, Record, optional

LINE = Record("line", (("price", INT), ("qty", INT), ("note", optional(TEXT))))
NAMES = {"lines": ListOf(LINE), "line": LINE, "n": INT, "x": REAL, "class": TEXT}
VALUES: dict[str, Any] = {
    "lines": [{"price": 3, "qty": 2, "note": None}, {"price": 5, "qty": 1, "note": "new"}],
    "line": {"price": 3, "qty": 2, "note": None},
    "n": 2,
    "x": 0.5,
    "class": "tall",
}
TEXTS = (
    "n + 1", "x ^ 2", "sum(l.price * l.qty for l in lines)", "[l.price for l in lines if l.price > n]", "line.note",
    '"none" if line.note is unknown else surely(line.note)', "any(l.qty == n for l in lines)",
    "count(l for l in lines if any(m.price > l.price for m in lines))", "max(n, 1) / 2", "class",
)  # fmt: skip


def expression(text: str, line: int = 1) -> Expression:
    found = Diagnostics()
    scope = Scope(NAMES, {function.name: function for function in FUNCTIONS})
    made = compile_expression(text, Span("file.yaml", line, 1, line, len(text) + 1), scope, found)
    assert made is not None, found.items
    return made


def function_of(*texts: str) -> Callable[..., Any]:
    """A function that gives the values of all of these expressions."""
    program = Program()
    values = {text: program.value(expression(text, place)) for place, text in enumerate(texts, start=1)}
    loads = [program.load(name, program.part(program.variable(".names"), name)) for name in program.unbound]
    return program.function((".names",), {}, [*loads, program.give(program.record(values))])


def test_a_program_gives_the_values_that_its_expressions_give() -> None:
    assert function_of(*TEXTS)(VALUES) == {text: expression(text)(VALUES) for text in TEXTS}


@pytest.mark.parametrize(
    "broken",
    ["n / (n - 2)", "4000000000 * 4000000000 * n", "x ^ (0 - 65)", "sum(l.price / (l.qty - 1) for l in lines)"],
)
def test_an_error_has_the_place_of_its_expression_and_the_reason_that_this_gives_alone(broken: str) -> None:
    with pytest.raises(EvaluationError) as alone:
        expression(broken)(VALUES)
    with pytest.raises(EvaluationError) as whole:
        function_of("n + 1", broken, "n + 2")(VALUES)
    assert whole.value.reason == alone.value.reason
    assert whole.value.span is not None and whole.value.span.line == 2


def test_names_that_are_passed_have_a_value_when_they_are_left_out() -> None:
    program = Program()
    made = program.function((), {"n": 7, "class": "low"}, [program.give(program.names(["n", "class"]))])
    assert made() == {"n": 7, "class": "low"} and made(n=1, class_="high") == {"n": 1, "class": "high"}


def test_what_a_program_binds_is_read_by_what_follows() -> None:
    program = Program()
    body = [program.assign("n", program.constant(3)), program.give(program.value(expression("n + 1")))]
    assert program.function((), {}, body)() == 4 and program.unbound == []
