"""What a curriculum does with learners that are made up: no episode is played, and no model is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean
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
    """What a learner has of a batch of a simulation: the window, the skill, its groups, their pass rate, and the share of them
    without a signal. Without groups there is neither."""

    step: int
    window: Window
    skill: float
    groups: int
    pass_rate: float | None
    without_signal: float | None


def simulate(
    rules: kinds.Curriculum,
    learners: Mapping[str, Learner],
    *,
    levels: tuple[int, int],
    steps: int,
    groups: int,
    rollouts: int,
    seed: int,
    axes: Sequence[str] = (),
) -> dict[str, list[Batch]]:
    """Return the batches that learners go through under the rules of a curriculum, by the names of the learners.

    Each learner stands for what a model can do in one environment, and all environments share the groups of a batch. A group
    teaches by the spread of its outcomes, as one of a real run does: nothing when all rollouts pass, or none.

    Args:
        rules: The rules.
        learners: The learners.
        levels: The lowest and the highest level.
        steps: How many batches.
        groups: Groups in a batch.
        rollouts: Rollouts in a group.
        seed: The seed of all draws.
        axes: The axes that each environment has, if the rules give them windows of their own. How hard an episode is follows
            from the mean of their levels.
    """
    low, high = levels
    curriculum = Curriculum(learners, rules, lowest=low, highest=high, axes=dict.fromkeys(learners, axes))
    stream, skills = Stream("simulation", seed), dict.fromkeys(learners, float(rules.first_levels.low))
    found: dict[str, list[Batch]] = {name: [] for name in learners}
    for step in range(1, steps + 1):
        if step == steps // 2:
            skills = {name: skill - learners[name].loss for name, skill in skills.items()}
        outcomes: dict[str, list[list[bool]]] = {name: [] for name in learners}
        for _ in range(groups):
            name, level, drawn = curriculum.draw(stream)
            learner = learners[name]
            hardness = fmean(of for _, of in drawn) if drawn else level
            chance = _pass_rate(learner, skills[name] + learner.likeness * stream.normal(), hardness)
            passed = [stream.chance(chance) for _ in range(rollouts)]
            curriculum.record(name, level, passed, drawn)
            outcomes[name].append(passed)
        for name, played in outcomes.items():
            learner = learners[name]
            skills[name] = min(learner.most, skills[name] + learner.gain * _taught(played) / groups)
            rate = sum(map(sum, played)) / (len(played) * rollouts) if played else None
            silent = sum(len(set(passed)) == 1 for passed in played) / len(played) if played else None
            found[name].append(Batch(step, curriculum.window(name), skills[name], len(played), rate, silent))
    return found


def _pass_rate(learner: Learner, skill: float, level: float) -> float:
    return learner.ceiling / (1 + math.exp(learner.steepness * (level - skill - 1)))


def _taught(outcomes: Sequence[Sequence[bool]]) -> float:
    """How much groups teach: the sum of their spreads, each 1 where half of the rollouts pass."""
    rates = [sum(passed) / len(passed) for passed in outcomes]
    return sum(4 * rate * (1 - rate) for rate in rates)
