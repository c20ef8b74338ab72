"""Where the clauses of a decision count, as truths of any algebra."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from rlve_dsl.frozen import frozen
from rlve_dsl.policy.language import ast
from rlve_dsl.policy.meaning.partial import Partial, PartialAlgebra, Test
from rlve_dsl.policy.meaning.policy import Decision
from rlve_dsl.policy.meaning.walk import Walk

N = TypeVar("N")
B = TypeVar("B")


@frozen
class Reach(Generic[B]):
    """Where a clause counts.

    `within`: the clauses around it apply. `looked_at`: and no later `but` applies. `applies`: and its own condition holds.
    """

    clause: ast.Clause
    within: B
    looked_at: B
    applies: B

    @property
    def is_exception(self) -> bool:
        """Whether it is an exception of another clause, neither a `but` nor an adjustment."""
        return isinstance(self.clause.node, ast.Branch) and len(self.clause.path) > 1


def reaches(
    decision: Decision, algebra: PartialAlgebra[N, B], walk: Walk[Partial[N, B], Test[B]]
) -> Iterator[Reach[B]]:
    """Where each clause of a decision counts, in written order."""
    every: Any = algebra.every
    true = algebra.truth(True)
    by_path = {clause.path: clause for clause in decision.clauses}

    def when(condition: ast.Condition | None) -> B:
        return true if condition is None else walk.condition(condition).yes

    def below(branch: ast.Branch, path: ast.Path, within: B, free: B) -> Iterator[Reach[B]]:
        inside = every([within, when(branch.when)])
        yield Reach(by_path[path], within, every([within, free]), every([inside, free]))
        for place, exception in enumerate(branch.exceptions):
            yield from below(exception, (*path, place), inside, free)
        for place, adjustment in enumerate(branch.adjustments):
            applies = every([inside, free, when(adjustment.when)])
            yield Reach(by_path[*path, f"+{place}"], inside, every([inside, free]), applies)

    layers = decision.tree.layers
    for place, layer in enumerate(layers):
        later = [algebra.opposite(when(other.when)) for other in layers[place + 1 :]]
        yield from below(layer, (place,), true, every(later) if later else true)
