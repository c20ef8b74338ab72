"""From text to a tree of nodes; a mistake becomes one sentence (see `mistakes`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TypeAlias

import lark
from lark import Token, v_args

from rlve_dsl import quantities
from rlve_dsl.caching import cached_texts
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import ast
from rlve_dsl.expressions.ast import Node
from rlve_dsl.expressions.mistakes import CHECKS, WORDS
from rlve_dsl.grammars import parser_of
from rlve_dsl.parsing import Place, explain, extent, locate_part

LONGEST_TEXT = 4000
DEEPEST = 60
LARGEST_NUMBER = 1e15
STARTS = ("start",)

_Keyword: TypeAlias = tuple[str, Node]


def parse(text: str, span: Span, diagnostics: Diagnostics) -> Node | None:
    """Parse an expression.

    Returns:
        The tree; None, with the mistake in `diagnostics`, when the text is not an expression.
    """
    if not text.strip():
        diagnostics.error("S201", "an expression is missing here", span)
        return None
    if len(text) > LONGEST_TEXT:
        diagnostics.error("S204", "the expression is too long", span, help="give names to its parts")
        return None
    try:
        tree, problem = _tree(text)
    except lark.exceptions.UnexpectedInput as failure:
        mistake = explain(text, failure, WORDS, CHECKS)
        diagnostics.error(mistake.code, mistake.message, locate_part(span, text, mistake.place), label=mistake.label)
        return None
    if problem is not None:
        message, place = problem
        diagnostics.error("S204", message, locate_part(span, text, place))
        return None
    return tree


def called_in(text: str) -> frozenset[str]:
    """The names of the functions that an expression calls; none for a text that is no expression.

    >>> sorted(called_in('half(x) + count(y for y in z) + size("third(x)")'))
    ['count', 'half', 'size']
    """
    tree = parse(text, Span("", 1, 1, 1, 1), Diagnostics())
    found, below = set[str](), [] if tree is None else [tree]
    while below:
        node = below.pop()
        below.extend(ast.children(node))
        if isinstance(node, ast.CallNode):
            found.add(node.name)
    return frozenset(found)


def joined_in(text: str) -> frozenset[Node]:
    """The parts of a condition that `and` joins, all of which must hold; none for a text that is no expression.

    >>> joined_in("a and (b or c)") == joined_in("((b or c) and a)"), len(joined_in('a and b and c == "d and e"'))
    (True, 3)
    """
    tree = parse(text, Span("", 1, 1, 1, 1), Diagnostics())
    found, joined = set[Node](), [] if tree is None else [tree]
    while joined:
        node = joined.pop()
        if isinstance(node, ast.Binary) and node.operator == "and":
            joined += (node.left, node.right)
        else:
            found.add(node)
    return frozenset(found)


@cached_texts(4096)  # the same formula occurs in many files: definitions, shared parts, collections
def _tree(text: str) -> tuple[Node, tuple[str, Place] | None]:
    tree: Node = _parser().parse(text)  # type: ignore[assignment]  # our transformer makes nodes
    return tree, _excess(tree)


def _excess(tree: Node) -> tuple[str, Place] | None:
    """What is too large or too deep, and where. A loop, because recursion could fail on a deep tree."""
    below = [(tree, 1)]
    while below:
        node, depth = below.pop()
        if depth > DEEPEST:
            return (
                f"the expression has more than {DEEPEST} parts one within another: give names to its parts",
                tree.place,
            )
        if isinstance(node, ast.Literal) and isinstance(node.value, int | float) and abs(node.value) > LARGEST_NUMBER:
            return f"`{node.source}` is too large", node.place
        below.extend((child, depth + 1) for child in ast.children(node))
    return None


@cache
def _parser() -> lark.Lark:
    return parser_of("rlve_dsl.expressions", _ToNodes(), STARTS)


def _binary(operator: str | None = None) -> Callable[..., Node]:
    """The callback for `left operator … right`."""

    def build(self: _ToNodes, left: Node, *rest: Node | Token) -> Node:
        *signs, right = rest
        assert isinstance(right, Node)
        return ast.Binary(operator or str(signs[0]), left, right, place=extent(left, right))

    return build


@v_args(inline=True)
class _ToNodes(lark.Transformer[Token, Node]):
    """One method for each alternative of the grammar. Lark passes all its tokens and nodes, in order."""

    logic = arithmetic = _binary()
    member = _binary("in")
    absent = _binary("not in")

    def conditional(self, then: Node, _if: Token, condition: Node, _else: Token, otherwise: Node) -> Node:
        return ast.Conditional(then, condition, otherwise, place=extent(then, otherwise))

    def negated(self, sign: Token, operand: Node) -> Node:
        return ast.Unary("not", operand, place=extent(sign, operand))

    def minus(self, sign: Token, operand: Node) -> Node:
        return ast.Unary("-", operand, place=extent(sign, operand))

    def chain(self, *parts: Node | Token) -> Node:
        operands = tuple(part for part in parts if isinstance(part, Node))
        operators = tuple(str(part) for part in parts if isinstance(part, Token))
        return ast.Chain(operands, operators, place=extent(parts[0], parts[-1]))

    def known(self, operand: Node, _is: Token, word: Token) -> Node:
        return ast.IsKnown(operand, word == "known", place=extent(operand, word))

    unknown = known

    def field(self, of: Node, _dot: Token, name: Token) -> Node:
        return ast.FieldRef(of, str(name), place=extent(of, name))

    def index(self, of: Node, _open: Token, by: Node, close: Token) -> Node:
        return ast.Index(of, by, place=extent(of, close))

    def group(self, first: Token, inner: Node, last: Token) -> Node:
        return replace(inner, place=extent(first, last))

    collected = group

    def money(self, token: Token) -> Node:
        return _literal(token, quantities.parse_money(token), "money")

    def percent(self, token: Token) -> Node:
        return _literal(token, quantities.parse_share(token), "percent")

    def days(self, token: Token) -> Node:
        return replace(_literal(token, quantities.parse_days(token), "days"), source=" ".join(token.split()))

    def number(self, token: Token) -> Node:
        if token.isdigit():
            return _literal(token, int(token), "int")
        value = float(token)
        return _literal(token, value if math.isfinite(value) else math.inf, "real")

    def text(self, token: Token) -> Node:
        return _literal(token, str(token)[1:-1], "text")

    def truth(self, token: Token) -> Node:
        return _literal(token, token == "true", "bool")

    def name(self, token: Token) -> Node:
        return ast.NameRef(str(token), place=extent(token, token))

    def list(self, *parts: Node | Token) -> Node:
        items = tuple(part for part in parts if isinstance(part, Node))
        return ast.ListOfNodes(items, place=extent(parts[0], parts[-1]))

    def generated(self, item: Node, _for: Token, name: Token, _in: Token, over: Node, *test: Node | Token) -> Node:
        condition = test[1] if test else None
        assert condition is None or isinstance(condition, Node)
        return ast.Comprehension(item, str(name), over, condition, place=extent(item, condition or over))

    def keyword(self, name: Token, _equals: Token, value: Node) -> _Keyword:
        return (str(name), value)

    def arguments(self, *parts: Node | _Keyword | Token) -> tuple[Node | _Keyword, ...]:
        return tuple(part for part in parts if not isinstance(part, Token))

    def call(self, name: Token, _open: Token, *rest: Node | Token | tuple[Node | _Keyword, ...]) -> Node:
        given, close = rest[0] if len(rest) > 1 else (), rest[-1]
        arguments = given if isinstance(given, tuple) else (given,)
        assert isinstance(close, Token)
        return ast.CallNode(
            str(name),
            tuple(a for a in arguments if isinstance(a, Node)),
            tuple(a for a in arguments if isinstance(a, tuple)),
            place=extent(name, close),
        )


def _literal(token: Token, value: float | str, kind: str) -> ast.Literal:
    return ast.Literal(value, kind, str(token), place=extent(token, token))
