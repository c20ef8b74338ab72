"""`kind: Environment`: its own keys; the world's steps, the conversation and the solution have modules of their own."""

from __future__ import annotations

from dataclasses import dataclass

from rlve_dsl.files.forms.axes import AXIS_TABLE, FILE_NAME
from rlve_dsl.files.forms.conversation import CONVERSATION
from rlve_dsl.files.forms.solution import STATEMENTS
from rlve_dsl.files.forms.world import EVENT, GOAL, STEP
from rlve_dsl.files.kinds import AnswerField, Definition, Environment
from rlve_dsl.files.nodes import MapNode, Node, ScalarNode
from rlve_dsl.files.notations import HEAD, definition_key
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import EXPRESSION, TEMPLATE, TEXT, Known, NameShape
from rlve_dsl.files.shapes import Field, Listed, Object, Schema, Sheet, Table, into_spanless, only


@dataclass(frozen=True, slots=True)
class Definitions:
    """`suits(p, weights): expression`."""

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> dict[str, Definition] | None:
        if not isinstance(node, MapNode):
            at.unexpected("formulas (a mapping)", node, key)
            return None
        out: dict[str, Definition] = {}
        for text, value in node.values.items():
            word = node.keys[text]
            head, body = definition_key(word, at), EXPRESSION.read(value, at, word)
            if head is None or body is None:
                continue
            name, parameters = head
            if name.text in out:
                at.error("S109", f"the formula `{name.text}` is defined twice", name.span)
            out[name.text] = Definition(name, parameters, body, value.span)
        return out

    def schema(self, sheet: Sheet) -> Schema:
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^{HEAD}$"},
            "additionalProperties": EXPRESSION.schema(sheet),
        }


ANSWER_FIELD = Object(
    "a field of the answer",
    {
        "type": Field(TEXT, "Its type, as the language writes types: `list of product id`.", required=True),
        "says": Field(TEXT, "What the agent is told about it.", required=True),
    },
    into_spanless(AnswerField),
)

TASK = Object("`reward`", {"task": Field(EXPRESSION, "In [-1, 1].", required=True)}, only("task"))
BUDGET = Field(
    Object("`budget`", {"turns": Field(EXPRESSION, "How many turns.", required=True)}, only("turns")),
    "Overrides the turn budget's axis.",
    into="turns",
)

ENVIRONMENT = Object(
    "an environment",
    {
        "name": FILE_NAME,
        "title": Field(TEXT, "What people call it.", required=True),
        "brief": Field(TEMPLATE, "What the agent is told about the task in the system prompt."),
        "tools": Field(
            Listed("the tools", Known("tool", lambda vocabulary: vocabulary.tools, patterns=True), empty=False),
            "The tools that the agent may call; `cart.*` is all of a domain.",
            required=True,
        ),
        "axes": Field(AXIS_TABLE, "Difficulty axes of this environment alone."),
        "define": Field(Definitions(), "Formulas with parameters, for use in any expression."),
        "world": Field(Listed("the world", STEP), "What is drawn for each episode, top to bottom.", required=True),
        "events": Field(Listed("the events", EVENT), "What happens to the world by itself."),
        "goal": Field(GOAL, "What the outcome is compared with; the agent never sees it."),
        "user": Field(CONVERSATION, "What the user can say.", required=True),
        "answer": Field(
            Table("the answer", NameShape("a field's name"), ANSWER_FIELD), "The fields of the agent's answer."
        ),
        "measures": Field(
            Table("the measures", NameShape("a measure's name"), EXPRESSION),
            "Pure functions of final state, answer and goal.",
        ),
        "reward": Field(TASK, "The task's own reward.", required=True),
        "correct_when": Field(EXPRESSION, "The pass condition.", required=True),
        "budget": BUDGET,
        "solution": Field(STATEMENTS, "How to solve it with what the episode reveals.", required=True),
    },
    lambda given, at: Environment(span=given.span, **given.values),
)
