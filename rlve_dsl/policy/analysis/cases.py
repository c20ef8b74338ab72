"""What the cells of a policy show by themselves, so that nobody need ask the solver: that there is nothing to report.

As a rule a policy is sound, and the solver takes longer to load than all its cells to be looked through. The cells are one
situation for each combination of values that no condition tells apart. One of them is enough to show that something can happen.
That something never happens they show only where no condition compares what is computed from facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import prod

import numpy as np

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.frozen import frozen
from rlve_dsl.policy.analysis.reach import reaches
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.meaning.columns import Column, Columns, Truth
from rlve_dsl.policy.meaning.partial import Test
from rlve_dsl.policy.meaning.policy import Decision, Policy, Promise, Rule, domain
from rlve_dsl.policy.meaning.walk import Walk
from rlve_dsl.policy.questions.breakpoints import Breakpoints
from rlve_dsl.policy.questions.points import columns_at, points_of, related
from rlve_dsl.policy.questions.questions import table

_MOST = 500_000  # cells


class Cases:
    """The situations of one policy. Each method is False as well where the cells are too many, or do not show it."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        # what an assumption says of a decision is not split at its values
        self._is_usable = not any(
            name in policy.decisions for a in policy.assumptions for name in policy.names_in(*_parts(a.node))
        )

    def agree(self) -> bool:
        """Whether all assumptions hold in some situation."""
        parts = [part for assumption in self._policy.assumptions for part in _parts(assumption.node)]
        cells = self._cells(parts)
        return cells is not None and cells.has(cells.valid)

    def are_sound(self, decision: Decision) -> bool:
        """Whether every clause of a decision applies somewhere, not everywhere where it is looked at, together with no exception
        that disagrees; and whether it has a value wherever those that it uses have one."""
        clauses = [
            clause
            for name in (*sorted(decision.uses), decision.name)
            for clause in self._policy.decisions[name].clauses
        ]
        values = [clause.value for clause in clauses if isinstance(clause.value, ast.VALUES)]
        conditions = [part for clause in clauses for part in clause.parts if not isinstance(part, ast.VALUES)]
        cells = self._cells(conditions, values, decision)
        if cells is None:
            return False
        found = list(reaches(decision, cells.columns, cells.walk))
        for reach in found:
            if not cells.has(reach.applies):
                return False
            if reach.clause.node.when is not None and not cells.has(reach.looked_at & ~reach.applies):
                return False
        exceptions: dict[ast.Path, list[tuple[Truth, ast.Clause]]] = {}
        for reach in found:
            if reach.is_exception:
                exceptions.setdefault(reach.clause.path[:-1], []).append((reach.applies, reach.clause))
        pairs = (pair for family in exceptions.values() for pair in combinations(family, 2))
        return all(cells.agree(one, other) for one, other in pairs) and self._is_defined(decision, cells)

    def binds(self, rule: Rule) -> bool:
        """Whether a rule of conduct applies somewhere."""
        cells = self._cells([part for part in (rule.node.when, rule.node.unless) if part is not None])
        if cells is None:
            return False
        binds = cells.where(rule.node.when)
        return cells.has(binds if rule.node.unless is None else binds & ~cells.where(rule.node.unless))

    def keeps(self, promise: Promise) -> bool:
        """Whether a promise holds in every situation."""
        node = promise.node
        cells = self._cells(_parts(node))
        if cells is None:
            return False
        broken = ~cells.where(node.condition)
        return cells.never(broken if node.only_when is None else ~broken & ~cells.where(node.only_when))

    def _is_defined(self, decision: Decision, cells: _Cells) -> bool:
        known = cells.walk.decision(decision.name).known
        if known is None:
            return True
        used = [cells.walk.decision(name).known for name in sorted(decision.direct_uses)]
        return cells.never(cells.columns.every([~known, *(other for other in used if other is not None)]))

    def _cells(
        self, conditions: Iterable[ast.Condition], values: Iterable[ast.Value] = (), decision: Decision | None = None
    ) -> _Cells | None:
        """The cells that these conditions and values split; None where there are too many."""
        policy, grids = self._policy, table(self._policy).grids
        conditions = tuple(conditions)
        read = {name for name in policy.names_in(*conditions)}
        uses = {name: policy.decisions[name] for name in read if name in policy.decisions}
        facts = related(policy, {name for name in read if name in policy.facts}.union(
            *(of.facts for of in uses.values()), decision.facts if decision else ()
        ))  # fmt: skip
        below = sorted({*uses}.union(*(of.uses for of in uses.values())))
        breakpoints = Breakpoints(policy, lambda used: grids.grid(used).reached)
        try:
            for part in (
                *conditions,
                *(part for name in below for c in policy.decisions[name].clauses for part in c.parts),
            ):
                breakpoints.add(part)
            for assumption in policy.assumptions:
                if assumption.facts <= set(facts):
                    for part in _parts(assumption.node):
                        breakpoints.add(part)
            computed = breakpoints.inputs & set(facts)
            for value in values:
                breakpoints.add(value)
        except Unsatisfiable:
            return None
        bins = {name: breakpoints.bins(policy.facts[name]) for name in facts}
        if not self._is_usable or prod(map(len, bins.values())) > _MOST:
            return None
        points = points_of(bins, grids.words)
        columns = columns_at(policy, grids.words, points, frozenset(breakpoints.inputs & set(facts)))
        walk = policy.walk(columns)
        valid = columns.truth(True)
        for assumption in policy.assumptions:
            if assumption.facts <= set(facts):
                holds = walk.condition(assumption.node.condition).yes
                if assumption.node.only_when is not None:
                    holds = ~holds | walk.condition(assumption.node.only_when).yes
                valid = valid & holds
        return _Cells(
            columns, walk, valid, not computed and all(_is_split(policy, name, breakpoints) for name in facts)
        )


