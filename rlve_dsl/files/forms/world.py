"""The world's steps, records, the goal and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rlve_dsl.files.arguments import Events, Samplers
from rlve_dsl.files.forms.user import drawn
from rlve_dsl.files.kinds import Event, Step
from rlve_dsl.files.nodes import MapNode, Node, ScalarNode
from rlve_dsl.files.notations import LoopShape
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import EXPRESSION, NameShape
from rlve_dsl.files.shapes import Field, Given, Object, Schema, Sheet

NAME = NameShape("a name")
LOOP = Field(LoopShape(), "`x in list`: once for each item.", into="loop")
CONDITION = Field(EXPRESSION, "Only where this holds.", into="condition")


@dataclass(frozen=True, slots=True)
class Bindings:
    """Name → an expression or a mapping that says how the value is made; becomes a tuple of steps."""

    what: str
    title: str
    body: Object

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> tuple[Step, ...] | None:
        if not isinstance(node, MapNode):
            at.unexpected(f"{self.what} (a mapping)", node, key)
            return None
        steps: list[Step] = []
        for text, value in node.values.items():
            word = node.keys[text]
            name = NAME.read(word, at, None)
            if isinstance(value, MapNode):
                made = self.body.read_named(value, at, word, {"name": name})
            else:
                expression = EXPRESSION.read(value, at, word)
                made = Step(name, value.span, value=expression) if name and expression else None
            steps.append(made)
        return tuple(steps)

    def schema(self, sheet: Sheet) -> Schema:
        body = sheet.refer(self.title, self.body.schema)
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^{NAME.pattern}$"},
            "additionalProperties": {"anyOf": [EXPRESSION.schema(sheet), body]},
        }


@dataclass(frozen=True, slots=True)
class Record:
    """A record's fields; late, since a field may hold a record."""

    drawing: bool

    def bindings(self) -> Bindings:
        """The shape itself."""
        return FIELDS if self.drawing else GOAL_FIELDS

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        return self.bindings().read(node, at, key)

    def schema(self, sheet: Sheet) -> Schema:
        return sheet.refer("record" if self.drawing else "record of the goal", lambda s: self.bindings().schema(s))


def _step(given: Given, at: Reader) -> Step | None:
    values: Mapping[str, Any] = given.values
    ways = [f"`{use.name.text}`" for use in given.uses]
    ways += [f"`{way}`" for way in ("value", "record") if way in values]
    if len(ways) != 1:
        if at.partial and not ways:
            return None
        found = f"found {' and '.join(ways)}" if ways else "found none of them"
        at.error("S119", f"a value is made in one way: a sampler, `value` or `record`; {found}", given.head)
        return None
    draw = drawn(given.uses[0]) if given.uses else None
    return Step(span=given.span, draw=draw, **values)


_BODY = {
    "for_each": LOOP,
    "if": CONDITION,
    "value": Field(EXPRESSION, "The value."),
    "record": Field(Record(True), "Named fields, each an expression or made in its turn."),
}

STEP = Object(
    "a step of the world",
    {"let": Field(NAME, "The name it binds.", into="name", required=True), **_BODY},
    _step,
    Samplers(),
)
FIELDS = Bindings("the fields", "field", Object("a field", _BODY, _step, Samplers()))

_GOAL_BODY = {**_BODY, "record": Field(Record(False), "Named fields.")}
GOAL_FIELDS = Bindings("the fields", "field of the goal", Object("a field", _GOAL_BODY, _step))
GOAL = Bindings("the goal", "field of the goal", Object("a part of the goal", _GOAL_BODY, _step))


def _event(given: Given, at: Reader) -> Event | None:
    if len(given.uses) != 1:
        at.error("S119", f"an event is one thing that happens, found {len(given.uses)}", given.head)
        return None
    use = given.uses[0]
    return Event(event=use.name, of=use.value, span=given.span, **given.values)


EVENT = Object(
    "an event",
    {"after_turn": Field(EXPRESSION, "After the results of this turn are out.", required=True)},
    _event,
    Events(),
)
