"""The nouns of a compiled policy: facts, decisions, what governs a tool, rules of conduct."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from rlve_dsl import files
from rlve_dsl.diagnostics import Span
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.lines import locate
from rlve_dsl.policy.meaning.decide import Case, Run
from rlve_dsl.policy.meaning.ruling import Ruling, rule


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that rules look at. `low` and `high` are in cents, days, hundredths of a percent or whole numbers.

    `since` is the event that its days count from, or empty; the templates are the author's, empty where not given.
    """

    name: str
    type: files.PolicyType
    span: Span
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    since: str = ""
    phrase: str = ""
    denied: str = ""
    says: str = ""
    denies: str = ""
    ask: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision with its rule, every name in it resolved.

    `direct_facts` and `direct_uses` are what its own clauses read; `facts` and `uses` what they and the decisions below
    them read. `clauses` are in written order, the base first.
    """

    name: str
    type: files.PolicyType
    span: Span
    tree: ast.Decide
    clauses: tuple[ast.Clause, ...]
    direct_facts: frozenset[str]
    direct_uses: frozenset[str]
    facts: frozenset[str]
    uses: frozenset[str]
    source: files.BlockText = field(repr=False)
    values: tuple[str, ...] = ()
    noun: str = ""
    ask: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def where(self, node: ast.Node) -> Span:
        """Where a part of its rule stands in the file."""
        return locate(self.source, node.place)


@dataclass(frozen=True, slots=True)
class Governs:
    """What a tool asks: `allow` names a bool decision, `fee` one of money."""

    allow: str | None = None
    fee: str | None = None


@dataclass(frozen=True, slots=True)
class Assumption:
    """A relation between facts; `holds(facts)` is None where an unknown fact leaves it open."""

    node: ast.Assume
    text: str
    span: Span
    facts: frozenset[str]
    holds: Callable[[Mapping[str, Any]], bool | None] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of conduct in its author's words: `tool` is what it forbids, or what needs `step` (a tool, or `confirmation`)
    before it."""

    id: str
    text: str
    node: ast.Require | ast.Forbid
    span: Span
    facts: frozenset[str]
    holds: Callable[[Mapping[str, Any]], bool] = field(repr=False, compare=False)

    @property
    def tool(self) -> str:
        """The tool whose call it is about."""
        return self.node.before if isinstance(self.node, ast.Require) else self.node.tool

    @property
    def step(self) -> str | None:
        """What has to come first; None for a `forbid`."""
        return self.node.step if isinstance(self.node, ast.Require) else None

    def applies(self, facts: Mapping[str, Any]) -> bool:
        """Whether it binds a call where these are the facts: its `when` holds (or it has none) and no `unless` does."""
        return self.holds(facts)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy ready to decide; `digest` identifies everything that it says. `decisions` are in the order of what they
    read: a decision comes after those that it uses."""

    name: str
    digest: str
    spec: files.Policy = field(repr=False)
    facts: Mapping[str, Fact]
    decisions: Mapping[str, Decision]
    assumptions: tuple[Assumption, ...]
    governs: Mapping[str, Governs]
    conduct: tuple[Rule, ...]
    runs: Mapping[str, Run] = field(repr=False, compare=False)

    def decide(self, decision: str, facts: Mapping[str, Any], without: Collection[str] = ()) -> Ruling:
        """What the policy decides where these are the facts; an absent one, or None, is unknown.

        Values are bool, text (also of enums) or whole numbers: cents, days, hundredths of a percent. `without` names
        clauses that are taken as not written. Raises UsageError for no decision, and for a base in `without`.

        A comparison with an unknown value neither holds nor fails: it is unknown, and so is `not` of it; `and` and `or`
        are unknown where it matters. A clause applies where its condition is known to hold. A decision is unknown
        (None) where its value needs an unknown one.
        """
        return rule(self, decision, facts, without)

    def fact_since(self, event: str) -> Fact:
        """The fact that counts the days since an event."""
        return next(fact for fact in self.facts.values() if fact.since == event)


def case_of(facts: Mapping[str, Any]) -> Case:
    """A case in which every clause is in force."""
    return Case(facts, frozenset())
