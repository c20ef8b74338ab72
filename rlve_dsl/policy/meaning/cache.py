"""A cache of what is made from a policy: policies with the same digest say the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rlve_dsl.policy.meaning.policy import Policy

T = TypeVar("T")
KEPT = 16
"""Policies."""


def cached_by_digest(make: Callable[[Policy], T]) -> Callable[[Policy], T]:
    """Cache a function of a policy for the last few policies."""
    kept: OrderedDict[str, T] = OrderedDict()

    @wraps(make)
    def made(policy: Policy) -> T:
        if policy.digest not in kept:
            kept[policy.digest] = make(policy)
            if len(kept) > KEPT:
                kept.popitem(last=False)
        return kept[policy.digest]

    return made
