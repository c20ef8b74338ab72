"""`kind: Policy`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.axes import FILE_NAME, FILE_NAME_DOC
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Given, Table
from rlve_dsl.files.shapes.paths import FilePath
from rlve_dsl.files.shapes.plugin_uses import DOC as PLUGINS_DOC
from rlve_dsl.files.shapes.plugin_uses import PLUGIN_USES, PluginUse
from rlve_dsl.files.shapes.records import Values, key, record, shape_of
from rlve_dsl.files.shapes.texts import BlockText, ExpressionText, Name, Reference, TemplateText, Text
from rlve_dsl.files.shapes.words import EXPRESSION, SCALAR, STRING, TEXT, TOOL, WORD, BlockShape, Choice, NameShape
from rlve_dsl.files.yaml_tree.nodes import ScalarNode, described

PolicyType = Literal["bool", "enum", "money", "days", "percent", "number", "text"]

_TYPE = Choice("a type of a policy", ("bool", "enum", "money", "days", "percent", "number", "text"))
_LABELS = Table("the labels", NameShape("a value", r".+", "a value of the enum"), STRING)
_UNIT = Listed("a unit", NameShape("a unit", "[a-z]+", "one word of lowercase letters"), single=True)
_FACT_NAME = NameShape(
    "a fact's name", rf"{WORD}(\.{WORD})*", "words of lowercase letters, digits and `_`, joined by `.`"
)
_DECISION_NAME = NameShape("a decision's name")
_CLAUSE = NameShape("a clause", rf"{WORD}\.[0-9]+", "a decision, a point and the number of the clause, from 0: `fee.2`")
_RULES = BlockShape("rules")

# type → how a bound is written, an example, and the number that one of the unit stands for
_BOUNDS = {
    "money": (r"\$(\d{1,9})(?:\.(\d{2}))?", "$20", 100),
    "days": (r"(\d{1,6})(?:\s+days?)?", "30", 1),
    "percent": (r"(\d{1,6})(?:\.(\d{1,2}))?%", "15%", 100),
    "number": (r"(\d{1,12})", "10", 1),
}


def _bound(node: ScalarNode, kind: str, at: FileReader) -> int | None:
    pattern, example, scale = _BOUNDS[kind]
    found = re.fullmatch(pattern, node.text)
    if found is None:
        below = re.fullmatch(rf"-\s*{pattern}|{pattern.replace('(', '-(', 1)}", node.text) is not None
        label = f"amounts are not below {'$0' if kind == 'money' else '0'}" if below else f"written `{example}`"
        at.error("S106", f"{described(node)} is not a value of type {kind}", node.span, label=label)
        return None
    return int(found[1]) * scale + (int(found[2].ljust(2, "0")) if scale > 1 and found[2] else 0)


def _filled_fact(given: Given, at: FileReader) -> Values | None:
    values = _filled_decision(given, at, "fact")
    if values is None:
        return None
    kind = values["type"]
    bounds: dict[str, ScalarNode] = {end: values[end] for end in ("low", "high") if end in values}
    made = {end: _bound(node, kind, at) for end, node in bounds.items() if kind in _BOUNDS}
    for end, node in bounds.items():
        if kind not in _BOUNDS:
            word = "min" if end == "low" else "max"
            at.error("S106", f"`{word}` bounds an amount, and this fact is of type {kind}", node.span)
    low, high = made.get("low"), made.get("high")
    if low is not None and high is not None and low > high:
        at.error("S106", "the values of a fact end before it begins: `min` is above `max`", bounds["high"].span)
    return {**values, **made}


def _filled_decision(given: Given, at: FileReader, noun: str = "decision") -> dict[str, Any] | None:
    values = dict(given.values)
    if values["type"] == "enum" and not values.get("values") and not at.partial:
        at.error("S104", f"a {noun} of type enum needs `values`", given.head)
        return None
    words = tuple(word.text for word in values.pop("unit", ()))
    # of one word, the plural, the singular follows
    unit = (words[0].removesuffix("s"), words[0]) if len(words) == 1 else words
    return {**values, "unit": unit}


@record("a fact or a decision")
class PolicyTerm:
    """What facts and decisions have. `unit` is what a number counts (`24 items`): singular and plural."""

    name: Name
    span: Span
    type: PolicyType = key("Its type.", _TYPE)
    values: tuple[str, ...] = key("The values of an enum.", Listed("the values", STRING), default=())
    labels: Mapping[str, str] = key("Words for the values of an enum.", _LABELS, default_factory=dict)
    unit: tuple[str, ...] = key(
        "What a number counts, for rules to write behind it: `items`, or `[person, people]`.", _UNIT, default=()
    )


@record("a fact", fill=_filled_fact, keys="type values min max since phrase not says denies ask labels unit")
class PolicyFact(PolicyTerm):
    """Something that rules may look at.

    `low` and `high` are its bounds, both included: cents, days, hundredths of a percent or whole numbers, by `type`.
    `since` names the event that a number of days counts from.
    """

    low: int | None = key("The smallest value it takes.", SCALAR, name="min", default=None)
    high: int | None = key("The greatest value it takes.", SCALAR, name="max", default=None)
    since: Name | None = key("The event that days count from: `delivery`.", NameShape("an event"), default=None)
    phrase: TemplateText | None = key(
        "The fact as policy text states it, third person; `{value}` is its value.", default=None
    )
    denied: TemplateText | None = key("The same where it does not hold, or is not `{value}`.", name="not", default=None)
    says: TemplateText | None = key("The fact in the shopper's words; `{value}` is its value.", default=None)
    denies: TemplateText | None = key("What the shopper says where a bool fact does not hold.", default=None)
    ask: TemplateText | None = key("How the shopper is asked for it.", default=None)


@record("a decision", fill=_filled_decision, keys="type values noun ask labels unit")
class PolicyDecision(PolicyTerm):
    """Something that the rules decide; `noun` names it in a sentence, `ask` is how a shopper asks for it."""

    noun: TemplateText | None = key("What it is called in a sentence: `the return window`.", default=None)
    ask: TemplateText | None = key("How a shopper asks for it.", default=None)


@record("what a tool asks of the policy")
class Governed:
    """What a tool asks of the policy: whether it may, and what it costs."""

    name: Name
    span: Span
    allow: Name | None = key("The bool decision that allows the call.", _DECISION_NAME, default=None)
    fee: Name | None = key("The money decision that says what it costs.", _DECISION_NAME, default=None)


@record("a policy")
class Policy:
    """`kind: Policy`: facts, decisions and the rules between them; `conduct` rules say how an agent acts."""

    name: Name = key(FILE_NAME_DOC, FILE_NAME)
    span: Span
    plugins: tuple[PluginUse, ...] = key(PLUGINS_DOC, PLUGIN_USES, default=())
    domain: Reference | None = key(
        "The domain whose tools the rules of conduct name.", FilePath("a domain"), default=None
    )
    facts: Mapping[str, PolicyFact] = key(
        "What rules may look at.", Table("the facts", _FACT_NAME, shape_of(PolicyFact), empty=False)
    )
    bind: Mapping[str, ExpressionText] = key(
        "What supplies a fact, or a group of them, in an episode.",
        Table("the bindings", _FACT_NAME, EXPRESSION),
        default_factory=dict,
    )
    assume: tuple[Text, ...] = key(
        "Relations between facts: `a is known only when b is c`.", Listed("the assumptions", TEXT), default=()
    )
    promise: tuple[Text, ...] = key(
        "What must hold of the decisions in every case: `a only when b`. It is proved, or a case is shown in which it does not hold.",
        Listed("the promises", TEXT),
        default=(),
    )
    decisions: Mapping[str, PolicyDecision] = key(
        "What the rules decide.", Table("the decisions", _DECISION_NAME, shape_of(PolicyDecision), empty=False)
    )
    governs: Mapping[str, Governed] = key(
        "Tools that ask the policy, and what they ask.",
        Table("what the policy governs", TOOL, shape_of(Governed)),
        default_factory=dict,
    )
    rules: BlockText = key("The rules of the decisions.", _RULES)
    conduct: BlockText | None = key(
        "Rules of how an agent acts: `require … before …`, `forbid …`.", _RULES, default=None
    )
    enforce: bool = key(
        "Whether a call that a rule of conduct forbids ends the episode; with `false` it counts as a violation.",
        default=True,
    )
    passages: Mapping[str, Text] = key(
        "The text of a clause in place of the generated one.",
        Table("the passages", _CLAUSE, TEXT),
        default_factory=dict,
    )
