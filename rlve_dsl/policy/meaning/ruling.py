"""Rulings: the value of a decision for some facts, and the clauses and facts that it follows from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from rlve_dsl import files
from rlve_dsl.diagnostics import Span, did_you_mean
from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.language.format import clause_text
from rlve_dsl.policy.language.words import Facts, Scalar, listed, say, state
from rlve_dsl.policy.meaning.closures import Evaluation
from rlve_dsl.values import JsonObject

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Policy


@frozen
class Step:
    """A clause that applied, with the facts that it reads and the decisions that it uses.

    Where an exception replaced its value (`replaced`), what only the value reads is left out.
    """

    clause: ast.Clause
    text: str
    span: Span
    facts: Mapping[str, Scalar | None]
    uses: tuple[Derivation, ...]
    replaced: bool = False


@frozen
class Derivation:
    """How a decision got its value: the clauses that applied, from the outermost to the innermost, then adjustments."""

    decision: str
    type: files.PolicyType
    value: Scalar | None
    steps: tuple[Step, ...]

    def as_json(self) -> JsonObject:
        """The tree as JSON."""
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
        """This derivation and those below it, each decision once."""
        seen: set[str] = set()

        def below(one: Derivation) -> Iterator[Derivation]:
            if one.decision not in seen:
                seen.add(one.decision)
                yield one
                for step in one.steps:
                    for used in step.uses:
                        yield from below(used)

        yield from below(self)


class _Noting(Mapping[str, Scalar | None]):
    """Facts that note which of them are read."""

    def __init__(self, facts: Facts) -> None:
        self.inner = facts
        self.seen: set[str] = set()

    def __getitem__(self, name: str) -> Scalar | None:
        self.seen.add(name)
        return self.inner[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.inner)

    def __len__(self) -> int:
        return len(self.inner)


@frozen
class Ruling:
    """A decision for some facts.

    Attributes:
        value: None where the decision needs an unknown fact.
        clauses: The ids of the clauses that applied, those of the decisions below included.
    """

    decision: str
    type: files.PolicyType
    value: Scalar | None
    clauses: tuple[str, ...]
    policy: Policy = field(repr=False, compare=False)
    given: Facts = field(repr=False, compare=False)
    without: frozenset[str] = field(repr=False, compare=False)

    @property
    def facts(self) -> frozenset[str]:
        """The facts that were read, known or not, also for conditions that did not hold."""
        noting = _Noting(self.given)
        self.policy.runs[self.decision](Evaluation(noting, self.without))
        return frozenset(noting.seen)

    @property
    def derivation(self) -> Derivation:
        """The clauses and decisions that led to the value."""
        evaluation = Evaluation(self.given, self.without)
        self.policy.runs[self.decision](evaluation)
        return _derive(self.policy, self.decision, evaluation, {})

    @property
    def reason(self) -> str:
        """The value and the facts that it follows from, as a sentence without a full stop."""
        policy, derivation = self.policy, self.derivation
        decided = policy.decisions[self.decision]
        if self.value is None:
            unknown = sorted(name for name in self.facts if self.given.get(name) is None)
            return f"{decided.title} is not known without {', '.join(unknown)}"
        grounds: dict[str, None] = {}
        for one in derivation.walk():
            for step in one.steps:
                for name, value in step.facts.items():
                    if value is not None:
                        grounds[state(policy.facts[name], value)] = None
            below = policy.decisions[one.decision]
            if one is not derivation and one.value is not None and one.type != "bool":
                grounds[f"{below.title} is {say(below, one.value)}"] = None
        result = f"{decided.title}{':' if self.type == 'bool' else ' is'} {say(decided, self.value)}"
        return f"{result}, as {listed([*grounds])}" if grounds else result


def rule(policy: Policy, decision: str, facts: Facts, without: Collection[str]) -> Ruling:
    """See `Policy.decide`."""
    run = policy.runs.get(decision)
    if run is None:
        near = did_you_mean(decision, policy.decisions)
        raise UsageError(f"there is no decision `{decision}`{f': {near}' if near else ''}")
    left_out = frozenset(without)
    if any(name.endswith(".0") for name in left_out):
        raise UsageError("the base of a decision cannot be left out")
    evaluation = Evaluation(facts, left_out)
    value = run(evaluation)
    clauses = tuple(name for trail in evaluation.trails.values() for name in trail)
    return Ruling(decision, policy.decisions[decision].type, value, clauses, policy, facts, left_out)


def _derive(policy: Policy, name: str, evaluation: Evaluation, done: dict[str, Derivation]) -> Derivation:
    if name in done:
        return done[name]
    decision = policy.decisions[name]
    by_id = {clause.id: clause for clause in decision.clauses}
    applied = [by_id[name] for name in evaluation.trails[name]]
    steps = []
    for clause in applied:
        replaced = any(other.path[:-1] == clause.path and isinstance(other.path[-1], int) for other in applied)
        reads = dict.fromkeys(policy.names_in(None if replaced else clause.value, clause.node.when))
        facts = {read: evaluation.facts.get(read) for read in reads if read in policy.facts}
        uses = [_derive(policy, read, evaluation, done) for read in reads if read in evaluation.trails]
        text = clause_text(decision.tree, clause)
        steps.append(Step(clause, text, decision.where(clause.node), facts, tuple(uses), replaced))
    done[name] = Derivation(name, decision.type, evaluation.decided[name], tuple(steps))
    return done[name]
