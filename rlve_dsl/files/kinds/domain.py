"""`kind: Domain`: entities with their tables, and tools that look up, ask the policy, and change entities."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.axes import FILE_NAME_DOC
from rlve_dsl.files.kinds.world import CONDITION_DOC, GOAL_FIELDS, LOOP, LOOP_DOC, MADE, Step
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Given, Table
from rlve_dsl.files.shapes.paths import DataPath
from rlve_dsl.files.shapes.plugin_uses import DOC as PLUGINS_DOC
from rlve_dsl.files.shapes.plugin_uses import PLUGIN_USES, PluginUse
from rlve_dsl.files.shapes.records import Values, key, record, shape_of
from rlve_dsl.files.shapes.shape import Nested, SchemaWriter
from rlve_dsl.files.shapes.texts import ExpressionText, Location, Loop, Name, TemplateText, Text
from rlve_dsl.files.shapes.words import EXPRESSION, NAME, STRING, TEMPLATE, TEXT, NameShape
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

_FACT_NAME = NameShape("a fact", r"[a-z]\w*(\.[a-z]\w*)*", "lowercase words, joined by points")
_TOOL_NAME = NameShape(
    "the name of a tool",
    r"[a-z]\w*(\.[a-z]\w*)?",
    "a lowercase word; with another one and a point before it (`cart.add`), it is the whole name",
)
_TYPE_NAME = NameShape("the name of a type of records", r"[A-Za-z]\w*", "one word")
_IDS = r"[A-Za-z_-]*(#{3,9}|\d{1,9})"


@record("where entities are read from")
class EntityData:
    """Rows of a JSON file: the file, the path to the rows in it, and where each field is found in a row."""

    span: Span
    file: Location = key("A JSON file.", DataPath())
    at: Text = key("The path to the rows: `orders.*` is every entry of `orders`.")
    read: Mapping[str, Text] = key(
        "Where a field is found in a row, when not under its own name; `^` is what the row is in.",
        Table("the fields", NAME, TEXT),
        default_factory=dict,
    )


@record("an entity")
class Entity:
    """A sort of thing that a domain knows: its id type, its fields, and its table."""

    name: Name
    span: Span
    id: Name = key("The field that holds its id.", NAME, name="key")
    fields: Mapping[str, Text] = key("Its other fields, each with its type.", Table("the fields", NAME, TEXT))
    table: Name | None = key("What its table is called, when not its name with an s.", NAME, default=None)
    ids: Name | None = key(
        "How the ids of new entities look: `A####`, where `#` is a drawn digit; or `A1`, and they are numbered from there.",
        NameShape("a pattern of ids", _IDS, "letters, then 3 to 9 times `#`, or a first number"),
        default=None,
    )
    says: TemplateText | None = key("What people call one; its fields are names here.", default=None)
    chosen: tuple[Name, ...] = key(
        "Fields with ids that an agent chooses: an id that no tool has shown counts as made up.",
        Listed("the fields", NAME, single=True),
        default=(),
    )
    shown: bool = key("Whether results may show a whole one, with all its fields.", default=False)
    data: EntityData | None = key("The file that its rows are read from.", name="from", default=None)


@record("an argument")
class Argument:
    """An argument of a tool: its type, what the agent is told about it, and its value when it is left out."""

    type: Text = key("Its type; with `?` it may be left out.")
    says: Text | None = key("What it is, for the agent.", default=None)
    default: ExpressionText | None = key("Its value when it is left out.", default=None)


@frozen
class ArgumentShape:
    """A type alone, or a mapping with `type` and more."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Argument | None:
        if isinstance(node, MapNode):
            return shape_of(Argument).read(node, at, key)
        found = TEXT.read(node, at, key)
        return None if found is None else Argument(type=found)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"anyOf": [TEXT.schema(writer), shape_of(Argument).schema(writer)]}


@record("a refusal")
class ToolRefusal:
    """When a tool refuses a call, and what it says then."""

    span: Span
    when: ExpressionText = key("When the call is refused.")
    says: TemplateText = key("The reason that the agent reads.")


WAYS = ("set", "add", "append", "create", "remove", "do")
"""What an effect can be."""

_VALUES = {"set": "to", "add": "by", "append": "item", "create": "record"}


