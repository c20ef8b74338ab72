"""Arithmetic, `and`, `or`, `not` and `… if … else …`, for values and numpy columns."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from rlve_dsl.expressions import ast, columns
from rlve_dsl.expressions.agreement import (
    NUMBERS,
    QUANTITIES,
    arithmetic,
    described,
    join,
    unit_hint,
)
from rlve_dsl.expressions.bounds import bounded_real, looks_up
from rlve_dsl.expressions.code import Code, choose, joined, logic
from rlve_dsl.expressions.code import binary as operation
from rlve_dsl.expressions.code import unary as negated
from rlve_dsl.expressions.comparisons import membership
from rlve_dsl.expressions.evaluation import EvaluationError, limited, nested
from rlve_dsl.expressions.format import format_expression
from rlve_dsl.expressions.types import (
    ANY,
    BOOL,
    DAYS,
    INT,
    MONEY,
    NOTHING,
    REAL,
    TEXT,
    ListOf,
    Optional,
    Type,
)
from rlve_dsl.expressions.walk import (
    BROKEN,
    COLUMN,
    Typed,
    Walk,
    condition,
    has_lists,
    shape_of,
)
from rlve_dsl.expressions.words import is_bare
from rlve_dsl.values import Value

LARGEST_EXPONENT = 64
LONGEST_TEXT = 10_000
_CANNOT = {
    "+": "cannot add {0} and {1}", "-": "cannot subtract {1} from {0}", "*": "cannot multiply {0} by {1}",
    "/": "cannot divide {0} by {1}", "^": "cannot raise {0} to {1}",
}  # fmt: skip


def unary(walk: Walk, node: ast.Unary, expected: Type | None) -> Typed:
    """`not x`, `-x`."""
    if node.operator == "not":
        operand = condition(walk, node.operand)
        if shape_of(operand) == COLUMN:
            return Typed(BOOL, walk.log.objects.call(np.logical_not, operand.code), COLUMN)
        return Typed(BOOL, negated("not", operand.code))
    operand = walk.visit(node.operand)
    if isinstance(operand.type, Optional):
        return walk.unknown(node.operand)
    if operand.type not in (*QUANTITIES, ANY, NOTHING):
        message = f"`-` wants a quantity, and `{format_expression(node.operand)}` is {described(operand.type)}"
        return walk.error("R102", message, node.operand)
    minus = negated("-", operand.code)
    return Typed(operand.type, walk.guarded(node, minus) if operand.type == ANY else minus, shape_of(operand))


def binary(walk: Walk, node: ast.Binary, expected: Type | None) -> Typed:
    """Arithmetic, `and`, `or`, `in` and `not in`."""
    if node.operator in ("and", "or"):
        return _logic(walk, node)
    if node.operator in ("in", "not in"):
        return membership(walk, node)
    return _arithmetic(walk, node, expected)


def _logic(walk: Walk, node: ast.Binary) -> Typed:
    left = condition(walk, node.left)
    conjunction = node.operator == "and"
    with walk.assuming(node.left, conjunction):
        right = condition(walk, node.right)
    if shape_of(left, right) == COLUMN:
        both = np.logical_and if conjunction else np.logical_or
        return Typed(BOOL, walk.log.objects.call(both, left.code, right.code), COLUMN)
    return Typed(BOOL, logic(node.operator, left.code, right.code))


def _arithmetic(walk: Walk, node: ast.Binary, expected: Type | None) -> Typed:
    sign = node.operator
    hint = expected if sign == "+" and isinstance(expected, ListOf) else None
    left, right = walk.visit(node.left, hint), walk.visit(node.right, hint)
    if NOTHING in (left.type, right.type):
        return BROKEN
    for part, typed in ((node.left, left), (node.right, right)):
        if isinstance(typed.type, Optional):
            return walk.unknown(part)
    shape = shape_of(left, right)
    if sign == "+" and isinstance(left.type, ListOf) and isinstance(right.type, ListOf):
        item = join(left.type.item, right.type.item)
        if item is not None:
            walk.log.spends = True
            code = walk.log.objects.call(limited, joined(left.code, right.code))
            return Typed(ListOf(item), walk.log.objects.call(nested, code) if has_lists(ListOf(item)) else code)
    result = arithmetic(sign, left.type, right.type)
    if result is None:
        return _bad_arithmetic(walk, node, left.type, right.type)
    left, right = (replace(t, code=walk.as_number(t.code, REAL)) if t.type == ANY else t for t in (left, right))
    code = _operation(walk, sign, left, right, result)
    return Typed(result, walk.guarded(node, code) if ANY in (left.type, right.type) else code, shape)


def _operation(walk: Walk, sign: str, left: Typed, right: Typed, result: Type) -> Code:
    call = walk.log.objects.call
    if sign == "^":
        return call(power, left.code, right.code)
    if COLUMN in (left.shape, right.shape):
        sides = [columns.beside_column(walk, t) for t in (left, right)]
        code = call(_WHOLE[sign], *sides) if sign in _WHOLE else operation(sign, *sides)
    else:
        # a divisor that is infinite would hide in the result
        hides = sign == "/" and right.type == REAL and not looks_up(right.code)
        code = operation(sign, left.code, call(bounded_real, right.code) if hides else right.code)
    if result == TEXT:
        return call(_bounded, code)
    exact = sign in "+-" or (sign == "*" and all(t.type in (MONEY, DAYS, INT) for t in (left, right)))
    return code if exact or result not in (MONEY, DAYS) else call(half_up, code)


_WHOLE = {"+": columns.plus, "-": columns.minus, "*": columns.times}


def _bounded(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise EvaluationError(f"a text of more than {LONGEST_TEXT:,} characters")
    return text


def _bad_arithmetic(walk: Walk, node: ast.Binary, left: Type, right: Type) -> Typed:
    hint = ""
    for quantity, number, part in ((left, right, node.right), (right, left, node.left)):
        if quantity in (MONEY, DAYS) and number in NUMBERS and node.operator in "+-":
            hint = unit_hint(number, quantity, part)
    if node.operator == "-" and isinstance(left, ListOf):
        hint = "write `without(a, b)`"
    return walk.error("R105", _CANNOT[node.operator].format(described(left), described(right)), node, help=hint)


def conditional(walk: Walk, node: ast.Conditional, expected: Type | None) -> Typed:
    """`a if c else b`; what the condition tests to be known is known in the branch where that holds."""
    test = condition(walk, node.condition)
    sides: list[Typed | None] = [None, None]
    order = (1, 0) if is_bare(walk, node.then) and expected is None else (0, 1)
    for number in order:
        part = (node.then, node.otherwise)[number]
        other = sides[1 - number]
        with walk.assuming(node.condition, number == 0):
            sides[number] = walk.visit(part, expected or (other.type if other is not None else None))
    then, otherwise = sides
    assert then is not None and otherwise is not None
    if NOTHING in (test.type, then.type, otherwise.type):
        return BROKEN
    both = join(then.type, otherwise.type)
    if both is None:
        label = unit_hint(then.type, otherwise.type, node.then) or unit_hint(otherwise.type, then.type, node.otherwise)
        message = f"one value is {described(then.type)}, the other {described(otherwise.type)}"
        return walk.error("R102", message, node, label=label)
    shape = shape_of(test, then, otherwise)
    if test.shape == COLUMN:
        codes = [columns.beside_column(walk, side) for side in (then, otherwise)]
        return Typed(both, walk.log.objects.call(np.where, test.code, *codes), COLUMN)
    return Typed(both, choose(test.code, then.code, otherwise.code), shape)


def power(base: Value, exponent: Value) -> Value:
    """`base ^ exponent` as a real, row by row for columns; the exponent is bounded."""
    if isinstance(base, np.ndarray) or isinstance(exponent, np.ndarray):
        bases, exponents = np.broadcast_arrays(base, exponent)
        # Python's own power: numpy's may differ in the last bit
        return np.fromiter(map(power, bases.tolist(), exponents.tolist()), float, len(bases))
    if abs(exponent) > LARGEST_EXPONENT:
        raise EvaluationError(f"the exponent is larger than {LARGEST_EXPONENT}")
    value = float(base) ** exponent
    if isinstance(value, complex):
        raise EvaluationError("a root of a negative number")
    return value


def half_up(value: Value) -> Value:
    """The nearest whole number, halves up; money and days are rounded so."""
    if isinstance(value, np.ndarray):
        return columns.whole(np.floor(value + 0.5))
    return math.floor(value + 0.5)
