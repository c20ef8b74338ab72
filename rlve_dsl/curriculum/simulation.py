"""What a curriculum does with learners that are made up: no episode is played, and no model is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rlve_dsl.curriculum.windows import Curriculum, Window
from rlve_dsl.files import kinds
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream


@frozen
class Learner:
    """A learner whose pass rate falls with the level, around its skill.

    Attributes:
        gain: Levels of skill that a batch gives in which every group teaches as much as one can.
        most: The skill that it never exceeds.
        steepness: How sharply the pass rate falls with the level.
        likeness: How much the rollouts of a group resemble each other: the spread of what an episode adds to the skill.
        loss: The skill that is lost at once, at half of the steps.
        ceiling: The pass rate on levels that are far below its skill.
    """

    gain: float = 0.15
    most: float = 99.0
    steepness: float = 1.2
    likeness: float = 0.5
    loss: float = 0.0
    ceiling: float = 0.98


LEARNERS: Mapping[str, Learner] = MappingProxyType(
    {
        "steady": Learner(),
        "slow": Learner(gain=0.04),
        "stuck": Learner(most=4.0),
        "forgetful": Learner(loss=4.0),
        "lucky": Learner(likeness=2.0),
        "sloppy": Learner(ceiling=0.88),
    }
)
"""Learners by name: who learns steadily, slowly, up to a level, loses skill, has episodes that differ much, never passes all."""


@frozen
class Batch:
    """A batch of a simulation: the window, the skill, the pass rate, and the share of groups without a signal."""

    step: int
    window: Window
    skill: float
    pass_rate: float
    without_signal: float


def simulate(
    rules: kinds.Curriculum,
    learner: Learner,
    *,
    levels: tuple[int, int],
    steps: int,
    groups: int,
    rollouts: int,
    seed: int,
) -> list[Batch]:
    """Return the batches that a learner goes through under the rules of a curriculum.

    A group teaches by the spread of its outcomes, as one of a real run does: nothing when all rollouts pass, or none.

    Args:
        rules: The rules.
        learner: The learner.
        levels: The lowest and the highest level.
        steps: How many batches.
        groups: Groups in a batch.
        rollouts: Rollouts in a group.
        seed: The seed of all draws.
    """
    low, high = levels
    curriculum = Curriculum(["it"], rules, lowest=low, highest=high)
    stream, skill, found = Stream("simulation", seed), float(rules.first_levels.low), []
    for step in range(1, steps + 1):
        if step == steps // 2:
            skill -= learner.loss
        outcomes = []
        for _ in range(groups):
            _, level = curriculum.draw(stream)
            chance = _pass_rate(learner, skill + learner.likeness * stream.normal(), level)
            passed = [stream.chance(chance) for _ in range(rollouts)]
            curriculum.record("it", level, passed)
            outcomes.append(passed)
        skill = min(learner.most, skill + learner.gain * _taught(outcomes))
        rate = sum(map(sum, outcomes)) / (groups * rollouts)
        silent = sum(len(set(passed)) == 1 for passed in outcomes) / groups
        found.append(Batch(step, curriculum.window("it"), skill, rate, silent))
    return found


def _pass_rate(learner: Learner, skill: float, level: int) -> float:
    return learner.ceiling / (1 + math.exp(learner.steepness * (level - skill - 1)))


def _taught(outcomes: Sequence[Sequence[bool]]) -> float:
    """How much a batch teaches: the mean spread of its groups, 1 where half of the rollouts pass."""
    rates = [sum(passed) / len(passed) for passed in outcomes]
    return sum(4 * rate * (1 - rate) for rate in rates) / len(rates)
