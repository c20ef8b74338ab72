"""`kind: Policy`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.texts import BlockText, ExpressionText, Name, TemplateText, Text

PolicyType = Literal["bool", "enum", "money", "days", "percent", "number", "text"]


@dataclass(frozen=True, slots=True)
class PolicyFact:
    """Something that rules may look at. `low` and `high` are its bounds, both included: cents, days, hundredths of a
    percent or whole numbers, by `type`. `since` names the event that a number of days counts from, `unit` is what a number
    counts, as rules may write behind it (`24 items`)."""

    name: Name
    type: PolicyType
    span: Span
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    since: Name | None = None
    phrase: TemplateText | None = None
    denied: TemplateText | None = None
    says: TemplateText | None = None
    denies: TemplateText | None = None
    ask: TemplateText | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """Something that the rules decide; `noun` names it in a sentence, `ask` is how a shopper asks for it."""

    name: Name
    type: PolicyType
    span: Span
    values: tuple[str, ...] = ()
    noun: TemplateText | None = None
    ask: TemplateText | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Governed:
    """What a tool asks of the policy: whether it may, and what it costs."""

    name: Name
    span: Span
    allow: Name | None = None
    fee: Name | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """`kind: Policy`: facts, decisions and the rules between them; `conduct` rules say how an agent acts."""

    name: Name
    facts: Mapping[str, PolicyFact]
    decisions: Mapping[str, PolicyDecision]
    rules: BlockText
    span: Span
    bind: Mapping[str, ExpressionText] = field(default_factory=dict)
    assume: tuple[Text, ...] = ()
    governs: Mapping[str, Governed] = field(default_factory=dict)
    conduct: BlockText | None = None
    passages: Mapping[str, Text] = field(default_factory=dict)