def _one_change(given: Given, at: FileReader) -> Values | None:
    values = given.values
    ways = [way for way in WAYS if way in values]
    if len(ways) != 1:
        found = f"found {' and '.join(f'`{way}`' for way in ways)}" if ways else "found none of them"
        at.error("S119", f"an effect does one thing: {', '.join(f'`{way}`' for way in WAYS)}; {found}", given.head)
        return None
    (way,) = ways
    wanted = _VALUES.get(way, "")
    for other in _VALUES.values():
        if other in values and other != wanted:
            at.error("S119", f"`{other}` does not go with `{way}`", given.head)
    if "name" in values and way != "create":
        at.error("S119", f"`as` does not go with `{way}`", given.head)
    if wanted and wanted not in values:
        at.error("S104", f"`{way}` needs `{wanted}`", given.head)
    if way == "do" and "loop" not in values and "condition" not in values:
        at.error("S119", "`do` stands with `for_each` or `if`", given.head)
    return values


@record("an effect", fill=_one_change, keys="set to add by append item create record as remove for_each if do")
class Change:
    """An effect of a tool: exactly one of `set`, `add`, `append`, `create`, `remove` and `do`."""

    span: Span
    set: ExpressionText | None = key("The field that gets a new value.", default=None)
    to: Step | None = key("The new value.", MADE, default=None)
    add: ExpressionText | None = key("The field that something is added to.", default=None)
    by: Step | None = key("What is added.", MADE, default=None)
    append: ExpressionText | None = key("The list that something is put at the end of.", default=None)
    item: Step | None = key("What is put at the end of the list.", MADE, default=None)
    create: Name | None = key("The entity of which one is created.", NAME, default=None)
    record: tuple[Step, ...] = key("The fields of what is created.", GOAL_FIELDS, default=())
    name: Name | None = key(
        "What the one created is called in what follows: `created` when absent.", NAME, name="as", default=None
    )
    remove: ExpressionText | None = key("The entity that is removed.", default=None)
    loop: Loop | None = key(LOOP_DOC, LOOP, name="for_each", default=None)
    condition: ExpressionText | None = key(CONDITION_DOC, name="if", default=None)
    do: tuple[Change, ...] = key("Several effects.", Nested("effects", lambda: EFFECTS), default=())

    @property
    def way(self) -> str:
        """Which of the six it is."""
        return next((way for way in WAYS[:-1] if getattr(self, way) is not None), "do")

    @property
    def target(self) -> ExpressionText:
        """The field that changes, or the entity that is removed."""
        found = self.set or self.add or self.append or self.remove
        assert found is not None, "asked of effects with a target only"
        return found

    @property
    def value(self) -> Step | None:
        """The new value, what is added, or the item that is appended."""
        return self.to or self.by or self.item


EFFECTS: Listed[Change] = Listed("the effects", shape_of(Change))


@frozen
class Result:
    """What a tool gives: one value, or the fields of a record."""

    value: Step | None
    fields: tuple[Step, ...]
    span: Span


