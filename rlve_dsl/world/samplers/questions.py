"""Questions about the store's policy."""

from __future__ import annotations

from collections.abc import Sequence

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.policy import Question, table
from rlve_dsl.world.sampler import Draw, sampler


@sampler(needs=("policy",))
def sample_question(draw: Draw, depth: int, decisions: Sequence[str] = ()) -> Question:
    """A question about the store policy whose answer depends on `depth` clauses. With `decisions`, it is about one of these.

    The answer depends on a clause when it would be different without the clause. Clauses of other decisions that it uses
    count too. The different answers that a decision can have at this depth are equally frequent. The situation holds every known
    fact that the decision can read, so there is one right answer. Half of its numbers lie at a boundary of the rules.
    """
    if draw.governance is None:
        raise Unsatisfiable("sample_question needs a collection with a policy")
    return table(draw.governance.policy).draw(draw.stream, depth, decisions)
