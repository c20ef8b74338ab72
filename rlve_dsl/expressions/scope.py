"""The names that an expression may use, and what compiling one gives."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np

from rlve_dsl.diagnostics import Span
from rlve_dsl.errors import RlveError
from rlve_dsl.expressions.declare import Function, Lambda
from rlve_dsl.expressions.types import INT, REAL, Type
from rlve_dsl.values import Names, Value

Run = Callable[[Names], Value]

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
            return EvaluationError("a number is too large", span, text)
        return EvaluationError("a number is out of range", span, text)


LARGEST_INT = 2**63 - 1

MOST_STEPS = 1_000_000
"""Items that the inner loops of one evaluation may go through."""

LONGEST_LIST = 10_000
"""Items of a list that an expression makes out of others."""


class Steps:
    """Counts the items of the loops within a loop of an expression: only these can multiply."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def begin(self) -> None:
        """The outermost loop begins."""
        self.left = MOST_STEPS

    def spend(self, items: int) -> None:
        """An inner loop went through some items.

        Raises:
            EvaluationError: There were too many.
        """
        self.left -= items
        if self.left < 0:
            raise EvaluationError(f"its loops go through more than {MOST_STEPS:,} items")


def limited(items: list[Value]) -> list[Value]:
    """The list itself, unless it is too long."""
    if len(items) > LONGEST_LIST:
        raise EvaluationError(f"a list of more than {LONGEST_LIST:,} items")
    return items


@dataclass(frozen=True, slots=True)
class Definition:
    """A formula with parameters; it is checked at each use, for the types of the arguments there."""

    name: str
    parameters: tuple[str, ...]
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Scope:
    """Names with their types, functions and definitions; no name may have two meanings."""

    names: Mapping[str, Type]
    functions: Mapping[str, Function] = field(default_factory=dict)
    definitions: Mapping[str, Definition] = field(default_factory=dict)

    def extended(self, names: Mapping[str, Type]) -> Scope:
        """The scope with more names."""
        return Scope({**self.names, **names}, self.functions, self.definitions)

    def taken(self, name: str) -> str | None:
        """What a name already means (`a name`, `a function`, `a definition`), or None when it is free."""
        if name in self.names or name == "it":
            return "a name"
        if name in self.functions:
            return "a function"
        return "a definition" if name in self.definitions else None


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: call it with the values of its names.

    `free` are the names of the scope that it reads, `paths` the dotted paths that begin with them (`said.variant`). Call
    an expression over items through `bind`.
    """

    text: str
    span: Span
    type: Type
    free: frozenset[str]
    paths: frozenset[str]
    run: Run = field(repr=False, compare=False)
    column: Run | None = field(default=None, repr=False, compare=False)

    def __call__(self, env: Names) -> Value:
        """Evaluate the expression.

        Raises:
            EvaluationError: It has no value here.
        """
        try:
            value = self.run(env)
        except (*ARITHMETIC, EvaluationError, RecursionError) as problem:
            raise EvaluationError.of(problem, self.span, self.text) from None
        if self.type is REAL:
            if value - value != 0:  # infinite, or not a number
                raise EvaluationError("a number is too large", self.span, self.text)
        elif self.type is INT and not -LARGEST_INT <= value <= LARGEST_INT:
            raise EvaluationError("a number is too large", self.span, self.text)
        return value

    def bind(self, env: Names, key: Hashable = None) -> Lambda:
        """The expression as a function of `it`; the other names keep the values that they have now."""
        return bind(self, self.column, dict(env), key)


def bind(run: Run, column: Run | None, env: Names, key: Hashable = None, name: str = "it") -> Lambda:
    """A function of one item, or of a table, which is `name` in `env`.

    When the column cannot be computed at once (a condition guards some rows from a division by zero), rows are computed
    one by one.
    """

    def one(item: Value) -> Value:
        env[name] = item
        return run(env)

    if column is None:
        return Lambda(one, None, key)

    def of_table(table: Value) -> Value:
        env[name] = table
        try:
            with np.errstate(divide="raise", over="raise", invalid="raise"):
                values = column(env)
        except (*ARITHMETIC, EvaluationError):
            return np.array([one(item) for item in table])
        return values if isinstance(values, np.ndarray) else np.full(len(table), values)

    return Lambda(one, of_table, key)
