"""Ways to say one thing: a text, a list of texts, or texts for each tone of voice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Key, Object
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.texts import TemplateText
from rlve_dsl.files.shapes.words import TEMPLATE, Choice
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

Tone = Literal["plain", "brief", "warm"]
"""How somebody speaks."""

TONES: tuple[Tone, ...] = get_args(Tone)
PLAIN: Tone = "plain"
TONE = Choice("a tone", TONES)

_TEXTS = Listed("phrasings", TEMPLATE, empty=False, single=True)


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


_BY_TONE = Object(
    "a mapping of phrasings",
    {tone: Key(_TEXTS, f"How somebody says it who speaks in a {tone} tone.", required=tone == PLAIN) for tone in TONES},
    lambda given, at: Phrasings({tone: given.values[tone] for tone in TONES if tone in given.values}),
)


@frozen
class PhrasingsShape:
    """A text or a list of texts for every tone, or a mapping from tones to them."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Phrasings | None:
        if isinstance(node, MapNode) and (set(node.values) & set(TONES) or len(node.values) > 1):
            return _BY_TONE.read(node, at, key)
        texts = _TEXTS.read(node, at, key)
        return Phrasings({PLAIN: texts}) if texts else None

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return writer.refer("phrasings", _schema)


def _schema(writer: SchemaWriter) -> JsonObject:
    return {
        "anyOf": [TEMPLATE.schema(writer), Listed("", TEMPLATE, empty=False).schema(writer), _BY_TONE.schema(writer)]
    }


PHRASINGS = PhrasingsShape()
