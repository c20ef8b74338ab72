"""Checking and lowering: from a tree and a scope to a type and a closure.

One walk does both, since what is known of a name (`x is known`) decides its type. A second walk over an expression of
`it` lowers it to numpy columns where every part allows it.
"""

from __future__ import annotations

import keyword
import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np

from rlve_dsl.diagnostics import Diagnostics, Span, did_you_mean
from rlve_dsl.rules.ast import (
    Binary,
    CallNode,
    Chain,
    Comprehension,
    Conditional,
    FieldRef,
    Index,
    Known,
    ListOfNodes,
    Literal,
    NameRef,
    Node,
    Unary,
)
from rlve_dsl.rules.declare import Function, Parameter, Signature
from rlve_dsl.rules.declare import bind as bind_types
from rlve_dsl.rules.declare import unify
from rlve_dsl.rules.format import format_expression
from rlve_dsl.rules.parse import parse
from rlve_dsl.rules.scope import Env, Expression, Run, Scope, bind
from rlve_dsl.rules.types import (
    ANY,
    BOOL,
    DAYS,
    INT,
    MONEY,
    NOTHING,
    REAL,
    TEXT,
    Enum,
    Keyed,
    ListOf,
    Optional,
    Over,
    Record,
    Type,
    fits,
    optional,
    required,
)

NUMBERS = (INT, REAL)
LARGEST_EXPONENT = 64
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_KINDS = {
    "int": INT, "real": REAL, "percent": REAL, "bool": BOOL, "text": TEXT, "money": MONEY, "days": DAYS,
}  # fmt: skip


class _NotColumnar(Exception):
    """This expression cannot be evaluated on columns."""


@dataclass(slots=True)
class Typed:
    """A checked part: its type, its closure, and whether it yields a column (or table, or list of columns)."""

    type: Type
    run: Run
    columnar: bool = False


_BROKEN = Typed(NOTHING, lambda env: None)


def compile_expression(
    text: str,
    span: Span,
    scope: Scope,
    diagnostics: Diagnostics,
    expected: Type | None = None,
    item: Type | None = None,
    *,
    bare_text: bool = False,
) -> Expression | None:
    """The expression compiled in `scope`; None, with all problems in `diagnostics`, when it has errors.

    `expected` is the type it must fit, and resolves bare enum values; `item` the type of `it`. With `bare_text`, an unknown
    bare word where a text is expected is that text (the lists of names that samplers take).
    """
    node = parse(text, span, diagnostics)
    if node is None:
        return None
    before = len(diagnostics.errors)
    walk = Compiler(scope, span, diagnostics, bare_text=bare_text)
    if item is not None:
        walk.names["it"] = item
    typed = walk.expect(node, expected) if expected is not None else walk.visit(node)
    if len(diagnostics.errors) > before:
        return None
    column = compile_column(node, scope, span, item) if item is not None else None
    free = frozenset(walk.free)
    return Expression(text, span, typed.type, free, frozenset(walk.paths), typed.run, column)


def compile_column(node: Node, scope: Scope, span: Span, item: Type) -> Run | None:
    """The expression over `it` lowered to numpy columns, or None where a part of it does not allow that."""
    walk = Compiler(scope, span, Diagnostics(), columns=True)
    walk.names["it"] = item
    walk.columnar.add("it")
    try:
        return walk.visit(node).run
    except _NotColumnar:
        return None


