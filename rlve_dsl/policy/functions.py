"""What a policy adds to the expression language: `decide`, which uses only what has been read and said.

Solutions call it; they have no access to the world or to the right answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.expressions import EvaluationError, Function, function
from rlve_dsl.policy.language.words import say
from rlve_dsl.policy.meaning.policy import Policy
from rlve_dsl.policy.questions.questions import SituationFact, unknown_in


class PassageRow(TypedDict):
    """A passage as a search shows it.

    `about` says what its decision is called, `refers` what the decisions are called that it names, and `match` how well it
    fits the query, from 0 to 100.
    """

    passage_id: str
    about: str
    text: str
    refers: list[str]
    match: int


def functions_of(policy: Policy) -> Mapping[str, Function]:
    """The functions that a policy adds to the expressions of its collection."""

    @function()
    def decide(decision: str, situation: Sequence[SituationFact], passages: Sequence[PassageRow]) -> str:
        """What the store policy decides in a situation, in words, from the passages read and the facts said alone.

        It has no value where a clause of the decision, or of one that it uses, is not among the passages, or a fact that
        it reads is not in the situation.
        """
        decided = policy.decisions.get(decision)
        if decided is None:
            near = did_you_mean(decision, policy.decisions)
            raise EvaluationError(
                f"the policy `{policy.name}` has no decision `{decision}`{f': {near}' if near else ''}"
            )
        read = {row["passage_id"] for row in passages}
        for name in (decision, *sorted(decided.uses)):
            for clause in policy.decisions[name].clauses:
                if clause.id not in read:
                    raise EvaluationError(f"the passage `{clause.id}` has not been read")
        facts = {known["fact"]: known["value"] for known in situation}
        ruling = policy.decide(decision, facts)
        missing = ruling.facts - facts.keys() - unknown_in(policy, facts)
        if missing:
            raise EvaluationError(f"`{min(missing)}` has not been said")
        return say(decided, ruling.value)

    return {decide.name: decide}
