"""Shapes of texts: expressions, templates, names, choices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import field
from typing import Generic, TypeVar

from rlve_dsl.diagnostics import Span, did_you_mean
from rlve_dsl.expressions import KEYWORDS
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.texts import BlockText, ExpressionText, Name, TemplateText, Text
from rlve_dsl.files.shapes.vocabulary import Vocabulary
from rlve_dsl.files.yaml_tree.nodes import ListNode, MapNode, Node, ScalarNode, described, is_empty, quoted, resolve
from rlve_dsl.files.yaml_tree.text import balanced
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

T = TypeVar("T")

WORD, WORD_RULE = "[a-z][a-z0-9_]*", "lowercase letters, digits and `_`, beginning with a letter"
FILE_WORD, FILE_WORD_RULE = "[a-z][a-z0-9_-]*", "lowercase letters, digits, `_` and `-`, beginning with a letter"
_OPEN_END = re.compile(r"(?:\b(?:and|or|not|in|is|if|else|for)|[-+*/^<>=,.(\[])$")
_SCALARS = ["string", "number", "boolean"]


def expression_text(node: Node, at: FileReader, key: ScalarNode | None) -> tuple[str, Span] | None:
    """The text and place of an expression, or None after an error; a YAML list is a list of expressions."""
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


def report_lost_tail(node: ScalarNode, at: FileReader, key: ScalarNode | None) -> None:
    if at.comment_after(node) and (not balanced(node.text) or _OPEN_END.search(node.text)):
        at.error(
            "S114", f"{subject(key)} lost its quotes: ` #` begins a comment", node.span,
            label="this is all that is left of it", help="quote it if `#` belongs to it",
        )  # fmt: skip


def subject(key: ScalarNode | None) -> str:
    """What stands under a key, as messages call it."""
    return "this" if key is None else f"`{key.text}`"


@frozen
class ExpressionShape:
    """An expression of the language."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> ExpressionText | None:
        found = expression_text(node, at, key)
        return None if found is None else ExpressionText(*found)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return writer.refer("expression", _expression_schema)


def _expression_schema(writer: SchemaWriter) -> JsonObject:
    # the scalar is a case of its own and the first one: editors would begin a list otherwise
    items = writer.refer("expression", _expression_schema)
    single: JsonObject = {"title": "an expression", "type": [*_SCALARS]}
    return {"anyOf": [single, {"title": "a list of expressions", "type": "array", "items": items}]}


@frozen
class TextShape(Generic[T]):
    """A text, of which `make` makes a template, a text with its place or a plain string.

    `title` is the name of its definition in a schema, if it has one of its own. `blank` says that a text without words means
    something: that nothing is said.
    """

    make: Callable[[str, Span], T]
    title: str = ""
    blank: bool = False

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> T | None:
        if isinstance(node, MapNode) and node.span.line == node.span.end_line and (node.flow or len(node.keys) == 1):
            why = "a text that begins with a brace is quoted" if node.flow else "a colon and a space make a key"
            typed = quoted(at.sources[node.span.file].cut(node.span))
            at.error("S114", f"{subject(key)} lost its quotes: {why}", node.span, label=f"write `{typed}`")
            return None
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected("a text", node, key)
            return None
        if not self.blank and not node.text.strip():
            at.error("S120", f"{'a text' if key is None else subject(key)} cannot be blank", node.span)
            return None
        tail = at.comment_after(node)
        if tail.startswith("#{"):
            at.error(
                "S114", f"{subject(key)} lost its quotes: ` #` begins a comment", node.span,
                label=f"write `{quoted(f'{node.text} {tail}')}`",
            )  # fmt: skip
        elif re.match(r"#\w", tail):
            at.diagnostics.warning(
                "S114", f"the text of {subject(key)} ends before ` #`, which begins a comment", node.span,
                help="quote the text if `#` belongs to it; put a space after `#` if it does not",
            )  # fmt: skip
        return self.make(node.text, node.span)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        schema = _blank_schema if self.blank else _text_schema
        return writer.refer(self.title, schema) if self.title else schema(writer)


def _text_schema(_: SchemaWriter) -> JsonObject:
    return {"type": [*_SCALARS], "pattern": r"\S"}


