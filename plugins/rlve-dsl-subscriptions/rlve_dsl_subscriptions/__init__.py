"""A subscription service for rlve-dsl. Its world is declared in YAML; Python has the one function that YAML cannot say."""

from __future__ import annotations

from collections.abc import Sequence

from rlve_dsl.expressions import Cents, Days, Function, function
from rlve_dsl.hookspecs import hookimpl


@function()
def prorated(price: Cents, left: Days, period: Days) -> Cents:
    """The part of a price for the days of a period that are left, rounded down to whole cents.

    >>> prorated.call(3000, 10, 30), prorated.call(1000, 40, 30)
    (1000, 1000)
    """
    return price * min(max(left, 0), period) // period if period > 0 else 0


@hookimpl
def rlve_functions() -> Sequence[Function]:
    """Functions for expressions."""
    return (prorated,)
