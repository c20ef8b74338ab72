"""The walk over a tree that checks and lowers at once, since what is known of a name (`x is known`) decides its type.

Belongs here: the walk's state, reporting, and what is known where. What each kind of node means is in `references`,
`operators`, `lists` and `calls`; `compile` says which belongs to which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from rlve_dsl.diagnostics import Diagnostics, Related, Span
from rlve_dsl.expressions import ast
from rlve_dsl.expressions.agreement import described, unit_hint
from rlve_dsl.expressions.ast import Node
from rlve_dsl.expressions.format import format_expression
from rlve_dsl.expressions.scope import Env, EvaluationError, Run, Scope
from rlve_dsl.expressions.types import BOOL, NOTHING, Optional, Type, fits, required
from rlve_dsl.parsing import locate_part

ROW, COLUMN, COLUMNS, TABLE = "row", "column", "columns", "table"


class NotColumnar(Exception):
    """This expression cannot be evaluated on columns."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A checked part: its type, its closure, and what this yields when `it` is a table.

    A shape is ROW (one value for all rows), COLUMN (a numpy array), COLUMNS (a list of such), or TABLE (`it` itself).
    """

    type: Type
    run: Run
    shape: str = ROW


BROKEN = Typed(NOTHING, lambda env: None)

Visitor = Callable[["Walk", Any, Type | None], Typed]


@dataclass(slots=True)
class Log:
    """Where problems go, shared by a walk and the walks over the definitions it uses."""

    diagnostics: Diagnostics
    failed: bool = False
    free: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    serials: Iterator[int] = field(default_factory=count)


@dataclass(frozen=True, slots=True)
class Local:
    """A name that the expression itself binds: `key` is its name in the environment, which no other binding has."""

    type: Type
    key: str
    shape: str = ROW


@dataclass(slots=True)
class Walk:
    """One walk. `visit` never raises for an author's mistake: it reports, and goes on with a broken part.

    `columns` says that `it` is a table; `uses` are the definitions whose bodies this walk is in, and where they were used.
    """

    scope: Scope
    text: str
    span: Span
    log: Log
    visitors: Mapping[type[Node], Visitor]
    columns: bool = False
    bare_text: bool = False
    locals: dict[str, Local] = field(default_factory=dict)
    known: frozenset[Node] = frozenset()
    uses: tuple[tuple[str, Span], ...] = ()

    # Reporting ------------------------------------------------------------------------------------------------------

    def place(self, node: Node) -> Span:
        """Where a node stands in its file."""
        return locate_part(self.span, self.text, node.place)

    def error(self, code: str, message: str, node: Node, **more: Any) -> Typed:
        """Report a problem at a node; the broken part stands for it from here on."""
        return self.report(code, message, self.place(node), **more)

    def report(self, code: str, message: str, span: Span, **more: Any) -> Typed:
        """Report a problem, once: a definition is checked at each of its uses."""
        self.log.failed = True
        diagnostics = self.log.diagnostics
        if not any((d.code, d.message, d.span) == (code, message, span) for d in diagnostics.items):
            related = tuple(Related(where, f"`{name}` is used here") for name, where in self.uses)
            diagnostics.error(code, message, span, related=related, **more)
        return BROKEN

    def expect(self, node: Node, wanted: Type) -> Typed:
        """The part, checked to fit a type."""
        typed = self.visit(node, wanted)
        if typed.type == NOTHING or fits(typed.type, wanted):
            return typed
        if isinstance(typed.type, Optional) and fits(typed.type.item, wanted):
            return self.unknown(node)
        return self.error(
            "R102",
            f"`{format_expression(node)}` is {described(typed.type)}, where {described(required(wanted))} is wanted",
            node,
            label=unit_hint(typed.type, wanted, node),
        )

    def unknown(self, node: Node) -> Typed:
        """Report that a part may be unknown where it must not be."""
        return self.error(
            "R103",
            f"`{format_expression(node)}` may be unknown",
            node,
            help="test it with `is known`, or give another value with `… if … is known else …`",
        )

    # The walk -------------------------------------------------------------------------------------------------------

    def visit(self, node: Node, expected: Type | None = None) -> Typed:
        """The type and closure of a part; `expected` only helps to resolve bare words and empty lists."""
        typed = self.visitors[type(node)](self, node, required(expected) if expected else None)
        if isinstance(typed.type, Optional):
            if node in self.known:
                return Typed(typed.type.item, typed.run, typed.shape)
            if typed.shape != ROW:
                raise NotColumnar
        return typed

    def type_of(self, name: str) -> Type | None:
        """The type of a name here, or None when there is none."""
        local = self.locals.get(name)
        return local.type if local is not None else self.scope.names.get(name)

    def stands(self, name: str) -> str | None:
        """Where in the environment the value of a name is, or None when there is no such name."""
        local = self.locals.get(name)
        if local is not None:
            return local.key
        return name if name in self.scope.names else None

    def taken(self, name: str) -> str | None:
        """What a name already is, or None when it is free to be bound."""
        return "a name" if name in self.locals else self.scope.taken(name)

    def key(self, name: str) -> str:
        """A name of the environment for a new binding of `name`, which nothing else uses."""
        return f"{name}.{next(self.log.serials)}"

    def within(self, name: str, local: Local) -> Walk:
        """The same walk with one more name; an `it` hides an outer one, and what was known of that."""
        known = frozenset(node for node in self.known if not _mentions(node, name))
        return replace(self, locals={**self.locals, name: local}, known=known)

    @contextmanager
    def knowing(self, condition: Node | None, truth: bool) -> Iterator[None]:
        """Within, what follows from the condition's truth is known."""
        before = self.known
        if condition is not None:
            self.known = before | frozenset(_facts(condition, truth))
        yield
        self.known = before

    def guarded(self, node: Node, run: Run) -> Run:
        """The closure of a part whose types are known only at run time, where they may turn out not to go together."""
        place, text = self.place(node), format_expression(node)

        def guarded(env: Env) -> Any:
            try:
                return run(env)
            except TypeError:
                raise EvaluationError("its parts do not go together", place, text) from None

        return guarded


