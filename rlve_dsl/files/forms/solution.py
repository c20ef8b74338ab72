"""`solution:`: its statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rlve_dsl.files.forms.world import CONDITION, LOOP, NAME
from rlve_dsl.files.kinds import Ask, Call, Finish, ForEach, NextTurn, Repeat, Value
from rlve_dsl.files.nodes import MapNode, Node, ScalarNode
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import EXPRESSION, Known
from rlve_dsl.files.shapes import Field, Given, Listed, Nothing, Object, Schema, Sheet, Table, into

EXPRESSIONS = Table("expressions by name", NAME, EXPRESSION)


@dataclass(frozen=True, slots=True)
class Asked:
    """`all`, or the facts to ask for."""

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        if isinstance(node, ScalarNode) and node.text == "all":
            return ()
        if isinstance(node, ScalarNode) and node.text:
            at.error("S106", f"`ask` takes `all` or a list of facts, found `{node.text}`", node.span)
            return None
        return Listed("the facts to ask for", NAME, empty=False).read(node, at, key)

    def schema(self, sheet: Sheet) -> Schema:
        return {"anyOf": [{"const": "all"}, Listed("facts", NAME, empty=False).schema(sheet)]}


@dataclass(frozen=True, slots=True)
class Block:
    """Statements inside a statement; late, since they nest."""

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        return STATEMENTS.read(node, at, key)

    def schema(self, sheet: Sheet) -> Schema:
        return sheet.refer("statements", STATEMENTS.schema)


LET = Field(NAME, "The name it binds.", into="name")
DO = Field(Block(), "What is done.", required=True)


def _for_each(given: Given, at: Reader) -> ForEach | None:
    if ("name" in given.values) != ("gives" in given.values):
        has, lacks = ("let", "gives") if "name" in given.values else ("gives", "let")
        at.error("S119", f"`{has}` goes with `{lacks}`: the list of what each item gives", given.head)
        return None
    return ForEach(**given.values, span=given.span)


# in this order: `let` goes with `call`, `for_each` and `value`
STATEMENT_SHAPES = {
    "ask": Object(
        "`ask`",
        {"ask": Field(Asked(), "`all`, or facts by name.", into="facts", required=True), "if": CONDITION},
        into(Ask),
    ),
    "call": Object(
        "`call`",
        {
            "let": LET,
            "call": Field(Known("tool", lambda vocabulary: vocabulary.tools), "A tool.", into="tool", required=True),
            "with": Field(EXPRESSIONS, "Its arguments; an unknown one is left out.", into="arguments"),
            "if": CONDITION,
        },
        into(Call),
    ),
    "for_each": Object(
        "`for_each`",
        {
            "let": LET,
            "for_each": Field(LOOP.shape, LOOP.doc, into="loop", required=True),
            "do": DO,
            "if": CONDITION,
            "gives": Field(EXPRESSION, "What each item gives to the list that `let` binds."),
        },
        _for_each,
    ),
    "repeat": Object(
        "`repeat`",
        {
            "repeat": Field(
                Object(
                    "`repeat`",
                    {
                        "times": Field(EXPRESSION, "At most so often.", required=True),
                        "until": Field(EXPRESSION, "Until this holds."),
                        "do": DO,
                    },
                    into(Repeat),
                ),
                "Do again.",
                required=True,
            )
        },
        lambda given, at: given.values["repeat"],
    ),
    "next_turn": Object(
        "`next_turn`",
        {"next_turn": Field(Nothing("`next_turn`"), "What follows waits for the next turn.", required=True)},
        lambda given, at: NextTurn(given.span),
    ),
    "finish": Object(
        "`finish`",
        {"finish": Field(EXPRESSIONS, "The answer's fields.", into="answer", required=True)},
        into(Finish),
    ),
    "value": Object(
        "`value`",
        {
            "let": Field(NAME, "The name it binds.", into="name", required=True),
            "value": Field(EXPRESSION, "The value.", required=True),
        },
        into(Value),
    ),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, told by the key that only it has."""

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        if not isinstance(node, MapNode):
            at.unexpected("a statement (a mapping)", node, None)
            return None
        verbs = [name for name in STATEMENT_SHAPES if name in node.values]
        if len(verbs) == 1:
            return STATEMENT_SHAPES[verbs[0]].read(node, at, None)
        head = next(iter(node.keys.values())).span if node.keys else node.span
        if not verbs:
            known = [field for shape in STATEMENT_SHAPES.values() for field in shape.fields]
            for name in node.values:
                if name not in known:
                    at.unknown("statement", name, STATEMENT_SHAPES, node.keys[name].span, code="S103")
                    return None
        found = " and ".join(f"`{verb}`" for verb in verbs) or "nothing that it does"
        at.error(
            "S119", f"a statement does one thing, found {found}", head,
            help=f"a statement is one of: {', '.join(STATEMENT_SHAPES)}",
        )  # fmt: skip
        return None

    def schema(self, sheet: Sheet) -> Schema:
        # one object with every key, narrowed by the verb that is there: `oneOf` gives unreadable errors
        properties: dict[str, Any] = {}
        narrowed: dict[str, Any] = {}
        for verb, shape in STATEMENT_SHAPES.items():
            own = shape.schema(sheet)
            properties |= own["properties"]
            narrowed[verb] = {"propertyNames": {"enum": list(shape.fields)}, "required": own.get("required", [])}
        return {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            "dependentSchemas": narrowed,
        }


STATEMENTS = Listed("the statements", Statement())