def _blank_schema(_: SchemaWriter) -> JsonObject:
    return {"type": [*_SCALARS]}


EXPRESSION = ExpressionShape()
TEMPLATE = TextShape(TemplateText, "template")
BLANK_OR_TEMPLATE = TextShape(TemplateText, "blank or template", blank=True)
TEXT = TextShape(Text)
STRING = TextShape(lambda text, span: text)


@frozen
class ScalarShape:
    """A scalar whose meaning depends on another key, such as a type; read as its node."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> ScalarNode | None:
        if isinstance(node, ScalarNode) and not is_empty(node):
            return node
        at.unexpected("a value", node, None)
        return None

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": [*_SCALARS]}


SCALAR = ScalarShape()


@frozen
class BlockShape:
    """Text in a `|` block: it keeps its lines, and so the place of every word is known."""

    what: str

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> BlockText | None:
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected(f"{self.what} in a `|` block", node, key)
            return None
        if node.style != "block":
            found = "a `>` block, which joins its lines" if node.style == "folded" else "text outside of a block"
            at.error(
                "S121", f"{subject(key)} takes {self.what} in a `|` block, found {found}",
                key.span if key and node.style == "folded" else node.span,
                label=f"write `{key.text}: |`, and the lines under it" if key else "write them under `|`",
            )  # fmt: skip
            return None
        below = None if node.below is None else self.read(node.below, at, key)
        return BlockText(node.text, node.span, below)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "string", "title": f"{self.what} in a `|` block"}


@frozen
class NameShape:
    """A name that the author makes up; `rule` tells authors what `pattern` demands."""

    what: str
    pattern: str = WORD
    rule: str = WORD_RULE

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Name | None:
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected(self.what, node, key)
            return None
        if not isinstance(resolve(node), str) or not re.fullmatch(self.pattern, node.text):
            at.error("S106", f"{described(node)} is not {self.what}", node.span, help=f"{self.what} is {self.rule}")
            return None
        if node.text in KEYWORDS:
            at.error(
                "S106", f"`{node.text}` is a word with which expressions are written", node.span,
                label=f"it cannot be {self.what}, too",
            )  # fmt: skip
            return None
        return Name(node.text, node.span)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "string", "pattern": f"^{self.pattern}$", "title": self.what}


@frozen
class PrimitiveName:
    """The name of a primitive; with `groups`, `cart.*` stands for all names that begin with `cart.`."""

    noun: str
    names: Callable[[Vocabulary], Iterable[str] | None]
    groups: bool = field(default=False, kw_only=True)

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Name | None:
        if not isinstance(node, ScalarNode) or not isinstance(resolve(node), str):
            at.unexpected(f"the name of a {self.noun}", node, key)
            return None
        names = self.names(at.vocabulary)
        if names is not None and node.text not in self._options(names):
            at.unknown(self.noun, node.text, self._options(names), node.span)
            return None
        return Name(node.text, node.span)

    def _options(self, names: Iterable[str]) -> list[str]:
        names = list(names)
        groups = sorted({f"{name.split('.')[0]}.*" for name in names if "." in name}) if self.groups else []
        return groups + names

    def schema(self, writer: SchemaWriter) -> JsonObject:
        names = self.names(writer.vocabulary)
        if names is None:
            return {"type": "string", "title": f"the name of a {self.noun}"}
        options, docs = self._options(names), writer.vocabulary.docs
        out: JsonObject = {"type": "string", "enum": [*options]}
        if docs:  # editors show them; JSON Schema itself does not know the key
            out["enumDescriptions"] = [docs.get((self.noun, name), self._group(name)) for name in options]
        return out

    def _group(self, name: str) -> str:
        return f"All {self.noun}s whose names begin with `{name[:-1]}`." if name.endswith(".*") else ""


@frozen
class Choice:
    """One of a few words."""

    what: str
    values: tuple[str, ...]

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> str | None:
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

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "string", "enum": list(self.values)}


ACT = PrimitiveName("act", lambda vocabulary: vocabulary.acts)
TOOL = PrimitiveName("tool", lambda vocabulary: vocabulary.tools)
NAME = NameShape("a name")
