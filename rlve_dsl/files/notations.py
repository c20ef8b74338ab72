"""Shapes of the small notations inside scalars: `$25`, `0..12`, `w in wanted`, `suits(p, weights)`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds import ExpressionText, Loop, Name
from rlve_dsl.files.nodes import Node, ScalarNode, described, is_empty, resolve
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import WORD, NameShape, report_lost_tail
from rlve_dsl.files.shapes import Schema, Sheet

_LOOP = re.compile(r"\s*([A-Za-z_]\w*)\s+in\s+(\S.*?)\s*", re.DOTALL)
HEAD = rf"({WORD})\(\s*({WORD}(?:\s*,\s*{WORD})*)\s*\)"


@dataclass(frozen=True, slots=True)
class Notation:
    """Text in a small notation: what matches `pattern` is handed to `make`, which may still refuse with a message."""

    what: str
    pattern: str
    example: str
    make: Callable[[re.Match[str], Span], Any]

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected(self.what, node, key)
            return None
        matched = re.fullmatch(self.pattern, node.text) if isinstance(resolve(node), str) else None
        if matched is None:
            at.error("S106", f"{described(node)} is not {self.what}", node.span, label=f"written like `{self.example}`")
            return None
        made = self.make(matched, node.span)
        if isinstance(made, Refused):
            at.error("S106", made.message, node.span)
            return None
        return made

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a well-formed notation means nothing."""

    message: str


def span_of_integers(make: Callable[[int, int], Any], what: str, example: str) -> Notation:
    """`low..high`, both included."""

    def build(found: re.Match[str], span: Span) -> Any:
        low, high = int(found[1]), int(found[2])
        return make(low, high) if low <= high else Refused(f"{what} `{found[0]}` ends before it begins")

    return Notation(what, r"([0-9]{1,6})\.\.([0-9]{1,6})", example, build)


def _cents(found: re.Match[str], span: Span) -> Any:
    cents = int(found[1]) * 100 + int(found[2] or 0)
    return cents if cents else Refused("a price of nothing is no price")


MONEY = Notation("an amount of money", r"\$([0-9]{1,9})(?:\.([0-9]{2}))?", "$4.99", _cents)


@dataclass(frozen=True, slots=True)
class LoopShape:
    """`name in expression`."""

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Loop | None:
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected("`name in list`", node, key)
            return None
        found = _LOOP.fullmatch(node.text)
        if found is None:
            at.error("S106", f"{described(node)} is not a loop", node.span, label="written like `w in wanted`")
            return None
        report_lost_tail(node, at, key)
        name = NameShape("a name").read(ScalarNode(found[1], _part(node, *found.span(1)), "quoted"), at, None)
        return None if name is None else Loop(name, ExpressionText(found[2], _part(node, *found.span(2))), node.span)

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": "string", "pattern": rf"^\s*{WORD}\s+in\s+\S"}


def _part(node: ScalarNode, start: int, end: int) -> Span:
    """The place of a part of a scalar: exact where the text stands in the file as it is, else the whole scalar."""
    span = node.span
    as_typed = span.line == span.end_line and span.end_column - span.column == len(node.text)
    return span.within(start, end) if as_typed else span


def definition_key(word: ScalarNode, at: Reader) -> tuple[Name, tuple[Name, ...]] | None:
    """The name and parameters of `suits(p, weights)`; None once an error was added."""
    found = re.fullmatch(HEAD, word.text)
    if found is None:
        at.error("S106", f"`{word.text}` is not a formula's head", word.span, label="written like `suits(p, weights)`")
        return None
    start = found.start(2)
    names = tuple(
        Name(part[0], _part(word, start + part.start(), start + part.end())) for part in re.finditer(WORD, found[2])
    )
    return Name(found[1], _part(word, *found.span(1))), names
