"""What a policy decided, and how it came to that: clauses, facts, a derivation, a reason in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rlve_dsl import files
from rlve_dsl.diagnostics import Span, did_you_mean
from rlve_dsl.errors import UsageError
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.format import clause_text
from rlve_dsl.policy.language.words import say, state
from rlve_dsl.policy.meaning.decide import Case

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Policy


@dataclass(frozen=True, slots=True)
class Step:
    """A clause that held on the way to a value, with the facts that it reads and the decisions that it uses.

    Where an exception took the place of its value (`replaced`), what only that value reads is left out.
    """

    clause: ast.Clause
    text: str
    span: Span
    facts: Mapping[str, Any]
    uses: tuple[Derivation, ...]
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a decision came to its value: the clauses that held, from its layer inwards, then the adjustments."""

    decision: str
    type: files.PolicyType
    value: Any
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """The tree as JSON-ready values: each clause with its id, text, place, facts and the decisions that it used."""
        return {
            "decision": self.decision,
            "type": self.type,
            "value": self.value,
            "clauses": [
                {
                    "id": step.clause.id,
                    "text": step.text,
                    "file": step.span.file,
                    "line": step.span.line,
                    "replaced": step.replaced,
                    "facts": dict(step.facts),
                    "uses": [used.as_json() for used in step.uses],
                }
                for step in self.steps
            ],
        }

    def walk(self) -> Iterator[Derivation]:
        """Itself and every derivation below, each decision once, in the order in which they are needed."""
        seen: set[str] = set()

        def below(one: Derivation) -> Iterator[Derivation]:
            if one.decision not in seen:
                seen.add(one.decision)
                yield one
                for step in one.steps:
                    for used in step.uses:
                        yield from below(used)

        yield from below(self)


class _Noting(Mapping[str, Any]):
    """Facts that note which of them are looked at."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.inner = facts
        self.seen: dict[str, None] = {}

    def __getitem__(self, name: str) -> Any:
        self.seen[name] = None
        return self.inner[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision for a case; `value` is None where it needs an unknown fact.

    `clauses` are the ids of those that held on the way, nested decisions included, in the order of their decisions.
    """

    decision: str
    type: files.PolicyType
    value: Any
    clauses: tuple[str, ...]
    policy: Policy = field(repr=False, compare=False)
    given: Mapping[str, Any] = field(repr=False, compare=False)
    without: frozenset[str] = field(repr=False, compare=False)

    @property
    def facts(self) -> frozenset[str]:
        """The facts that were looked at, known or not, those of conditions that did not hold included."""
        noting = _Noting(self.given)
        self.policy.runs[self.decision](Case(noting, self.without))
        return frozenset(noting.seen)

    @property
    def derivation(self) -> Derivation:
        """The tree of clauses and decisions that led to the value."""
        case = Case(self.given, self.without)
        self.policy.runs[self.decision](case)
        return _derive(self.policy, self.decision, case, {})

    @property
    def reason(self) -> str:
        """The value and what it follows from, in a sentence without a full stop."""
        policy, derivation = self.policy, self.derivation
        decided = policy.decisions[self.decision]
        noun = decided.noun or decided.name.replace("_", " ")
        if self.value is None:
            unknown = sorted(name for name in self.facts if self.given.get(name) is None)
            return f"{noun} is not known without {', '.join(unknown)}"
        grounds: dict[str, None] = {}
        for one in derivation.walk():
            for step in one.steps:
                for name, value in step.facts.items():
                    if value is not None:
                        grounds[state(policy.facts[name], value)] = None
            below = policy.decisions[one.decision]
            if one is not derivation and one.value is not None and one.type != "bool":
                grounds[f"{below.noun or below.name.replace('_', ' ')} is {say(below, one.value)}"] = None
        result = f"{noun}{':' if self.type == 'bool' else ' is'} {say(decided, self.value)}"
        return f"{result}, as {_listed(list(grounds))}" if grounds else result


def rule(policy: Policy, decision: str, facts: Mapping[str, Any], without: Collection[str]) -> Ruling:
    """See `Policy.decide`."""
    run = policy.runs.get(decision)
    if run is None:
        near = did_you_mean(decision, policy.decisions)
        raise UsageError(f"there is no decision `{decision}`{f': {near}' if near else ''}")
    left_out = frozenset(without)
    if any(name.endswith(".0") for name in left_out):
        raise UsageError("the base of a decision cannot be left out")
    case = Case(facts, left_out)
    value = run(case)
    clauses = tuple(name for trail in case.trails.values() for name in trail)
    return Ruling(decision, policy.decisions[decision].type, value, clauses, policy, facts, left_out)


def _derive(policy: Policy, name: str, case: Case, done: dict[str, Derivation]) -> Derivation:
    if name in done:
        return done[name]
    decision = policy.decisions[name]
    by_id = {clause.id: clause for clause in decision.clauses}
    held = [by_id[name] for name in case.trails[name]]
    steps = []
    for clause in held:
        replaced = any(other.path[:-1] == clause.path and isinstance(other.path[-1], int) for other in held)
        reads = own_reads(clause.node, policy, without_value=replaced)
        facts = {read: case.facts.get(read) for read in reads if read in policy.facts}
        uses = [_derive(policy, read, case, done) for read in reads if read in case.trails]
        text = clause_text(decision.tree, clause)
        steps.append(Step(clause, text, decision.where(clause.node), facts, tuple(uses), replaced))
    done[name] = Derivation(name, decision.type, case.known[name], tuple(steps))
    return done[name]


def own_reads(node: ast.Branch | ast.Adjustment, policy: Policy, without_value: bool = False) -> tuple[str, ...]:
    """The facts and decisions that a clause reads by itself, those of clauses below it left out, in written order."""
    value = node.value if isinstance(node, ast.Branch) else node.amount
    parts = [node.when] if without_value else [value, node.when]
    found = [
        n if kind == "name" else policy.fact_since(n).name for part in parts if part for kind, n in ast.names(part)
    ]
    return tuple(dict.fromkeys(found))


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
