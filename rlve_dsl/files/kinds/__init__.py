"""What a file of each kind holds: frozen records, each declared once, with the place of everything an author wrote.

Reader and JSON Schema are made from the declarations. Whether an expression parses or a name exists is decided by the
compiler.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from rlve_dsl.files.kinds.axes import Axes, Axis, Levels, Role
from rlve_dsl.files.kinds.catalog import (
    Attribute,
    Catalog,
    Department,
    Ids,
    PriceRange,
    ProductType,
    Project,
    VariantPool,
)
from rlve_dsl.files.kinds.collection import Collection, Curriculum, Progress
from rlve_dsl.files.kinds.conversation import Conversation, Fact, Reaction, Refusal
from rlve_dsl.files.kinds.disturbances import Disturbance, Noise
from rlve_dsl.files.kinds.domain import (
    About,
    Argument,
    Change,
    DeclaredTool,
    Domain,
    Entity,
    EntityData,
    Result,
    ToolRefusal,
)
from rlve_dsl.files.kinds.environment import AnswerField, Chain, Chaining, Definition, Environment, TaskReward
from rlve_dsl.files.kinds.fixed_tasks import FixedTask, RecordedCall, TaskSet, WrittenJson, WrittenRow
from rlve_dsl.files.kinds.imported_rows import ImportedAttribute, ImportedVariants, Rows
from rlve_dsl.files.kinds.policy import Governed, Policy, PolicyDecision, PolicyFact, PolicyType
from rlve_dsl.files.kinds.profile import Profile, ProfileFile
from rlve_dsl.files.kinds.reward import HardFailure, Reward, Term
from rlve_dsl.files.kinds.solution import (
    Action,
    Ask,
    AskedAbout,
    Asks,
    Call,
    Finish,
    ForEach,
    Heuristic,
    NextTurn,
    Repeat,
    Ruling,
    Value,
)
from rlve_dsl.files.kinds.user import AlsoCalled, Draw, User
from rlve_dsl.files.kinds.wordings import Wordings
from rlve_dsl.files.kinds.world import Decided, Event, Judged, Step
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.mappings import Given, Key, Object
from rlve_dsl.files.shapes.paths import FilePath
from rlve_dsl.files.shapes.phrasings import TONES, Phrasings, Tone
from rlve_dsl.files.shapes.records import shape_of
from rlve_dsl.files.shapes.shape import SchemaWriter, Shape
from rlve_dsl.files.shapes.texts import (
    BlockText,
    ExpressionText,
    Location,
    Loop,
    Name,
    Raw,
    Reference,
    TemplateText,
    Text,
)
from rlve_dsl.files.shapes.words import Choice
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

Kind = (
    Axes | Reward | Catalog | User | Wordings | Policy | Domain | Environment | Chain | TaskSet | Collection | Profile
)

T = TypeVar("T")


def _file(kind: str, made: type[T]) -> Object[T]:
    """The shape of a file: a record with the keys that every file has."""
    shape = shape_of(made)
    extends = FilePath("the file it extends")
    own = {
        "kind": Key(Choice("the kind", (kind,)), f"`{kind}`.", required=True),
        "extends": Key(extends, "A file of the same kind that this one is laid over."),
    }

    def build(given: Given, at: FileReader) -> T | None:
        return shape.build(replace(given, values={k: v for k, v in given.values.items() if k not in own}), at)

    return replace(shape, keys={**own, **shape.keys}, build=build)


@frozen
class EnvironmentFile:
    """An environment, with `compose:` a chain of environments, or with `tasks:` fixed tasks."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Environment | Chain | TaskSet | None:
        keys = node.values if isinstance(node, MapNode) else ()
        shape = _CHAIN if "compose" in keys else _TASK_SET if "tasks" in keys else _ENVIRONMENT
        return shape.read(node, at, key)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        fixed: JsonObject = {
            "if": {"required": ["tasks"]},
            "then": _TASK_SET.schema(writer),
            "else": _ENVIRONMENT.schema(writer),
        }
        return {"if": {"required": ["compose"]}, "then": _CHAIN.schema(writer), "else": fixed}


_ENVIRONMENT: Object[Environment | Chain | TaskSet] = _file("Environment", Environment)
_CHAIN: Object[Environment | Chain | TaskSet] = _file("Environment", Chain)
_TASK_SET: Object[Environment | Chain | TaskSet] = _file("Environment", TaskSet)

FILES: Mapping[str, Shape[Kind]] = {
    "Axes": _file("Axes", Axes),
    "Reward": _file("Reward", Reward),
    "Catalog": _file("Catalog", Catalog),
    "User": _file("User", User),
    "Wordings": _file("Wordings", Wordings),
    "Policy": _file("Policy", Policy),
    "Domain": _file("Domain", Domain),
    "Environment": EnvironmentFile(),
    "Collection": _file("Collection", Collection),
    "Profile": ProfileFile(),
}

__all__ = [
    "TONES", "About", "Action", "AlsoCalled", "AnswerField", "Argument", "Ask", "AskedAbout", "Asks", "Attribute", "Axes", "Axis", "BlockText", "Call",
    "Catalog", "Chain", "Chaining", "Change", "Collection", "Conversation", "Curriculum", "Decided", "DeclaredTool", "Definition",
    "Department", "Disturbance", "Domain", "Draw", "Entity", "EntityData", "Environment", "Event", "ExpressionText", "Fact", "Finish", "FixedTask",
    "ForEach", "Governed", "HardFailure", "Heuristic", "Ids", "ImportedAttribute", "ImportedVariants", "Judged", "Kind",
    "Levels", "Location", "Loop", "Name", "NextTurn", "Noise", "Phrasings", "Policy", "PolicyDecision", "PolicyFact", "PolicyType",
    "PriceRange", "ProductType", "Profile", "Progress", "Project", "Raw", "Reaction", "RecordedCall", "Reference", "Refusal", "Repeat", "Result", "Reward", "Role",
    "Rows", "Ruling", "Step", "TaskReward", "TaskSet", "TemplateText", "Term", "Text", "Tone", "ToolRefusal", "User", "Value", "VariantPool",
    "Wordings", "WrittenJson", "WrittenRow",
]  # fmt: skip
