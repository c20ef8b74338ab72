"""Shapes of scalars: expressions, templates, text, names, choices and numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rlve_dsl.diagnostics import Span, did_you_mean
from rlve_dsl.files.kinds import BlockText, ExpressionText, Name, TemplateText, Text
from rlve_dsl.files.nodes import ListNode, MapNode, Node, ScalarNode, described, is_empty, quoted, resolve
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.shapes import Schema, Sheet
from rlve_dsl.files.source import balanced
from rlve_dsl.files.vocabulary import Vocabulary

WORD = "[a-z][a-z0-9_]*"
FILE_WORD = "[a-z][a-z0-9_-]*"  # what a file, an environment's among them, is called
_OPEN_END = re.compile(r"(?:\b(?:and|or|not|in|is|if|else|for)|[-+*/^<>=,.(\[])$")
_SCALARS = ["string", "number", "boolean"]


def expression_text(node: Node, at: Reader, key: ScalarNode | None) -> tuple[str, Span] | None:
    """An expression's text and place; a YAML list is a list of expressions. None once an error was added."""
    if isinstance(node, ScalarNode) and not is_empty(node):
        report_lost_tail(node, at, key)
        return node.text, node.span
    if isinstance(node, ListNode):
        typed = at.verbatim(node)
        if typed is not None and not any(is_empty(item) for item in node.items):
            return typed, node.span
        parts = [expression_text(item, at, key) for item in node.items]
        return "[" + ", ".join(part[0] for part in parts if part) + "]", node.span
    if isinstance(node, MapNode) and node.flow and key is not None:
        at.error(
            "S114", f"`{key.text}` takes an expression, and braces make a mapping", node.span,
            label="in expressions there are no braces",
        )  # fmt: skip
    else:
        at.unexpected("an expression", node, key)
    return None


def report_lost_tail(node: ScalarNode, at: Reader, key: ScalarNode | None) -> None:
    if at.tail(node) and (not balanced(node.text) or _OPEN_END.search(node.text)):
        at.error(
            "S114", f"{_subject(key)} lost its quotes: ` #` begins a comment", node.span,
            label="this is all that is left of it", help="quote it if `#` belongs to it",
        )  # fmt: skip


def _subject(key: ScalarNode | None) -> str:
    return "this" if key is None else f"`{key.text}`"


@dataclass(frozen=True, slots=True)
class ExpressionShape:
    """An expression of the language."""

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> ExpressionText | None:
        found = expression_text(node, at, key)
        return None if found is None else ExpressionText(*found)

    def schema(self, sheet: Sheet) -> Schema:
        return sheet.refer("expression", _expression_schema)


def _expression_schema(sheet: Sheet) -> Schema:
    return {"type": [*_SCALARS, "array"], "items": sheet.refer("expression", _expression_schema)}


@dataclass(frozen=True, slots=True)
class Words:
    """Text of any sort; `make` wraps it (a template has `{expression}` in it, a text is shown as it is)."""

    what: str
    make: Callable[[str, Span], Any]

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        if isinstance(node, MapNode) and node.span.line == node.span.end_line and (node.flow or len(node.keys) == 1):
            why = "a text that begins with a brace is quoted" if node.flow else "a colon and a space make a key"
            typed = quoted(at.sources[node.span.file].cut(node.span))
            at.error("S114", f"{_subject(key)} lost its quotes: {why}", node.span, label=f"write `{typed}`")
            return None
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected(self.what, node, key)
            return None
        tail = at.tail(node)
        if tail.startswith("#{"):
            at.error(
                "S114", f"{_subject(key)} lost its quotes: ` #` begins a comment", node.span,
                label=f"write `{quoted(f'{node.text} {tail}')}`",
            )  # fmt: skip
        elif re.match(r"#\w", tail):
            at.diagnostics.warning(
                "S114", f"the text of {_subject(key)} ends before ` #`, which begins a comment", node.span,
                help="quote the text if `#` belongs to it; put a space after `#` if it does not",
            )  # fmt: skip
        return self.make(node.text, node.span)

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": list(_SCALARS)}


def _plain(text: str, span: Span) -> str:
    return text


EXPRESSION = ExpressionShape()
TEMPLATE = Words("a text", TemplateText)
TEXT = Words("a text", Text)
STRING = Words("a text", _plain)