class Compiler:
    """One walk over a tree. `visit` never raises for an author's mistake: it reports, and goes on with a broken part."""

    def __init__(
        self, scope: Scope, span: Span, diagnostics: Diagnostics, *, columns: bool = False, bare_text: bool = False
    ) -> None:
        self.scope = scope
        self.span = span
        self.diagnostics = diagnostics
        self.columns = columns
        self.bare_text = bare_text
        self.names: dict[str, Type] = dict(scope.names)
        self.keys: dict[str, str] = {}
        self.local: set[str] = {"it"}
        self.columnar: set[str] = set()
        self.known: frozenset[str] = frozenset()
        self.free: set[str] = set()
        self.paths: set[str] = set()
        self.defining: tuple[str, ...] = ()

    # Reporting ------------------------------------------------------------------------------------------------------

    def error(self, code: str, message: str, node: Node, **more: Any) -> Typed:
        """Report a problem at a node; the broken part stands for it from here on."""
        span = self.span if self.defining else self.span.within(*node.place)
        self.diagnostics.error(code, message, span, **more)
        return _BROKEN

    def expect(self, node: Node, wanted: Type) -> Typed:
        """The part, checked to fit a type."""
        typed = self.visit(node, wanted)
        if typed.type == NOTHING or fits(typed.type, wanted):
            return typed
        if isinstance(typed.type, Optional) and fits(typed.type.item, wanted):
            return self.error(
                "R103",
                f"`{format_expression(node)}` may be unknown",
                node,
                help="test it with `is known`, or give another value with `… if … is known else …`",
            )
        return self.error(
            "R102",
            f"{wanted} is wanted here, and `{format_expression(node)}` is {typed.type}",
            node,
            label=_unit_hint(typed.type, wanted, node),
        )

    # The walk -------------------------------------------------------------------------------------------------------

    def visit(self, node: Node, expected: Type | None = None) -> Typed:
        """The type and closure of a part; `expected` only helps to resolve bare words and empty lists."""
        typed: Typed = getattr(self, f"_{type(node).__name__}")(node, required(expected) if expected else None)
        if isinstance(typed.type, Optional):
            if self.known and format_expression(node) in self.known:
                return Typed(typed.type.item, typed.run, typed.columnar)
            if typed.columnar:
                raise _NotColumnar
        return typed

    def _Literal(self, node: Literal, expected: Type | None) -> Typed:
        value = node.value
        return Typed(_KINDS[node.kind], lambda env: value)

    def _NameRef(self, node: NameRef, expected: Type | None) -> Typed:
        name = node.name
        if name in self.names:
            if name not in self.local:
                self.free.add(name)
                self.paths.add(name)
            return Typed(self.names[name], itemgetter(self.keys.get(name, name)), name in self.columnar)
        if isinstance(expected, Enum):
            if name in expected.values:
                return Typed(expected, lambda env: name)
            return self.error(
                "R101", f"`{name}` is not {expected}", node,
                label=did_you_mean(name, expected.values), help=f"one of {', '.join(expected.values)}",
            )  # fmt: skip
        if expected == TEXT and self.bare_text:
            return Typed(TEXT, lambda env: name)
        if name in self.scope.functions or name in self.scope.definitions:
            return self.error("R101", f"`{name}` is a function", node, label=f"call it: `{name}(…)`")
        if name == "it":
            return self.error("R101", "`it` stands for an item, and there is no list of items here", node)
        return self.error("R101", f"there is no `{name}` here", node, label=did_you_mean(name, self.names))

    def _FieldRef(self, node: FieldRef, expected: Type | None) -> Typed:
        of = self.visit(node.of)
        if of.type == NOTHING:
            return _BROKEN
        record, name = required(of.type), node.name
        path = _path(node)
        if path is not None and path.split(".")[0] not in self.local:
            self.paths.add(path)
        base = of.run
        if record == ANY:
            return Typed(ANY, lambda env: base(env).get(name))
        field = record.field(name) if isinstance(record, Record) else None
        if not isinstance(record, Record) or field is None:
            names = record.names if isinstance(record, Record) else ()
            return self.error(
                "R104", f"{record} has no field `{name}`", node,
                label=did_you_mean(name, names), help=f"its fields: {', '.join(names)}" if names else "",
            )  # fmt: skip
        if of.columnar:
            if not isinstance(node.of, NameRef):
                raise _NotColumnar
            return Typed(field, lambda env: base(env).column(name), True)
        if isinstance(of.type, Optional):

            def through(env: Env) -> Any:
                value = base(env)
                return None if value is None else value.get(name)

            return Typed(optional(field), through)
        if isinstance(field, Optional):
            return Typed(field, lambda env: base(env).get(name))
        return Typed(field, lambda env: base(env)[name])

    def _Index(self, node: Index, expected: Type | None) -> Typed:
        of = self.visit(node.of)
        by = self.visit(node.by)
        if NOTHING in (of.type, by.type):
            return _BROKEN
        if of.columnar or by.columnar:
            raise _NotColumnar
        base, at = of.run, by.run
        if isinstance(of.type, Keyed):
            key = of.type.key
            if fits(by.type, key):
                return Typed(optional(of.type.item), lambda env: base(env).at(at(env)))
            if isinstance(by.type, Record) and by.type.field("key") == key:
                return Typed(optional(of.type.item), lambda env: base(env).at(at(env)["key"]))
            return self.error("R102", f"`{format_expression(node.by)}` is no key: {of.type} is wanted", node.by)
        if not isinstance(of.type, ListOf):
            return self.error("R102", f"`{format_expression(node.of)}` is {of.type}, not a list", node.of)
        if by.type != INT:
            return self.error("R102", f"a place in a list is an int, and this is {by.type}", node.by)

        def item(env: Env) -> Any:
            items, place = base(env), at(env)
            return items[place] if 0 <= place < len(items) else None

        return Typed(optional(of.type.item), item)

    def _Unary(self, node: Unary, expected: Type | None) -> Typed:
        if node.operator == "not":
            operand = self.expect(node.operand, BOOL)
            run = operand.run
            if operand.columnar:
                return Typed(BOOL, lambda env: np.logical_not(run(env)), True)
            return Typed(BOOL, lambda env: not run(env))
        operand = self.visit(node.operand)
        if operand.type not in (INT, REAL, MONEY, DAYS, ANY, NOTHING):
            return self.error("R102", f"`-` needs a quantity, and this is {operand.type}", node.operand)
        run = operand.run
        return Typed(operand.type, lambda env: -run(env), operand.columnar)

    def _Binary(self, node: Binary, expected: Type | None) -> Typed:
        if node.operator in ("and", "or"):
            return self._logic(node)
        if node.operator in ("in", "not in"):
            return self._membership(node)
        return self._arithmetic(node, expected)

    def _logic(self, node: Binary) -> Typed:
        left = self.expect(node.left, BOOL)
        conjunction = node.operator == "and"
        with self._knowing(node.left, conjunction):
            right = self.expect(node.right, BOOL)
        a, b = left.run, right.run
        if left.columnar or right.columnar:
            both = np.logical_and if conjunction else np.logical_or
            return Typed(BOOL, lambda env: both(a(env), b(env)), True)
        if conjunction:
            return Typed(BOOL, lambda env: a(env) and b(env))
        return Typed(BOOL, lambda env: a(env) or b(env))

    def _membership(self, node: Binary) -> Typed:
        right = self.visit(node.right)
        item = right.type.item if isinstance(right.type, ListOf | Keyed) else None
        left = self.visit(node.left, item)
        if isinstance(required(left.type), Enum) and isinstance(node.right, ListOfNodes):
            right = self.visit(node.right, ListOf(required(left.type)))
            item = right.type.item if isinstance(right.type, ListOf) else None
        if NOTHING in (left.type, right.type):
            return _BROKEN
        if item is None:
            return self.error(
                "R102", f"`in` needs a list, and `{format_expression(node.right)}` is {right.type}", node.right,
                help="for a part of a text write `contains(text, part)`",
            )  # fmt: skip
        if not (fits(required(left.type), item) or fits(item, required(left.type))):
            return self.error("R102", f"a {left.type} is never in a {right.type}", node)
        if right.columnar:
            raise _NotColumnar
        a, b, wanted = left.run, right.run, node.operator == "in"
        if left.columnar:
            if isinstance(node.left, NameRef):  # a table is not a column
                raise _NotColumnar

            def members(env: Env) -> Any:
                among = b(env)
                return np.fromiter(((x in among) is wanted for x in a(env).tolist()), bool)

            return Typed(BOOL, members, True)
        if wanted:
            return Typed(BOOL, lambda env: a(env) in b(env))
        return Typed(BOOL, lambda env: a(env) not in b(env))

    def _arithmetic(self, node: Binary, expected: Type | None) -> Typed:
        sign = node.operator
        hint = expected if sign in "+-" and isinstance(expected, ListOf) else None
        left, right = self.visit(node.left, hint), self.visit(node.right, hint)
        if NOTHING in (left.type, right.type):
            return _BROKEN
        for part, typed in ((node.left, left), (node.right, right)):
            if isinstance(typed.type, Optional):
                return self.expect(part, typed.type.item)
        columnar = left.columnar or right.columnar
        a, b = left.run, right.run
        if sign == "+" and isinstance(left.type, ListOf) and isinstance(right.type, ListOf):
            item = _join(left.type.item, right.type.item)
            if item is not None and not columnar:
                return Typed(ListOf(item), lambda env: [*a(env), *b(env)])
        result = _arithmetic_type(sign, left.type, right.type)
        if result is None:
            return self._bad_arithmetic(node, left.type, right.type)
        match sign:
            case "+":
                return Typed(result, lambda env: a(env) + b(env), columnar)
            case "-":
                return Typed(result, lambda env: a(env) - b(env), columnar)
            case "^":
                return Typed(result, lambda env: _power(a(env), b(env)), columnar)
        whole = result in (MONEY, DAYS)
        if sign == "*":
            if whole and not (left.type == INT or right.type == INT):
                return Typed(result, lambda env: _half_up(a(env) * b(env)), columnar)
            return Typed(result, lambda env: a(env) * b(env), columnar)
        if whole:
            return Typed(result, lambda env: _half_up(a(env) / b(env)), columnar)
        return Typed(result, lambda env: a(env) / b(env), columnar)

    def _bad_arithmetic(self, node: Binary, left: Type, right: Type) -> Typed:
        verb = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "^": "raise"}[node.operator]
        hint = ""
        for quantity, number, part in ((left, right, node.right), (right, left, node.left)):
            if quantity in (MONEY, DAYS) and number in NUMBERS and node.operator in "+-":
                hint = _unit_hint(number, quantity, part)
        return self.error("R105", f"cannot {verb} {left} and {right}", node, help=hint)

    def _Chain(self, node: Chain, expected: Type | None) -> Typed:
        parts = [self.visit(operand) if not _bare(operand, self) else None for operand in node.operands]
        known = next((required(p.type) for p in parts if p is not None), None)
        typed = [p if p is not None else self.visit(o, known) for p, o in zip(parts, node.operands, strict=True)]
        if any(t.type == NOTHING for t in typed):
            return _BROKEN
        for sign, left, right, here in zip(node.operators, typed, typed[1:], node.operands[1:], strict=False):
            if (problem := _comparison_problem(sign, left.type, right.type)) is not None:
                return self.error("R106", problem, node, label=_unit_hint(right.type, left.type, here))
        runs = [t.run for t in typed]
        columnar = any(t.columnar for t in typed)
        pairs = [(_COMPARE[s], a, b) for s, a, b in zip(node.operators, runs, runs[1:], strict=False)]
        if columnar and any(t.columnar and isinstance(o, NameRef) and isinstance(t.type, Record)
                            for t, o in zip(typed, node.operands, strict=True)):  # fmt: skip
            raise _NotColumnar
        if len(pairs) == 1:
            compare, a, b = pairs[0]
            return Typed(BOOL, lambda env: compare(a(env), b(env)), columnar)
        if columnar:
            return Typed(BOOL, lambda env: np.logical_and.reduce([c(a(env), b(env)) for c, a, b in pairs]), True)
        return Typed(BOOL, lambda env: all(c(a(env), b(env)) for c, a, b in pairs))

    def _Known(self, node: Known, expected: Type | None) -> Typed:
        operand = self.visit(node.operand)
        if operand.columnar:
            raise _NotColumnar
        run = operand.run
        if operand.type != NOTHING and not isinstance(operand.type, Optional) and operand.type != ANY:
            if format_expression(node.operand) not in self.known:
                self.diagnostics.warning(
                    "R107", f"`{format_expression(node.operand)}` is always known", self.span.within(*node.place)
                )
        if node.wanted:
            return Typed(BOOL, lambda env: run(env) is not None)
        return Typed(BOOL, lambda env: run(env) is None)

    def _Conditional(self, node: Conditional, expected: Type | None) -> Typed:
        condition = self.expect(node.condition, BOOL)
        with self._knowing(node.condition, True):
            then = self.visit(node.then, expected)
        with self._knowing(node.condition, False):
            otherwise = self.visit(node.otherwise, expected)
        if NOTHING in (condition.type, then.type, otherwise.type):
            return _BROKEN
        joined = _join(then.type, otherwise.type)
        if joined is None:
            return self.error("R102", f"one value is {then.type}, the other {otherwise.type}", node)
        test, yes, no = condition.run, then.run, otherwise.run
        if condition.columnar or then.columnar or otherwise.columnar:
            if not condition.columnar:
                return Typed(joined, lambda env: yes(env) if test(env) else no(env), True)
            return Typed(joined, lambda env: np.where(test(env), yes(env), no(env)), True)
        return Typed(joined, lambda env: yes(env) if test(env) else no(env))

    def _ListOfNodes(self, node: ListOfNodes, expected: Type | None) -> Typed:
        wanted = expected.item if isinstance(expected, ListOf) else None
        items = [self.visit(item, wanted) for item in node.items]
        joined: Type | None = wanted if wanted is not None and not items else NOTHING
        for part, typed in zip(node.items, items, strict=True):
            previous = joined
            joined = _join(previous, typed.type) if previous is not None else None
            if joined is None:
                return self.error("R102", f"this is {typed.type}, and the items before it are {previous}", part)
        runs = [typed.run for typed in items]
        columnar = any(typed.columnar for typed in items)
        return Typed(ListOf(joined or NOTHING), lambda env: [run(env) for run in runs], columnar)

    def _Comprehension(self, node: Comprehension, expected: Type | None) -> Typed:
        over = self.visit(node.over)
        name = node.name
        if (taken := self.scope.taken(name)) is not None or name in self.names:
            return self.error("R108", f"`{name}` is already {taken or 'a name'}", node, help="choose another name")
        if over.type == NOTHING:
            return _BROKEN
        listed = required(over.type)
        if not isinstance(listed, ListOf | Keyed):
            return self.error("R102", f"`{format_expression(node.over)}` is {over.type}, not a list", node.over)
        if over.columnar:
            raise _NotColumnar
        wanted = expected.item if isinstance(expected, ListOf) else None
        self.names[name] = listed.item
        self.local.add(name)
        condition = self.expect(node.condition, BOOL) if node.condition is not None else None
        with self._knowing(node.condition, True):
            item = self.visit(node.item, wanted)
        del self.names[name]
        self.local.discard(name)
        if condition is not None and condition.columnar:
            raise _NotColumnar
        return Typed(ListOf(item.type), _collect(name, over.run, item.run, condition), item.columnar)

    @contextmanager
    def _knowing(self, condition: Node | None, truth: bool) -> Iterator[None]:
        """Within, what follows from the condition's truth is known."""
        before = self.known
        self.known = before | (frozenset(_facts(condition, truth)) if condition is not None else frozenset())
        yield
        self.known = before

    # Calls ----------------------------------------------------------------------------------------------------------

    def _CallNode(self, node: CallNode, expected: Type | None) -> Typed:
        if node.name in self.scope.definitions:
            return self._use(node)
        function = self.scope.functions.get(node.name)
        if function is None:
            known = [*self.scope.functions, *self.scope.definitions]
            return self.error("R109", f"there is no function `{node.name}`", node, label=did_you_mean(node.name, known))
        signature = self._choose(function, node)
        if signature is None:
            return _BROKEN
        given = self._match(function, signature, node)
        if given is None:
            return _BROKEN
        bound: dict[str, Type] = {}
        runs: dict[int, Typed] = {}
        # what is not over items first: it says what the items are
        for number in sorted(range(len(given)), key=lambda n: isinstance(required(given[n][0].type), Over)):
            parameter, argument = given[number]
            typed = self._argument(function, parameter, argument, bound)
            if typed.type == NOTHING and typed is _BROKEN:
                return _BROKEN
            runs[number] = typed
        columnar = any(t.columnar for t in runs.values())
        if columnar and not function.columns:
            raise _NotColumnar
        result = bind_types(signature.result, bound)
        ordered = [(given[n][0], runs[n].run) for n in range(len(given))]
        return Typed(result, _call(function, signature, ordered), columnar)

    def _choose(self, function: Function, node: CallNode) -> Signature | None:
        """The signature that takes this many arguments, of those the function has."""
        count = len(node.positional) + len(node.keywords)
        for signature in function.signatures:
            least = sum(p.required for p in signature.parameters)
            many = any(p.variadic for p in signature.parameters)
            if least <= count and (many or count <= len(signature.parameters)):
                return signature
        takes = ", ".join(p.name for p in function.signatures[0].parameters)
        self.error("R110", f"`{function.name}` takes {takes or 'nothing'}, and {count} arguments are given", node)
        return None

    def _match(self, function: Function, signature: Signature, node: CallNode) -> list[tuple[Parameter, Node]] | None:
        parameters = list(signature.parameters)
        given: list[tuple[Parameter, Node]] = []
        for number, argument in enumerate(node.positional):
            parameter = parameters[min(number, len(parameters) - 1)]
            given.append((parameter, argument))
        taken = {p.name for p, _ in given if not p.variadic}
        for name, argument in node.keywords:
            found = signature.parameter(name)
            if found is None:
                names = [p.name for p in parameters]
                self.error("R110", f"`{function.name}` has no argument `{name}`", argument, label=did_you_mean(name, names))
                return None
            if name in taken:
                self.error("R110", f"`{name}` is given twice", argument)
                return None
            taken.add(name)
            given.append((found, argument))
        missing = [p.name for p in parameters if p.required and p.name not in taken]
        if missing:
            self.error("R110", f"`{function.name}` needs `{missing[0]}`", node)
            return None
        return given

    def _argument(self, function: Function, parameter: Parameter, argument: Node, bound: dict[str, Type]) -> Typed:
        wanted = required(parameter.type)
        if isinstance(wanted, Over):
            return self._over(wanted, argument, bound)
        hint = bind_types(parameter.type, bound)
        typed = self.visit(argument, None if hint == NOTHING else hint)
        if typed is _BROKEN:
            return typed
        if isinstance(typed.type, Optional) and not isinstance(parameter.type, Optional):
            return self.expect(argument, typed.type.item)
        if not unify(parameter.type, typed.type, bound):
            shown = bind_types(parameter.type, bound)
            asked = parameter.type if shown == NOTHING else shown
            return self.error(
                "R102",
                f"`{function.name}` wants {asked} for `{parameter.name}`, and `{format_expression(argument)}` is {typed.type}",
                argument,
                label=_unit_hint(typed.type, asked, argument),
            )
        return typed

    def _over(self, over: Over, argument: Node, bound: dict[str, Type]) -> Typed:
        if self.columns and self.columnar:
            raise _NotColumnar
        item = bind_types(over.item, bound)
        outer = self.names.get("it")
        self.names["it"] = item
        body = self.visit(argument, bind_types(over.result, bound))
        if body.type != NOTHING and not unify(over.result, body.type, bound):
            body = self.error(
                "R102",
                f"{bind_types(over.result, bound)} is wanted for each item, and `{format_expression(argument)}` is {body.type}",
                argument,
            )
        if outer is None:
            del self.names["it"]
        else:
            self.names["it"] = outer
        if body is _BROKEN:
            return _BROKEN
        column = self._column_of(argument, item)
        run = body.run
        if outer is not None:  # an inner `it` must not replace the outer one
            return Typed(over, lambda env: bind(run, column, dict(env)))
        return Typed(over, lambda env: bind(run, column, env))

    def _column_of(self, node: Node, item: Type) -> Run | None:
        walk = Compiler(self.scope, self.span, Diagnostics(), columns=True)
        walk.names = {**self.names, "it": item}
        walk.keys, walk.local, walk.known, walk.defining = dict(self.keys), set(self.local), self.known, self.defining
        walk.columnar = {"it"}
        try:
            return walk.visit(node).run
        except _NotColumnar:
            return None

    def _use(self, node: CallNode) -> Typed:
        """A definition's body, in the place of its use, with its parameters bound to the arguments."""
        definition = self.scope.definitions[node.name]
        if node.name in self.defining:
            return self.error("R111", f"`{node.name}` is defined by itself", node)
        if node.keywords or len(node.positional) != len(definition.parameters):
            takes = ", ".join(definition.parameters)
            return self.error("R110", f"`{node.name}` takes ({takes})", node)
        arguments = [self.visit(argument) for argument in node.positional]
        if any(a.type == NOTHING for a in arguments):
            return _BROKEN
        body = parse(definition.text, definition.span, self.diagnostics)
        if body is None:
            return _BROKEN
        inner = Compiler(self.scope, definition.span, self.diagnostics, columns=self.columns)
        inner.names, inner.keys = dict(self.names), dict(self.keys)
        inner.local, inner.known = set(self.local), self.known
        inner.free, inner.paths = self.free, self.paths
        inner.columnar = set(self.columnar)
        inner.defining = (*self.defining, node.name)
        bindings = []
        for name, argument in zip(definition.parameters, arguments, strict=True):
            key = f"{node.name}.{name}"
            inner.names[name], inner.keys[name] = argument.type, key
            inner.local.add(name)
            (inner.columnar.add if argument.columnar else inner.columnar.discard)(name)
            bindings.append((key, argument.run))
        before = len(self.diagnostics.errors)
        typed = inner.visit(body)
        if len(self.diagnostics.errors) > before:
            return _BROKEN
        run = typed.run

        def use(env: Env) -> Any:
            values = [(key, argument(env)) for key, argument in bindings]
            for key, value in values:
                env[key] = value
            return run(env)

        return Typed(typed.type, use, typed.columnar)


