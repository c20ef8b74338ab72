"""Learning progress: how much a pass rate moved lately, and weights in proportion to it.

A fast and a slow moving average of the pass rates of groups are kept. Where they differ, the pass rate has moved: up as the model
learns, or down as it forgets. Both are worth training on (bidirectional learning progress: Kanitscheider et al. 2021, arXiv
2106.14876; absolute learning progress: Portelas et al. 2019, arXiv 1910.07224). A floor keeps everything in play, as what is never
drawn shows no progress.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from rlve_dsl.files import kinds
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream

T = TypeVar("T")


@frozen
class Averages:
    """A fast and a slow moving average of pass rates. Both begin at 0: what was never played is as if it had never been passed."""

    fast: float = 0.0
    slow: float = 0.0

    def after(self, rate: float, rules: kinds.Progress) -> Averages:
        """Return the averages after one more group.

        >>> Averages().after(0.5, kinds.Progress(fast=0.5, slow=0.25))
        Averages(fast=0.25, slow=0.125)
        """
        return Averages(
            self.fast + rules.fast * (rate - self.fast),
            self.slow + rules.slow * (rate - self.slow),
        )

    @property
    def progress(self) -> float:
        """How much the pass rate moved lately, in either direction."""
        return abs(self.fast - self.slow)


def weights(progress: Sequence[float], floor: float) -> list[float]:
    """Return weights that sum to 1: the share `floor` is equal for all, and the rest is in proportion to progress.

    >>> weights([0.25, 0.25, 0.0, 0.0], floor=0.5)
    [0.375, 0.375, 0.125, 0.125]
    >>> weights([0.0, 0.0], floor=0.2)
    [0.5, 0.5]
    """
    count, whole = len(progress), sum(progress)
    if whole <= 0:
        return [1 / count] * count
    return [floor / count + (1 - floor) * part / whole for part in progress]


def draw(weighted: Mapping[T, float], stream: Stream) -> T:
    """Draw one of several things by weights that sum to 1."""
    left = stream.uniform()
    for item, weight in weighted.items():
        left -= weight
        if left < 0:
            return item
    return [*weighted][-1]  # the weights of floats may sum to a little less
