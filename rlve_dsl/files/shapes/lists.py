"""Shapes of lists."""

from __future__ import annotations

from dataclasses import field
from typing import Generic, TypeVar

from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.numbers import Number
from rlve_dsl.files.shapes.shape import SchemaWriter, Shape
from rlve_dsl.files.yaml_tree.nodes import ListNode, Node, ScalarNode, is_empty, quoted
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

T = TypeVar("T")


@frozen
class Listed(Generic[T]):
    """A list of one shape, as a tuple; with `single`, one item may stand without brackets."""

    what: str
    item: Shape[T]
    empty: bool = field(default=True, kw_only=True)
    single: bool = field(default=False, kw_only=True)

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> tuple[T, ...] | None:
        if not isinstance(node, ListNode):
            if self.single and not is_empty(node):
                only = self.item.read(node, at, key)
                return None if only is None else (only,)
            at.unexpected(f"{self.what} (a list)", node, key, label=_in_brackets(node))
            return None
        if not self.empty and not node.items and not at.partial:
            at.error("S120", f"{self.what} cannot be empty", key.span if key else node.span)
        return tuple(made for item in node.items if (made := self.item.read(item, at, None)) is not None)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        item = self.item.schema(writer)
        out: JsonObject = {"type": "array", "items": item}
        if not self.empty and not writer.partial:
            out["minItems"] = 1
        return {"anyOf": [item, out]} if self.single else out


def _in_brackets(node: Node) -> str:
    """How to write a value that stands where a list belongs."""
    if not isinstance(node, ScalarNode) or node.style not in ("plain", "quoted") or not node.text.strip():
        return ""
    return f"write `[{quoted(node.text) if node.style == 'quoted' else node.text}]`"


@frozen
class NumberRange:
    """`[low, high]`."""

    number: Number

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> tuple[float, float] | None:
        if not isinstance(node, ListNode) or len(node.items) != 2:
            more = "a list adds to the one it extends; `!replace [-1, 1]` replaces it" if at.extended else ""
            at.unexpected("two numbers, `[-1, 1]`", node, key, help=more)
            return None
        low, high = (self.number.read(item, at, key) for item in node.items)
        if low is not None and high is not None and low >= high:
            at.error("S106", "a range ends above where it begins", node.span)
        return (low, high) if low is not None and high is not None else None

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "array", "items": self.number.schema(writer), "minItems": 2, "maxItems": 2}
