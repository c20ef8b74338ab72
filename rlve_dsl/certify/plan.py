"""What a certification looks at: which scenario, levels and seeds, by how many workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rlve_dsl.errors import UsageError


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is looked at. Seeds are 0 to `seeds` - 1 at each of `levels`.

    `margin` is how far below the oracle's mean reward a cheap probe must stay; `chance` the share of passes that luck may
    give a probe that guesses; `deep_seeds` how many seeds a level the dear checks (gap, observable) look at.
    """

    levels: tuple[int, ...]
    seeds: int = 20
    jobs: int = 1
    margin: float = 0.5
    chance: float = 0.05
    deep_seeds: int = 2

    def as_json(self) -> Mapping[str, Any]:
        """JSON-ready values, without the number of workers, on which nothing depends."""
        return {
            "levels": list(self.levels),
            "seeds": self.seeds,
            "margin": self.margin,
            "chance": self.chance,
            "deep_seeds": self.deep_seeds,
        }

    def spread(self, count: int) -> tuple[int, ...]:
        """At most `count` of the levels, evenly spread, the ends among them.

        >>> Plan(tuple(range(13))).spread(3)
        (0, 6, 12)
        """
        last = len(self.levels) - 1
        if count >= len(self.levels):
            return self.levels
        return tuple(self.levels[round(i * last / (count - 1))] for i in range(count))


def read_levels(text: str, low: int, high: int) -> tuple[int, ...]:
    """The levels that `0..12`, `3` or `0,6,12` names; UsageError when it names none of a scenario's.

    >>> read_levels("0..2", 0, 12), read_levels("0,6..7", 0, 12)
    ((0, 1, 2), (0, 6, 7))
    """
    levels: set[int] = set()
    for part in text.split(","):
        first, dots, last = part.partition("..")
        try:
            start, end = int(first), int(last if dots else first)
        except ValueError:
            raise UsageError(f"`{text}` names no levels: write 0..12, 3, or 0,6,12") from None
        if not low <= start <= end <= high:
            raise UsageError(f"the levels `{part}` are not within {low}..{high}")
        levels.update(range(start, end + 1))
    return tuple(sorted(levels))
