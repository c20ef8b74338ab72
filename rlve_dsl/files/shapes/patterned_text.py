"""Shapes of texts with a notation of their own: `$25`, `0..12`, `w in wanted`, `suits(p, weights)`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Generic, TypeVar

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.texts import ExpressionText, Loop, Name
from rlve_dsl.files.shapes.words import NAME, WORD, report_lost_tail
from rlve_dsl.files.yaml_tree.nodes import Node, ScalarNode, described, is_empty, resolve
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

T = TypeVar("T")

_LOOP = re.compile(r"\s*([A-Za-z_]\w*)\s+in\s+(\S.*?)\s*", re.DOTALL)
FORMULA_HEAD = rf"({WORD})\(\s*({WORD}(?:\s*,\s*{WORD})*)\s*\)"


@frozen
class Refusal:
    """Why a well-formed text has no meaning."""

    message: str


@frozen
class PatternedText(Generic[T]):
    """A text that matches `pattern`; `make` makes a value of the match, or refuses it."""

    what: str
    pattern: str
    example: str
    make: Callable[[re.Match[str]], T | Refusal]

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> T | None:
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected(self.what, node, key)
            return None
        matched = re.fullmatch(self.pattern, node.text) if isinstance(resolve(node), str) else None
        if matched is None:
            at.error("S106", f"{described(node)} is not {self.what}", node.span, label=f"written like `{self.example}`")
            return None
        made = self.make(matched)
        if isinstance(made, Refusal):
            at.error("S106", made.message, node.span)
            return None
        return made

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "title": f"{self.what}, such as `{self.example}`"}


def integer_range(make: Callable[[int, int], T], what: str, example: str) -> PatternedText[T]:
    """`low..high`, both included."""

    def build(found: re.Match[str]) -> T | Refusal:
        low, high = int(found[1]), int(found[2])
        return make(low, high) if low <= high else Refusal(f"{what} `{found[0]}` ends before it begins")

    return PatternedText(what, r"([0-9]{1,6})\.\.([0-9]{1,6})", example, build)


def _cents(found: re.Match[str]) -> int | Refusal:
    cents = int(found[1]) * 100 + int(found[2] or 0)
    return cents or Refusal("a price of nothing is no price")


MONEY = PatternedText("an amount of money", r"\$([0-9]{1,9})(?:\.([0-9]{2}))?", "$4.99", _cents)


def _share(found: re.Match[str]) -> float | Refusal:
    share = float(found[1]) / 100
    return share if share <= _MOST_SHARED else Refusal(f"a share is at most {_MOST_SHARED:.0%}")


_MOST_SHARED = 0.9
SHARE = PatternedText("a share", r"([0-9]{1,3}(?:\.[0-9]{1,3})?)%", "20%", _share)
"""A part of a whole that leaves something of it."""


@frozen
class LoopShape:
    """`name in expression`."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Loop | None:
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected("`name in list`", node, key)
            return None
        found = _LOOP.fullmatch(node.text)
        if found is None:
            at.error("S106", f"{described(node)} is not a loop", node.span, label="written like `w in wanted`")
            return None
        report_lost_tail(node, at, key)
        name = NAME.read(ScalarNode(found[1], _part(node, *found.span(1)), "quoted"), at, None)
        return None if name is None else Loop(name, ExpressionText(found[2], _part(node, *found.span(2))), node.span)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "string", "pattern": rf"^\s*{WORD}\s+in\s+\S", "title": "`x in list`"}


def _part(node: ScalarNode, start: int, end: int) -> Span:
    """The place of a part of a scalar, or the whole scalar if its text differs from what the file holds."""
    span = node.span
    as_typed = span.line == span.end_line and span.end_column - span.column == len(node.text)
    return span.within(start, end) if as_typed else replace(span, pieces=())


def read_formula_head(word: ScalarNode, at: FileReader) -> tuple[Name, tuple[Name, ...]] | None:
    """The name and parameters of `suits(p, weights)`, or None after an error."""
    found = re.fullmatch(FORMULA_HEAD, word.text)
    if found is None:
        at.error("S106", f"`{word.text}` is not a formula's head", word.span, label="written like `suits(p, weights)`")
        return None
    start = found.start(2)
    names = tuple(
        Name(part[0], _part(word, start + part.start(), start + part.end())) for part in re.finditer(WORD, found[2])
    )
    return Name(found[1], _part(word, *found.span(1))), names
