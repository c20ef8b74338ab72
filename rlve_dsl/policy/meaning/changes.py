"""The values of a number at which a decision changes: the last day for a return, the price from which a fee differs."""

from __future__ import annotations

import numpy as np

from rlve_dsl.errors import UsageError
from rlve_dsl.policy.language.words import Facts
from rlve_dsl.policy.meaning.columns import Column, Columns
from rlve_dsl.policy.meaning.partial import Partial, WordCodes
from rlve_dsl.policy.meaning.policy import Policy, domain


def edges(policy: Policy, decision: str, fact: str, fixed: Facts) -> tuple[int, ...]:
    """Find where a decision changes along one number. Every value within the bounds of the fact is tried.

    Args:
        fact: The number that varies.
        fixed: The other facts; an absent one, or None, is unknown.

    Returns:
        The values v, in rising order, for which the decision is another than for v + 1.

    Raises:
        UsageError: There is no such decision, or the fact is not a number.
    """
    if decision not in policy.decisions:
        raise UsageError(f"there is no decision `{decision}`")
    varied = policy.facts.get(fact)
    if varied is None or varied.type not in ("money", "days", "percent", "number"):
        raise UsageError(f"`{fact}` is no number of the policy `{policy.name}`")
    words = WordCodes()
    facts: dict[str, Column] = {
        name: Partial(np.array(words.encode(value)))
        for name, value in fixed.items()
        if value is not None and name in policy.facts
    }
    low, high = domain(varied)
    facts[fact] = Partial(np.arange(low, high + 1, dtype=np.int64))
    columns = Columns(facts, words)
    decided = policy.walk(columns).decision(decision)
    values = np.broadcast_to(decided.value, (high + 1 - low,))
    known = np.broadcast_to(columns.where_known(decided), values.shape)
    changes = (known[1:] != known[:-1]) | (known[1:] & known[:-1] & (values[1:] != values[:-1]))
    return tuple((np.flatnonzero(changes) + low).tolist())
