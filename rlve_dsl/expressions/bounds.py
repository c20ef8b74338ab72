"""The size of numbers: no number in the value of an expression is too large, also in a list or where it may be unknown.

Within an expression, numbers may be larger: only what leaves it is looked at, and what gets a name in it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TypeAlias

from rlve_dsl.expressions.code import Code
from rlve_dsl.expressions.evaluation import TOO_LARGE, EvaluationError
from rlve_dsl.expressions.types import DAYS, INT, MONEY, REAL, Keyed, ListOf, Optional, Type
from rlve_dsl.values import Value

LARGEST_INT = 2**63 - 1
LARGEST_REAL = sys.float_info.max

Check: TypeAlias = Callable[[Value], Value]


@cache
def check_of(type_: Type) -> Check | None:
    """What raises an EvaluationError where a value of this type holds a number that is too large, and gives any other back; None
    where values of the type hold no numbers. A record is made of values that are bounded already."""
    if type_ in (INT, MONEY, DAYS):
        return bounded_whole
    if type_ == REAL:
        return bounded_real
    match type_:
        case Optional(item=item) if (check := check_of(item)) is not None:
            return partial(_if_known, check)
        case ListOf(item=item) | Keyed(item=item) if (check := check_of(item)) is not None:
            if check is bounded_whole:
                return _all_whole
            return _all_real if check is bounded_real else partial(_each, check)
    return None


def looks_up(code: Code) -> bool:
    """Whether code only reads what is there, which is bounded already."""
    match code:
        case ast.Constant() | ast.Name():
            return True
        case ast.Lambda(body=of):
            return looks_up(of)
        case ast.Subscript(value=of, slice=ast.Constant()) | ast.Call(func=ast.Attribute(value=of, attr="get")):
            return looks_up(of)
    return False


def bounded_whole(value: Value) -> Value:
    """A whole number, unless it is too large."""
    if not -LARGEST_INT <= value <= LARGEST_INT:
        raise EvaluationError(TOO_LARGE)
    return value


def bounded_real(value: Value) -> Value:
    """A real, unless it is too large, infinite, or not a number."""
    if not -LARGEST_REAL <= value <= LARGEST_REAL:
        raise EvaluationError(TOO_LARGE)
    return value


def bounded(number: Value) -> Value:
    """A number of any kind, unless it is too large."""
    return bounded_whole(number) if isinstance(number, int) else bounded_real(number)


def _if_known(check: Check, value: Value) -> Value:
    return None if value is None else check(value)


def _all_whole(values: Sequence[Value]) -> Sequence[Value]:
    if values and not (-LARGEST_INT <= min(values) and max(values) <= LARGEST_INT):
        raise EvaluationError(TOO_LARGE)
    return values


def _all_real(values: Sequence[Value]) -> Sequence[Value]:
    if values:
        total = sum(values)  # one that is not a number makes the sum none, and may hide from `min` and `max`
        if total != total or not (-LARGEST_REAL <= min(values) and max(values) <= LARGEST_REAL):  # noqa: PLR0124
            raise EvaluationError(TOO_LARGE)
    return values


def _each(check: Check, values: Sequence[Value]) -> Sequence[Value]:
    for value in values:
        check(value)
    return values
