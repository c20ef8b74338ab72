"""Questions about the store's policy."""

from __future__ import annotations

from collections.abc import Sequence

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.policy import Question, table
from rlve_dsl.world.sampler import Draw, sampler


@sampler(needs=("policy",))
def sample_question(draw: Draw, depth: int, decisions: Sequence[str] = ()) -> Question:
    """A question about the store policy whose answer depends on `depth` clauses; about one of `decisions`, if there are any.

    The answer depends on a clause when it would change without the clause, also through other decisions. The situation
    gives every fact that the decision reads, with and without those clauses, so that there is one right answer. Half of its
    numbers lie at a boundary of the rules.
    """
    if draw.governance is None:
        raise Unsatisfiable("sample_question needs a collection with a policy")
    return table(draw.governance.policy).draw(draw.stream, depth, decisions)
