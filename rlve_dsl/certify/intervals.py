"""Confidence intervals of rates and means. No scenarios, no input or output."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

USUAL = 1.96
"""Standard errors on each side of a reported figure (95%)."""

CAUTIOUS = 3.0
"""Standard errors by which a difference must be off zero before it fails a check (99.7%): one run looks at many."""

UNLIKELY = 0.01
"""How likely at most something may be by luck when it is said not to be luck."""


@frozen
class Interval:
    """An estimate from `of` observations, and the ends of its confidence interval."""

    value: float
    low: float
    high: float
    of: int

    def as_json(self) -> JsonObject:
        """Return it as JSON data, rounded to six digits."""
        return {"value": round(self.value, 6), "low": round(self.low, 6), "high": round(self.high, 6), "of": self.of}


def rate(hits: int, of: int, z: float = USUAL) -> Interval:
    """Return the share of hits with its Wilson score interval (Wilson, 1927); of nothing, 0 in [0, 1].

    >>> rate(0, 20).high < 0.17, rate(20, 20).low > 0.83
    (True, True)
    """
    if of == 0:
        return Interval(0.0, 0.0, 1.0, 0)
    p, square = hits / of, z * z
    centre = (p + square / (2 * of)) / (1 + square / of)
    reach = z / (1 + square / of) * math.sqrt(p * (1 - p) / of + square / (4 * of * of))
    low = 0.0 if hits == 0 else max(0.0, centre - reach)
    high = 1.0 if hits == of else min(1.0, centre + reach)
    return Interval(p, low, high, of)


def mean(values: Sequence[float], z: float = USUAL) -> Interval:
    """Return the mean with a normal interval. The interval of one value is that value; of nothing it is 0.

    For paired values, give the difference of each pair.

    >>> mean([1.0, 1.0, 1.0])
    Interval(value=1.0, low=1.0, high=1.0, of=3)
    """
    of = len(values)
    if of == 0:
        return Interval(0.0, 0.0, 0.0, 0)
    centre = math.fsum(values) / of
    if of == 1:
        return Interval(centre, centre, centre, 1)
    spread = math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (of - 1) / of)
    return Interval(centre, centre - z * spread, centre + z * spread, of)


def at_least(hits: int, of: int, share: float) -> float:
    """Return how likely at least so many hits are, where each has this probability (binomial test).

    >>> round(at_least(2, 3, 0.1), 3), at_least(0, 3, 0.1)
    (0.028, 1.0)
    """
    if hits <= 0:
        return 1.0
    return math.fsum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(hits, of + 1))


def by_luck(more: int, less: int) -> float:
    """Return how likely at least `more` of `more + less` pairs differ in one direction if both are equally likely (sign test).

    >>> by_luck(10, 0) < 0.001, by_luck(0, 0)
    (True, 1.0)
    """
    return at_least(more, more + less, 0.5)
