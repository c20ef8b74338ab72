"""The names that an expression may use, and what compiling one gives."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import field

import numpy as np

from rlve_dsl.diagnostics import Span
from rlve_dsl.errors import PluginFault, RlveError
from rlve_dsl.expressions.code import Compiled
from rlve_dsl.expressions.declare import Function, Lambda
from rlve_dsl.expressions.types import INT, REAL, Type
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names, Value

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
            return EvaluationError(_TOO_LARGE, span, text)
        return EvaluationError("a number is out of range", span, text)


NO_VALUE = (*ARITHMETIC, EvaluationError, RecursionError)
"""What is raised where an expression has no value."""

LARGEST_INT = 2**63 - 1
_TOO_LARGE = "a number is too large"

MOST_STEPS = 1_000_000
"""Items that the inner loops of one evaluation may go through."""

LONGEST_LIST = 10_000
"""Items of a list that an expression makes out of others."""


class Steps:
    """Counts the items of the loops within a loop of an expression: only these can multiply."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def outer(self, items: Sequence[Value] | None) -> Sequence[Value]:
        """The items of an outermost loop, which begins; an unknown list has none."""
        self.left = MOST_STEPS
        return items or ()

    def inner(self, items: Sequence[Value] | None) -> Sequence[Value]:
        """The items of a loop within a loop; an unknown list has none.

        Raises:
            EvaluationError: There were too many.
        """
        items = items or ()
        self.spend(len(items))
        return items

    def spend(self, items: int = 1) -> None:
        """An inner loop goes through some items.

        Raises:
            EvaluationError: There were too many.
        """
        self.left -= items
        if self.left < 0:
            raise EvaluationError(f"its loops go through more than {MOST_STEPS:,} items")

    def over_items(self, one: Callable[[Value], Value], column: Callable[[Value], Value] | None) -> Lambda:
        """A function of an item that no loop is around."""
        self.left = MOST_STEPS
        return over_items(one, column)


def limited(items: list[Value]) -> list[Value]:
    """The list itself, unless it is too long."""
    if len(items) > LONGEST_LIST:
        raise EvaluationError(f"a list of more than {LONGEST_LIST:,} items")
    return items


@frozen
class Definition:
    """A formula with parameters; it is checked at each use, for the types of the arguments there."""

    name: str
    parameters: tuple[str, ...]
    text: str
    span: Span


@frozen
class Scope:
    """Names with their types, functions and definitions; no name may have two meanings.

    `elsewhere` holds names that are unknown only because a file does not list the plugin that each is given with.
    """

    names: Mapping[str, Type]
    functions: Mapping[str, Function] = field(default_factory=dict)
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def extended(self, names: Mapping[str, Type]) -> Scope:
        """The scope with more names."""
        return Scope({**self.names, **names}, self.functions, self.definitions, self.elsewhere)

    def taken(self, name: str) -> str | None:
        """What a name already means (`a name`, `a function`, `a definition`), or None when it is free."""
        if name in self.names or name == "it":
            return "a name"
        if name in self.functions:
            return self.functions[name].described
        return "a definition" if name in self.definitions else None


@frozen
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
    compiled: Compiled = field(repr=False, compare=False)
    column: Compiled | None = field(default=None, repr=False, compare=False)

    def __call__(self, env: Mapping[str, Value]) -> Value:
        """Evaluate the expression.

        Raises:
            EvaluationError: It has no value here.
        """
        try:
            value = self.compiled.run(env)
            return _bounded_int(value) if self.type is INT else _bounded_real(value) if self.type is REAL else value
        except NO_VALUE as problem:
            raise EvaluationError.of(problem, self.span, self.text) from None
        except PluginFault as fault:
            fault.span = fault.span or self.span
            raise

    def bind(self, env: Names, key: Hashable = None) -> Lambda:
        """The expression as a function of `it`; the other names keep the values that they have now."""
        env = dict(env)
        try:
            run, column = self.compiled.run(env), self.column.run(env) if self.column is not None else None
        except RecursionError as problem:  # Python compiles both here
            raise EvaluationError.of(problem, self.span, self.text) from None

        def one(item: Value) -> Value:
            try:
                value = run(item)
                return _bounded_int(value) if self.type is INT else _bounded_real(value) if self.type is REAL else value
            except NO_VALUE as problem:
                raise EvaluationError.of(problem, self.span, self.text) from None
            except PluginFault as fault:
                fault.span = fault.span or self.span
                raise

        return over_items(one, column, key)


def bounded_number(type_: Type) -> Callable[[Value], Value]:
    """What raises an EvaluationError for a number of this type, INT or REAL, that is too large, and gives any other back."""
    return _bounded_real if type_ == REAL else _bounded_int


def _bounded_real(value: Value) -> Value:
    if value - value != 0:  # infinite, or not a number
        raise EvaluationError(_TOO_LARGE)
    return value


def _bounded_int(value: Value) -> Value:
    if not -LARGEST_INT <= value <= LARGEST_INT:
        raise EvaluationError(_TOO_LARGE)
    return value


def computed(
    text: str,
    span: Span,
    type_: Type,
    free: frozenset[str],
    run: Callable[[Mapping[str, Value]], Value],
    paths: frozenset[str] | None = None,
) -> Expression:
    """An expression that Python code computes from the names in `free`; `text` says what it is."""
    return Expression(text, span, type_, free, free if paths is None else paths, Compiled.of(run))


def over_items(one: Callable[[Value], Value], column: Callable[[Value], Value] | None, key: Hashable = None) -> Lambda:
    """A function of one item, or of a table.

    When the column cannot be computed at once (a condition guards some rows from a division by zero), rows are computed
    one by one.
    """

    if column is None:
        return Lambda(one, None, key)

    def of_table(table: Value) -> Value:
        try:
            with np.errstate(divide="raise", over="raise", invalid="raise"):
                values = column(table)
        except (*ARITHMETIC, EvaluationError):
            return np.array([one(item) for item in table])
        return values if isinstance(values, np.ndarray) else np.full(len(table), values)

    return Lambda(one, of_table, key)