@dataclass(frozen=True, slots=True)
class Block:
    """Text in a `|` block, which keeps its lines and so the place of every word."""

    what: str

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> BlockText | None:
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected(f"{self.what} in a `|` block", node, key)
            return None
        if node.style != "block":
            found = "a `>` block, which joins its lines" if node.style == "folded" else "text outside of a block"
            at.error(
                "S121", f"{_subject(key)} takes {self.what} in a `|` block, found {found}",
                key.span if key and node.style == "folded" else node.span,
                label=f"write `{key.text}: |`, and the lines under it" if key else "write them under `|`",
            )  # fmt: skip
            return None
        return BlockText(node.text, node.span)

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class NameShape:
    """A name that the author gives; `pattern` is what it may be made of."""

    what: str
    pattern: str = WORD
    rule: str = "lowercase letters, digits and `_`, beginning with a letter"

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Name | None:
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected(self.what, node, key)
            return None
        if not isinstance(resolve(node), str) or not re.fullmatch(self.pattern, node.text):
            at.error("S106", f"{described(node)} is not {self.what}", node.span, help=f"{self.what} is {self.rule}")
            return None
        return Name(node.text, node.span)

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": "string", "pattern": f"^{self.pattern}$"}


@dataclass(frozen=True, slots=True)
class Known:
    """A name that the vocabulary knows; with `patterns`, `cart.*` stands for several."""

    noun: str
    names: Callable[[Vocabulary], Iterable[str] | None]
    patterns: bool = False

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Name | None:
        if not isinstance(node, ScalarNode) or not isinstance(resolve(node), str):
            at.unexpected(f"the name of a {self.noun}", node, key)
            return None
        names = self.names(at.vocabulary)
        if names is not None and node.text not in self.options(names):
            at.unknown(self.noun, node.text, self.options(names), node.span)
            return None
        return Name(node.text, node.span)

    def options(self, names: Iterable[str]) -> list[str]:
        """The names, and before them the patterns that cover some."""
        names = list(names)
        groups = sorted({f"{name.split('.')[0]}.*" for name in names if "." in name}) if self.patterns else []
        return groups + names

    def schema(self, sheet: Sheet) -> Schema:
        names = self.names(sheet.vocabulary)
        return {"type": "string"} if names is None else {"type": "string", "enum": self.options(names)}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words of the language."""

    what: str
    values: tuple[str, ...]

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> str | None:
        if isinstance(node, ScalarNode) and node.text in self.values and isinstance(resolve(node), str):
            return node.text
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected(self.what, node, key)
            return None
        at.error(
            "S106", f"`{node.text}` is not {self.what}", node.span, label=did_you_mean(node.text, self.values),
            help=f"{self.what} is one of: {', '.join(self.values)}",
        )  # fmt: skip
        return None

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": "string", "enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class Number:
    """A number written as such: whole or real, within bounds (`above` is exclusive)."""

    what: str
    whole: bool = False
    low: float | None = None
    high: float | None = None
    above: float | None = None

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> float | None:
        value = _number(node)
        if value is None or (self.whole and not value.is_integer()):
            at.unexpected(f"{self.what} (a {'whole ' * self.whole}number)", node, key)
            return None
        wrong = (
            (self.low is not None and value < self.low)
            or (self.high is not None and value > self.high)
            or (self.above is not None and value <= self.above)
        )
        if wrong:
            at.error("S106", f"{_subject(key)} cannot be {described(node)}", node.span, label=self.bounds())
            return None
        return int(value) if self.whole else value

    def bounds(self) -> str:
        """The bounds in words."""
        parts = []
        if self.above is not None:
            parts.append(f"above {_digits(self.above)}")
        if self.low is not None:
            parts.append(f"at least {_digits(self.low)}")
        if self.high is not None:
            parts.append(f"at most {_digits(self.high)}")
        return f"{self.what} is {' and '.join(parts)}"

    def schema(self, sheet: Sheet) -> Schema:
        out: Schema = {"type": "integer" if self.whole else "number"}
        for name, bound in (("minimum", self.low), ("maximum", self.high), ("exclusiveMinimum", self.above)):
            if bound is not None:
                out[name] = bound
        return out


def _number(node: Node) -> float | None:
    value = resolve(node) if isinstance(node, ScalarNode) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _digits(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else str(number)


@dataclass(frozen=True, slots=True)
class YesNo:
    """`true` or `false`."""

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> bool | None:
        value = resolve(node) if isinstance(node, ScalarNode) else None
        if not isinstance(value, bool):
            at.unexpected("`true` or `false`", node, key)
            return None
        return value

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": "boolean"}
