"""A compiled policy: its facts, decisions, assumptions and rules of conduct."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field

from rlve_dsl import files
from rlve_dsl.diagnostics import Span
from rlve_dsl.frozen import frozen
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.lines import locate
from rlve_dsl.policy.language.words import Facts
from rlve_dsl.policy.meaning.closures import Run
from rlve_dsl.policy.meaning.ruling import Ruling, rule
from rlve_dsl.policy.meaning.walk import Algebra, Outlines, T, V, Walk

_USUAL: Mapping[str, tuple[int, int]] = {
    "money": (0, 100_000), "days": (0, 365), "percent": (0, 10_000), "number": (0, 100),
}  # fmt: skip


@frozen
class Fact:
    """Something that rules read.

    Attributes:
        low: The least value, in cents, days, hundredths of a percent or whole numbers; None where the author gave none.
        high: The greatest value.
        since: The event that its days count from, or empty.
        phrase: The author's template that states the fact, empty where there is none; so are the four that follow.
        unit: The words for what a number counts.
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

    @property
    def title(self) -> str:
        """What it is called: `the price of the item` by the phrase `the price of the item is {value}`, or its name."""
        before, found, after = self.phrase.partition(" is {value}")
        return before if found and not after else self.name.replace(".", " ").replace("_", " ")


def domain(fact: Fact) -> tuple[int, int]:
    """The least and greatest value of a number; a usual one where the author gave no bound."""
    low, high = _USUAL[fact.type]
    low = low if fact.low is None else fact.low
    return low, max(low, high) if fact.high is None else fact.high


@frozen
class Decision:
    """A decision with its rule.

    Attributes:
        clauses: The clauses in written order, the base first.
        direct_facts: The facts that its own clauses read.
        direct_uses: The decisions that its own clauses read.
        facts: The facts that it and the decisions below it read.
        uses: All decisions below it.
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

    @property
    def title(self) -> str:
        """What it is called: its noun, or its name."""
        return self.noun or self.name.replace("_", " ")

    def where(self, node: ast.Node) -> Span:
        """The place of a part of its rule in the file."""
        return locate(self.source, node.place)


@frozen
class Governs:
    """The decisions that govern a tool: `allow` is a bool, `fee` is money."""

    allow: str | None = None
    fee: str | None = None


@frozen
class Assumption:
    """A relation between facts. `holds(facts)` is None where it cannot be known."""

    node: ast.Assume
    text: str
    span: Span
    facts: frozenset[str]
    holds: Callable[[Facts], bool | None] = field(repr=False, compare=False)


@frozen
class Promise:
    """What must hold of the decisions in every case."""

    node: ast.Assume
    text: str
    span: Span


@frozen
class Rule:
    """A rule of conduct. `applies(facts)`: its `when` is known to hold, or it has none, and no `unless` does."""

    id: str
    text: str
    node: ast.Require | ast.Forbid
    span: Span
    facts: frozenset[str]
    applies: Callable[[Facts], bool] = field(repr=False, compare=False)

    @property
    def tool(self) -> str:
        """The tool whose call it is about, or `any change`."""
        return self.node.before if isinstance(self.node, ast.Require) else self.node.tool

    def is_about(self, tool: str, *, changes: bool) -> bool:
        """Whether it is about calls of this tool, which changes something or does not."""
        return changes if self.tool == ast.ANY_CHANGE else self.tool == tool

    @property
    def steps(self) -> tuple[str, ...]:
        """What must come before the call, one of these: tools, or `confirmation`. Nothing for a `forbid`."""
        return self.node.steps if isinstance(self.node, ast.Require) else ()

    @property
    def twice(self) -> str:
        """The argument for one value of which only a second call is forbidden; empty where there is none."""
        return self.node.twice if isinstance(self.node, ast.Forbid) else ""


@frozen
class Policy:
    """A policy that is ready to decide.

    Attributes:
        digest: Identifies everything that the policy says.
        decisions: Each decision comes after those that it uses.
        events: For each event, the fact that counts the days since it.
        runs: The decisions as functions.
    """

    name: str
    digest: str
    spec: files.Policy = field(repr=False)
    facts: Mapping[str, Fact]
    decisions: Mapping[str, Decision]
    events: Mapping[str, str]
    assumptions: tuple[Assumption, ...]
    promises: tuple[Promise, ...]
    governs: Mapping[str, Governs]
    conduct: tuple[Rule, ...]
    runs: Mapping[str, Run] = field(repr=False, compare=False)
    _outlines: Outlines = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_outlines", Outlines(self.decisions))

    def decide(self, decision: str, facts: Facts, without: Collection[str] = ()) -> Ruling:
        """Decide for these facts.

        A comparison with an unknown fact is unknown, and so is `not` of it; `and` and `or` are unknown where the unknown
        part matters. A clause applies where its condition is known to hold.

        Args:
            decision: The name of a decision.
            facts: The values of facts. Numbers are whole: cents, days, hundredths of a percent. An absent fact, or None,
                is unknown.
            without: The ids of clauses to leave out, as if they were not written.

        Returns:
            The ruling. Its value is None where the decision needs an unknown value.

        Raises:
            UsageError: There is no such decision, or `without` names the base of a decision.
        """
        return rule(self, decision, facts, without)

    def walk(
        self, algebra: Algebra[V, T], without: Collection[str] = (), whole: Walk[V, T] | None = None
    ) -> Walk[V, T]:
        """The rules in an algebra; see `Walk`."""
        return Walk(self.decisions, self.events, algebra, without, whole, self._outlines)

    def named(self, name: str) -> Fact | Decision:
        """The fact or decision of this name."""
        return self.decisions[name] if name in self.decisions else self.facts[name]

    def names_in(self, *nodes: ast.Node | None) -> Iterator[str]:
        """The facts and decisions that parts of rules read, in written order; a name may occur twice."""
        for node in nodes:
            for kind, name in () if node is None else ast.names(node):
                yield name if kind == "name" else self.events[name]

    def known_when(self) -> dict[str, list[ast.Condition]]:
        """Facts that are known only under conditions, by assumptions `x is known only when …`; all conditions must hold."""
        found: dict[str, list[ast.Condition]] = {}
        for assumption in self.assumptions:
            node = assumption.node
            if isinstance(node.condition, ast.Known) and node.condition.wanted and node.only_when is not None:
                found.setdefault(node.condition.ref.name, []).append(node.only_when)
        return found
