"""The walk over a tree that checks types and builds code at once: tests such as `x is known` change types on the way.

Belongs here: the state of the walk, reporting, and which nodes are known to have a value. What each kind of node means is
in `references`, `operators`, `lists` and `calls`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count

from rlve_dsl.diagnostics import Diagnostics, Related, Span
from rlve_dsl.expressions import ast
from rlve_dsl.expressions.agreement import QUANTITIES, described, field_hint, unit_hint
from rlve_dsl.expressions.ast import Node
from rlve_dsl.expressions.bounds import check_of, looks_up
from rlve_dsl.expressions.code import Code, Objects, constant, function_of
from rlve_dsl.expressions.evaluation import (
    EvaluationError,
    counted,
    counted_once,
    counted_text,
    counted_whole,
    number,
    whole,
)
from rlve_dsl.expressions.format import format_expression
from rlve_dsl.expressions.parse import parse
from rlve_dsl.expressions.scope import Scope
from rlve_dsl.expressions.types import (
    ANY,
    BOOL,
    DAYS,
    INT,
    MONEY,
    NOTHING,
    Keyed,
    ListOf,
    Optional,
    Over,
    Type,
    Variable,
    fits,
    required,
)
from rlve_dsl.frozen import frozen
from rlve_dsl.parsing import locate_part
from rlve_dsl.values import Value

ROW, COLUMN, COLUMNS, TABLE = "row", "column", "columns", "table"


class NotColumnar(Exception):
    """This expression cannot be evaluated on columns."""


@frozen
class Typed:
    """A checked part of an expression: its type, its code, and the shape of the value when `it` is a table.

    The shape is ROW (one value for all rows), COLUMN (a numpy array), COLUMNS (a list of arrays), or TABLE (`it` itself).
    """

    type: Type
    code: Code
    shape: str = ROW


BROKEN = Typed(NOTHING, constant(None))

Visitor = Callable[..., Typed]  # takes the walk, the node, and the type expected of it or None


@dataclass(slots=True)
class Log:
    """What a walk finds out, shared with the walks over the definitions it uses."""

    diagnostics: Diagnostics
    failed: bool = False
    free: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    serials: Iterator[int] = field(default_factory=count)
    objects: Objects = field(default_factory=Objects)
    uses: int = 0  # of definitions
    words: int = 0  # that uses of definitions put in the place of their parameters
    spends: bool = False  # whether the code takes steps of the budget
    bare_parameters: dict[str, frozenset[str] | None] = field(default_factory=dict)  # of definitions, see `words`


@frozen
class Local:
    """A name that the expression itself binds, and the code that looks up its value."""

    type: Type
    code: Code
    shape: str = ROW


@dataclass(slots=True)
class Walk:
    """One walk. For a mistake of the author, `visit` reports a problem and returns a broken part; it does not raise.

    `columns` says that `it` is a table; `known` are the nodes tested to be known; `uses` are the definitions whose bodies
    the walk is in, and where they are used; `narrows` says that loops look only at the items that an index finds,
    `counts_texts` that texts take steps of the budget: not where an index is made, which is kept.
    """

    scope: Scope
    text: str
    span: Span
    log: Log
    visitors: Mapping[type[Node], Visitor]
    columns: bool = False
    bare_text: bool = False
    locals: dict[str, Local] = field(default_factory=dict)
    in_loop: bool = False
    known: frozenset[Node] = frozenset()
    uses: tuple[tuple[str, Span], ...] = ()
    narrows: bool = True
    counts_texts: bool = True

    # Reporting ------------------------------------------------------------------------------------------------------

    def place(self, node: Node) -> Span:
        """Where a node is in its file."""
        return locate_part(self.span, self.text, node.place)

    def error(self, code: str, message: str, node: Node, *, label: str = "", help: str = "") -> Typed:
        """Report a problem at a node, and return the broken part."""
        return self.report(code, message, self.place(node), label=label, help=help)

    def report(self, code: str, message: str, span: Span, *, label: str = "", help: str = "") -> Typed:
        """Report a problem, but only once: a definition is checked at each use."""
        self.log.failed = True
        if self._is_new(code, message, span):
            related = tuple(Related(where, f"`{name}` is used here") for name, where in self.uses)
            self.log.diagnostics.error(code, message, span, related=related, label=label, help=help)
        return BROKEN

    def warn(self, code: str, message: str, node: Node, *, help: str = "") -> None:
        """Warn of a node, but only once."""
        if self._is_new(code, message, span := self.place(node)):
            self.log.diagnostics.warning(code, message, span, help=help)

    def _is_new(self, code: str, message: str, span: Span) -> bool:
        told = self.log.diagnostics.items
        return not any((d.code, d.message, d.span) == (code, message, span) for d in told)

    def expect(self, node: Node, wanted: Type) -> Typed:
        """Visit a part that must fit a type."""
        typed = self.visit(node, wanted)
        if typed.type == ANY and required(wanted) in QUANTITIES:
            return self._surely(node, typed, wanted)
        if typed.type == NOTHING or fits(typed.type, wanted):
            return typed
        if isinstance(typed.type, Optional) and fits(typed.type.item, wanted):
            return self.unknown(node)
        words = described(typed.type), described(required(wanted))
        message = f"`{format_expression(node)}` is {words[0]}, where {words[1]} is wanted"
        return self.error(
            "R102", message, node, label=unit_hint(typed.type, wanted, node) or field_hint(typed.type, wanted, node)
        )

    def _surely(self, node: Node, typed: Typed, wanted: Type) -> Typed:
        """A part of type `any` where a number is wanted: an error where its value is none."""
        if typed.shape != ROW:
            raise NotColumnar
        code = self.as_number(typed.code, required(wanted), isinstance(wanted, Optional))
        return Typed(wanted, self.guarded(node, code, f"it is not {described(required(wanted))}"))

    def as_number(self, code: Code, wanted: Type, may_be_unknown: bool = False) -> Code:
        """The code of a value of type `any`; where a number is wanted, any other value is a TypeError of Python."""
        if wanted not in QUANTITIES and not (isinstance(wanted, Variable) and wanted.quantity):
            return code
        check = whole if wanted in (INT, MONEY, DAYS) else number
        return (
            self.log.objects.call(_if_known, self.log.objects.refer(check), code)
            if may_be_unknown
            else self.log.objects.call(check, code)
        )

    def unknown(self, node: Node) -> Typed:
        """Report that a part may be unknown where it must be known."""
        help = "test it with `is known`, give another value with `… if … is known else …`, or write `surely(…)` where it always is"
        return self.error("R103", f"`{format_expression(node)}` may be unknown", node, help=help)

    # The walk -------------------------------------------------------------------------------------------------------

    def visit(self, node: Node, expected: Type | None = None) -> Typed:
        """Check and compile a part; `expected` is a hint for bare words and empty lists."""
        typed = self.visitors[type(node)](self, node, required(expected) if expected else None)
        if isinstance(typed.type, Optional):
            if node in self.known:
                return Typed(typed.type.item, typed.code, typed.shape)
            if typed.shape != ROW:
                raise NotColumnar
        return typed

    def type_of(self, name: str) -> Type | None:
        """The type of a name here, or None when there is none."""
        local = self.locals.get(name)
        return local.type if local is not None else self.scope.names.get(name)

    def taken(self, name: str) -> str | None:
        """What a name already means, or None when it is free."""
        return "a name" if name in self.locals else self.scope.taken(name)

    def new_variable(self, name: str) -> str:
        """A Python variable for a name that the expression binds, which no other such name has."""
        return f"{name}.{next(self.log.serials)}"

    def within(self, name: str, local: Local) -> Walk:
        """The walk over what is done for each item, which has this name; it hides another of that name."""
        known = frozenset(node for node in self.known if not _mentions(node, name))
        return replace(self, locals={**self.locals, name: local}, known=known, in_loop=True)

    @contextmanager
    def assuming(self, condition: Node | None, truth: bool) -> Iterator[None]:
        """Within the `with`, what a condition tests to be known is known."""
        before = self.known
        if condition is not None:
            self.known = before | frozenset(_facts(condition, truth))
        yield
        self.known = before

    def counted(self, node: Node, typed: Typed) -> Code:
        """The code of a list that is gone through: each item is a step of the budget, unless the expression makes the list
        right here, so that its items count already."""
        self.log.spends = True
        if isinstance(node, ast.Comprehension | ast.ListOfNodes) or self.is_made(node):
            return typed.code
        return self.made(typed)

    def is_made(self, node: Node) -> bool:
        """Whether a part is a call of a function that makes a list: its items are steps when it is made."""
        function = self.scope.functions.get(node.name) if isinstance(node, ast.CallNode) else None
        return function is not None and function.makes

    def made(self, typed: Typed) -> Code:
        """The code of a list each item of which is a step of the budget."""
        self.log.spends = True
        count = counted_whole if has_lists(typed.type) else counted if self.in_loop else counted_once
        return self.log.objects.call(count, typed.code)

    def read(self, typed: Typed) -> Code:
        """The code of a text that is read: parts of a long one are steps of the budget."""
        # where no loop is around it, it is read once
        return self.log.objects.call(counted_text, typed.code) if self.in_loop and self.counts_texts else typed.code

    def named(self, typed: Typed) -> Code:
        """The code of a value that gets a name within the expression. Numbers in it are bounded, or they could grow without end:
        each name may stand for a product of many of the one before."""
        check = None if typed.shape != ROW or looks_up(typed.code) else check_of(typed.type)
        return typed.code if check is None else self.log.objects.call(check, typed.code)

    def guarded(self, node: Node, code: Code, reason: str = "its parts do not go together") -> Code:
        """The code of what is done with parts of type `any`, whose values may turn out not to go together."""
        place, text = self.place(node), format_expression(node)

        def guarded(value: Callable[[], Value]) -> Value:
            try:
                return value()
            except (TypeError, AttributeError):
                raise EvaluationError(reason, place, text) from None

        return self.log.objects.call(guarded, function_of(code))


def _if_known(check: Callable[[Value], Value], value: Value) -> Value:
    return None if value is None else check(value)


def holds_any(type_: Type) -> bool:
    """Whether values of a type are of type `any`, or lists of those, or expressions that give them."""
    match required(type_):
        case ListOf(item=item) | Keyed(item=item) | Over(result=item):
            return holds_any(item)
        case known:
            return known == ANY


def has_lists(type_: Type) -> bool:
    """Whether a type is that of a list of lists."""
    listed = required(type_)
    return isinstance(listed, ListOf) and isinstance(required(listed.item), ListOf)


def _facts(node: Node, truth: bool) -> Iterator[Node]:
    """The nodes that are known when a condition is true (or false): with a known field, its record is known too."""
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


def names_known(text: str, span: Span, truth: bool) -> frozenset[str]:
    """The names that are known where an expression is true (or false): without `x is unknown`, `x` is known."""
    node = parse(text, span, Diagnostics())
    return (
        frozenset(n.name for n in _facts(node, truth) if isinstance(n, ast.NameRef))
        if node is not None
        else frozenset()
    )


def _mentions(node: Node, name: str) -> bool:
    return node == ast.NameRef(name) or any(_mentions(child, name) for child in ast.children(node))


def path_of(node: Node) -> str | None:
    """The dotted path of names and fields that a node is, or None."""
    match node:
        case ast.NameRef(name=name):
            return name
        case ast.FieldRef(of=of, name=name):
            base = path_of(of)
            return None if base is None else f"{base}.{name}"
    return None


def shape_of(*parts: Typed) -> str:
    """The shape of an operation on parts, row by row."""
    if any(p.shape in (TABLE, COLUMNS) for p in parts):
        raise NotColumnar
    return COLUMN if any(p.shape == COLUMN for p in parts) else ROW


def condition(walk: Walk, node: Node) -> Typed:
    """Visit a part that must be true or false."""
    return walk.expect(node, BOOL)
