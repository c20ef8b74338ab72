"""Arithmetic, comparisons, `in`, `and`, `or`, `not` and `… if … else …`, for values and numpy columns."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import reduce

import numpy as np

from rlve_dsl.expressions import ast
from rlve_dsl.expressions.agreement import (
    NUMBERS,
    QUANTITIES,
    arithmetic,
    comparison_problem,
    described,
    join,
    unit_hint,
)
from rlve_dsl.expressions.ast import Node
from rlve_dsl.expressions.format import format_expression
from rlve_dsl.expressions.scope import EvaluationError, Run, limited
from rlve_dsl.expressions.types import (
    ANY,
    BOOL,
    DAYS,
    INT,
    MONEY,
    NOTHING,
    TEXT,
    Keyed,
    ListOf,
    Optional,
    Type,
    fits,
    required,
)
from rlve_dsl.expressions.walk import BROKEN, COLUMN, ROW, NotColumnar, Typed, Walk, condition, shape_of
from rlve_dsl.values import Names, Value

LARGEST_EXPONENT = 64
LONGEST_TEXT = 10_000
_COMPARE: dict[str, Callable[[Value, Value], Value]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_CANNOT = {
    "+": "cannot add {0} and {1}", "-": "cannot subtract {1} from {0}", "*": "cannot multiply {0} by {1}",
    "/": "cannot divide {0} by {1}", "^": "cannot raise {0} to {1}",
}  # fmt: skip


def unary(walk: Walk, node: ast.Unary, expected: Type | None) -> Typed:
    """`not x`, `-x`."""
    if node.operator == "not":
        operand = condition(walk, node.operand)
        run = operand.run
        if shape_of(operand) == COLUMN:
            return Typed(BOOL, lambda env: np.logical_not(run(env)), COLUMN)
        return Typed(BOOL, lambda env: not run(env))
    operand = walk.visit(node.operand)
    if isinstance(operand.type, Optional):
        return walk.unknown(node.operand)
    if operand.type not in (*QUANTITIES, ANY, NOTHING):
        message = f"`-` wants a quantity, and `{format_expression(node.operand)}` is {described(operand.type)}"
        return walk.error("R102", message, node.operand)
    run = operand.run
    minus: Run = lambda env: -run(env)
    return Typed(operand.type, walk.guarded(node, minus) if operand.type == ANY else minus, shape_of(operand))


def binary(walk: Walk, node: ast.Binary, expected: Type | None) -> Typed:
    """Arithmetic, `and`, `or`, `in` and `not in`."""
    if node.operator in ("and", "or"):
        return _logic(walk, node)
    if node.operator in ("in", "not in"):
        return _membership(walk, node)
    return _arithmetic(walk, node, expected)


def _logic(walk: Walk, node: ast.Binary) -> Typed:
    left = condition(walk, node.left)
    conjunction = node.operator == "and"
    with walk.assuming(node.left, conjunction):
        right = condition(walk, node.right)
    a, b = left.run, right.run
    if shape_of(left, right) == COLUMN:
        if conjunction:
            return Typed(BOOL, lambda env: np.logical_and(a(env), b(env)), COLUMN)
        return Typed(BOOL, lambda env: np.logical_or(a(env), b(env)), COLUMN)
    if conjunction:
        return Typed(BOOL, lambda env: a(env) and b(env))
    return Typed(BOOL, lambda env: a(env) or b(env))


def _membership(walk: Walk, node: ast.Binary) -> Typed:
    if is_bare(walk, node.left):
        right = walk.visit(node.right)
        left = walk.visit(node.left, right.type.item if isinstance(right.type, ListOf | Keyed) else None)
    else:
        left = walk.visit(node.left)
        right = walk.visit(node.right, ListOf(required(left.type)) if left.type != NOTHING else None)
    if NOTHING in (left.type, right.type):
        return BROKEN
    if isinstance(right.type, Optional):
        return walk.unknown(node.right)
    if not isinstance(right.type, ListOf | Keyed):
        return walk.error(
            "R102", f"`in` wants a list, and `{format_expression(node.right)}` is {described(right.type)}", node.right,
            help="for a part of a text write `contains(text, part)`" if right.type == TEXT else "",
        )  # fmt: skip
    item, wanted = required(right.type.item), required(left.type)
    if not (fits(wanted, item) or fits(item, wanted)):
        return walk.error("R106", f"{described(left.type)} is never in {described(right.type)}", node)
    a, b, truth = left.run, right.run, node.operator == "in"
    if right.shape != ROW:
        raise NotColumnar
    if shape_of(left) == COLUMN:

        def members(env: Names) -> Value:
            among = list(b(env))
            return np.fromiter(((x in among) is truth for x in a(env).tolist()), bool)

        return Typed(BOOL, members, COLUMN)
    if truth:
        return Typed(BOOL, lambda env: a(env) in b(env))
    return Typed(BOOL, lambda env: a(env) not in b(env))


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
    a, b = left.run, right.run
    if sign == "+" and isinstance(left.type, ListOf) and isinstance(right.type, ListOf):
        item = join(left.type.item, right.type.item)
        if item is not None:
            return Typed(ListOf(item), lambda env: limited([*a(env), *b(env)]))
    result = arithmetic(sign, left.type, right.type)
    if result is None:
        return _bad_arithmetic(walk, node, left.type, right.type)
    run = _closure(sign, a, b, left.type, right.type, result)
    return Typed(result, walk.guarded(node, run) if ANY in (left.type, right.type) else run, shape)


def _closure(sign: str, a: Run, b: Run, left: Type, right: Type, result: Type) -> Run:
    if result == TEXT:
        return lambda env: _bounded(a(env) + b(env))
    match sign:
        case "+":
            return lambda env: a(env) + b(env)
        case "-":
            return lambda env: a(env) - b(env)
        case "^":
            return lambda env: power(a(env), b(env))
    whole = result in (MONEY, DAYS)
    if sign == "*":
        if whole and not all(t in (MONEY, DAYS) or t == INT for t in (left, right)):
            return lambda env: half_up(a(env) * b(env))
        return lambda env: a(env) * b(env)
    if whole:
        return lambda env: half_up(a(env) / b(env))
    return lambda env: a(env) / b(env)


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


def chain(walk: Walk, node: ast.Chain, expected: Type | None) -> Typed:
    """`a < b <= c`; a bare word is a value of the enum it is compared with."""
    parts = [None if is_bare(walk, operand) else walk.visit(operand) for operand in node.operands]
    sure = next((required(p.type) for p in parts if p is not None), None)
    typed = [p if p is not None else walk.visit(o, sure) for p, o in zip(parts, node.operands, strict=True)]
    if any(t.type == NOTHING for t in typed):
        return BROKEN
    pairs = list(zip(node.operators, typed, typed[1:], node.operands, node.operands[1:], strict=False))
    for sign, left, right, before, here in pairs:
        for part, side in ((before, left), (here, right)):
            if isinstance(side.type, Optional) and sign not in ("==", "!="):
                return walk.unknown(part)
        if (problem := comparison_problem(sign, left.type, right.type)) is not None:
            label = unit_hint(right.type, left.type, here) or unit_hint(left.type, right.type, before)
            return walk.error("R106", problem, node, label=label)
    shape = shape_of(*typed)
    links = [(_compare(sign, left.type, right.type), left.run, right.run) for sign, left, right, *_ in pairs]
    if shape == COLUMN and len(links) > 1:
        return Typed(BOOL, lambda env: reduce(np.logical_and, [c(a(env), b(env)) for c, a, b in links]), COLUMN)
    if len(links) > 1:
        run: Run = lambda env: all(c(a(env), b(env)) for c, a, b in links)
    else:
        compare, a, b = links[0]
        last = node.operands[1]
        if isinstance(last, ast.Literal):
            value = last.value
            run = lambda env: compare(a(env), value)
        else:
            run = lambda env: compare(a(env), b(env))
    loose = any(t.type == ANY for t in typed)
    return Typed(BOOL, walk.guarded(node, run) if loose else run, shape)


def _compare(sign: str, left: Type, right: Type) -> Callable[[Value, Value], Value]:
    if isinstance(required(left), ListOf) and isinstance(required(right), ListOf):
        same = sign == "=="

        def lists(a: Value, b: Value) -> bool:
            return (a is b or (a is not None and b is not None and list(a) == list(b))) is same

        return lists
    return _COMPARE[sign]


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
    joined = join(then.type, otherwise.type)
    if joined is None:
        label = unit_hint(then.type, otherwise.type, node.then) or unit_hint(otherwise.type, then.type, node.otherwise)
        message = f"one value is {described(then.type)}, the other {described(otherwise.type)}"
        return walk.error("R102", message, node, label=label)
    shape = shape_of(test, then, otherwise)
    when, yes, no = test.run, then.run, otherwise.run
    if test.shape == COLUMN:

        def choose(env: Names) -> Value:
            return np.where(when(env), yes(env), no(env))

        return Typed(joined, choose, COLUMN)
    return Typed(joined, lambda env: yes(env) if when(env) else no(env), shape)


def is_bare(walk: Walk, node: Node) -> bool:
    """Whether the type of a part depends on its neighbour: an unbound word, a text, a list or choice of these."""
    match node:
        case ast.NameRef(name=name):
            return walk.type_of(name) is None
        case ast.Literal(kind="text"):
            return True
        case ast.ListOfNodes(items=items):
            return all(is_bare(walk, item) for item in items)
        case ast.Conditional(then=then, otherwise=otherwise):
            return is_bare(walk, then) and is_bare(walk, otherwise)
    return False


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
        return np.floor(value + 0.5).astype(np.int64)
    return math.floor(value + 0.5)
