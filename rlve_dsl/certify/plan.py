"""What a certification looks at: which levels and seeds, with how many workers."""

from __future__ import annotations

from rlve_dsl.certify.intervals import UNLIKELY, at_least
from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

ENOUGH_SEEDS = 20
"""How many seeds are enough for every check."""


@frozen
class Plan:
    """How much is looked at.

    Attributes:
        levels: The levels.
        seeds: How many seeds at each level, from 0 up.
        jobs: How many worker processes.
        margin: How far below the oracle's mean reward an uninformed probe must stay.
        chance: The share of passes that a probe that guesses may have by luck.
        partial: The greatest share of the oracle's reward that a wrong outcome may earn in the same episode.
        deep_seeds: How many seeds at each level the expensive checks look at.
    """

    levels: tuple[int, ...]
    seeds: int = 20
    jobs: int = 1
    margin: float = 0.5
    chance: float = 0.05
    partial: float = 0.6
    deep_seeds: int = 2

    def as_json(self) -> JsonObject:
        """Return it as JSON data, without the number of workers, on which no result depends."""
        return {
            "levels": [*self.levels],
            "seeds": self.seeds,
            "margin": self.margin,
            "chance": self.chance,
            "partial": self.partial,
            "deep_seeds": self.deep_seeds,
        }

    @property
    def is_small(self) -> bool:
        """Whether there are too few seeds to trust a share as it was measured."""
        return self.seeds < ENOUGH_SEEDS

    def may_be_luck(self, hits: int, of: int, share: float) -> bool:
        """Tell whether there are few seeds, and so many hits may be luck if their true share is this one.

        >>> Plan((0,), seeds=5).may_be_luck(4, 5, 0.6), Plan((0,), seeds=20).may_be_luck(16, 20, 0.6)
        (True, False)
        """
        return self.is_small and at_least(hits, of, share) >= UNLIKELY

    def is_deep(self, level: int, seed: int) -> bool:
        """Whether the expensive checks look at an episode: at `deep_seeds` seeds of each level, other ones from level to level.

        >>> [seed for level in (0, 6) for seed in range(20) if Plan((0, 6)).is_deep(level, seed)]
        [0, 1, 2, 3]
        """
        first = self.levels.index(level) * self.deep_seeds
        return (seed - first) % self.seeds < self.deep_seeds

    def spread(self, count: int) -> tuple[int, ...]:
        """Return at most `count` of the levels, evenly spread, with the lowest and the highest.

        >>> Plan(tuple(range(13))).spread(3)
        (0, 6, 12)
        """
        last = len(self.levels) - 1
        if count >= len(self.levels):
            return self.levels
        return tuple(self.levels[round(i * last / (count - 1))] for i in range(count))


def read_levels(text: str, low: int, high: int) -> tuple[int, ...]:
    """Return the levels that a text such as `0..12`, `3` or `0,6,12` names.

    Raises:
        UsageError: When the text names no levels, or some outside `low` to `high`.

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
        if start > end:
            raise UsageError(f"the levels `{part}` run downwards: write {end}..{start}")
        if not low <= start <= end <= high:
            raise UsageError(f"the levels `{part}` are not within {low}..{high}")
        levels.update(range(start, end + 1))
    return tuple(sorted(levels))


def levels_as_text(levels: tuple[int, ...]) -> str:
    """Write levels as `read_levels` reads them: runs of three or more as `0..12`, others one by one.

    >>> levels_as_text((0, 1, 2, 3)), levels_as_text((0, 6, 7, 12))
    ('0..3', '0,6,7,12')
    """
    runs: list[list[int]] = []
    for level in levels:
        if runs and level == runs[-1][-1] + 1:
            runs[-1].append(level)
        else:
            runs.append([level])
    return ",".join(f"{run[0]}..{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)
