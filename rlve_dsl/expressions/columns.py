"""Columns of whole numbers: what is computed of them is what is computed of their rows, or an error.

Whole numbers of numpy wrap around where they are too large, and reals round them. So no number of a column is larger than any
that a real holds exactly; where one would be, an OverflowError says so, and rows are computed one by one.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Sequence
from functools import reduce

import numpy as np

from rlve_dsl.expressions.agreement import QUANTITIES
from rlve_dsl.expressions.code import Code
from rlve_dsl.expressions.types import ANY
from rlve_dsl.expressions.walk import ROW, Typed, Walk
from rlve_dsl.values import Value

_LARGEST = 2**53
_CERTAIN = 2**9  # so many that are exact have a sum below 2 ** 63


def exact(value: Value) -> Value:
    """A column or a number, unless it holds a whole number that is too large."""
    if _largest(value) > _LARGEST:
        raise _too_large()
    return value


def plus(a: Value, b: Value) -> Value:
    """The sum of columns or numbers, which are exact."""
    return exact(a + b)


def total(values: Sequence[Value]) -> Value:
    """The sum of columns or numbers; those beside a column are exact."""
    # not Python's `sum`, whose rounding of reals depends on Python's version
    found = reduce(operator.add, values, 0)
    if not isinstance(found, np.ndarray):
        return found
    return exact(found) if len(values) <= _CERTAIN else reduce(plus, values)


def minus(a: Value, b: Value) -> Value:
    """The difference of columns or numbers, which are exact."""
    return exact(a - b)


def times(a: Value, b: Value) -> Value:
    """The product of columns or numbers, which are exact."""
    if _largest(a) * _largest(b) > _LARGEST:
        raise _too_large()
    return a * b


def whole(column: Value) -> Value:
    """A column of reals without fractions, as whole numbers."""
    if len(column) and not (-_LARGEST <= column.min() and column.max() <= _LARGEST):
        raise _too_large()
    return column.astype(np.int64)


def beside_column(walk: Walk, typed: Typed) -> Code:
    """The code of what stands beside a column: a whole number that is the same for all rows must be exact, too.

    A real, too, may be a whole number of Python.
    """
    is_number = typed.type in (*QUANTITIES, ANY) and not isinstance(typed.code, ast.Constant)
    if typed.shape == ROW and is_number:
        return walk.log.objects.call(exact, typed.code)
    return typed.code


def _largest(value: Value) -> int:
    """The absolute value of a whole number, or the largest one in a column of them; 0 for reals."""
    if not isinstance(value, np.ndarray):
        return abs(value) if isinstance(value, int) else 0
    return max(-int(value.min()), int(value.max())) if value.dtype.kind == "i" and len(value) else 0


def _too_large() -> OverflowError:
    return OverflowError("a whole number in a column is too large")
