"""Shapes of training settings: frozen dataclasses whose fields have defaults, bounds and a description.

Every setting may be left out. Problems of settings have codes of their own: R501 an unknown setting, R502 a value of the
wrong sort, R503 a value out of range.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.numbers import number_of
from rlve_dsl.files.shapes.shape import SchemaWriter, Shape
from rlve_dsl.files.shapes.words import subject
from rlve_dsl.files.yaml_tree.nodes import ListNode, MapNode, Node, ScalarNode, is_empty, resolve
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Json, JsonObject

T = TypeVar("T")

_SORTS = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
_JSON_TYPES: Mapping[type, Json] = {
    int: "integer", float: "number", bool: "boolean", str: ["string", "number", "boolean"],
}  # fmt: skip


def setting(default: object, doc: str, *, at_least: float | None = None, at_most: float | None = None) -> Any:
    """Declare a field of a dataclass of settings; a class as default makes a new value for each instance."""
    metadata = {"doc": doc, "at_least": at_least, "at_most": at_most}
    if isinstance(default, type):
        return dataclasses.field(default_factory=default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@frozen
class Section(Generic[T]):
    """A mapping of settings, which becomes a dataclass."""

    what: str
    made: type[T]

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> T | None:
        if not isinstance(node, MapNode):
            at.error("R502", f"{self.what} settings are a mapping, not {_found(node)}", node.span)
            return None
        shapes = self._shapes()
        values: dict[str, object] = {}
        for name, value in node.values.items():
            word = node.keys[name]
            if name in shapes:
                values[name] = shapes[name].read(value, at, word)
            else:
                at.error(
                    "R501", f"unknown {self.what} setting `{name}`", word.span, label=did_you_mean(name, shapes),
                    help=f"{self.what} settings are: {', '.join(shapes)}",
                )  # fmt: skip
        return self.made(**{name: value for name, value in values.items() if value is not None})

    def _shapes(self) -> dict[str, Shape[object]]:
        hints = get_type_hints(self.made)
        return {f.name: _shape_of(hints[f.name], f) for f in dataclasses.fields(self.made)}  # type: ignore[arg-type]

    def schema(self, writer: SchemaWriter) -> JsonObject:
        docs = {f.name: f.metadata["doc"] for f in dataclasses.fields(self.made)}  # type: ignore[arg-type]
        shapes = self._shapes().items()
        properties: JsonObject = {name: {**s.schema(writer), "description": docs[name]} for name, s in shapes}
        return {"type": "object", "properties": properties, "additionalProperties": False}


def _shape_of(hint: Any, field: dataclasses.Field[object]) -> Shape[object]:
    """The shape of a setting, from the type of its field."""
    if dataclasses.is_dataclass(hint):
        return Section(f"`{field.name}`", hint)  # type: ignore[arg-type]
    if get_origin(hint) is Literal:
        return _Word(get_args(hint))
    scalar = _Scalar(hint, field.metadata["at_least"], field.metadata["at_most"])
    if get_origin(hint) is tuple:
        return _List(dataclasses.replace(scalar, sort=get_args(hint)[0]))
    if get_origin(hint) is Mapping:
        item = get_args(hint)[1]
        return _Table(dataclasses.replace(scalar, sort=float) if item is float else None)
    return scalar


@frozen
class _Scalar:
    sort: type
    low: float | None = None
    high: float | None = None

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> object | None:
        value = self._value(node)
        if value is None:
            at.error("R502", f"{subject(key)} takes {_SORTS[self.sort]}, not {_found(node)}", node.span)
        elif isinstance(value, float) and not self._within(value):
            bounds = (
                f"at least {self.low:.15g}" if self.high is None else f"between {self.low:.15g} and {self.high:.15g}"
            )
            at.error("R503", f"{subject(key)} is {_found(node).strip('`')}, but must be {bounds}", node.span)
            return None
        return int(value) if self.sort is int and isinstance(value, float) else value

    def _value(self, node: Node) -> float | bool | str | None:
        if not isinstance(node, ScalarNode):
            return None
        if self.sort is str:
            return None if is_empty(node) else node.text
        if self.sort is bool:
            value = resolve(node)
            return value if isinstance(value, bool) else None
        number = number_of(node)
        return number if number is None or self.sort is float or number.is_integer() else None

    def _within(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        bounds = (("minimum", self.low), ("maximum", self.high))
        return {"type": _JSON_TYPES[self.sort], **{name: bound for name, bound in bounds if bound is not None}}


@frozen
class _Word:
    words: tuple[str, ...]

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> str | None:
        if not isinstance(node, ScalarNode):
            at.error("R502", f"{subject(key)} takes one word, not {_found(node)}", node.span)
        elif node.text not in self.words:
            label = did_you_mean(node.text, self.words) or f"one of {', '.join(self.words)}"
            at.error("R502", f"{subject(key)} cannot be `{node.text}`", node.span, label=label)
        else:
            return node.text
        return None

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "string", "enum": [*self.words]}


@frozen
class _List:
    item: _Scalar

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> tuple[object, ...] | None:
        if not isinstance(node, ListNode):
            message = f"{subject(key)} takes a list, not {_found(node)}"
            at.error("R502", message, node.span, label="write `[…]`")
            return None
        return tuple(self.item.read(item, at, key) for item in node.items)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "array", "items": self.item.schema(writer)}


@frozen
class _Table:
    """Settings whose names are not known here: of one sort, or as YAML means them if `item` is None."""

    item: _Scalar | None

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Mapping[str, object] | None:
        if not isinstance(node, MapNode):
            at.error("R502", f"{subject(key)} takes a mapping, not {_found(node)}", node.span)
            return None
        if self.item is None:
            return {name: _plain(value) for name, value in node.values.items()}
        prefix = "" if key is None else f"{key.text}."
        words = {name: ScalarNode(f"{prefix}{name}", word.span) for name, word in node.keys.items()}
        return {name: self.item.read(value, at, words[name]) for name, value in node.values.items()}

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "object"} if self.item is None else {
            "type": "object", "additionalProperties": self.item.schema(writer),
        }  # fmt: skip


def _plain(node: Node) -> Json:
    if isinstance(node, MapNode):
        return {name: _plain(value) for name, value in node.values.items()}
    return [_plain(item) for item in node.items] if isinstance(node, ListNode) else resolve(node)


def _found(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return f"`{node.text}`"
    return "a mapping" if isinstance(node, MapNode) else "a list"
