"""The nodes of YAML: what the author typed and where, and what YAML 1.2 makes of a plain scalar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from rlve_dsl.diagnostics import Span
from rlve_dsl.frozen import frozen

Style = Literal["plain", "quoted", "block", "folded"]

OPENING, CLOSING = "[{", "]}"

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@frozen
class ScalarNode:
    """A scalar as typed: `text` without quotes and escapes, `span` of its content.

    `below` is the block of the same key in a file that this one extends; what is read as lines of rules goes on from there.
    """

    text: str
    span: Span
    style: Style = "plain"
    replaces: bool = False
    below: ScalarNode | None = None


@frozen
class ListNode:
    """A sequence; `flow` when written in brackets, `replaces` when tagged `!replace`."""

    items: tuple[Node, ...]
    span: Span
    flow: bool = False
    replaces: bool = False


@frozen
class MapNode:
    """A mapping; `keys` and `values` have the same keys in the same order."""

    keys: Mapping[str, ScalarNode]
    values: Mapping[str, Node]
    span: Span
    flow: bool = False
    replaces: bool = False


Node = ScalarNode | ListNode | MapNode


def resolve(node: ScalarNode) -> str | int | float | bool | None:
    """What YAML 1.2's core schema makes of a scalar; quoted and block scalars are text.

    >>> at = Span("a.yaml", 1, 1, 1, 1)
    >>> [resolve(ScalarNode(text, at)) for text in ("on", "NO", "12:30", "1e3", "0x1f", "true", "~")]
    ['on', 'NO', '12:30', 1000.0, 31, True, None]
    """
    text = node.text
    if node.style != "plain":
        return text
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if text[0] not in "-+.0123456789":
        return text
    if _INT.fullmatch(text):
        if text[:2] in ("0o", "0x"):
            return int(text, 0)
        # Python refuses to convert thousands of digits; no level or price has so many
        return int(text) if len(text) < 400 else float(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def is_empty(node: Node) -> bool:
    """Whether nothing (or YAML's null) was written."""
    return isinstance(node, ScalarNode) and node.style == "plain" and node.text in _NULLS


def described(node: Node) -> str:
    """The node as a diagnostic names what it found."""
    if isinstance(node, ListNode):
        return "a list"
    if isinstance(node, MapNode):
        return "a mapping"
    if is_empty(node):
        return "nothing"
    short = node.text if len(node.text) <= 40 else node.text[:37] + "..."
    word = "`" + short.replace("\n", " ") + "`"
    # in quotes a number is a text, which the word alone does not show
    return (
        word if node.style == "plain" or isinstance(resolve(replace(node, style="plain")), str) else f"the text {word}"
    )


def quoted(text: str) -> str:
    """The text in YAML quotes: double quotes where they need no escapes, else single ones.

    >>> print(quoted("min(a, b)"), quoted('a == "it"'))
    "min(a, b)" 'a == "it"'
    """
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def content(node: Node) -> object:
    """The node's content as JSON-ready values (scalars as text, mappings as pairs in order), for digests."""
    if isinstance(node, ScalarNode):
        return node.text if node.below is None else {"blocks": [content(node.below), node.text]}
    if isinstance(node, ListNode):
        return [content(item) for item in node.items]
    return {"pairs": [[name, content(value)] for name, value in node.values.items()]}
