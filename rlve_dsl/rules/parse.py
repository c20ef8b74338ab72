"""From text to tree; a mistake becomes one human sentence (see `mistakes`)."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import lark

from rlve_dsl.diagnostics import Diagnostics, Span
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
    Place,
    Unary,
)
from rlve_dsl.rules.mistakes import explain

LONGEST_TEXT = 4000
DEEPEST = 60


def parse(text: str, span: Span, diagnostics: Diagnostics) -> Node | None:
    """The tree of an expression; None, and the mistake in `diagnostics`, when it is not one."""
    if not text.strip():
        diagnostics.error("S201", "an expression is missing here", span)
        return None
    if len(text) > LONGEST_TEXT or _depth(text) > DEEPEST:
        diagnostics.error("S204", "the expression is too long or too deeply nested", span, help="name its parts")
        return None
    try:
        return _tree(text)
    except lark.exceptions.UnexpectedInput as problem:
        explain(text, span, problem, diagnostics)
        return None


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        deepest = max(deepest, depth)
    return max(deepest, text.count("not ") // 2, text.count("--"), text.count("^"))


@lru_cache(maxsize=4096)  # the same formula is met in many places: definitions, shared parts, collections
def _tree(text: str) -> Node:
    return _ToNodes().transform(_parser().parse(text))


@cache
def _parser() -> lark.Lark:
    grammar = (files("rlve_dsl.rules") / "grammar.lark").read_text(encoding="utf-8")
    return lark.Lark(grammar, parser="lalr", lexer="basic", propagate_positions=True, maybe_placeholders=False)


def _place(meta: Any) -> Place:
    return (meta.start_pos, meta.end_pos)


@lark.v_args(meta=True)
class _ToNodes(lark.Transformer[Any, Node]):
    def start(self, meta: Any, children: list[Any]) -> Node:
        return children[0]  # type: ignore[no-any-return]

    def conditional(self, meta: Any, c: list[Any]) -> Node:
        return Conditional(c[0], c[1], c[2], place=_place(meta))

    def either(self, meta: Any, c: list[Any]) -> Node:
        return Binary("or", c[0], c[1], place=_place(meta))

    def both(self, meta: Any, c: list[Any]) -> Node:
        return Binary("and", c[0], c[1], place=_place(meta))

    def negated(self, meta: Any, c: list[Any]) -> Node:
        return Unary("not", c[0], place=_place(meta))

    def chain(self, meta: Any, c: list[Any]) -> Node:
        return Chain(tuple(c[::2]), tuple(str(o) for o in c[1::2]), place=_place(meta))

    def member(self, meta: Any, c: list[Any]) -> Node:
        return Binary("in", c[0], c[1], place=_place(meta))

    def absent(self, meta: Any, c: list[Any]) -> Node:
        return Binary("not in", c[0], c[1], place=_place(meta))

    def known(self, meta: Any, c: list[Any]) -> Node:
        return Known(c[0], True, place=_place(meta))

    def unknown(self, meta: Any, c: list[Any]) -> Node:
        return Known(c[0], False, place=_place(meta))

    def arithmetic(self, meta: Any, c: list[Any]) -> Node:
        return Binary(str(c[1]), c[0], c[2], place=_place(meta))

    def minus(self, meta: Any, c: list[Any]) -> Node:
        return Unary("-", c[1], place=_place(meta))

    def field(self, meta: Any, c: list[Any]) -> Node:
        return FieldRef(c[0], str(c[1]), place=_place(meta))

    def index(self, meta: Any, c: list[Any]) -> Node:
        return Index(c[0], c[1], place=_place(meta))

    def money(self, meta: Any, c: list[Any]) -> Node:
        dollars, _, cents = str(c[0])[1:].partition(".")
        return Literal(int(dollars) * 100 + int((cents + "00")[:2]), "money", str(c[0]), place=_place(meta))

    def percent(self, meta: Any, c: list[Any]) -> Node:
        return Literal(float(str(c[0])[:-1]) / 100, "percent", str(c[0]), place=_place(meta))

    def days(self, meta: Any, c: list[Any]) -> Node:
        return Literal(int(str(c[0]).split()[0]), "days", str(c[0]), place=_place(meta))

    def number(self, meta: Any, c: list[Any]) -> Node:
        written = str(c[0])
        if written.isdigit():
            return Literal(int(written), "int", written, place=_place(meta))
        return Literal(float(written), "real", written, place=_place(meta))

    def text(self, meta: Any, c: list[Any]) -> Node:
        return Literal(str(c[0])[1:-1], "text", str(c[0]), place=_place(meta))

    def true(self, meta: Any, c: list[Any]) -> Node:
        return Literal(True, "bool", "true", place=_place(meta))

    def false(self, meta: Any, c: list[Any]) -> Node:
        return Literal(False, "bool", "false", place=_place(meta))

    def name(self, meta: Any, c: list[Any]) -> Node:
        return NameRef(str(c[0]), place=_place(meta))

    def list(self, meta: Any, c: list[Any]) -> Node:
        return ListOfNodes(tuple(c), place=_place(meta))

    def collected(self, meta: Any, c: list[Any]) -> Node:
        return _comprehension(c[0], c[1], _place(meta))

    def loop(self, meta: Any, c: list[Any]) -> Any:
        return tuple(c)

    def keyword(self, meta: Any, c: list[Any]) -> Any:
        return (str(c[0]), c[1])

    def generated(self, meta: Any, c: list[Any]) -> Any:
        return [_comprehension(c[0], c[1], _place(meta))]

    def arguments(self, meta: Any, c: list[Any]) -> Any:
        return c

    def call(self, meta: Any, c: list[Any]) -> Node:
        arguments = c[1] if len(c) > 1 and c[1] is not None else []
        return CallNode(
            str(c[0]),
            tuple(a for a in arguments if isinstance(a, Node)),
            tuple(a for a in arguments if isinstance(a, tuple)),
            place=_place(meta),
        )


def _comprehension(item: Node, loop: tuple[Any, ...], place: Place) -> Node:
    return Comprehension(item, str(loop[0]), loop[1], loop[2] if len(loop) > 2 else None, place=place)
