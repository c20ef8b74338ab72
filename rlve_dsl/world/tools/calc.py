"""Arithmetic on numbers that the agent gives, by the expression language."""

from __future__ import annotations

import re
from typing import Annotated, TypedDict

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.errors import Refusal
from rlve_dsl.expressions import FUNCTIONS, EvaluationError, Scope, compile_expression
from rlve_dsl.expressions.types import ANY, INT, MONEY, REAL
from rlve_dsl.values import Json, Value
from rlve_dsl.world.scalars import is_number, named, structure
from rlve_dsl.world.tool import Shop, tool

MOST_EXPRESSIONS = 50
LONGEST_EXPRESSION = 1000
_NAMES = ("abs", "ceil", "floor", "max", "min", "round", "sqrt", "sum")
_SCOPE = Scope({}, {f.name: f for f in FUNCTIONS if f.name in _NAMES})
_EXACT = 2**53
_WORD = re.compile(r"[^\W\d]\w*")
_HOW = f"numbers, + - * / ^, parentheses, lists in [ ], and {', '.join(_NAMES)}"


class Computed(TypedDict):
    """An expression and its value."""

    expression: str
    value: Annotated[Value, ANY]


@tool("calc", reveals_ids=False)
def calc(shop: Shop, expression: Annotated[Value, ANY]) -> list[Computed]:
    """Compute arithmetic: numbers, + - * / ^, parentheses, and abs, ceil, floor, max, min, round, sqrt, sum([a, b]).

    expression: such as "0.3*(1-12.5/40)+0.2*4.5/5", or a list of at most 50 such texts
    """
    given = structure(expression)
    texts = given if isinstance(given, list) else [given]
    if not texts or len(texts) > MOST_EXPRESSIONS:
        raise Refusal(f"calc takes from 1 to {MOST_EXPRESSIONS} expressions")
    return [_computed(text) for text in texts]


def _computed(given: Json) -> Computed:
    text = str(given) if is_number(given) else given
    if not isinstance(text, str):
        raise Refusal("an expression is a text")
    if len(text) > LONGEST_EXPRESSION:
        raise Refusal(f"an expression has at most {LONGEST_EXPRESSION:,} characters")
    unknown = [word for word in _WORD.findall(text) if word not in _NAMES]
    if unknown:
        raise Refusal(f"`{unknown[0][:40]}` cannot be computed: an expression has {_HOW}")
    return {"expression": text, "value": _value(text)}


def _value(text: str) -> Value:
    diagnostics = Diagnostics()
    written = text.replace("**", "^")
    compiled = compile_expression(written, Span("expression", 1, 1, 1, len(written) + 1), _SCOPE, diagnostics)
    if compiled is None:
        raise Refusal(f"{named(text)} cannot be computed: {diagnostics.items[0].message}")
    if compiled.type not in (INT, REAL, MONEY):
        raise Refusal(f"{named(text)} is not a number")
    try:
        value = compiled({})
    except EvaluationError as problem:
        raise Refusal(f"{named(text)} has no value: {problem.reason}") from None
    exact = value / 100 if compiled.type == MONEY else value
    rounded = float(f"{exact:.12g}")  # 0.1 + 0.2 is 0.3
    return int(rounded) if rounded.is_integer() and abs(rounded) < _EXACT else rounded
