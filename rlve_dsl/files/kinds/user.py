"""`kind: User`, and the use of a sampler, which environments share."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.axes import FILE_NAME, FILE_NAME_DOC
from rlve_dsl.files.kinds.disturbances import NOISES, NOISES_DOC, Noise
from rlve_dsl.files.shapes.arguments import Samplers
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Given, Object, Table, Use, only_key
from rlve_dsl.files.shapes.phrasings import ACT_PHRASINGS, PLAIN, TONE, Phrasings, Tone
from rlve_dsl.files.shapes.plugin_uses import DOC as PLUGINS_DOC
from rlve_dsl.files.shapes.plugin_uses import PLUGIN_USES, PluginUse
from rlve_dsl.files.shapes.records import key, record
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.texts import ExpressionText, Name, Raw, Text
from rlve_dsl.files.shapes.words import ACT, EXPRESSION, NAME, TEXT
from rlve_dsl.files.yaml_tree.nodes import Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject


@frozen
class Draw:
    """A use of a sampler: its name and its arguments."""

    sampler: Name
    arguments: Raw
    span: Span


def draw_of(use: Use) -> Draw:
    """The draw for a sampler's key."""
    return Draw(use.name, use.value, use.span)


def _trait(given: Given, at: FileReader) -> Draw | None:
    if len(given.uses) != 1:
        at.error("S119", f"a trait of the persona is drawn by one sampler, found {len(given.uses)}", given.head)
        return None
    return draw_of(given.uses[0])


_TRAIT = Object("a trait of the persona", {}, _trait, Samplers())
_PHRASES = Listed("the words that mean the same", TEXT, empty=False, single=True)


@frozen
class AlsoCalled:
    """Words and phrases that mean what a name means: a word of facts, or an entry of the words file."""

    name: Name
    phrases: tuple[Text, ...]


@frozen
class _AlsoCalledShape:
    """What stands under such a name."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> AlsoCalled | None:
        phrases = _PHRASES.read(node, at, key)
        assert key is not None  # it stands in a table
        return None if phrases is None else AlsoCalled(Name(key.text, key.span), phrases)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return _PHRASES.schema(writer)


_PER_CHARACTER = only_key("noise", "per_character", EXPRESSION, "The probability of a typing error.")
_UNHELPFUL = only_key("patience", "unhelpful", EXPRESSION, "How many unhelpful turns the user bears.")


@record("a file of kind User")
class User:
    """`kind: User`: who the simulated shopper is and how they speak."""

    name: Name = key(FILE_NAME_DOC, FILE_NAME)
    span: Span
    plugins: tuple[PluginUse, ...] = key(PLUGINS_DOC, PLUGIN_USES, default=())
    persona: Mapping[str, Draw] = key(
        "Traits drawn anew for each episode.", Table("the persona", NAME, _TRAIT), default_factory=dict
    )
    tone: tuple[Tone, ...] = key(
        "The tone of voice; one of several is drawn for each episode.",
        Listed("the tones", TONE, empty=False, single=True),
        default=(PLAIN,),
    )
    noise: ExpressionText | None = key(
        "Typing errors; a value that the user says is never touched.", _PER_CHARACTER, default=None
    )
    noises: tuple[Noise, ...] = key(NOISES_DOC, NOISES, default=())
    patience: ExpressionText | None = key("When the user gives up.", _UNHELPFUL, default=None)
    recall: ExpressionText | None = key(
        "How many open facts a general question brings out at a time; all of them when absent.", default=None
    )
    words: Mapping[str, AlsoCalled] = key(
        "More words by which the user understands a question: under a name, words and phrases that mean the same.",
        Table("the words", NAME, _AlsoCalledShape()),
        default_factory=dict,
    )
    acts: Mapping[str, Phrasings] = key(
        "How each act of conversation is worded.", Table("the acts", ACT, ACT_PHRASINGS), default_factory=dict
    )
