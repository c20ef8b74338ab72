"""Arithmetic, comparisons, `in`, `and`, `or`, `not` and `… if … else …`, for values and numpy columns."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce

import numpy as np

from rlve_dsl.diagnostics import Diagnostics
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
from rlve_dsl.expressions.code import Code, choose, compare, constant, joined, list_of, logic
from rlve_dsl.expressions.code import binary as operation
from rlve_dsl.expressions.code import unary as negated
from rlve_dsl.expressions.evaluation import EvaluationError, counted_whole, limited, nested, spend
from rlve_dsl.expressions.format import format_expression
from rlve_dsl.expressions.parse import parse
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
from rlve_dsl.expressions.walk import (
    BROKEN,
    COLUMN,
    ROW,
    Local,
    NotColumnar,
    Typed,
    Walk,
    condition,
    has_lists,
    shape_of,
)
from rlve_dsl.values import Value

_HASHED = frozenset({str, int, bool})
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
        return _membership(walk, node)
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
    if right.shape != ROW:
        raise NotColumnar
    if shape_of(left) == COLUMN:
        members = _members if node.operator == "in" else _others
        return Typed(BOOL, walk.log.objects.call(members, left.code, right.code), COLUMN)
    return Typed(BOOL, compare((node.operator,), [left.code, walk.counted(node.right, right)]))


def _members(column: Value, among: Value) -> Value:
    items: Value = list(among)
    if all(type(item) in _HASHED for item in items):
        items = frozenset(items)
    return np.fromiter((x in items for x in column.tolist()), bool)


def _others(column: Value, among: Value) -> Value:
    return ~_members(column, among)


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
    code = _operation(walk, sign, left, right, result)
    return Typed(result, walk.guarded(node, code) if ANY in (left.type, right.type) else code, shape)


def _operation(walk: Walk, sign: str, left: Typed, right: Typed, result: Type) -> Code:
    call = walk.log.objects.call
    if sign == "^":
        return call(power, left.code, right.code)
    code = operation(sign, left.code, right.code)
    if result == TEXT:
        return call(_bounded, code)
    exact = sign in "+-" or (sign == "*" and all(t in (MONEY, DAYS, INT) for t in (left.type, right.type)))
    return code if exact or result not in (MONEY, DAYS) else call(half_up, code)


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
    links = [_link(walk, sign, left, right) for sign, left, right, *_ in pairs]
    if len(links) == 1:
        code = links[0]
    elif shape == COLUMN:
        code = walk.log.objects.call(_all_rows, list_of(links))
    else:
        code = logic("and", *links)
    loose = any(t.type == ANY for t in typed)
    return Typed(BOOL, walk.guarded(node, code) if loose else code, shape)


def _link(walk: Walk, sign: str, left: Typed, right: Typed) -> Code:
    """The comparison of two neighbours in a chain."""
    if isinstance(required(left.type), ListOf) and isinstance(required(right.type), ListOf):
        walk.log.spends = True
        compared = _same_lists if has_lists(left.type) or has_lists(right.type) else _same_items
        same = walk.log.objects.call(compared, left.code, right.code)
        return same if sign == "==" else negated("not", same)
    return compare((sign,), [left.code, right.code])


def _same_items(a: Value, b: Value) -> bool:
    if a is b:
        return True
    if a is None or b is None or len(a) != len(b):
        return False
    spend(len(a))
    return list(a) == list(b)


def _same_lists(a: Value, b: Value) -> bool:
    """The same for lists of lists; those that are the same list in both are looked at, too."""
    if a is b:
        return True
    if a is None or b is None or len(a) != len(b):
        return False
    return list(counted_whole(a)) == list(b)


def _all_rows(columns: list[Value]) -> Value:
    return reduce(np.logical_and, columns)


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
        return Typed(both, walk.log.objects.call(np.where, test.code, then.code, otherwise.code), COLUMN)
    return Typed(both, choose(test.code, then.code, otherwise.code), shape)


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
        case ast.CallNode(name=name) if name in walk.scope.definitions:
            return _gives_words(walk, node)
    return False


def _gives_words(walk: Walk, node: ast.CallNode) -> bool:
    """Whether the use of a definition is a bare word, or a choice of these."""
    definition = walk.scope.definitions[node.name]
    body = parse(definition.text, definition.span, Diagnostics())
    if body is None or any(name == definition.name for name, _ in walk.uses):
        return False
    given = dict(zip(definition.parameters, node.positional, strict=False))
    bound = {name: Local(NOTHING, constant(None)) for name, argument in given.items() if not is_bare(walk, argument)}
    return is_bare(replace(walk, locals=bound, uses=(*walk.uses, (definition.name, walk.place(node)))), body)


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
