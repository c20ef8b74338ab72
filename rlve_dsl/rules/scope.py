"""What an expression may refer to, and what compiling one yields."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rlve_dsl.diagnostics import Span
from rlve_dsl.errors import RlveError
from rlve_dsl.rules.declare import Function, Lambda
from rlve_dsl.rules.types import Type

Env = dict[str, Any]
Run = Callable[[Env], Any]

ARITHMETIC = (ZeroDivisionError, OverflowError, FloatingPointError, ValueError)


class EvaluationError(RlveError):
    """An expression has no value here (a division by zero, an overflow); `span` is the whole expression."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.span = span


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
            return self.run(env)
        except ARITHMETIC as problem:
            raise EvaluationError(f"`{self.text}` has no value: {problem}", self.span) from None

    def bind(self, env: Env, key: Hashable = None) -> Lambda:
        """The expression as a function of `it`, with the other names fixed; `key` as in `Lambda`."""
        return bind(self.run, self.column, env, key)


def bind(run: Run, column: Run | None, env: Env, key: Hashable = None) -> Lambda:
    """Closures over `env` for one item and for a table."""

    def one(item: Any) -> Any:
        env["it"] = item
        return run(env)

    if column is None:
        return Lambda(one, None, key)

    def of_table(table: Any) -> Any:
        env["it"] = table
        with np.errstate(divide="raise", over="raise", invalid="raise"):
            values = column(env)
        return values if isinstance(values, np.ndarray) else np.full(len(table), values)

    return Lambda(one, of_table, key)