def _is_split(policy: Policy, name: str, breakpoints: Breakpoints) -> bool:
    """Whether the bins of a fact cover all that it can be: texts may be any, and numbers may have no bounds."""
    fact = policy.facts[name]
    if fact.type == "text":
        return name not in breakpoints.apart
    if fact.type in ("enum", "bool"):
        return True
    low, high = domain(fact)
    return (fact.low is not None or low == 0) and (
        fact.high is not None or all(start <= high for start in breakpoints.at.get(name, ()))
    )


@frozen
class _Cells:
    """Some cells: their facts, the rules over these, which of them the assumptions allow, and whether they are all that there is."""

    columns: Columns
    walk: Walk[Column, Test[Truth]]
    valid: Truth
    is_exact: bool

    def where(self, condition: ast.Condition | None) -> Truth:
        """Where a condition is known to hold."""
        return self.columns.truth(True) if condition is None else self.walk.condition(condition).yes

    def has(self, truth: Truth) -> bool:
        """Whether it holds somewhere."""
        return bool(np.any(self.valid & truth))

    def never(self, truth: Truth) -> bool:
        """Whether it holds in no situation."""
        return self.is_exact and not self.has(truth)

    def agree(self, one: tuple[Truth, ast.Clause], other: tuple[Truth, ast.Clause]) -> bool:
        """Whether two exceptions never apply together, or have the same value where they do."""
        both = one[0] & other[0]
        if self.never(both):
            return True
        a, b = (self.walk.exception(clause) for _, clause in (one, other))
        if a.traced or b.traced:
            return False
        known = [self.columns.where_known(value) for value in (a, b)]
        return self.never(both & ((known[0] != known[1]) | (known[0] & known[1] & (a.value != b.value))))


def _parts(node: ast.Assume) -> Sequence[ast.Condition]:
    return (node.condition,) if node.only_when is None else (node.condition, node.only_when)
