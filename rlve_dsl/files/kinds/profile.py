"""`kind: Profile`: training settings for a machine and a model."""

from __future__ import annotations

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.errors import ScenarioError
from rlve_dsl.files.kinds.training import SECTION, Training, TrainingShape
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.paths import FilePath
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.vocabulary import ANYTHING
from rlve_dsl.files.shapes.words import Choice
from rlve_dsl.files.yaml_tree.compose import compose
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.files.yaml_tree.text import SourceText
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject


@frozen
class Profile:
    """`kind: Profile`: training settings for a machine and a model, which collections are laid over."""

    settings: Training
    span: Span


class ProfileFile:
    """A Profile file: settings, beside the keys that every file has."""

    _KIND = Choice("the kind", ("Profile",))
    _EXTENDS = FilePath("the file it extends")

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Profile | None:
        if not isinstance(node, MapNode):
            at.unexpected("a profile (a mapping)", node, key)
            return None
        if "profile" in node.values:
            place = node.keys["profile"].span
            at.error("R504", "a profile names no other profile", place, help="lay it over another one with `extends`")
        own = {name: value for name, value in node.values.items() if name not in ("kind", "extends", "profile")}
        settings = TrainingShape().read(
            MapNode({name: node.keys[name] for name in own}, own, node.span, node.flow), at, key
        )
        return None if settings is None else Profile(settings, node.span)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        made = SECTION.schema(writer)
        properties = made["properties"]
        assert isinstance(properties, dict)
        made["properties"] = {
            "kind": {**self._KIND.schema(writer), "description": "`Profile`."},
            "extends": {
                **self._EXTENDS.schema(writer), "description": "A file of the same kind that this one is laid over.",
            },
            **{name: value for name, value in properties.items() if name != "profile"},
        }  # fmt: skip
        made["required"] = ["kind"]
        return made


def load_training(text: str, file: str) -> Training:
    """Read settings that are a text by themselves, such as those of a command line.

    Raises:
        ScenarioError: With every problem: R501 an unknown setting, R502 a value of the wrong sort, R503 one out of range.
    """
    diagnostics, source = Diagnostics(), SourceText(file, text)
    root = compose(source, diagnostics)
    reader = FileReader(diagnostics, ANYTHING, {file: source})
    training = None if root is None else TrainingShape().read(root, reader, None)
    if training is None or diagnostics.errors:
        raise ScenarioError(diagnostics.items, {file: text})
    return training