def _collect(name: str, over: Run, item: Run, condition: Typed | None) -> Run:
    if condition is None:

        def collect(env: Env) -> list[Any]:
            out = []
            for value in over(env) or ():
                env[name] = value
                out.append(item(env))
            env.pop(name, None)
            return out

        return collect
    test = condition.run

    def collect_if(env: Env) -> list[Any]:
        out = []
        for value in over(env) or ():
            env[name] = value
            if test(env):
                out.append(item(env))
        env.pop(name, None)
        return out

    return collect_if


def _call(function: Function, signature: Signature, given: list[tuple[Parameter, Run]]) -> Run:
    call = function.call
    in_order = [p for p, _ in given if not p.variadic] == list(signature.parameters)[: sum(not p.variadic for p, _ in given)]
    runs = [run for _, run in given]
    if not in_order:
        named = [(python_name(p.name), run) for p, run in given]
        return lambda env: call(**{name: run(env) for name, run in named})
    if len(runs) == 1:
        (only,) = runs
        return lambda env: call(only(env))
    if len(runs) == 2:
        first, second = runs
        return lambda env: call(first(env), second(env))
    return lambda env: call(*[run(env) for run in runs])


def python_name(name: str) -> str:
    """A parameter's Python name: a keyword of Python carries an underscore."""
    return f"{name}_" if keyword.iskeyword(name) else name


