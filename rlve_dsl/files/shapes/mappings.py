"""Shapes of mappings: with known keys, with keys that the author makes up, with one key, and empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, Generic, Protocol, TypeVar

from rlve_dsl.diagnostics import PLUGIN_HINT, Span, did_you_mean, suggest
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.shape import SchemaWriter, Shape
from rlve_dsl.files.shapes.texts import Name
from rlve_dsl.files.shapes.vocabulary import Vocabulary
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode, described
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

T = TypeVar("T")


class Entries(dict[str, T]):
    """What a table holds, and where the key of each entry is."""

    __slots__ = ("places",)

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, Span] = {}


def key_of(entries: Mapping[str, object], name: str, otherwise: Span) -> Name:
    """The key of an entry with its place; where no file holds the mapping, `otherwise` is the place."""
    return Name(name, entries.places.get(name, otherwise) if isinstance(entries, Entries) else otherwise)


@frozen
class Key:
    """A key of an object: its shape, what it is for, and the attribute that holds its value."""

    shape: Shape[object]
    doc: str
    attribute: str = ""
    required: bool = False


class Primitives(Protocol):
    """Keys of an object that are names of primitives (the sampler of a step, an event)."""

    @property
    def noun(self) -> str:
        """What such a key names."""

    def names(self, vocabulary: Vocabulary) -> Iterable[str] | None:
        """The known names, or None if any name may stand."""

    def shape(self, name: str, vocabulary: Vocabulary) -> Shape[object]:
        """What stands under such a key."""


@frozen
class Use:
    """A primitive's key in an object, and what was read under it."""

    name: Name
    value: Any
    span: Span


@frozen
class Given:
    """What an object holds: attribute → value, its place, the primitives it uses, and attribute → the place of its key."""

    values: Mapping[str, Any]
    span: Span
    head: Span  # where to point if the object as a whole is wrong
    uses: tuple[Use, ...] = ()
    places: Mapping[str, Span] = field(default_factory=dict)


@frozen
class Object(Generic[T]):
    """A mapping with known keys. `build` makes the value; it may add errors about keys that do not go together."""

    what: str
    keys: Mapping[str, Key]
    build: Callable[[Given, FileReader], T | None]
    primitives: Primitives | None = None

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> T | None:
        if not isinstance(node, MapNode):
            at.unexpected(f"{self.what} (a mapping)", node, key)
            return None
        return self.read_named(node, at, key)

    def read_named(self, node: MapNode, at: FileReader, key: ScalarNode | None, **more: object) -> T | None:
        """As `read`, with attributes that do not come from keys of this mapping (the name it stands under)."""
        before = len(at.diagnostics.errors)
        values, uses, strange = dict(more), [], []
        for name, value in node.values.items():
            word, known = node.keys[name], self.keys.get(name)
            if known is not None:
                values[known.attribute or name] = known.shape.read(value, at, word)
            elif self.primitives is not None and self._is_primitive(name, at.vocabulary):
                read = self.primitives.shape(name, at.vocabulary).read(value, at, word)
                uses.append(Use(Name(name, word.span), read, value.span))
            else:
                strange.append(name)
        head = key.span if key is not None else _head(node)
        self._report(node, strange, head, at)
        if len(at.diagnostics.errors) > before:
            return None
        if at.partial and self._missing(node):
            return None
        places = {key.attribute or name: node.keys[name].span for name, key in self.keys.items() if name in node.keys}
        return self.build(Given(values, node.span, head, tuple(uses), places), at)

    def _is_primitive(self, name: str, vocabulary: Vocabulary) -> bool:
        names = self.primitives.names(vocabulary) if self.primitives else ()
        return names is None or name in names

    def _missing(self, node: MapNode) -> list[str]:
        return [name for name, key in self.keys.items() if key.required and name not in node.values]

    def _report(self, node: MapNode, strange: list[str], head: Span, at: FileReader) -> None:
        """Add errors for unknown and missing keys; a misspelt required key is one error."""
        missing = self._missing(node)
        if not strange and not missing:
            return
        primitives = list(self.primitives.names(at.vocabulary) or ()) if self.primitives else []
        known = [*self.keys, *primitives]
        free = [name for name in known if name not in node.values]
        parts = [", ".join(self.keys)] if self.keys else []
        if self.primitives is not None and primitives:
            parts.append(f"one {self.primitives.noun} of {', '.join(primitives)}")
        if not parts and self.primitives is not None:
            parts = [f"one {self.primitives.noun} of a plugin"]
        takes = f"{self.what} takes: {'; '.join(parts)}"
        for name in strange:
            near = None if at.diagnostics.are_enough else suggest(name, free)
            if near in missing:
                missing.remove(near)
            label = "" if at.diagnostics.are_enough else did_you_mean(name, free) or did_you_mean(name, known)
            if not label and len(strange) == len(missing) == 1:  # one mistake, not two
                label = f"`{missing.pop()}` is missing: is this it?"
            brought = at.vocabulary.brought_by(name) if self.primitives is not None else ""
            hint = f"; {PLUGIN_HINT}" if self.primitives is not None and not label else ""
            at.error("S103", f"unknown key `{name}`", node.keys[name].span, label=label, help=brought or takes + hint)
        if missing and not at.partial:
            listed = " and ".join(f"`{name}`" for name in missing)
            at.error("S104", f"{self.what} needs {listed}", head, help=takes)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        properties: JsonObject = {
            name: {**key.shape.schema(writer), "description": key.doc} for name, key in self.keys.items()
        }
        out: JsonObject = {"type": "object", "properties": properties, "additionalProperties": False}
        if self.primitives is not None:
            names = self.primitives.names(writer.vocabulary)
            if names is None:
                out["additionalProperties"] = self.primitives.shape("", writer.vocabulary).schema(writer)
            for name in names or ():
                doc = writer.vocabulary.docs.get((self.primitives.noun, name))
                properties[name] = {
                    **self.primitives.shape(name, writer.vocabulary).schema(writer), **({"description": doc} if doc else {}),
                }  # fmt: skip
        required = [name for name, key in self.keys.items() if key.required]
        if required and not writer.partial:
            out["required"] = [*required]
        return out


