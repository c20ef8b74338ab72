"""`disturbances:` and `noises:`: what goes wrong with calls, and what changes the user's words."""

from __future__ import annotations

from collections.abc import Iterable

from rlve_dsl.diagnostics import Span
from rlve_dsl.expressions import Signature
from rlve_dsl.files.shapes.arguments import ArgumentsShape
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Given, Key, Object
from rlve_dsl.files.shapes.shape import SchemaWriter, Shape
from rlve_dsl.files.shapes.texts import Name, Raw
from rlve_dsl.files.shapes.vocabulary import Vocabulary
from rlve_dsl.files.shapes.words import EXPRESSION, WORD, NameShape
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

_PATTERN = NameShape("a tool", rf"\*|{WORD}(\.(\*|{WORD}))?", "a tool's name, or `cart.*` for all tools of a domain")
_TOOLS = Key(
    Listed("the tools", _PATTERN, empty=False, single=True),
    "The tools whose calls are disturbed; all of them when absent.",
)


@frozen
class Noise:
    """A use of a noise: its name and its arguments."""

    name: Name
    arguments: Raw
    span: Span


@frozen
class Disturbance:
    """A use of a disturbance: its name, its arguments and the tools that it disturbs; all tools where there are none."""

    name: Name
    arguments: Raw
    tools: tuple[Name, ...]
    span: Span


@frozen
class _Disturbed:
    """The arguments of a disturbance, beside the tools that it disturbs."""

    name: str
    signature: Signature | None

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> tuple[Raw, tuple[Name, ...]] | None:
        if not isinstance(node, MapNode):
            at.unexpected("its arguments (a mapping)", node, key)
            return None
        return self._object(dict.fromkeys(node.values, Key(EXPRESSION, ""))).read(node, at, key)

    def _object(self, any_keys: dict[str, Key]) -> Object[tuple[Raw, tuple[Name, ...]]]:
        keys = any_keys
        if self.signature is not None:
            keys = {p.name: Key(EXPRESSION, f"{p.type}", required=p.required) for p in self.signature.parameters}
        return Object(f"`{self.name}`", {**keys, "tools": _TOOLS}, _with_tools)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        written = self._object({}).schema(writer)
        return {**written, "additionalProperties": EXPRESSION.schema(writer)} if self.signature is None else written


def _with_tools(given: Given, at: FileReader) -> tuple[Raw, tuple[Name, ...]]:
    arguments = {name: Raw(text.text, text.span) for name, text in given.values.items() if name != "tools"}
    return Raw(arguments, given.span), given.values.get("tools", ())


@frozen
class Disturbances:
    """A disturbance's name as a key, its arguments and tools under it."""

    noun: str = "disturbance"

    def names(self, vocabulary: Vocabulary) -> Iterable[str] | None:
        return vocabulary.disturbances

    def shape(self, name: str, vocabulary: Vocabulary) -> Shape[tuple[Raw, tuple[Name, ...]]]:
        return _Disturbed(name, (vocabulary.disturbances or {}).get(name))


@frozen
class Noises:
    """A noise's name as a key, its arguments under it."""

    noun: str = "noise"

    def names(self, vocabulary: Vocabulary) -> Iterable[str] | None:
        return vocabulary.noises

    def shape(self, name: str, vocabulary: Vocabulary) -> Shape[Raw]:
        return ArgumentsShape(name, (vocabulary.noises or {}).get(name))


def _is_one(given: Given, at: FileReader, what: str) -> bool:
    if len(given.uses) != 1:
        at.error(
            "S119",
            f"an entry is one {what}, found {len(given.uses)}",
            given.head,
            help="write each as an entry of its own",
        )
    return len(given.uses) == 1


def _disturbance(given: Given, at: FileReader) -> Disturbance | None:
    if not _is_one(given, at, "disturbance"):
        return None
    use = given.uses[0]
    return Disturbance(use.name, use.value[0], use.value[1], use.span)


def _noise(given: Given, at: FileReader) -> Noise | None:
    if not _is_one(given, at, "noise"):
        return None
    use = given.uses[0]
    return Noise(use.name, use.value, use.span)


DISTURBANCES = Listed("the disturbances", Object("a disturbance", {}, _disturbance, Disturbances()))
DISTURBANCES_DOC = "What may go wrong with calls of tools."
NOISES = Listed("the noises", Object("a noise", {}, _noise, Noises()))
NOISES_DOC = "What changes the words around the values that the user says, in order."