def _facts(node: Node, truth: bool) -> Iterator[str]:
    """The texts of what is known when a condition is true (or false)."""
    match node:
        case Known(operand=operand, wanted=wanted) if wanted == truth:
            yield format_expression(operand)
        case Unary(operator="not", operand=operand):
            yield from _facts(operand, not truth)
        case Binary(operator="and", left=left, right=right) if truth:
            yield from (*_facts(left, True), *_facts(right, True))
        case Binary(operator="or", left=left, right=right) if not truth:
            yield from (*_facts(left, False), *_facts(right, False))


def _path(node: Node) -> str | None:
    match node:
        case NameRef(name=name):
            return name
        case FieldRef(of=of, name=name):
            base = _path(of)
            return None if base is None else f"{base}.{name}"
    return None


def _bare(node: Node, compiler: Compiler) -> bool:
    return isinstance(node, NameRef) and node.name not in compiler.names


def _join(a: Type | None, b: Type) -> Type | None:
    """The smallest type that both fit, or None."""
    if a is None:
        return None
    if fits(a, b):
        return b if a != ANY else a
    if fits(b, a):
        return a
    if isinstance(a, Optional) or isinstance(b, Optional):
        inner = _join(required(a), required(b))
        return None if inner is None else optional(inner)
    if isinstance(a, ListOf) and isinstance(b, ListOf):
        inner = _join(a.item, b.item)
        return None if inner is None else ListOf(inner)
    if isinstance(a, Enum) and isinstance(b, Enum):
        return Enum((*a.values, *(v for v in b.values if v not in a.values)))
    return None


