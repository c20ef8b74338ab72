"""Ways to say one thing: a text, a list of texts, or texts for each tone of voice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal, get_args

from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Key, Object
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.texts import TemplateText
from rlve_dsl.files.shapes.words import BLANK_OR_TEMPLATE, TEMPLATE, Choice, TextShape
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

Tone = Literal["plain", "brief", "warm"]
"""How somebody speaks."""

TONES: tuple[Tone, ...] = get_args(Tone)
PLAIN: Tone = "plain"
TONE = Choice("a tone", TONES)


@frozen
class Phrasings:
    """Ways to say one thing. A tone without texts of its own takes those of `plain`."""

    texts: Mapping[Tone, tuple[TemplateText, ...]]

    def of(self, tone: Tone) -> tuple[TemplateText, ...]:
        """The texts for a tone."""
        return self.texts.get(tone) or self.texts[PLAIN]

    def __iter__(self) -> Iterator[TemplateText]:
        """Every text once, those of `plain` first."""
        return (text for texts in self.texts.values() for text in texts)


@frozen
class PhrasingsShape:
    """A text or a list of texts for every tone, or a mapping from tones to them; `title` is its name in a schema."""

    text: TextShape[TemplateText]
    title: str

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Phrasings | None:
        if isinstance(node, MapNode) and (set(node.values) & set(TONES) or len(node.values) > 1):
            return _by_tone(self.text).read(node, at, key)
        texts = _texts(self.text).read(node, at, key)
        return Phrasings({PLAIN: texts}) if texts else None

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return writer.refer(self.title, self._schema)

    def _schema(self, writer: SchemaWriter) -> JsonObject:
        shapes = self.text, Listed("", self.text, empty=False), _by_tone(self.text)
        return {"anyOf": [shape.schema(writer) for shape in shapes]}


@cache
def _texts(text: TextShape[TemplateText]) -> Listed[TemplateText]:
    return Listed("phrasings", text, empty=False, single=True)


@cache
def _by_tone(text: TextShape[TemplateText]) -> Object[Phrasings]:
    of_tone: dict[str, Key] = {
        tone: Key(_texts(text), f"How somebody says it who speaks in a {tone} tone.", required=tone == PLAIN)
        for tone in TONES
    }
    return Object(
        "a mapping of phrasings",
        of_tone,
        lambda given, at: Phrasings({tone: given.values[tone] for tone in TONES if tone in given.values}),
    )


PHRASINGS = PhrasingsShape(TEMPLATE, "phrasings")
ACT_PHRASINGS = PhrasingsShape(BLANK_OR_TEMPLATE, "phrasings of an act")
