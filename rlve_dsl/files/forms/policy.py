"""`kind: Policy`."""

from __future__ import annotations

import re
from typing import Any

from rlve_dsl.files.forms.axes import FILE_NAME
from rlve_dsl.files.forms.catalog import AnyScalar
from rlve_dsl.files.kinds import Governed, Policy, PolicyDecision, PolicyFact
from rlve_dsl.files.nodes import ScalarNode, described
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import EXPRESSION, STRING, TEMPLATE, TEXT, WORD, Block, Choice, Known, NameShape
from rlve_dsl.files.shapes import Field, Given, Listed, Object, Table, into

TYPE = Choice("a type of a policy", ("bool", "enum", "money", "days", "percent", "number", "text"))
FACT_NAME = NameShape(
    "a fact's name", rf"{WORD}(\.{WORD})*", "words of lowercase letters, digits and `_`, joined by `.`"
)
CLAUSE = NameShape("a clause", rf"{WORD}\.[0-9]+", "a decision, a point and the number of the clause, from 0: `fee.2`")
UNIT = Field(
    Listed("a unit", NameShape("a unit", "[a-z]+", "one word of lowercase letters"), single=True),
    "What a number counts, for rules to write behind it: `items`, or `[person, people]`.",
)
LABELS = Table("the labels", NameShape("a value", r".+", "a value of the enum"), STRING)

# type → how a bound is written, an example, and how much one of the unit counts
_BOUNDS = {
    "money": (r"\$(\d{1,9})(?:\.(\d{2}))?", "$20", 100),
    "days": (r"(\d{1,6})(?:\s+days?)?", "30", 1),
    "percent": (r"(\d{1,6})(?:\.(\d{1,2}))?%", "15%", 100),
    "number": (r"(\d{1,12})", "10", 1),
}


def _bound(node: ScalarNode, kind: str, at: Reader) -> int | None:
    """A bound in the unit of its type; None once an error was added."""
    pattern, example, scale = _BOUNDS[kind]
    found = re.fullmatch(pattern, node.text)
    if found is None:
        at.error("S106", f"{described(node)} is not a value of type {kind}", node.span, label=f"written `{example}`")
        return None
    return int(found[1]) * scale + (int(found[2].ljust(2, "0")) if scale > 1 and found[2] else 0)


def _fact(given: Given, at: Reader) -> PolicyFact | None:
    values = dict(given.values)
    kind = values["type"]
    bounds = {end: values.pop(end) for end in ("low", "high") if end in values}
    if kind == "enum" and not values.get("values") and not at.partial:
        at.error("S104", "a fact of type enum needs `values`", given.head)
        return None
    made: dict[str, Any] = {end: _bound(node, kind, at) for end, node in bounds.items() if kind in _BOUNDS}
    for end, node in bounds.items():
        if kind not in _BOUNDS:
            word = "min" if end == "low" else "max"
            at.error("S106", f"`{word}` bounds an amount, and this fact is of type {kind}", node.span)
    low, high = made.get("low"), made.get("high")
    if low is not None and high is not None and low > high:
        at.error("S106", "the values of a fact end before it begins: `min` is above `max`", bounds["high"].span)
    return PolicyFact(span=given.span, unit=_unit(values), **made, **values)


def _unit(values: dict[str, Any]) -> tuple[str, ...]:
    """The words of a unit: of one word also its singular."""
    words = tuple(word.text for word in values.pop("unit", ()))
    return (words[0].removesuffix("s"), words[0]) if len(words) == 1 else words


FACT = Object(
    "a fact",
    {
        "type": Field(TYPE, "Its type.", required=True),
        "values": Field(Listed("the values", STRING), "The values of an enum."),
        "min": Field(AnyScalar(), "The smallest value it takes.", into="low"),
        "max": Field(AnyScalar(), "The greatest value it takes.", into="high"),
        "since": Field(NameShape("an event"), "The event that days count from: `delivery`."),
        "phrase": Field(TEMPLATE, "The fact as policy text states it, third person; `{value}` is its value."),
        "not": Field(TEMPLATE, "The same where it does not hold, or is not `{value}`.", into="denied"),
        "says": Field(TEMPLATE, "The fact in the shopper's words; `{value}` is its value."),
        "denies": Field(TEMPLATE, "What the shopper says where a bool fact does not hold."),
        "ask": Field(TEMPLATE, "How the shopper is asked for it."),
        "labels": Field(LABELS, "Words for the values of an enum."),
        "unit": UNIT,
    },
    _fact,
)


def _decision(given: Given, at: Reader) -> Any:
    if given.values["type"] == "enum" and not given.values.get("values") and not at.partial:
        at.error("S104", "a decision of type enum needs `values`", given.head)
        return None
    values = dict(given.values)
    return PolicyDecision(span=given.span, unit=_unit(values), **values)


DECISION = Object(
    "a decision",
    {
        "type": Field(TYPE, "Its type.", required=True),
        "values": Field(Listed("the values", STRING), "The values of an enum."),
        "noun": Field(TEMPLATE, "What it is called in a sentence: `the return window`."),
        "ask": Field(TEMPLATE, "How a shopper asks for it."),
        "labels": Field(LABELS, "Words for the values of an enum."),
        "unit": UNIT,
    },
    _decision,
)

GOVERNED = Object(
    "what a tool asks of the policy",
    {
        "allow": Field(NameShape("a decision's name"), "The bool decision that allows the call."),
        "fee": Field(NameShape("a decision's name"), "The money decision that says what it costs."),
    },
    into(Governed),
)

POLICY = Object(
    "a policy",
    {
        "name": FILE_NAME,
        "facts": Field(Table("the facts", FACT_NAME, FACT, empty=False), "What rules may look at.", required=True),
        "bind": Field(
            Table("the bindings", FACT_NAME, EXPRESSION), "What supplies a fact, or a group of them, in an episode."
        ),
        "assume": Field(Listed("the assumptions", TEXT), "Relations between facts: `a is known only when b is c`."),
        "decisions": Field(
            Table("the decisions", NameShape("a decision's name"), DECISION, empty=False),
            "What the rules decide.",
            required=True,
        ),
        "governs": Field(
            Table("what the policy governs", Known("tool", lambda vocabulary: vocabulary.tools), GOVERNED),
            "Tools that ask the policy, and what they ask.",
        ),
        "rules": Field(Block("rules"), "The rules of the decisions.", required=True),
        "conduct": Field(Block("rules"), "Rules of how an agent acts: `require … before …`, `forbid …`."),
        "passages": Field(Table("the passages", CLAUSE, TEXT), "The text of a clause in place of the generated one."),
    },
    into(Policy),
)
