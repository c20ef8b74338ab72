"""`kind: Environment` with `tasks:`, and the lines of the file that it names: tasks that are written down, not drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.axes import FILE_NAME, FILE_NAME_DOC, LOCAL_AXES, Axis
from rlve_dsl.files.kinds.conversation import Fact, Refusal
from rlve_dsl.files.kinds.environment import ANSWER, TURNS, AnswerField
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Key, Table
from rlve_dsl.files.shapes.paths import FilePath
from rlve_dsl.files.shapes.phrasings import PHRASINGS, Phrasings
from rlve_dsl.files.shapes.plugin_uses import DOC as PLUGINS_DOC
from rlve_dsl.files.shapes.plugin_uses import PLUGIN_USES, PluginUse
from rlve_dsl.files.shapes.records import key, record, shape_of
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.texts import ExpressionText, Name, Reference, TemplateText, Text
from rlve_dsl.files.shapes.words import EXPRESSION, NAME, STRING, TEXT, TOOL, NameShape
from rlve_dsl.files.yaml_tree.nodes import ListNode, MapNode, Node, ScalarNode, is_empty, resolve
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Json, JsonObject

_TOOL_WORDS = NameShape("the name of a tool", r"[a-z]\w*(\.[a-z]\w*)?", "`book` or `clinic.book`")


@frozen
class WrittenJson:
    """A JSON value and its place; of a mapping, also the places of its keys."""

    value: Json
    span: Span


@frozen
class JsonShape:
    """Any JSON value."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> WrittenJson:
        return WrittenJson(_json(node), node.span)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {}


def _json(node: Node) -> Json:
    match node:
        case ScalarNode():
            return resolve(node)
        case ListNode(items=items):
            return [_json(item) for item in items]
        case MapNode(values=values):
            return {name: _json(value) for name, value in values.items()}


@frozen
class KnownValue:
    """What a user knows: a text, a number, yes or no; read as an expression."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> ExpressionText | None:
        if not isinstance(node, ScalarNode) or is_empty(node):
            at.unexpected("a text, a number, true or false", node, key)
            return None
        if not isinstance(resolve(node), str):
            return ExpressionText(node.text, node.span)
        if '"' in node.text or "\n" in node.text:
            at.error("S106", "what a user knows holds no quotes and is one line", node.span)
            return None
        return ExpressionText(f'"{node.text}"', node.span)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": ["string", "number", "boolean"]}


WrittenRow: TypeAlias = Mapping[str, WrittenJson]
"""A row by the names of its fields."""

_JSON = JsonShape()
_FACT = shape_of(Fact)
_FACT_OF_TASK = replace(
    _FACT,
    keys={
        **{name: _FACT.keys[name] for name in ("fact", "value", "says", "ask", "about", "omit")},
        "value": Key(KnownValue(), "What the user knows.", "value", required=True),
    },
)
_VALUES = Table("the values", NAME, _JSON)


@record("a call", keys="name arguments")
class RecordedCall:
    """A call that solves a task."""

    span: Span
    name: Name = key("The tool, with or without the name of its domain.", _TOOL_WORDS)
    arguments: Mapping[str, WrittenJson] = key("Its arguments.", _VALUES, default_factory=dict)


@record("a task", keys="task opening facts confirm start calls refused changed wanted answer")
class FixedTask:
    """A line of a file of tasks: what the user says, and the calls that solve it."""

    span: Span
    name: Text = key("Its name.", TEXT, name="task")
    opening: Phrasings | None = key("What the user says first.", PHRASINGS, default=None)
    facts: tuple[Fact, ...] = key("What the user can say.", Listed("the facts", _FACT_OF_TASK), default=())
    confirm: tuple[Refusal, ...] = key(
        "What the user does not agree to; nor do they to calls of tools that no call of the task uses.",
        Listed("the refusals", shape_of(Refusal)),
        default=(),
    )
    start: Mapping[str, tuple[Mapping[str, WrittenJson], ...]] = key(
        "Rows that the tables begin with, by table, in the form of data files; one of a known id changes these fields.",
        Table("the tables", NAME, Listed("the rows", _VALUES)),
        default_factory=dict,
    )
    calls: tuple[RecordedCall, ...] = key("The calls that solve it.", Listed("the calls", shape_of(RecordedCall)))
    refused: tuple[str, ...] = key("The names of the calls that are refused.", Listed("tools", STRING), default=())
    changed: Mapping[str, WrittenJson] | None = key(
        "The rows that have changed in the end, by their path in the data: `orders/#W1`.",
        Table("the rows", NameShape("a path", r".+", "written like `orders/#W1`"), _JSON),
        default=None,
    )
    wanted: ExpressionText | None = key(
        "What must hold of the tables in the end; without it, they must be as the calls leave them.",
        EXPRESSION,
        default=None,
    )
    answer: Mapping[str, WrittenJson] = key("The right answer.", _VALUES, default_factory=dict)


@record("an environment of fixed tasks", keys="name title brief plugins domain tools axes tasks answer budget")
class TaskSet:
    """`kind: Environment` with `tasks:`: tasks of a file, one for each seed."""

    name: Name = key(FILE_NAME_DOC, FILE_NAME)
    span: Span
    plugins: tuple[PluginUse, ...] = key(PLUGINS_DOC, PLUGIN_USES, default=())
    title: Text = key("What people call it.")
    brief: TemplateText | None = key("What the agent is told about the tasks in the system prompt.", default=None)
    domain: Reference = key("The domain that they are played in.", FilePath("a domain"))
    tools: tuple[Name, ...] = key(
        "The tools that the agent may call; `clinic.*` is all of a domain.",
        Listed("the tools", replace(TOOL, groups=True), empty=False),
    )
    axes: Mapping[str, Axis] = key("Difficulty axes of this environment alone.", LOCAL_AXES, default_factory=dict)
    tasks: Reference = key("A file with a task a line.", FilePath("a file of tasks"))
    answer: Mapping[str, AnswerField] = key("The fields of the agent's answer.", ANSWER, default_factory=dict)
    turns: ExpressionText | None = key("Overrides the turn budget's axis.", TURNS, name="budget", default=None)
