"""`kind: Environment`: played by itself, or with `compose:` a chain of others in one conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.axes import FILE_NAME, FILE_NAME_DOC, LOCAL_AXES, Axis
from rlve_dsl.files.kinds.conversation import Conversation
from rlve_dsl.files.kinds.disturbances import DISTURBANCES, DISTURBANCES_DOC, NOISES, NOISES_DOC, Disturbance, Noise
from rlve_dsl.files.kinds.domain import EFFECTS, Change
from rlve_dsl.files.kinds.solution import STATEMENTS, Action, Heuristic
from rlve_dsl.files.kinds.world import GOAL, Event, Step
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Table, only_key
from rlve_dsl.files.shapes.numbers import Number
from rlve_dsl.files.shapes.paths import FilePath
from rlve_dsl.files.shapes.patterned_text import FORMULA_HEAD, read_formula_head
from rlve_dsl.files.shapes.plugin_uses import DOC as PLUGINS_DOC
from rlve_dsl.files.shapes.plugin_uses import PLUGIN_USES, PluginUse
from rlve_dsl.files.shapes.records import key, record, shape_of
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.texts import ExpressionText, Name, Reference, TemplateText, Text
from rlve_dsl.files.shapes.words import EXPRESSION, TOOL, NameShape
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

TURNS = only_key("`budget`", "turns", EXPRESSION, "How many turns.")


@frozen
class Definition:
    """A formula with a name, `suits(p, weights): …`; it is put in the place of each use."""

    name: Name
    parameters: tuple[Name, ...]
    body: ExpressionText
    span: Span


@frozen
class Definitions:
    """`suits(p, weights): expression`."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> dict[str, Definition] | None:
        if not isinstance(node, MapNode):
            at.unexpected("formulas (a mapping)", node, key)
            return None
        out: dict[str, Definition] = {}
        for text, value in node.values.items():
            word = node.keys[text]
            head, body = read_formula_head(word, at), EXPRESSION.read(value, at, word)
            if head is None or body is None:
                continue
            name, parameters = head
            if name.text in out:
                at.error("S109", f"the formula `{name.text}` is defined twice", name.span)
            out[name.text] = Definition(name, parameters, body, value.span)
        return out

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^{FORMULA_HEAD}$"},
            "additionalProperties": EXPRESSION.schema(writer),
        }


@record("`reward`")
class TaskReward:
    """`reward:`: what the outcome of the task is worth, and the most that a wrong outcome may be worth."""

    span: Span
    task: ExpressionText = key("In [-1, 1].")
    wrong: float = key(
        "The most that an outcome may be worth that does not pass: what `task` gives it, in [-1, 1], is scaled to [-1, wrong].",
        Number("the most that a wrong outcome is worth", low=-1, high=1),
        default=1.0,
    )


@record("a field of the answer")
class AnswerField:
    """A field of the answer's schema; `type` as the language writes types: `text`, `list of product id`, `bool`."""

    name: Name
    type: Text = key("Its type, as the language writes types: `list of product id`.")
    says: Text = key("What the agent is told about it.")


ANSWER = Table("the answer", NameShape("a field's name"), shape_of(AnswerField))


@record("an environment")
class EnvironmentHead:
    """What both sorts of environment have."""

    name: Name = key(FILE_NAME_DOC, FILE_NAME)
    span: Span
    plugins: tuple[PluginUse, ...] = key(PLUGINS_DOC, PLUGIN_USES, default=())
    title: Text = key("What people call it.")
    brief: TemplateText | None = key("What the agent is told about the task in the system prompt.", default=None)
    axes: Mapping[str, Axis] = key("Difficulty axes of this environment alone.", LOCAL_AXES, default_factory=dict)
    reward: TaskReward = key("The task's own reward.")
    correct_when: ExpressionText = key("The pass condition.")
    disturbances: tuple[Disturbance, ...] = key(DISTURBANCES_DOC, DISTURBANCES, default=())
    noises: tuple[Noise, ...] = key(NOISES_DOC, NOISES, default=())
    turns: ExpressionText | None = key("Overrides the turn budget's axis.", TURNS, name="budget", default=None)


@record(
    "an environment",
    keys="name title brief plugins domain tools axes define world require changes start events disturbances goal user noises answer measures reward "
    "correct_when budget solution heuristics",
)
class Environment(EnvironmentHead):
    """`kind: Environment`."""

    domain: Reference | None = key(
        "The domain that it is played in: its tools and its tables.", FilePath("a domain"), default=None
    )
    tools: tuple[Name, ...] = key(
        "The tools that the agent may call; `cart.*` is all of a domain.",
        Listed("the tools", replace(TOOL, groups=True), empty=False),
    )
    define: Mapping[str, Definition] = key(
        "Formulas with parameters, for use in any expression.", Definitions(), default_factory=dict
    )
    world: tuple[Step, ...] = key("What is drawn for each episode, top to bottom.", Listed("the world", shape_of(Step)))
    require: Mapping[str, ExpressionText] = key(
        "What must hold of a world; one in which it does not is drawn again.",
        Table("what is required", NameShape("a requirement's name"), EXPRESSION),
        default_factory=dict,
    )
    changes: tuple[ExpressionText, ...] = key(
        "The entities that the request may change: another request of the conversation is about others.",
        Listed("the entities", EXPRESSION),
        default=(),
    )
    start: tuple[Change, ...] = key(
        "What changes in the tables of the domain before the conversation begins; it reads the world.",
        EFFECTS,
        default=(),
    )
    events: tuple[Event, ...] = key(
        "What happens to the world by itself.", Listed("the events", shape_of(Event)), default=()
    )
    goal: tuple[Step, ...] = key("What the outcome is compared with; the agent never sees it.", GOAL, default=())
    user: Conversation = key("What the user can say.")
    answer: Mapping[str, AnswerField] = key("The fields of the agent's answer.", ANSWER, default_factory=dict)
    measures: Mapping[str, ExpressionText] = key(
        "Pure functions of final state, answer and goal.",
        Table("the measures", NameShape("a measure's name"), EXPRESSION),
        default_factory=dict,
    )
    solution: tuple[Action, ...] = key("How to solve it with what the episode reveals.", STATEMENTS)
    heuristics: tuple[Heuristic, ...] = key(
        "Simpler ways to play the solution; a certificate says how often each passes.",
        Listed("the heuristics", shape_of(Heuristic)),
        default=(),
    )


@record("`compose`")
class Chaining:
    """`compose:`: which environments are chained, how many an episode has, and how one follows another.

    `switch` is the probability that a request is raised before the one before it has been answered; `repeat` lets an
    environment come more than once; `says` announces a request (`part` is its number).
    """

    span: Span
    of: tuple[Reference, ...] = key(
        "The environments that an episode's requests are drawn from.",
        Listed("the environments", FilePath("an environment"), empty=False),
    )
    count: ExpressionText = key("How many requests an episode has.")
    switch: ExpressionText | None = key(
        "The probability that a request is raised before the last one is answered.", default=None
    )
    says: TemplateText | None = key("How the user announces a request; `{part}` is its number.", default=None)
    repeat: bool = key("Whether an environment may come more than once.", default=False)


@record(
    "an environment that composes others",
    keys="name title brief plugins axes compose disturbances noises reward correct_when budget",
)
class Chain(EnvironmentHead):
    """`kind: Environment` with `compose:`: several environments in one conversation."""

    compose: Chaining = key("What is chained, and how.")
