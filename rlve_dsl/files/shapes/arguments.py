"""Arguments of primitives: the shape of what stands under a sampler's key, and how other rooms read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rlve_dsl.diagnostics import Span
from rlve_dsl.expressions import Signature
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.mappings import Given, Key, Object
from rlve_dsl.files.shapes.shape import SchemaWriter, Shape
from rlve_dsl.files.shapes.texts import ExpressionText, Raw
from rlve_dsl.files.shapes.vocabulary import Vocabulary
from rlve_dsl.files.shapes.words import EXPRESSION
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject


def arguments(raw: Raw) -> Mapping[str, tuple[str, Span]]:
    """The text and place of each argument's expression; a list becomes the text of a list.

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


@frozen
class ArgumentsShape:
    """The arguments of a primitive; any names may stand if its signature is not known."""

    name: str
    signature: Signature | None

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Raw | None:
        if not isinstance(node, MapNode):
            at.unexpected("its arguments (a mapping)", node, key)
            return None
        shape = self._object({name: Key(EXPRESSION, "") for name in node.values})
        read = shape.read(node, at, key)
        return None if read is None else Raw(read.value, node.span, {name: k.span for name, k in node.keys.items()})

    def _object(self, any_keys: Mapping[str, Key]) -> Object[Raw]:
        keys = any_keys
        if self.signature is not None:
            keys = {p.name: Key(EXPRESSION, f"{p.type}", required=p.required) for p in self.signature.parameters}
        return Object(f"`{self.name}`", keys, _as_raw)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        if self.signature is None:
            return {"type": "object", "additionalProperties": EXPRESSION.schema(writer)}
        return self._object({}).schema(writer)


def _as_raw(given: Given, at: FileReader) -> Raw:
    return Raw({name: Raw(text.text, text.span) for name, text in given.values.items()}, given.span)


@frozen
class Samplers:
    """A sampler's name as a key, its arguments under it."""

    noun: str = "sampler"

    def names(self, vocabulary: Vocabulary) -> Iterable[str] | None:
        return vocabulary.samplers

    def shape(self, name: str, vocabulary: Vocabulary) -> Shape[Raw]:
        return ArgumentsShape(name, (vocabulary.samplers or {}).get(name))


@frozen
class Events:
    """An event's name as a key, an expression under it."""

    noun: str = "event"

    def names(self, vocabulary: Vocabulary) -> Iterable[str] | None:
        return vocabulary.events

    def shape(self, name: str, vocabulary: Vocabulary) -> Shape[ExpressionText]:
        return EXPRESSION
