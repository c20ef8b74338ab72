"""`solution:` of an environment: its statements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.world import CONDITION_DOC, LOOP, LOOP_DOC, Decided
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import EmptyMapping, Given, Key, Object, Table, only_key
from rlve_dsl.files.shapes.records import Values, key, record, shape_of
from rlve_dsl.files.shapes.shape import Nested, SchemaWriter
from rlve_dsl.files.shapes.texts import ExpressionText, Loop, Name, Text
from rlve_dsl.files.shapes.words import EXPRESSION, NAME, TOOL, Choice
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

_EXPRESSIONS = Table("expressions by name", NAME, EXPRESSION)
_LET = "The name it binds."

Asks: TypeAlias = Literal["all", "general", "nothing"]
"""What an agent asks: what the solution says, only whether there is anything else (once), or nothing."""
_DO = "What is done."


@record("what is asked about")
class AskedAbout:
    """A fact, and the texts that its question is about."""

    span: Span
    fact: Name = key("The fact.", NAME)
    about: ExpressionText = key("A list of texts: what the question is about, such as the names of attributes.")


@frozen
class FactsToAsk:
    """`all`, the facts to ask for, or one fact and what is asked about."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> tuple[Name, ...] | AskedAbout | None:
        if isinstance(node, MapNode):
            return shape_of(AskedAbout).read(node, at, key)
        if isinstance(node, ScalarNode) and node.text == "all":
            return ()
        if isinstance(node, ScalarNode) and node.text:
            at.error("S106", f"`ask` takes `all` or a list of facts, found `{node.text}`", node.span)
            return None
        return Listed("the facts to ask for", NAME, empty=False).read(node, at, key)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        facts = Listed("facts", NAME, empty=False).schema(writer)
        return {"anyOf": [{"const": "all"}, facts, shape_of(AskedAbout).schema(writer)]}


_BLOCK = Nested("statements", lambda: STATEMENTS)


@record("`ask`")
class Ask:
    """Ask for these facts, or for everything not yet said (`facts` is empty)."""

    span: Span
    facts: tuple[Name, ...] | AskedAbout = key(
        "`all`, facts by name, or a fact and what is asked about.", FactsToAsk(), name="ask"
    )
    condition: ExpressionText | None = key(CONDITION_DOC, name="if", default=None)


@record("`call`")
class Call:
    """Call a tool and bind its result."""

    span: Span
    name: Name | None = key(_LET, NAME, name="let", default=None)
    tool: Name = key("A tool.", TOOL, name="call")
    arguments: Mapping[str, ExpressionText] = key(
        "Its arguments; an unknown one is left out.", _EXPRESSIONS, name="with", default_factory=dict
    )
    condition: ExpressionText | None = key(CONDITION_DOC, name="if", default=None)


@record("`value`")
class Value:
    """Bind a value."""

    span: Span
    name: Name = key(_LET, NAME, name="let")
    value: ExpressionText = key("The value.")


@record("`decided`")
class Ruling:
    """Bind what the policy decides."""

    span: Span
    name: Name = key(_LET, NAME, name="let")
    decided: Decided = key("What the policy decides, for facts that were said or read.")


@frozen
class NextTurn:
    """What follows waits for the next turn."""

    span: Span


def _gives_with_let(given: Given, at: FileReader) -> Values:
    if ("name" in given.values) != ("gives" in given.values):
        has, lacks = ("let", "gives") if "name" in given.values else ("gives", "let")
        at.error("S119", f"`{has}` goes with `{lacks}`: the list of what each item gives", given.head)
    return given.values


@record("`for_each`", fill=_gives_with_let)
class ForEach:
    """Do the same for each item, side by side as far as the tool budget allows; `name` is the list of `gives`."""

    span: Span
    name: Name | None = key(_LET, NAME, name="let", default=None)
    loop: Loop = key(LOOP_DOC, LOOP, name="for_each")
    do: tuple[Action, ...] = key(_DO, _BLOCK)
    condition: ExpressionText | None = key(CONDITION_DOC, name="if", default=None)
    gives: ExpressionText | None = key("What each item gives to the list that `let` binds.", default=None)


@record("`repeat`")
class Repeat:
    """Do again, at most `times` times, until `until` holds."""

    span: Span
    times: ExpressionText = key("At most so often.")
    until: ExpressionText | None = key("Until this holds.", default=None)
    do: tuple[Action, ...] = key(_DO, _BLOCK)


@record("`finish`")
class Finish:
    """Give the answer."""

    span: Span
    answer: Mapping[str, ExpressionText] = key("The answer's fields.", _EXPRESSIONS, name="finish")


Action = Ask | Call | Value | Ruling | NextTurn | ForEach | Repeat | Finish

_NEXT_TURN = Key(EmptyMapping("`next_turn`"), "What follows waits for the next turn.", required=True)

# by the key that only this statement has; `value` is last because `let` goes with `call` and `for_each` too
_BY_VERB: Mapping[str, Object[Action]] = {
    "ask": shape_of(Ask),
    "call": shape_of(Call),
    "for_each": shape_of(ForEach),
    "repeat": only_key("`repeat`", "repeat", shape_of(Repeat), "Do again."),
    "next_turn": Object("`next_turn`", {"next_turn": _NEXT_TURN}, lambda given, at: NextTurn(given.span)),
    "finish": shape_of(Finish),
    "decided": shape_of(Ruling),
    "value": shape_of(Value),
}


@frozen
class Statement:
    """One statement."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Action | None:
        if not isinstance(node, MapNode):
            at.unexpected("a statement (a mapping)", node, None)
            return None
        verbs = [name for name in _BY_VERB if name in node.values]
        if len(verbs) == 1:
            return _BY_VERB[verbs[0]].read(node, at, None)
        head = next(iter(node.keys.values())).span if node.keys else node.span
        if not verbs:
            known = [name for shape in _BY_VERB.values() for name in shape.keys]
            for name in node.values:
                if name not in known:
                    at.unknown("statement", name, _BY_VERB, node.keys[name].span, code="S103")
                    return None
        found = " and ".join(f"`{verb}`" for verb in verbs) or "nothing that it does"
        at.error(
            "S119", f"a statement does one thing, found {found}", head,
            help=f"a statement is one of: {', '.join(_BY_VERB)}",
        )  # fmt: skip
        return None

    def schema(self, writer: SchemaWriter) -> JsonObject:
        # one object with every key, narrowed by the verb that is there: `oneOf` gives unreadable errors
        properties: JsonObject = {}
        narrowed: JsonObject = {}
        for verb, shape in _BY_VERB.items():
            own = shape.schema(writer)
            properties.update(own["properties"])  # type: ignore[arg-type]
            narrowed[verb] = {"propertyNames": {"enum": [*shape.keys]}, "required": own.get("required", [])}
        return {"type": "object", "properties": properties, "additionalProperties": False, "dependentSchemas": narrowed}


STATEMENTS: Listed[Action] = Listed("the statements", Statement())


@record("a heuristic")
class Heuristic:
    """A simpler way to play the solution, which a model could follow without exact computation."""

    span: Span
    name: Text = key("What is simpler; certificates show it.")
    instead: Mapping[str, ExpressionText] = key(
        "Values of the solution, by the name that `let` gives them, and what is computed instead.",
        Table("what is computed instead", NAME, EXPRESSION),
        default_factory=dict,
    )
    asks: Asks = key(
        "What is asked: `all` that the solution asks, one `general` question, or `nothing`.",
        Choice("a way to ask", get_args(Asks)),
        name="ask",
        default="all",
    )
