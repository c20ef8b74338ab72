"""Disturbances: calls that fail for the moment, take long, or have results that are cut short."""

from __future__ import annotations

from rlve_dsl.expressions import Share
from rlve_dsl.world import UNAVAILABLE, Attempt, Cut, Delay, Failure, disturbance


@disturbance()
def flaky(attempt: Attempt, share: Share, in_a_row: int = 2, seconds: int = 0) -> Failure | None:
    """This share of calls fails for the moment, each at most `in_a_row` times; a failure takes some seconds."""
    if attempt.failures < in_a_row and attempt.stream.chance(share):
        return Failure(UNAVAILABLE, seconds)
    return None


@disturbance()
def slow(attempt: Attempt, share: Share, seconds: int) -> Delay | None:
    """This share of calls takes long: from half as many seconds to one and a half times as many."""
    if attempt.stream.chance(share):
        return Delay(attempt.stream.integer((seconds + 1) // 2, seconds + seconds // 2))
    return None


@disturbance()
def cut_short(attempt: Attempt, share: Share, rows: int) -> Cut | None:
    """This share of results has the first rows only; the same call, made again, gives the rest."""
    return Cut(rows) if attempt.stream.chance(share) else None
