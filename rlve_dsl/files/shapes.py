"""Shapes: each reads a node into a typed value and writes the same demand as JSON Schema, so that the two agree.

Belongs here: the collections (objects, tables, lists, choices between them). Scalars are in `scalars`, the kinds' own
keys in `forms`. A shape that has added an error returns None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from rlve_dsl.diagnostics import Span, did_you_mean, suggest
from rlve_dsl.files.kinds import Name
from rlve_dsl.files.nodes import ListNode, MapNode, Node, ScalarNode, described, is_empty
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.vocabulary import Vocabulary

Schema = dict[str, Any]


@dataclass(slots=True)
class Sheet:
    """A JSON Schema being written; `partial` leaves out `required`, for files that extend another."""

    vocabulary: Vocabulary
    partial: bool
    definitions: dict[str, Schema] = field(default_factory=dict)

    def refer(self, name: str, write: Callable[[Sheet], Schema]) -> Schema:
        """A reference to a definition, which is written on its first use."""
        name = f"{name} (part)" if self.partial else name
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = write(self)
        return {"$ref": f"#/$defs/{name.replace(' ', '%20')}"}


class Shape(Protocol):
    """What may stand somewhere in a file."""

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        """The typed value, or None once an error was added; `key` is the key under which the node stands."""

    def schema(self, sheet: Sheet) -> Schema:
        """The same demand as JSON Schema 2020-12."""


@dataclass(frozen=True, slots=True)
class Field:
    """A key of an object: what stands under it, the attribute it becomes, and what it is for."""

    shape: Shape
    doc: str
    into: str = ""
    required: bool = False


class Primitives(Protocol):
    """Keys of an object that come from the vocabulary instead of the language (a step's sampler, an event)."""

    @property
    def noun(self) -> str:
        """What such a key names."""

    def names(self, vocabulary: Vocabulary) -> Iterable[str] | None:
        """The known names, or None when any name is taken."""

    def shape(self, name: str, vocabulary: Vocabulary) -> Shape:
        """What stands under such a key; `name` is known or the names are None."""


@dataclass(frozen=True, slots=True)
class Use:
    """A primitive's key in an object, and what was read under it."""

    name: Name
    value: Any
    span: Span


@dataclass(frozen=True, slots=True)
class Given:
    """What an object was given: attribute → value, its place, the primitives it uses."""

    values: Mapping[str, Any]
    span: Span
    head: Span  # where to point when the object as a whole is at fault
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Object:
    """A mapping with known keys. `build` makes the value and may add errors of its own about how the keys combine."""

    what: str
    fields: Mapping[str, Field]
    build: Callable[[Given, Reader], Any]
    primitives: Primitives | None = None

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        if not isinstance(node, MapNode):
            at.unexpected(f"{self.what} (a mapping)", node, key)
            return None
        return self.read_named(node, at, key, {})

    def read_named(self, node: MapNode, at: Reader, key: ScalarNode | None, more: Mapping[str, Any]) -> Any:
        """As `read`, with values that the object's surroundings give (the name it is filed under)."""
        before = len(at.diagnostics.items)
        values: dict[str, Any] = dict(more)
        uses: list[Use] = []
        strange: list[str] = []
        for name, value in node.values.items():
            known = self.fields.get(name)
            if known is not None:
                values[known.into or name] = known.shape.read(value, at, node.keys[name])
            elif self.primitives is not None and self.takes(name, at.vocabulary):
                word = node.keys[name]
                read = self.primitives.shape(name, at.vocabulary).read(value, at, word)
                uses.append(Use(Name(name, word.span), read, value.span))
            else:
                strange.append(name)
        head = key.span if key is not None else _head(node)
        self.report(node, strange, head, at)
        if any(d.severity == "error" for d in at.diagnostics.items[before:]):
            return None
        if at.partial and any(f.required and name not in node.values for name, f in self.fields.items()):
            return None
        return self.build(Given(values, node.span, head, tuple(uses)), at)

    def takes(self, name: str, vocabulary: Vocabulary) -> bool:
        """Whether a key that is not a field names a primitive."""
        names = self.primitives.names(vocabulary) if self.primitives else ()
        return names is None or name in names

    def report(self, node: MapNode, strange: list[str], head: Span, at: Reader) -> None:
        """Say which keys are unknown and which are missing; a misspelt required key is said once."""
        missing = [name for name, f in self.fields.items() if f.required and name not in node.values]
        known = list(self.fields)
        if self.primitives is not None:
            known += list(self.primitives.names(at.vocabulary) or ())
        free = [name for name in known if name not in node.values]
        for name in strange:
            near = suggest(name, free)
            if near in missing:
                missing.remove(near)
            at.error(
                "S103", f"unknown key `{name}`", node.keys[name].span,
                label=did_you_mean(name, free) or did_you_mean(name, known),
                help=_takes(self.what, self.fields, self.primitives, at.vocabulary),
            )  # fmt: skip
        if missing and not at.partial:
            listed = " and ".join(f"`{name}`" for name in missing)
            at.error(
                "S104", f"{self.what} needs {listed}", head,
                help=_takes(self.what, self.fields, self.primitives, at.vocabulary),
            )  # fmt: skip

    def schema(self, sheet: Sheet) -> Schema:
        properties = {name: {**f.shape.schema(sheet), "description": f.doc} for name, f in self.fields.items()}
        out: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if self.primitives is not None:
            names = self.primitives.names(sheet.vocabulary)
            if names is None:
                out["additionalProperties"] = self.primitives.shape("", sheet.vocabulary).schema(sheet)
            for name in names or ():
                properties[name] = self.primitives.shape(name, sheet.vocabulary).schema(sheet)
        required = [name for name, f in self.fields.items() if f.required]
        if required and not sheet.partial:
            out["required"] = required
        return out


def _takes(what: str, fields: Mapping[str, Field], primitives: Primitives | None, vocabulary: Vocabulary) -> str:
    names = list(primitives.names(vocabulary) or ()) if primitives else []
    parts = [", ".join(fields)] if fields else []
    if primitives is not None and names:
        parts.append(f"one {primitives.noun} of {', '.join(names)}")
    return f"{what} takes: {'; '.join(parts)}"


def _head(node: MapNode) -> Span:
    if node.flow or not node.keys:
        return node.span
    return next(iter(node.keys.values())).span


def into(cls: Callable[..., Any]) -> Callable[[Given, Reader], Any]:
    """A `build` that passes every value and the span to a dataclass."""
    return lambda given, at: cls(**given.values, span=given.span)


def into_spanless(cls: Callable[..., Any]) -> Callable[[Given, Reader], Any]:
    """A `build` for a dataclass that keeps no span."""
    return lambda given, at: cls(**given.values)


def only(attribute: str) -> Callable[[Given, Reader], Any]:
    """A `build` that gives back the single value."""
    return lambda given, at: given.values.get(attribute)


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping whose keys the author makes up; each entry becomes `value`, with `name` when that is an object."""

    what: str
    keys: Shape
    value: Shape
    empty: bool = True

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        if not isinstance(node, MapNode):
            at.unexpected(f"{self.what} (a mapping)", node, key)
            return None
        if not self.empty and not node.values and not at.partial:
            at.error("S120", f"{self.what} cannot be empty", key.span if key else node.span)
        out: dict[str, Any] = {}
        for name, value in node.values.items():
            word = node.keys[name]
            made = self.keys.read(word, at, None)
            if isinstance(self.value, Object) and isinstance(value, MapNode):
                out[name] = self.value.read_named(value, at, word, {"name": made})
            else:
                out[name] = self.value.read(value, at, word)
        return out

    def schema(self, sheet: Sheet) -> Schema:
        names = {k: v for k, v in self.keys.schema(sheet).items() if k in ("pattern", "enum")}
        out: Schema = {"type": "object", "additionalProperties": self.value.schema(sheet)}
        if "enum" in names:
            return {
                "type": "object",
                "properties": {name: self.value.schema(sheet) for name in names["enum"]},
                "additionalProperties": False,
                **({} if self.empty or sheet.partial else {"minProperties": 1}),
            }
        if names:
            out["propertyNames"] = names
        if not self.empty and not sheet.partial:
            out["minProperties"] = 1
        return out


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of one shape, as a tuple; with `single`, one item may stand without brackets."""

    what: str
    item: Shape
    empty: bool = True
    single: bool = False

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        if not isinstance(node, ListNode):
            if self.single and not is_empty(node):
                return (self.item.read(node, at, key),)
            at.unexpected(f"{self.what} (a list)", node, key)
            return None
        if not self.empty and not node.items and not at.partial:
            at.error("S120", f"{self.what} cannot be empty", key.span if key else node.span)
        return tuple([self.item.read(item, at, None) for item in node.items])

    def schema(self, sheet: Sheet) -> Schema:
        item = self.item.schema(sheet)
        out: Schema = {"type": "array", "items": item}
        if not self.empty and not sheet.partial:
            out["minItems"] = 1
        return {"anyOf": [item, out]} if self.single else out


@dataclass(frozen=True, slots=True)
class Nothing:
    """An empty mapping."""

    what: str

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        if not isinstance(node, MapNode) or node.values:
            at.error("S105", f"{self.what} takes `{{}}`, found {described(node)}", key.span if key else node.span)
        return ()

    def schema(self, sheet: Sheet) -> Schema:
        return {"type": "object", "maxProperties": 0}