def _head(node: MapNode) -> Span:
    if node.flow or not node.keys:
        return node.span
    return next(iter(node.keys.values())).span


def only_key(what: str, name: str, shape: Shape[T], doc: str) -> Object[T]:
    """A mapping with one required key, which becomes the value under that key."""
    return Object(what, {name: Key(shape, doc, required=True)}, lambda given, at: given.values[name])


@frozen
class Table(Generic[T]):
    """A mapping whose keys the author makes up. An entry that is an object gets its key as the attribute `name`."""

    what: str
    keys: Shape[object]
    value: Shape[T]
    empty: bool = field(default=True, kw_only=True)

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Mapping[str, T] | None:
        if not isinstance(node, MapNode):
            at.unexpected(f"{self.what} (a mapping)", node, key)
            return None
        if not self.empty and not node.values and not at.partial:
            at.error("S120", f"{self.what} cannot be empty", key.span if key else node.span)
        out: Entries[T] = Entries()
        for name, value in node.values.items():
            word = node.keys[name]
            out.places[name] = word.span
            read_name = self.keys.read(word, at, None)
            if isinstance(self.value, Object) and isinstance(value, MapNode):
                made = self.value.read_named(value, at, word, name=read_name)
            else:
                made = self.value.read(value, at, word)
            if made is not None:
                out[name] = made
        return out

    def schema(self, writer: SchemaWriter) -> JsonObject:
        names = self.keys.schema(writer)
        out: JsonObject = {"type": "object"}
        if isinstance(allowed := names.get("enum"), list):
            docs = names.get("enumDescriptions")
            described = docs if isinstance(docs, list) else [""] * len(allowed)
            out["properties"] = {
                str(name): {**self.value.schema(writer), **({"description": doc} if doc else {})}
                for name, doc in zip(allowed, described, strict=True)
            }
            out["additionalProperties"] = False
        else:
            out["additionalProperties"] = self.value.schema(writer)
            if "pattern" in names:
                out["propertyNames"] = {"pattern": names["pattern"]}
        if not self.empty and not writer.partial:
            out["minProperties"] = 1
        return out


@frozen
class EmptyMapping:
    """`{}`."""

    what: str

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> tuple[()]:
        if not isinstance(node, MapNode) or node.values:
            place = key.span if key else node.span
            if isinstance(node, MapNode) and key is not None:
                at.error("S105", f"{self.what} takes nothing: write `{key.text}: {{}}`", place)
            else:
                at.error("S105", f"{self.what} takes `{{}}`, found {described(node)}", place)
        return ()

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "object", "maxProperties": 0}
