"""What a shape is, and the JSON Schema that shapes write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.vocabulary import Vocabulary
from rlve_dsl.files.yaml_tree.nodes import Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(slots=True)
class SchemaWriter:
    """A JSON Schema being written; `partial` leaves out `required`, for files that extend another."""

    vocabulary: Vocabulary
    partial: bool
    definitions: JsonObject = field(default_factory=dict)

    def refer(self, name: str, write: Callable[[SchemaWriter], JsonObject]) -> JsonObject:
        """A reference to a definition, which is written on its first use."""
        name = f"{name} (part)" if self.partial else name
        if name not in self.definitions:
            self.definitions[name] = {}  # a definition may refer to itself
            self.definitions[name] = write(self)
        return {"$ref": f"#/$defs/{name.replace(' ', '%20')}"}


class Shape(Protocol[T_co]):
    """What may stand somewhere in a file."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> T_co | None:
        """The typed value, or None after adding an error; `key` is the key under which the node stands."""

    def schema(self, writer: SchemaWriter) -> JsonObject:
        """The same demand as JSON Schema 2020-12."""


@frozen
class Nested(Generic[T]):
    """A shape that may stand inside itself: `shape` looks it up when it is used. In the schema it has a definition."""

    title: str
    shape: Callable[[], Shape[T]]

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> T | None:
        return self.shape().read(node, at, key)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return writer.refer(self.title, lambda writer: self.shape().schema(writer))