def _facts(node: Node, truth: bool) -> Iterator[Node]:
    """What is known when a condition is true (or false): a known field means a known record."""
    match node:
        case ast.IsKnown(operand=operand, wanted=wanted) if wanted == truth:
            inner: Node | None = operand
            while inner is not None:
                yield inner
                inner = inner.of if isinstance(inner, ast.FieldRef | ast.Index) else None
        case ast.Unary(operator="not", operand=operand):
            yield from _facts(operand, not truth)
        case ast.Binary(operator="and", left=left, right=right) if truth:
            yield from (*_facts(left, True), *_facts(right, True))
        case ast.Binary(operator="or", left=left, right=right) if not truth:
            yield from (*_facts(left, False), *_facts(right, False))


def _mentions(node: Node, name: str) -> bool:
    return node == ast.NameRef(name) or any(_mentions(child, name) for child in ast.children(node))


def path_of(node: Node) -> str | None:
    """The dotted path that a node spells, or None."""
    match node:
        case ast.NameRef(name=name):
            return name
        case ast.FieldRef(of=of, name=name):
            base = path_of(of)
            return None if base is None else f"{base}.{name}"
    return None


def shape_of(*parts: Typed) -> str:
    """What an operation on parts yields, place by place; raises NotColumnar for what is no column."""
    if any(p.shape in (TABLE, COLUMNS) for p in parts):
        raise NotColumnar
    return COLUMN if any(p.shape == COLUMN for p in parts) else ROW


def condition(walk: Walk, node: Node) -> Typed:
    """A part that must be true or false."""
    return walk.expect(node, BOOL)
