"""Shapes of scalars: expressions, templates, text, names, numbers, and the small notations (`$25`, `0..12`)."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rlve_dsl.diagnostics import Span, did_you_mean, suggest
from rlve_dsl.spec.kinds import ExpressionText, Loop, Name, Raw, Reference, TemplateText, Text
from rlve_dsl.spec.nodes import ListNode, MapNode, Node, ScalarNode, described, is_empty, quoted, resolve
from rlve_dsl.spec.reader import Reader
from rlve_dsl.spec.shapes import Schema, Sheet
from rlve_dsl.spec.source import balanced
from rlve_dsl.spec.vocabulary import Vocabulary

WORD = "[a-z][a-z0-9_]*"
_OPEN_END = re.compile(r"(?:\b(?:and|or|not|in|is|if|else|for)|[-+*/^<>=,.(\[])$")
_LOOP = re.compile(r"\s*([A-Za-z_]\w*)\s+in\s+(\S.*?)\s*", re.DOTALL)
_SCALARS = ["string", "number", "boolean"]


def expression_text(node: Node, at: Reader, key: ScalarNode | None) -> tuple[str, Span] | None:
    """An expression's text and place; a YAML list is a list of expressions. None once an error was added."""
    if isinstance(node, ScalarNode) and not is_empty(node):
        _lost_tail(node, at, key)
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


def _lost_tail(node: ScalarNode, at: Reader, key: ScalarNode | None) -> None:
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
        _lost_tail(node, at, key)
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
    found = re.fullmatch(rf"({WORD})\(\s*({WORD}(?:\s*,\s*{WORD})*)\s*\)", word.text)
    if found is None:
        at.error("S106", f"`{word.text}` is not a formula's head", word.span, label="written like `suits(p, weights)`")
        return None
    start = found.start(2)
    names = tuple(
        Name(part[0], _part(word, start + part.start(), start + part.end())) for part in re.finditer(WORD, found[2])
    )
    return Name(found[1], _part(word, *found.span(1))), names


@dataclass(frozen=True, slots=True)
class FilePath:
    """A path to another file, relative to the file that writes it."""

    what: str

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Reference | None:
        if not isinstance(node, ScalarNode) or not isinstance(resolve(node), str):
            at.unexpected(f"the path of {self.what}", node, key)
            return None
        path = beside(node.span.file, node.text)
        if at.missing_files and not os.path.isfile(path):
            at.error("S101", f"there is no file `{path}`", node.span, label=nearest_file(path, node.text))
            return None
        return Reference(node.text, path, node.span)

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": "string"}


def beside(file: str, path: str) -> str:
    """`path` as `file` means it, in the same terms as `file`.

    >>> beside("scenarios/deep/c8.yaml", "../c4.yaml")
    'scenarios/c4.yaml'
    """
    return os.path.normpath(os.path.join(os.path.dirname(file), path)).replace(os.sep, "/")


def nearest_file(path: str, text: str) -> str:
    """``did you mean `x`?`` for a file of nearly that name in the same folder, or an empty string."""
    try:
        there = sorted(name for name in os.listdir(os.path.dirname(path) or ".") if name.endswith((".yaml", ".yml")))
    except OSError:
        return ""
    folder, slash, name = text.rpartition("/")
    near = suggest(name, there)
    return f"did you mean `{folder}{slash}{near}`?" if near else ""


@dataclass(frozen=True, slots=True)
class RawShape:
    """YAML that another room checks."""

    what: str

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Raw | None:
        if not isinstance(node, MapNode):
            at.unexpected(f"{self.what} (a mapping)", node, key)
            return None
        return raw(node)

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": "object"}


def raw(node: Node) -> Raw:
    """The node as `Raw`, scalars as they were typed."""
    if isinstance(node, ScalarNode):
        return Raw(node.text, node.span)
    if isinstance(node, ListNode):
        return Raw(tuple(raw(item) for item in node.items), node.span)
    return Raw(
        {name: raw(value) for name, value in node.values.items()},
        node.span,
        {name: word.span for name, word in node.keys.items()},
    )
