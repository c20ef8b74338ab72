"""What an expression may refer to, and what compiling one yields."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rlve_dsl.diagnostics import Span
from rlve_dsl.errors import RlveError
from rlve_dsl.expressions.declare import Function, Lambda
from rlve_dsl.expressions.types import REAL, Type

Env = dict[str, Any]
Run = Callable[[Env], Any]

ARITHMETIC = (ArithmeticError, ValueError)


class EvaluationError(RlveError):
    """An expression has no value here (a division by zero, an overflow); `span` is where, `reason` why.

    A function of the language raises it with a reason alone; the expression that called it adds the rest.
    """

    def __init__(self, reason: str, span: Span | None = None, text: str = "") -> None:
        super().__init__(f"`{text}` has no value: {reason}" if text else reason)
        self.reason = reason
        self.span = span

    @staticmethod
    def of(problem: Exception, span: Span, text: str) -> EvaluationError:
        """What to say of an error that the evaluation of `text` met; one that has its place already is kept."""
        if isinstance(problem, EvaluationError):
            return problem if problem.span is not None else EvaluationError(problem.reason, span, text)
        if isinstance(problem, ZeroDivisionError):
            return EvaluationError("division by zero", span, text)
        if isinstance(problem, ArithmeticError):
            return EvaluationError("a number is too large", span, text)
        return EvaluationError("a number is out of range", span, text)


@dataclass(frozen=True, slots=True)
class Definition:
    """A formula with parameters, checked anew for the argument types of each use."""

    name: str
    parameters: tuple[str, ...]
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Scope:
    """Names with their types, functions and definitions; no name may be taken twice."""

    names: Mapping[str, Type]
    functions: Mapping[str, Function] = field(default_factory=dict)
    definitions: Mapping[str, Definition] = field(default_factory=dict)

    def extended(self, names: Mapping[str, Type]) -> Scope:
        """The scope with more names."""
        return Scope({**self.names, **names}, self.functions, self.definitions)

    def taken(self, name: str) -> str | None:
        """What a name already is (`a name`, `a function`, `a definition`), or None when it is free."""
        if name in self.names or name == "it":
            return "a name"
        if name in self.functions:
            return "a function"
        return "a definition" if name in self.definitions else None


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: call it with the values of its names.

    `free` are the names of the scope that it reads, `paths` the dotted paths among them (`said.variant`). One compiled
    over an item is called through `bind`.
    """

    text: str
    span: Span
    type: Type
    free: frozenset[str]
    paths: frozenset[str]
    run: Run = field(repr=False, compare=False)
    column: Run | None = field(default=None, repr=False, compare=False)

    def __call__(self, env: Env) -> Any:
        """The value; raises EvaluationError when there is none."""
        try:
            value = self.run(env)
        except (*ARITHMETIC, EvaluationError) as problem:
            raise EvaluationError.of(problem, self.span, self.text) from None
        if self.type is REAL and value - value != 0:  # infinite, or not a number
            raise EvaluationError("a number is too large", self.span, self.text)
        return value

    def bind(self, env: Env, key: Hashable = None) -> Lambda:
        """The expression as a function of `it`, with the other names fixed as they are now; `key` as in `Lambda`."""
        return bind(self, self.column, dict(env), key)


def bind(run: Run, column: Run | None, env: Env, key: Hashable = None, name: str = "it") -> Lambda:
    """Closures over `env` for one item and for a table; the item is bound to `name` in it.

    Where a column has no value in some row (a division by zero which a condition guards), rows are computed one by one.
    """

    def one(item: Any) -> Any:
        env[name] = item
        return run(env)

    if column is None:
        return Lambda(one, None, key)

    def of_table(table: Any) -> Any:
        env[name] = table
        try:
            with np.errstate(divide="raise", over="raise", invalid="raise"):
                values = column(env)
        except (*ARITHMETIC, EvaluationError):
            return np.array([one(item) for item in table])
        return values if isinstance(values, np.ndarray) else np.full(len(table), values)

    return Lambda(one, of_table, key)
