"""Comparisons and `in`, for values and numpy columns."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from rlve_dsl.expressions import ast
from rlve_dsl.expressions.agreement import comparison_problem, described, field_hint, unit_hint
from rlve_dsl.expressions.code import Code, compare, function_of
from rlve_dsl.expressions.columns import beside_column
from rlve_dsl.expressions.evaluation import counted_in_full, counted_parts, counted_whole, spend
from rlve_dsl.expressions.format import format_expression
from rlve_dsl.expressions.types import ANY, BOOL, NOTHING, TEXT, Keyed, ListOf, Optional, Type, fits, is_vast, required
from rlve_dsl.expressions.walk import BROKEN, COLUMN, ROW, NotColumnar, Typed, Walk, has_lists, shape_of
from rlve_dsl.expressions.words import is_bare
from rlve_dsl.values import Value

_NOTHING = frozenset({"None", "null", "nil"})
"""What other languages call what is unknown."""
_HASHED = frozenset({str, int, bool})

Test: TypeAlias = Callable[[Value, Value], Value]
"""Compares two values, or two columns row by row."""


def membership(walk: Walk, node: ast.Binary) -> Typed:
    """`x in xs`, `x not in xs`."""
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
    among = walk.counted(node.right, right)
    if is_vast(right.type) and is_large(left.type):
        among = walk.log.objects.call(counted_parts, among)
    return Typed(BOOL, compare((node.operator,), [left.code, among]))


def _members(column: Value, among: Value) -> Value:
    items: Value = list(among)
    if all(type(item) in _HASHED for item in items):
        items = frozenset(items)
    return np.fromiter((x in items for x in column.tolist()), bool)


def _others(column: Value, among: Value) -> Value:
    return ~_members(column, among)


def chain(walk: Walk, node: ast.Chain, expected: Type | None) -> Typed:
    """`a < b <= c`; a bare word is a value of the enum it is compared with."""
    for sign, *pair in zip(node.operators, node.operands, node.operands[1:], strict=False):
        for operand in pair:
            if isinstance(operand, ast.NameRef) and operand.name in _NOTHING and walk.type_of(operand.name) is None:
                label = f"write `x is {'known' if sign == '!=' else 'unknown'}`"
                return walk.error("R101", f"there is no `{operand.name}` here", operand, label=label)
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
            hints = (
                hint(*pair)
                for hint in (unit_hint, field_hint)
                for pair in ((right.type, left.type, here), (left.type, right.type, before))
            )
            label = next(filter(None, hints), "")
            return walk.error("R106", problem, node, label=label)
    shape = shape_of(*typed)
    code = _compared(walk, node.operators, typed, shape)
    loose = any(t.type == ANY for t in typed)
    return Typed(BOOL, walk.guarded(node, code) if loose else code, shape)


def _compared(walk: Walk, signs: Sequence[str], typed: Sequence[Typed], shape: str) -> Code:
    """The code of comparisons of neighbours. The code of each operand is in it once, so that a chain takes no longer than its
    operands, also one of chains."""
    listed = [isinstance(required(t.type), ListOf) for t in typed]
    vast, large = [is_vast(t.type) for t in typed], [is_large(t.type) for t in typed]
    if shape == COLUMN and (any(listed) or any(t.type == ANY for t in typed)):
        raise NotColumnar
    of_lists = [left and right for left, right in pairwise(listed)]
    in_full = [all(sizes) and any(deep) for sizes, deep in zip(pairwise(large), pairwise(vast), strict=True)]
    codes = [t.code if shape == ROW else beside_column(walk, t) for t in typed]
    if not any(of_lists) and not any(in_full) and (shape != COLUMN or len(signs) == 1):
        return compare(tuple(signs), codes)
    tests: list[Test] = []
    for sign, lists, full, (left, right) in zip(signs, of_lists, in_full, pairwise(typed), strict=True):
        walk.log.spends |= lists or full
        nested = has_lists(left.type) or has_lists(right.type)
        tests.append(
            _IN_FULL[sign] if full else _TESTS[sign] if not lists else _OF_NESTED[sign] if nested else _OF_LISTS[sign]
        )
    call, refer = walk.log.objects.call, walk.log.objects.refer
    if len(tests) == 1:
        return call(tests[0], *codes)
    if shape == COLUMN:
        return call(_all_rows, refer(tuple(tests)), *codes)
    return call(_all_hold, refer(tuple(tests)), *map(function_of, codes))


def _all_hold(tests: Sequence[Test], first: Callable[[], Value], *others: Callable[[], Value]) -> bool:
    """Whether tests of neighbours hold; operands are evaluated until one does not."""
    left = first()
    for test, other in zip(tests, others, strict=True):
        right = other()
        if not test(left, right):
            return False
        left = right
    return True


def _all_rows(tests: Sequence[Test], *columns: Value) -> Value:
    pairs = zip(tests, pairwise(columns), strict=True)
    return reduce(np.logical_and, (test(left, right) for test, (left, right) in pairs))


def is_large(type_: Type) -> bool:
    """Whether values of a type may have many parts: one that has few is quickly compared with any other."""
    return is_vast(type_) or isinstance(required(type_), ListOf | Keyed)


def _in_full(test: Test, a: Value, b: Value) -> Value:
    """A test of two values that are compared to their last parts."""
    if a is not b:
        counted_in_full(a)
    if type(a) is not type(b) and _is_list(a) and _is_list(b):
        return test(list(a), list(b))
    return test(a, b)


def _is_list(value: Value) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


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


def _other_items(a: Value, b: Value) -> bool:
    return not _same_items(a, b)


def _other_lists(a: Value, b: Value) -> bool:
    return not _same_lists(a, b)


_TESTS: Mapping[str, Test] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_OF_LISTS: Mapping[str, Test] = {"==": _same_items, "!=": _other_items}
_IN_FULL: Mapping[str, Test] = {sign: partial(_in_full, test) for sign, test in _TESTS.items()}
_OF_NESTED: Mapping[str, Test] = {"==": _same_lists, "!=": _other_lists}
