"""What evaluations of expressions share: the error where there is no value, and the steps that they may take.

A step is one item of a list that is gone through, made or compared, or twenty characters of a text that a function reads. What
belongs together, such as all lines of a world, is evaluated within `one_budget`; any other evaluation has a budget of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ContextDecorator

from rlve_dsl.diagnostics import Span
from rlve_dsl.errors import RlveError
from rlve_dsl.expressions.types import FEW_FIELDS
from rlve_dsl.values import ATOMS, Value

ARITHMETIC = (ArithmeticError, ValueError)


class EvaluationError(RlveError):
    """An expression has no value, for example because of a division by zero.

    A function of the language raises it with a reason alone; the expression that calls it adds its place and text.
    """

    def __init__(self, reason: str, span: Span | None = None, text: str = "") -> None:
        super().__init__(f"`{text}` has no value: {reason}" if text else reason)
        self.reason = reason
        self.span = span

    @staticmethod
    def of(problem: Exception, span: Span, text: str) -> EvaluationError:
        """The error to raise for a Python error in the evaluation of `text`; an EvaluationError with a place is kept."""
        if isinstance(problem, EvaluationError):
            return problem if problem.span is not None else EvaluationError(problem.reason, span, text)
        if isinstance(problem, ZeroDivisionError):
            return EvaluationError("division by zero", span, text)
        if isinstance(problem, RecursionError):
            return EvaluationError("it is too deeply nested", span, text)
        if isinstance(problem, ArithmeticError):
            return EvaluationError(TOO_LARGE, span, text)
        return EvaluationError("a number is out of range", span, text)


NO_VALUE = (*ARITHMETIC, EvaluationError, RecursionError)
"""What is raised where an expression has no value."""

TOO_LARGE = "a number is too large"

MOST_STEPS = 1_000_000
"""Items that the evaluations of one budget may go through."""

LONGEST_LIST = 10_000
"""Items of a list that an expression makes out of others."""

MOST_NESTED = 100_000
"""Items of a list of lists that an expression makes, with those of the lists in it, each as often as it is there."""


CHARACTERS = 20
"""Characters of a text that are one step."""


class _Steps(threading.local):
    """The steps that are left to this thread, and whether what is evaluated next takes its steps from them, too."""

    left = MOST_STEPS
    shared = False


_steps = _Steps()


class OneBudget(ContextDecorator):
    """See `one_budget`."""

    __slots__ = ("_begins",)

    def __enter__(self) -> None:
        self._begins = not _steps.shared
        if self._begins:
            _steps.left, _steps.shared = MOST_STEPS, True

    def __exit__(self, *problem: object) -> None:
        if self._begins:
            _steps.shared = False

    def _recreate_cm(self) -> OneBudget:
        return OneBudget()  # a decorated function may call itself, and run in several threads


def one_budget() -> OneBudget:
    """What is evaluated within has one budget; that of a larger whole around it, if there is one. Also decorates a function."""
    return OneBudget()


def begin() -> None:
    """An evaluation begins, whose budget is new unless it is that of a larger whole."""
    if not _steps.shared:
        _steps.left = MOST_STEPS


def with_own_budget(
    one: Callable[[Value], Value], column: Callable[[Value], Value] | None
) -> tuple[Callable[[Value], Value], Callable[[Value], Value] | None]:
    """Two functions all calls of which have one budget together: what is kept of them costs nobody else anything."""
    own = MOST_STEPS

    def apart(function: Callable[[Value], Value]) -> Callable[[Value], Value]:
        def called(value: Value) -> Value:
            nonlocal own
            left, shared = _steps.left, _steps.shared
            _steps.left, _steps.shared = own, True
            try:
                return function(value)
            finally:
                own = _steps.left
                _steps.left, _steps.shared = left, shared

        return called

    return apart(one), None if column is None else apart(column)


def spend(steps: int) -> None:
    """Take some steps.

    Raises:
        EvaluationError: So many are not left.
    """
    _steps.left = left = _steps.left - steps
    if left < 0:
        raise _exhausted()


def _exhausted() -> EvaluationError:
    return EvaluationError(f"what is evaluated up to here goes through more than {MOST_STEPS:,} items of lists")


def number(value: Value) -> Value:
    """A value of type `any` where a number is wanted. Raises TypeError for any other."""
    if not isinstance(value, int | float):
        raise TypeError("not a number")
    return value


def whole(value: Value) -> Value:
    """A value of type `any` where a whole number is wanted. Raises TypeError for any other."""
    if not isinstance(value, int):
        raise TypeError("not a whole number")
    return value


# These four are called so often that they do not call `spend`.


def counted(items: Value) -> Value:
    """A list that a function, or a comparison, goes through."""
    if items is not None:
        _steps.left = left = _steps.left - len(items)
        if left < 0:
            raise _exhausted()
    return items


def counted_text(text: str | None) -> str | None:
    """A text that a function reads."""
    if text is not None and len(text) >= CHARACTERS:
        spend(len(text) // CHARACTERS)
    return text


def counted_once(items: Value) -> Value:
    """The same where no loop is around it: a list that no expression can make counts as the longest that one can."""
    if items is not None:
        steps = len(items)
        _steps.left = left = _steps.left - (steps if steps < LONGEST_LIST else LONGEST_LIST)  # noqa: FURB136 - `min` is slow
        if left < 0:
            raise _exhausted()
    return items


def counted_in_full(value: Value) -> Value:
    """A value that is compared to its last part: the items of its lists, and the fields of its records, each as often as it is there."""
    if type(value) not in ATOMS:
        spend(full_size(value))
    return value


def counted_parts(items: Value) -> Value:
    """A list whose items count already, and that is compared to their last parts."""
    if items is not None:
        spend(full_size(items) - len(items))
    return items


def counted_whole(items: Value) -> Value:
    """A list of lists that is gone through to its last item."""
    if items is not None:
        spend(_size(items, _steps.left))
    return items


def looped(items: Sequence[Value] | None) -> Sequence[Value]:
    """The items of a loop within a loop; an unknown list has none."""
    if not items:
        return ()
    _steps.left = left = _steps.left - len(items)
    if left < 0:
        raise _exhausted()
    return items


def looped_once(items: Sequence[Value] | None) -> Sequence[Value]:
    """The items of a loop that no other is around; an unknown list has none."""
    if not items:
        return ()
    steps = len(items)
    _steps.left = left = _steps.left - (steps if steps < LONGEST_LIST else LONGEST_LIST)  # noqa: FURB136 - `min` is slow
    if left < 0:
        raise _exhausted()
    return items


def limited(items: list[Value]) -> list[Value]:
    """A list that was made out of others, unless it is too long."""
    if len(items) > LONGEST_LIST:
        raise EvaluationError(f"a list of more than {LONGEST_LIST:,} items")
    spend(len(items))
    return items


def nested(items: list[Value]) -> list[Value]:
    """A list of lists that was made, unless it has too many items."""
    size = _size(items, MOST_NESTED)
    if size > MOST_NESTED:
        raise EvaluationError(f"a list of lists with more than {MOST_NESTED:,} items")
    spend(size)
    return items


def full_size(value: Value) -> int:
    """How many items the lists of a value have, and how many fields its records, each as often as it is there; but nothing for
    a record of a few texts and numbers."""
    return _full_size(value, {})


def _full_size(value: Value, known: dict[int, int]) -> int:
    """The same; `known` has the sizes of parts by their id, as one part may be there a billion times."""
    if isinstance(value, dict):
        parts: Value = value.values()
        if len(parts) <= FEW_FIELDS and ATOMS.issuperset(map(type, parts)):
            return 0
    elif isinstance(value, list | tuple):
        parts = value
    else:  # the lists of a catalog and of a table are quick to compare
        return len(value) if isinstance(value, Sequence) and not isinstance(value, str) else 0
    size = len(parts)
    if not ATOMS.issuperset(map(type, parts)):
        for part in parts:
            if type(part) not in ATOMS:
                inner = known.get(id(part))
                if inner is None:
                    inner = known[id(part)] = _full_size(part, known)
                size += inner
    return size


def _size(items: Value, most: int) -> int:
    """How many items a list has with those of the lists in it; about `most` where it has more."""
    size = len(items)
    for item in items:
        if size > most:
            break
        if isinstance(item, Sequence) and not isinstance(item, str):
            size += _size(item, most - size)
    return size
