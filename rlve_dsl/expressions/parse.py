"""From text to tree; a mistake becomes one human sentence (see `mistakes`)."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import lark

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions.ast import (
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
    Place,
    Unary,
    children,
    stretch,
)
from rlve_dsl.expressions.grammars import parser_of
from rlve_dsl.expressions.mistakes import explain

LONGEST_TEXT = 4000
DEEPEST = 60
LARGEST_NUMBER = 1e15


def parse(text: str, span: Span, diagnostics: Diagnostics) -> Node | None:
    """The tree of an expression; None, and the mistake in `diagnostics`, when it is not one."""
    if not text.strip():
        diagnostics.error("S201", "an expression is missing here", span)
        return None
    if len(text) > LONGEST_TEXT:
        diagnostics.error("S204", "the expression is too long", span, help="give names to its parts")
        return None
    try:
        tree, problem = _tree(text)
    except lark.exceptions.UnexpectedInput as failure:
        explain(text, span, failure, diagnostics)
        return None
    if problem is not None:
        message, place = problem
        diagnostics.error("S204", message, stretch(span, text, place))
        return None
    return tree


@lru_cache(maxsize=4096)  # the same formula is met in many places: definitions, shared parts, collections
def _tree(text: str) -> tuple[Node, tuple[str, Place] | None]:
    tree: Any = _parser().parse(text)
    return tree, _excess(tree)


def _excess(tree: Node) -> tuple[str, Place] | None:
    """What is beyond the bounds of an expression, and where; walked without recursion, since it may be deep."""
    below = [(tree, 1)]
    while below:
        node, depth = below.pop()
        if depth > DEEPEST:
            return "the expression is too deeply nested: give names to its parts", tree.place
        if isinstance(node, Literal) and isinstance(node.value, int | float) and not abs(node.value) <= LARGEST_NUMBER:
            return f"`{node.source}` is too large", node.place
        below.extend((child, depth + 1) for child in children(node))
    return None


@cache
def _parser() -> lark.Lark:
    return parser_of("rlve_dsl.expressions", _ToNodes())


def _place(first: Any, last: Any) -> Place:
    """From the start of the first node or token to the end of the last."""
    start = first.place[0] if isinstance(first, Node) else first.start_pos
    return (start, last.place[1] if isinstance(last, Node) else last.end_pos)


class _ToNodes(lark.Transformer[Any, Any]):
    """Builds the nodes while the parser runs, so that no other tree is ever made."""

    def conditional(self, c: list[Any]) -> Node:
        return Conditional(c[0], c[2], c[4], place=_place(c[0], c[4]))

    def logic(self, c: list[Any]) -> Node:
        return Binary(str(c[1]), c[0], c[2], place=_place(c[0], c[2]))

    def negated(self, c: list[Any]) -> Node:
        return Unary("not", c[1], place=_place(c[0], c[1]))

    def chain(self, c: list[Any]) -> Node:
        return Chain(tuple(c[::2]), tuple(str(o) for o in c[1::2]), place=_place(c[0], c[-1]))

    def member(self, c: list[Any]) -> Node:
        return Binary("in", c[0], c[2], place=_place(c[0], c[2]))

    def absent(self, c: list[Any]) -> Node:
        return Binary("not in", c[0], c[3], place=_place(c[0], c[3]))

    def known(self, c: list[Any]) -> Node:
        return Known(c[0], True, place=_place(c[0], c[2]))

    def unknown(self, c: list[Any]) -> Node:
        return Known(c[0], False, place=_place(c[0], c[2]))

    def arithmetic(self, c: list[Any]) -> Node:
        return Binary(str(c[1]), c[0], c[2], place=_place(c[0], c[2]))

    def minus(self, c: list[Any]) -> Node:
        return Unary("-", c[1], place=_place(c[0], c[1]))

    def field(self, c: list[Any]) -> Node:
        return FieldRef(c[0], str(c[2]), place=_place(c[0], c[2]))

    def index(self, c: list[Any]) -> Node:
        return Index(c[0], c[2], place=_place(c[0], c[3]))

    def group(self, c: list[Any]) -> Node:
        node: Node = c[1]
        return replace(node, place=_place(c[0], c[2]))

    def money(self, c: list[Any]) -> Node:
        dollars, _, cents = str(c[0])[1:].partition(".")
        return _literal(c[0], int(dollars) * 100 + int((cents + "00")[:2]), "money")

    def percent(self, c: list[Any]) -> Node:
        return _literal(c[0], float(str(c[0])[:-1]) / 100, "percent")

    def days(self, c: list[Any]) -> Node:
        return _literal(c[0], int(str(c[0]).split()[0]), "days")

    def number(self, c: list[Any]) -> Node:
        written = str(c[0])
        if written.isdigit():
            return _literal(c[0], int(written), "int")
        value = float(written)
        return _literal(c[0], value if math.isfinite(value) else math.inf, "real")

    def text(self, c: list[Any]) -> Node:
        return _literal(c[0], str(c[0])[1:-1], "text")

    def truth(self, c: list[Any]) -> Node:
        return _literal(c[0], str(c[0]) == "true", "bool")

    def name(self, c: list[Any]) -> Node:
        return NameRef(str(c[0]), place=_place(c[0], c[0]))

    def list(self, c: list[Any]) -> Node:
        return ListOfNodes(tuple(c[1:-1:2]), place=_place(c[0], c[-1]))

    def collected(self, c: Any) -> Node:
        node: Node = c[1]
        return replace(node, place=_place(c[0], c[2]))

    def generated(self, c: Any) -> Node:
        return Comprehension(c[0], str(c[2]), c[4], c[6] if len(c) > 5 else None, place=_place(c[0], c[-1]))

    def keyword(self, c: Any) -> Any:
        return (str(c[0]), c[2])

    def arguments(self, c: Any) -> Any:
        return c[::2]

    def call(self, c: Any) -> Node:
        given = c[2] if len(c) > 3 else []
        return CallNode(
            str(c[0]),
            (given,) if isinstance(given, Node) else tuple(a for a in given if isinstance(a, Node)),
            () if isinstance(given, Node) else tuple(a for a in given if isinstance(a, tuple)),
            place=_place(c[0], c[-1]),
        )


def _literal(token: Any, value: float | bool | str, kind: str) -> Literal:
    written = " ".join(str(token).split()) if kind == "days" else str(token)
    return Literal(value, kind, written, place=(token.start_pos, token.end_pos))
