"""The names that an expression may use, and what compiling one gives."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import field, replace

import numpy as np

from rlve_dsl.diagnostics import Span
from rlve_dsl.errors import PluginFault
from rlve_dsl.expressions.bounds import Check, check_of, looks_up
from rlve_dsl.expressions.code import Compiled
from rlve_dsl.expressions.declare import Function, Lambda
from rlve_dsl.expressions.evaluation import ARITHMETIC, NO_VALUE, EvaluationError, with_own_budget
from rlve_dsl.expressions.types import NOTHING, Type
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names, Value


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

    `elsewhere` holds names that are unknown only because a file does not list the plugin that each is given with; `absent` says
    of names that there are in other places why they are not here.
    """

    names: Mapping[str, Type]
    functions: Mapping[str, Function] = field(default_factory=dict)
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)

    def extended(self, names: Mapping[str, Type]) -> Scope:
        """The scope with more names."""
        return Scope({**self.names, **names}, self.functions, self.definitions, self.elsewhere, self.absent)

    def without(self, names: Iterable[str], why: str) -> Scope:
        """The scope, which says of names that it does not have why that is so."""
        return replace(self, absent={**self.absent, **dict.fromkeys(names, why)})

    def blurred(self, name: str) -> Scope:
        """The scope after a name that was taken has been given once more: it fits everywhere, so that the mistake is told once."""
        return self.extended({name: NOTHING})

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
    an expression over items through `bind`. `check` is what bounds the numbers in its value, where it computes any.
    """

    text: str
    span: Span
    type: Type
    free: frozenset[str]
    paths: frozenset[str]
    compiled: Compiled = field(repr=False, compare=False)
    column: Compiled | None = field(default=None, repr=False, compare=False)
    spends: bool = field(default=False, repr=False, compare=False)
    check: Check | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tree = self.compiled.tree
        check = None if tree is not None and looks_up(tree) else check_of(self.type)
        object.__setattr__(self, "check", check)

    def __call__(self, env: Mapping[str, Value]) -> Value:
        """Evaluate the expression.

        Raises:
            EvaluationError: It has no value here.
        """
        try:
            value = self.compiled.run(env)
            return value if self.check is None else self.check(value)
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

        if (
            key is not None and self.spends
        ):  # values may be kept, and who computes them first must not have fewer steps left
            run, column = with_own_budget(run, column)

        check = self.check
        if check is not None and column is not None:
            column = _checked(check, column)

        def one(item: Value) -> Value:
            try:
                value = run(item)
                return value if check is None else check(value)
            except NO_VALUE as problem:
                raise EvaluationError.of(problem, self.span, self.text) from None
            except PluginFault as fault:
                fault.span = fault.span or self.span
                raise

        return over_items(one, column, key)


def _checked(check: Check, column: Callable[[Value], Value]) -> Callable[[Value], Value]:
    """The column; a number that is the same for all rows is bounded as theirs are."""

    def checked(table: Value) -> Value:
        values = column(table)
        return values if isinstance(values, np.ndarray) else check(values)

    return checked


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
