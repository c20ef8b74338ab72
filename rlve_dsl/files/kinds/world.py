"""An environment's world: its steps, records, the goal and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.user import Draw, draw_of
from rlve_dsl.files.shapes.arguments import Events, Samplers
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.mappings import Given, Object, Table
from rlve_dsl.files.shapes.patterned_text import LoopShape
from rlve_dsl.files.shapes.records import Values, key, record, shape_of
from rlve_dsl.files.shapes.shape import Nested, SchemaWriter
from rlve_dsl.files.shapes.texts import ExpressionText, Loop, Name
from rlve_dsl.files.shapes.words import EXPRESSION, NAME, TOOL, NameShape
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

LOOP = LoopShape()
LOOP_DOC = "`x in list`: once for each item."
CONDITION_DOC = "Only where this holds."


_RECORD = Nested("record", lambda: FIELDS)
_GOAL_RECORD = Nested("record of the goal", lambda: GOAL_FIELDS)


def _made_in_one_way(given: Given, at: FileReader) -> Values | None:
    ways = [f"`{use.name.text}`" for use in given.uses]
    ways += [f"`{way}`" for way in ("value", "record", "verdict", "decided") if way in given.values]
    if len(ways) != 1:
        if at.partial and not ways:
            return None
        found = f"found {' and '.join(ways)}" if ways else "found none of them"
        at.error(
            "S119",
            f"a value is made in one way: a sampler, `value`, `record`, `verdict` or `decided`; {found}",
            given.head,
        )
    if "create" in given.values and "record" not in given.values:
        at.error("S119", "`create` stands with `record`, which gives the fields", given.head)
    return {**given.values, "draw": draw_of(given.uses[0]) if given.uses else None}


@record("a call that is judged")
class Judged:
    """A call of a declared tool, for which a world asks whether it would be allowed."""

    span: Span
    of: Name = key("The tool.", TOOL)
    arguments: Mapping[str, ExpressionText] = key(
        "Its arguments.", Table("the arguments", NAME, EXPRESSION), name="with", default_factory=dict
    )


_FACT_NAME = NameShape("a fact", r"[a-z]\w*(\.[a-z]\w*)*", "lowercase words, joined by points")


@record("a decision that is asked for")
class Decided:
    """A decision of the policy, for facts that expressions give."""

    span: Span
    decision: Name = key("The decision.", NAME)
    given: Mapping[str, ExpressionText] = key(
        "The facts of the policy that are known, each with its value.",
        Table("the facts", _FACT_NAME, EXPRESSION),
        default_factory=dict,
    )


@record("a step of the world", fill=_made_in_one_way, primitives=Samplers())
class Step:
    """A binding of the world, the goal or a record's field: exactly one of `draw`, `value` and `record`.

    A record with `create` is an entity of the domain, which is there from the start. With `loop` it is made once for each item and
    binds the list; with `condition` it is unknown where that is false.
    """

    name: Name = key("The name it binds.", NAME, name="let")
    span: Span
    draw: Draw | None = None
    loop: Loop | None = key(LOOP_DOC, LOOP, name="for_each", default=None)
    condition: ExpressionText | None = key(CONDITION_DOC, name="if", default=None)
    value: ExpressionText | None = key("The value.", default=None)
    record: tuple[Step, ...] = key("Named fields, each an expression or made in its turn.", _RECORD, default=())
    create: Name | None = key("The entity that the record is one of.", NAME, default=None)
    verdict: Judged | None = key("Whether a tool would allow a call, and for what fee.", default=None)
    decided: Decided | None = key("What the policy decides.", default=None)


@frozen
class Bindings:
    """Name → an expression, or a mapping that says how the value is made; read as steps."""

    what: str
    title: str
    body: Object[Step]

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> tuple[Step, ...] | None:
        if not isinstance(node, MapNode):
            at.unexpected(f"{self.what} (a mapping)", node, key)
            return None
        steps: list[Step] = []
        for text, value in node.values.items():
            word, step = node.keys[text], None
            name = NAME.read(word, at, None)
            if isinstance(value, MapNode):
                step = self.body.read_named(value, at, word, name=name)
            elif (expression := EXPRESSION.read(value, at, word)) and name:
                step = Step(name=name, span=value.span, value=expression)
            if step is not None:
                steps.append(step)
        return tuple(steps)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        body = writer.refer(self.title, self.body.schema)
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^{NAME.pattern}$"},
            "additionalProperties": {"anyOf": [EXPRESSION.schema(writer), body]},
        }


_STEP = shape_of(Step)
_FIELD = replace(_STEP, what="a field", keys={name: _STEP.keys[name] for name in ("for_each", "if", "value", "record")})
_GOAL_KEYS = {**_FIELD.keys, "record": replace(_FIELD.keys["record"], shape=_GOAL_RECORD, doc="Named fields.")}
_GOAL_FIELD = replace(_FIELD, keys=_GOAL_KEYS, primitives=None)
FIELDS: Bindings = Bindings("the fields", "field", _FIELD)
GOAL_FIELDS: Bindings = Bindings("the fields", "field of the goal", _GOAL_FIELD)


@frozen
class Made:
    """A value: an expression, or a mapping that says how it is made; read as a step."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> Step | None:
        if isinstance(node, MapNode) and key is not None:
            return _GOAL_FIELD.read_named(node, at, key, name=Name(key.text, key.span))
        value = EXPRESSION.read(node, at, key)
        return Step(name=Name(key.text if key else "", node.span), span=node.span, value=value) if value else None

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"anyOf": [EXPRESSION.schema(writer), writer.refer("field of the goal", _GOAL_FIELD.schema)]}


MADE = Made()
GOAL = Bindings("the goal", "field of the goal", replace(_GOAL_FIELD, what="a part of the goal"))


def _happens(given: Given, at: FileReader) -> Values | None:
    if len(given.uses) != 1:
        at.error("S119", f"an event is one thing that happens, found {len(given.uses)}", given.head)
        return None
    return {**given.values, "event": given.uses[0].name, "of": given.uses[0].value}


@record("an event", fill=_happens, primitives=Events())
class Event:
    """Something that happens to the world by itself, after the results of turn `after_turn` are out."""

    event: Name
    of: ExpressionText
    after_turn: ExpressionText = key("After the results of this turn are out.")
    span: Span
