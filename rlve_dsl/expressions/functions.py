"""The built-in functions. Numeric ones also take numpy columns; a list of columns is reduced row by row.

The value for a column equals the values for its rows to the last bit, on every machine: where numpy could differ from
Python's `math`, rows are computed one by one.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from itertools import chain, islice
from typing import Annotated, TypeVar

import numpy as np

from rlve_dsl.expressions import columns
from rlve_dsl.expressions.declare import Each, Function, Lambda, function, signature_of
from rlve_dsl.expressions.evaluation import LONGEST_LIST, EvaluationError, counted_parts, full_size, limited, spend
from rlve_dsl.expressions.text_functions import (
    a_,
    ago,
    alphabetical,
    by_share,
    code_for,
    contains,
    counted,
    has_words,
    joined,
    lower,
    percent,
)
from rlve_dsl.expressions.types import Alike, Days
from rlve_dsl.values import Value

T = TypeVar("T")
K = TypeVar("K")
Q = TypeVar("Q", int, float)  # a quantity: int, real, money or days
LONGEST_RANGE = 10_000


def _by_row(python: Callable[[float], float], x: Value) -> float:
    column: Value = x.tolist() if isinstance(x, np.ndarray) else None
    value: Value = python(x) if column is None else np.fromiter(map(python, column), float, len(column))
    return value  # type: ignore[no-any-return]


def _has_columns(items: Sequence[object]) -> bool:
    for item in items:  # a generator would take longer than the rest of most calls
        if isinstance(item, np.ndarray):
            return True
    return False


def _whole(of_column: Callable[[Value], Value], of_one: Callable[[float], int], x: Value) -> int:
    value: Value = columns.whole(of_column(x)) if isinstance(x, np.ndarray) else of_one(x)
    return value  # type: ignore[no-any-return]


@function(columns=True)
def floor(x: float) -> int:
    """x rounded down to a whole number."""
    return _whole(np.floor, math.floor, x)


@function(columns=True)
def ceil(x: float) -> int:
    """x rounded up to a whole number."""
    return _whole(np.ceil, math.ceil, x)


@function("round", columns=True)
def round_(x: float) -> int:
    """The nearest whole number. A half is rounded up."""
    return _whole(np.floor, math.floor, x + 0.5)


@function("abs", columns=True)
def abs_(x: Q) -> Q:
    """The absolute value of x: x without its sign."""
    return abs(x)


@function(columns=True)
def clip(x: Q, low: Q, high: Q) -> Q:
    """x, but at least `low` and at most `high`. If `low` is greater than `high`, the result is `high`."""
    column: Value = np.minimum(np.maximum(x, low), high) if _has_columns((x, low, high)) else None
    return min(max(x, low), high) if column is None else column


@function(columns=True)
def sigmoid(x: float) -> float:
    """1 / (1 + e^-x), which is between 0 and 1."""
    return _by_row(_sigmoid, x)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-max(-700.0, min(700.0, x))))


@function(columns=True)
def exp(x: float) -> float:
    """e to the power x."""
    return _by_row(math.exp, x)


@function(columns=True)
def log(x: float) -> float:
    """The natural logarithm of x > 0."""
    return _by_row(_log, x)


def _log(x: float) -> float:
    if x <= 0:
        raise EvaluationError("the logarithm of a number that is not above 0")
    return math.log(x)


@function(columns=True)
def sqrt(x: float) -> float:
    """The square root of x ≥ 0."""
    return _by_row(_sqrt, x)


def _sqrt(x: float) -> float:
    if x < 0:
        raise EvaluationError("the square root of a negative number")
    return math.sqrt(x)


@function(columns=True)
def mod(x: Q, n: Q) -> Q:
    """The remainder of x / n: at least 0 and less than n, for n > 0."""
    return x % n


def _of_list(values: Sequence[Q]) -> Q: ...  # type: ignore[empty-body]


def _of_several(a: Q, *more: Q) -> Q: ...  # type: ignore[empty-body]


def _extreme(name: str, kind: str, of_columns: np.ufunc, of_values: Callable[[Sequence[Value]], Value]) -> Function:
    def extreme(*values: Value) -> Value:
        items = values if len(values) > 1 or _has_columns(values) else values[0]
        if len(items) == 0:
            raise EvaluationError("there is no greatest or smallest of nothing")
        return reduce(of_columns, items) if _has_columns(items) else of_values(items)

    doc = f"The {kind} of a list, or of the arguments. An empty list is an error."
    return Function(name, extreme, (signature_of(_of_list), signature_of(_of_several)), True, doc)


min_ = _extreme("min", "smallest", np.minimum, min)
max_ = _extreme("max", "greatest", np.maximum, max)


@function("sum", columns=True)
def sum_(values: Sequence[Q]) -> Q:
    """The sum of the values. The sum of an empty list is 0."""
    total: Value = columns.total(values)
    return total  # type: ignore[no-any-return]


@function(columns=True)
def mean(values: Sequence[float]) -> float:
    """The mean (average) of the values. The mean of an empty list is 0."""
    return columns.total(values) / len(values) if len(values) else 0.0


@function(columns=True)
def share(values: Sequence[bool]) -> float:
    """The share of the values that are true, from 0 to 1. The share of an empty list is 0."""
    return reduce(operator.add, values, 0) / len(values) if len(values) else 0.0


@function("any", columns=True)
def any_(values: Sequence[bool]) -> bool:
    """Whether at least one of the values is true. For an empty list it is false."""
    return reduce(np.logical_or, values) if _has_columns(values) else any(values)


@function("all", columns=True)
def all_(values: Sequence[bool]) -> bool:
    """Whether all of the values are true. For an empty list it is true."""
    return reduce(np.logical_and, values) if _has_columns(values) else all(values)


@function(at_once=True)
def count(values: Sequence[T]) -> int:
    """The number of items in a list."""
    return len(values)


@function(columns=True)
def score(x: bool) -> int:
    """1 for true, 0 for false."""
    return _whole(np.asarray, int, x)


@function(at_once=True)
def first(values: Sequence[T]) -> T | None:
    """The first item. It is unknown when the list is empty."""
    return values[0] if len(values) else None


@function(at_once=True)
def last(values: Sequence[T]) -> T | None:
    """The last item. It is unknown when the list is empty."""
    return values[-1] if len(values) else None


@function()
def take(values: Sequence[T], k: int) -> Sequence[T]:
    """The first k items, or all items when there are fewer than k."""
    return values[: max(0, k)]


def _keys(items: Sequence[Value], by: Lambda) -> list[Value]:
    """The value of `by` for each item."""
    if by.column is not None and hasattr(items, "column"):
        return by.column(items).tolist()  # type: ignore[no-any-return]
    return [by.one(item) for item in items]


@function()
def top(k: int, values: Sequence[T], by: Each[T, Q]) -> Sequence[T]:
    """The k items with the highest value of `by`, highest first. Items with equal values stay in their order."""
    keys = _keys(values, by)
    order = sorted(range(len(keys)), key=keys.__getitem__, reverse=True)
    return [values[i] for i in order[: max(0, k)]]


@function("sorted")
def sorted_(values: Sequence[T], by: Each[T, Q]) -> Sequence[T]:
    """The items, ordered by the value of `by`, lowest first. Items with equal values stay in their order."""
    keys = _keys(values, by)
    return [values[i] for i in sorted(range(len(keys)), key=keys.__getitem__)]


def _hashed(value: Value) -> Value:
    """What has a hash, and is equal for equal values: lists and records have none."""
    if isinstance(value, str) or not isinstance(value, Sequence | dict):
        return value
    spend(len(value))
    if isinstance(value, dict):
        return (dict, frozenset((name, _hashed(part)) for name, part in value.items()))
    return (list, *map(_hashed, value))


@function()
def distinct(values: Sequence[T], by: Each[T, K] | None = None) -> Sequence[T]:
    """The items without duplicates. With `by`, items with the same value of `by` are duplicates. The first one stays."""
    seen: set[Value] = set()
    out = []
    for value in values:
        key = _hashed(value if by is None else by.one(value))
        if key not in seen:
            seen.add(key)
            out.append(value)
    return out


@function()
def select(values: Sequence[T], where: Each[T, bool]) -> Sequence[T]:
    """The items for which `where` is true, in the order of the list."""
    if where.column is not None and hasattr(values, "only"):
        return values.only(where.column(values))  # type: ignore[no-any-return]
    return [value for value in values if where.one(value)]


@function()
def without(values: Sequence[T], others: Sequence[Annotated[T, Alike("T")]]) -> Sequence[T]:
    """The items that are not in `others`, in the order of the list."""
    if hasattr(values, "without"):
        return values.without(others)  # type: ignore[no-any-return]
    spend(len(values) * full_size(others))
    return [value for value in values if value not in others]


@function()
def flat(lists: Sequence[Sequence[T]]) -> Sequence[T]:
    """One list with the items of all lists, one list after the other."""
    return limited(list(islice(chain.from_iterable(lists), LONGEST_LIST + 1)))


@function("range")
def range_(n: int) -> Sequence[int]:
    """The whole numbers 0, 1, …, n - 1. n is at most 10,000."""
    if n > LONGEST_RANGE:
        raise EvaluationError(f"a range of more than {LONGEST_RANGE:,}")
    return list(range(n))


@function()
def index_of(values: Sequence[T], item: Annotated[T, Alike("T")]) -> int | None:
    """The position of an item in a list, counted from 0. It is unknown when the item is not in the list."""
    return next((place for place, value in enumerate(counted_parts(values)) if value == item), None)


@function(at_once=True)
def surely(x: T | None) -> T:
    """x, for a value that must be known at this point. It is an error when x is unknown."""
    if x is None:
        raise EvaluationError("what is surely known is unknown")
    return x


@function()
def days_between(since: str, until: str) -> Days:
    """The number of days from one date to another (`2024-05-31`). It is negative when `until` is the earlier date."""
    try:
        return (date.fromisoformat(until) - date.fromisoformat(since)).days
    except ValueError:
        raise EvaluationError(f"`{since}` or `{until}` is not a date like 2024-05-31") from None


@function()
def date_before(today: str, days: Days) -> str:
    """The date that is a number of days before another (`2024-05-31`)."""
    try:
        return (date.fromisoformat(today) - timedelta(days=days)).isoformat()
    except ValueError:
        raise EvaluationError(f"`{today}` is not a date like 2024-05-31") from None


FUNCTIONS: tuple[Function, ...] = (
    floor, ceil, round_, abs_, min_, max_, clip, sigmoid, exp, log, sqrt, mod, sum_, mean, share, any_, all_, count,
    score, first, last, take, top, sorted_, distinct, select, without, range_, index_of, surely, percent, joined, lower,
    a_, ago, by_share, counted, contains, has_words, flat, days_between, date_before, alphabetical, code_for,
)  # fmt: skip


@function("top")
def _first_ones(k: int, values: Sequence[T], by: Each[T, Q]) -> Sequence[T]:
    """The first k items."""
    return values[: max(0, k)]


@function("sorted")
def _as_they_are(values: Sequence[T], by: Each[T, Q]) -> Sequence[T]:
    """The items, in their order."""
    return values


KEEP_ORDER: Mapping[str, Function] = {one.name: one for one in (_first_ones, _as_they_are)}
"""The functions that rank, as they are for somebody who keeps the order of a list."""
