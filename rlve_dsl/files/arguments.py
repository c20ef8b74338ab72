"""Arguments of primitives: what stands under a sampler's key, YAML kept as it is, and how the rooms above read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rlve_dsl.diagnostics import Span
from rlve_dsl.expressions import Signature
from rlve_dsl.files.kinds import Raw
from rlve_dsl.files.nodes import ListNode, MapNode, Node, ScalarNode
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import EXPRESSION
from rlve_dsl.files.shapes import Field, Given, Object, Schema, Shape, Sheet
from rlve_dsl.files.vocabulary import Vocabulary


def arguments(raw: Raw) -> Mapping[str, tuple[str, Span]]:
    """Argument → its expression's text and place; a list of scalars is the text of a list. Empty for no mapping.

    >>> at = Span("a.yaml", 1, 1, 1, 9)
    >>> arguments(Raw({"of": Raw((Raw("plain", at), Raw("terse", at)), at)}, at))["of"][0]
    '[plain, terse]'
    """
    if not isinstance(raw.value, Mapping):
        return {}
    return {name: (_text(value), value.span) for name, value in raw.value.items()}


def _text(raw: Raw) -> str:
    if isinstance(raw.value, str):
        return raw.value
    parts = raw.value if isinstance(raw.value, tuple) else raw.value.values()
    return f"[{', '.join(_text(part) for part in parts)}]"


@dataclass(frozen=True, slots=True)
class ArgumentsShape:
    """The arguments of a primitive whose signature is known, or any when it is None."""

    name: str
    signature: Signature | None

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Raw | None:
        if not isinstance(node, MapNode):
            at.unexpected("its arguments (a mapping)", node, key)
            return None
        if self.signature is not None:
            shape = Object(f"`{self.name}`", self.fields(self.signature), _as_raw)
        else:
            shape = Object(f"`{self.name}`", {name: Field(EXPRESSION, "") for name in node.values}, _as_raw)
        read = shape.read(node, at, key)
        return None if read is None else Raw(read.value, node.span, {name: k.span for name, k in node.keys.items()})

    def fields(self, signature: Signature) -> Mapping[str, Field]:
        """The signature's parameters as keys."""
        return {p.name: Field(EXPRESSION, f"{p.type}", required=p.required) for p in signature.parameters}

    def schema(self, sheet: Sheet) -> Schema:
        if self.signature is None:
            return {"type": "object", "additionalProperties": EXPRESSION.schema(sheet)}
        return Object(f"`{self.name}`", self.fields(self.signature), _as_raw).schema(sheet)


def _as_raw(given: Given, at: Reader) -> Raw:
    return Raw({name: Raw(text.text, text.span) for name, text in given.values.items()}, given.span)


@dataclass(frozen=True, slots=True)
class Samplers:
    """A sampler's name as a key, its arguments under it."""

    noun: str = "sampler"

    def names(self, vocabulary: Vocabulary) -> Iterable[str] | None:
        return vocabulary.samplers

    def shape(self, name: str, vocabulary: Vocabulary) -> Shape:
        return ArgumentsShape(name, (vocabulary.samplers or {}).get(name))


@dataclass(frozen=True, slots=True)
class Events:
    """An event's name as a key, what it happens to under it."""

    noun: str = "event"

    def names(self, vocabulary: Vocabulary) -> Iterable[str] | None:
        return vocabulary.events

    def shape(self, name: str, vocabulary: Vocabulary) -> Shape:
        return EXPRESSION


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