@frozen
class ResultShape:
    """An expression, `for_each` with what there is for each item, or a mapping of fields."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Result | None:
        if isinstance(node, MapNode) and "for_each" not in node.values:
            fields = GOAL_FIELDS.read(node, at, key)
            return None if fields is None else Result(None, fields, node.span)
        value = MADE.read(node, at, key)
        return None if value is None else Result(value, (), node.span)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"anyOf": [MADE.schema(writer), GOAL_FIELDS.schema(writer)]}


@record("what a call is about")
class About:
    """The order and its line that the store policy rules about, and the tool for whose calls it does."""

    span: Span
    of: Name | None = key("The tool whose calls are ruled on; this one when absent.", _TOOL_NAME, default=None)
    order: Name | None = key("The look-up that is the order.", NAME, default=None)
    line: Name | None = key("The look-up that is a line of the order.", NAME, default=None)


@record("the rows of a result")
class ResultRows:
    """The list in a result whose rows are shown once: a row that an earlier result has shown is told by what has changed."""

    field: Name | None = key(
        "The field of the result that holds them; the result itself when absent.", NAME, name="list", default=None
    )
    by: Name = key("The field by which a row is known.", NAME)


@record(
    "a tool",
    keys="says called takes let maybe unknown refuse verdict allow fee rulings does gives result rows shows_ids",
)
class DeclaredTool:
    """A tool of a domain: look-ups, refusals, what the policy decides, effects, and a result."""

    name: Name
    span: Span
    says: Text = key("What it does, for the agent.")
    called: tuple[str, ...] = key(
        "What a person calls it: `cancel the appointment`; `{}` stands for what it is about.",
        Listed("the phrases", STRING, single=True),
        default=(),
    )
    takes: Mapping[str, Argument] = key(
        "Its arguments, each with its type.", Table("the arguments", NAME, ArgumentShape()), default_factory=dict
    )
    let: tuple[Step, ...] = key(
        "Look-ups, from top to bottom; one that finds nothing refuses the call.", GOAL_FIELDS, default=()
    )
    maybe: tuple[Name, ...] = key(
        "The look-ups that may find nothing: they are unknown then, and the call is not refused.",
        Listed("the look-ups", NAME, single=True),
        default=(),
    )
    unknown: Mapping[str, TemplateText] = key(
        "What the agent reads when a look-up finds nothing, by the look-up.",
        Table("the look-ups", NAME, TEMPLATE),
        default_factory=dict,
    )
    refuse: tuple[ToolRefusal, ...] = key(
        "When the call is refused.", Listed("the refusals", shape_of(ToolRefusal)), default=()
    )
    verdict: About | None = key(
        "How the store policy rules on the call (its `governs`), which is `verdict` in refusals and in what follows.",
        default=None,
    )
    allow: Name | None = key("The decision of the policy that allows the call.", NAME, default=None)
    fee: Name | None = key("The decision of the policy that is `fee` in what follows.", NAME, default=None)
    rulings: Mapping[str, Name] = key(
        "Decisions of the policy that the call tells or uses, by what they are called in what follows.",
        Table("the rulings", NAME, NAME),
        default_factory=dict,
    )
    does: tuple[Change, ...] = key("What the call changes.", EFFECTS, default=())
    gives: Result = key("What the agent gets, read after the effects.", ResultShape())
    result: Name | None = key(
        "What the type of the result is called, in messages and in the reference: the name of the tool when absent.",
        _TYPE_NAME,
        default=None,
    )
    rows: ResultRows | None = key("The rows of the result that are shown once.", default=None)
    shows_ids: bool = key("Whether the ids in its result count as shown to the agent.", default=True)


def _with_entities(given: Given, at: FileReader) -> Values | None:
    if not given.values.get("entities") and not given.values.get("store"):
        at.error(
            "S104",
            "a domain needs `entities`",
            given.head,
            help="only a domain over the store (`store: true`) can have none",
        )
    return given.values


@record("a domain", fill=_with_entities)
class Domain:
    """`kind: Domain`: what there is, what can be done with it, and how the policy sees it."""

    name: Name = key(FILE_NAME_DOC, NAME)
    span: Span
    plugins: tuple[PluginUse, ...] = key(PLUGINS_DOC, PLUGIN_USES, default=())
    agent: Text | None = key("Who the agent is, in the system prompt: `the receptionist of a clinic`.", default=None)
    counterpart: Text | None = key(
        "Who it talks with: `patient`. Where an entity has this name, the user is one of them.", default=None
    )
    place: Text | None = key("Whose tools and rules these are: `clinic`.", default=None)
    store: bool = key("Whether its tools see the store too: its tables and its products.", default=False)
    records: Mapping[str, Mapping[str, Text]] = key(
        "Types of records that fields may have.",
        Table("the records", NAME, Table("the fields", NAME, TEXT)),
        default_factory=dict,
    )
    entities: Mapping[str, Entity] = key(
        "What there is. A domain over the store may have none of its own.",
        Table("the entities", NAME, shape_of(Entity), empty=False), default_factory=dict,
    )  # fmt: skip
    bind: Mapping[str, ExpressionText] = key(
        "Facts of the policy, from a call's arguments and look-ups.",
        Table("the bindings", _FACT_NAME, EXPRESSION),
        default_factory=dict,
    )
    tools: Mapping[str, DeclaredTool] = key(
        "What an agent can do.", Table("the tools", _TOOL_NAME, shape_of(DeclaredTool), empty=False)
    )

    def full_name(self, tool: str) -> str:
        """The whole name of a tool, which one without a point has after the name of the domain."""
        return tool if "." in tool else f"{self.name.text}.{tool}"
