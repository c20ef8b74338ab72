"""Where a decision changes along one number: the last day on which a return is possible, the price from which a fee is
another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rlve_dsl.errors import UsageError
from rlve_dsl.policy.meaning.breakpoints import domain
from rlve_dsl.policy.meaning.columns import Column, Columns, Words, encode

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Policy


def edges(policy: Policy, decision: str, fact: str, fixed: Mapping[str, Any]) -> tuple[int, ...]:
    """The values v of a number, rising, at which the decision for v is not the decision for v + 1.

    `fixed` are the other facts; one that is absent or None is unknown. All values within the fact's bounds are tried, so
    nothing is missed. Raises UsageError where there is no such decision, or the fact is no number.
    """
    if decision not in policy.decisions:
        raise UsageError(f"there is no decision `{decision}`")
    known = policy.facts.get(fact)
    if known is None or known.type not in ("money", "days", "percent", "number"):
        raise UsageError(f"`{fact}` is no number of the policy `{policy.name}`")
    words = Words()
    facts = {
        name: Column(np.array(encode(value, policy.facts[name].type, words)))
        for name, value in fixed.items()
        if value is not None and name in policy.facts
    }
    low, high = domain(known)
    facts[fact] = Column(np.arange(low, high + 1, dtype=np.int64))
    decided = Columns(policy, facts, words).decide(decision)
    values = np.broadcast_to(decided.values, facts[fact].values.shape)
    sure = np.broadcast_to(decided.where_known, values.shape)
    changes = (sure[1:] != sure[:-1]) | (sure[1:] & sure[:-1] & (values[1:] != values[:-1]))
    return tuple((np.flatnonzero(changes) + low).tolist())
