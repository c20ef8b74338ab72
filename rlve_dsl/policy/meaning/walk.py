"""The meaning of rules, written once: a walk over the syntax tree of a policy that builds values and tests.

What a value and a test are is up to an algebra. There are three: functions of one set of facts (`closures`), columns for many
sets of facts at once (`columns`), and formulas for a solver (`formulas`).

A value may be unknown, and so may a test: a comparison with an unknown value is unknown, and `not`, `and` and `or` follow
Kleene's logic. A clause applies where its condition is known to hold. Numbers are whole; a share is rounded half up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, Protocol, TypeVar

from rlve_dsl.policy.language import ast

if TYPE_CHECKING:
    from rlve_dsl.policy.language.words import Scalar
    from rlve_dsl.policy.meaning.policy import Decision

V = TypeVar("V")
T = TypeVar("T")

Operator = Literal["+", "-", "*", "% of", "at most", "at least"]
_ADJUSTS: Mapping[str, Operator] = {"plus": "+", "minus": "-", "at most": "at most", "at least": "at least"}


class Change(NamedTuple, Generic[V, T]):
    """An adjustment: `operator` and `amount` change a value where `applies` holds."""

    clause: str
    applies: T
    operator: Operator
    amount: V


class Algebra(Protocol[V, T]):
    """How values (V) and tests (T) are represented."""

    def constant(self, value: Scalar) -> V:
        """A value written in the rules."""

    def fact(self, name: str) -> V:
        """The value of a fact."""

    def combine(self, operator: Operator, left: V, right: V) -> V:
        """A sum, product, share or limit of two numbers."""

    def compare(self, sign: ast.Comparison, left: V, right: V) -> T:
        """A comparison of two values."""

    def is_yes(self, value: V) -> T:
        """Whether a bool value is yes."""

    def is_known(self, value: V) -> T:
        """Whether a value is known; this test is never unknown."""

    def negate(self, test: T) -> T:
        """The opposite of a test."""

    def join(self, word: Literal["and", "or"], tests: Sequence[T]) -> T:
        """Two or more tests joined."""

    def as_value(self, test: T) -> V:
        """A test as the value of a bool decision."""

    def applies(self, clause: str, condition: T | None) -> T:
        """Whether a clause applies; without a condition it always does."""

    def branch(self, clause: str, value: V, exceptions: Sequence[tuple[T, V]], changes: Sequence[Change[V, T]]) -> V:
        """The value of the first exception that applies, else `value`; then each change that applies, in order."""

    def decision(self, name: str, base: V, layers: Sequence[tuple[T, V]]) -> V:
        """The value of the last layer that applies, else the base."""


class Outlines:
    """What walks over one policy need to know of its nodes, found once: the decisions that a node reads, the clauses of a decision."""

    def __init__(self, decisions: Mapping[str, Decision]) -> None:
        self._decisions = decisions
        self._read: dict[
            int, tuple[ast.Node, frozenset[str]]
        ] = {}  # the node itself keeps its number from being given again
        self._ids: dict[str, Mapping[int, str]] = {}
        self._using: dict[str, frozenset[str]] = {}

    def using(self, decision: str) -> frozenset[str]:
        """A decision, and all that use it."""
        if decision not in self._using:
            users = (name for name, other in self._decisions.items() if decision in other.uses)
            self._using[decision] = frozenset((decision, *users))
        return self._using[decision]

    def read_by(self, node: ast.Node) -> frozenset[str]:
        """The decisions that a node reads."""
        known = self._read.get(id(node))
        if known is None or known[0] is not node:
            names = frozenset(name for kind, name in ast.names(node) if kind == "name" and name in self._decisions)
            known = self._read[id(node)] = node, names
        return known[1]

    def ids(self, decision: str) -> Mapping[int, str]:
        """The ids of the clauses of a decision, by the numbers of their nodes."""
        if decision not in self._ids:
            self._ids[decision] = {id(clause.node): clause.id for clause in self._decisions[decision].clauses}
        return self._ids[decision]


class Walk(Generic[V, T]):
    """The decisions, values and conditions of a policy in one algebra. Each decision and condition is built once.

    Args:
        decisions: The decisions of the policy.
        since: For each event, the fact that counts the days since it.
        algebra: What values and tests are made of.
        without: The ids of clauses to leave out, as if they were not written.
        whole: The walk of the same algebra with all clauses. What no left out clause can change is taken from it.
        outlines: What other walks over these decisions have found out already.
    """

    def __init__(
        self,
        decisions: Mapping[str, Decision],
        since: Mapping[str, str],
        algebra: Algebra[V, T],
        without: Collection[str] = (),
        whole: Walk[V, T] | None = None,
        outlines: Outlines | None = None,
    ) -> None:
        self.algebra = algebra
        self._decisions = decisions
        self._since = since
        self._without = frozenset(without)
        self._whole = whole
        self._decided: dict[str, V] = {}
        self._tests: dict[int, T] = {}
        self._branches: dict[int, V] = {}
        self._outlines = outlines or Outlines(decisions)
        self._cut = frozenset[str]().union(*(self._outlines.using(clause.rpartition(".")[0]) for clause in without))

    def decision(self, name: str) -> V:
        """The value of a decision."""
        if self._whole is not None and name not in self._cut:
            return self._whole.decision(name)
        if name not in self._decided:
            below = self._decisions[name].uses
            for other in self._decisions:  # in order, so that a long row of decisions is no deep recursion
                if other in below:
                    self._decide(other)
            self._decide(name)
        return self._decided[name]

    def exception(self, clause: ast.Clause) -> V:
        """The value of a branch where it applies, with its exceptions and adjustments."""
        assert isinstance(clause.node, ast.Branch)
        return self._branch(clause.node, self._outlines.ids(clause.decision))

    def value(self, node: ast.Value) -> V:
        """A value of the rules."""
        match node:
            case ast.Amount(value="yes" | "no" as word, unit="word"):
                return self.algebra.constant(word == "yes")
            case ast.Amount(value=value):
                return self.algebra.constant(value)
            case ast.Ref(name=name):
                return self.decision(name) if name in self._decisions else self.algebra.fact(name)
            case ast.Arithmetic(operator=operator, left=left, right=right):
                return self.algebra.combine(operator, self.value(left), self.value(right))
            case ast.Share(percent=percent, of=of):
                return self.algebra.combine("% of", self.value(percent), self.value(of))

    def condition(self, node: ast.Condition) -> T:
        """A condition of the rules; the node must live as long as the walk."""
        if self._whole is not None and not self._is_reading_cut(node):
            return self._whole.condition(node)
        key = id(node)
        if key not in self._tests:
            self._tests[key] = self._condition(node)
        return self._tests[key]

    def _decide(self, name: str) -> None:
        if name not in self._decided and (self._whole is None or name in self._cut):
            decision = self._decisions[name]
            ids = self._outlines.ids(name)
            base, *layers = decision.tree.layers
            self._decided[name] = self.algebra.decision(name, self._branch(base, ids), [*self._cases(layers, ids)])

    # Parts of a decision --------------------------------------------------------------------------------------------

    def _branch(self, node: ast.Branch, ids: Mapping[int, str]) -> V:
        if self._whole is not None and not self._is_reading_cut(node) and not self._is_within(node, ids):
            return self._whole._branch(node, ids)
        key = id(node)
        if key not in self._branches:
            self._branches[key] = self._made_branch(node, ids)
        return self._branches[key]

    def _made_branch(self, node: ast.Branch, ids: Mapping[int, str]) -> V:
        changes = [
            Change(ids[id(change)], self._applies(change, ids), _ADJUSTS[change.operator], self.value(change.amount))
            for change in node.adjustments
            if ids[id(change)] not in self._without
        ]
        return self.algebra.branch(
            ids[id(node)], self._outcome(node.value), [*self._cases(node.exceptions, ids)], changes
        )

    def _cases(self, branches: Iterable[ast.Branch], ids: Mapping[int, str]) -> Iterator[tuple[T, V]]:
        for branch in branches:
            if ids[id(branch)] not in self._without:
                yield self._applies(branch, ids), self._branch(branch, ids)

    def _applies(self, node: ast.Branch | ast.Adjustment, ids: Mapping[int, str]) -> T:
        return self.algebra.applies(ids[id(node)], None if node.when is None else self.condition(node.when))

    def _outcome(self, node: ast.Value | ast.Condition) -> V:
        return self.value(node) if isinstance(node, ast.VALUES) else self.algebra.as_value(self.condition(node))

    # Conditions -----------------------------------------------------------------------------------------------------

    def _condition(self, node: ast.Condition) -> T:
        algebra = self.algebra
        match node:
            case ast.Compare(left=left, rest=rest):
                values = [self.value(left), *(self.value(right) for _, right in rest)]
                pairs = zip(rest, values, values[1:], strict=False)
                return self._join("and", [algebra.compare(sign, a, b) for (sign, _), a, b in pairs])
            case ast.OneOf(left=left, options=options, wanted=wanted):
                value = self.value(left)
                same = self._join("or", [algebra.compare("is", value, self.value(option)) for option in options])
                return same if wanted else algebra.negate(same)
            case ast.Between(left=left, low=low, high=high):
                value = self.value(left)
                ends: tuple[tuple[ast.Comparison, ast.Value], ...] = ((">=", low), ("<=", high))
                return self._join("and", [algebra.compare(sign, value, self.value(end)) for sign, end in ends])
            case ast.Within(amount=amount, since=since, wanted=wanted):
                return algebra.compare("<=" if wanted else ">", algebra.fact(self._since[since]), self.value(amount))
            case ast.Holds(ref=ref):
                return algebra.is_yes(self.value(ref))
            case ast.Known(ref=ref, wanted=wanted):
                known = algebra.is_known(self.value(ref))
                return known if wanted else algebra.negate(known)
            case ast.Not(condition=condition):
                return algebra.negate(self.condition(condition))
            case ast.Joined(operator=word, conditions=conditions):
                return self._join(word, [self.condition(condition) for condition in conditions])

    def _join(self, word: Literal["and", "or"], tests: list[T]) -> T:
        return tests[0] if len(tests) == 1 else self.algebra.join(word, tests)

    # What a left out clause can change ------------------------------------------------------------------------------

    def _is_within(self, node: ast.Branch, ids: Mapping[int, str]) -> bool:
        """Whether a left out clause is below a branch."""
        return any(ids[id(change)] in self._without for change in node.adjustments) or any(
            ids[id(other)] in self._without or self._is_within(other, ids) for other in node.exceptions
        )

    def _is_reading_cut(self, node: ast.Condition | ast.Branch) -> bool:
        return not self._cut.isdisjoint(self._outlines.read_by(node))