def _arithmetic_type(sign: str, a: Type, b: Type) -> Type | None:
    if ANY in (a, b):
        return REAL if all(t in (*NUMBERS, ANY) for t in (a, b)) else None
    if a in NUMBERS and b in NUMBERS:
        if sign in "/^":
            return REAL
        return INT if a == b == INT else REAL
    if sign in "+-" and a == b and a in (MONEY, DAYS):
        return a
    if sign == "*" and (a in (MONEY, DAYS)) != (b in (MONEY, DAYS)) and (a in NUMBERS or b in NUMBERS):
        return a if a in (MONEY, DAYS) else b
    if sign == "/" and a in (MONEY, DAYS):
        return REAL if a == b else a if b in NUMBERS else None
    return None


def _comparison_problem(sign: str, a: Type, b: Type) -> str | None:
    if sign in ("==", "!="):
        left, right = required(a), required(b)
        same = fits(left, right) or fits(right, left) or (left in NUMBERS and right in NUMBERS)
        return None if same else f"{left} never equals {right}"
    for side in (a, b):
        if isinstance(side, Optional):
            return f"a value that may be unknown cannot be compared with `{sign}`"
    if ANY in (a, b) or (a in NUMBERS and b in NUMBERS) or (a == b and a in (MONEY, DAYS, TEXT)):
        return None
    return f"cannot compare {a} with {b}"


def _unit_hint(given: Type, wanted: Type, node: Node) -> str:
    if given in NUMBERS and isinstance(node, Literal):
        if required(wanted) == MONEY:
            return f"write a unit: `${node.source}`"
        if required(wanted) == DAYS:
            return f"write a unit: `{node.source} days`"
    return ""


def _power(base: Any, exponent: Any) -> Any:
    largest = np.max(np.abs(exponent)) if isinstance(exponent, np.ndarray) else abs(exponent)
    if largest > LARGEST_EXPONENT:
        raise OverflowError(f"the exponent is larger than {LARGEST_EXPONENT}")
    value = base**exponent if isinstance(base, np.ndarray) else float(base) ** exponent
    if isinstance(value, complex):
        raise ValueError("a root of a negative number")
    return value


def _half_up(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.floor(value + 0.5).astype(np.int64)
    return math.floor(value + 0.5)
