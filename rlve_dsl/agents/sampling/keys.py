"""Which episode is played. Training draws even seeds and evaluation odd ones, so that no episode is in both."""

from __future__ import annotations

from typing import NamedTuple

from rlve_dsl.curriculum import AxisLevels, Curriculum
from rlve_dsl.episode import Episode, Scenario
from rlve_dsl.rng import Stream
from rlve_dsl.user import MakeUser, ScriptedUser

_SEEDS = 1 << 30


class EpisodeKey(NamedTuple):
    """An episode of a scenario. `axes` are those that have a level of their own, with that level, by name."""

    environment: str
    level: int
    seed: int
    axes: AxisLevels = ()

    def reset(self, scenario: Scenario, user: MakeUser = ScriptedUser) -> Episode:
        """Begin the episode with a user that `user` makes."""
        return scenario.reset(self.environment, level=self.level, seed=self.seed, user=user, axes=dict(self.axes))


def training_seed(stream: Stream) -> int:
    """Draw the seed of an episode for training."""
    return 2 * stream.integer(0, _SEEDS - 1)


def held_out_seed(stream: Stream) -> int:
    """Draw the seed of an episode that no training ever plays."""
    return training_seed(stream) + 1


def curriculum_of(scenario: Scenario) -> Curriculum:
    """Return the curriculum of a scenario, at its beginning."""
    low, high = scenario.levels
    axes = {name: task.harder_axes() for name, task in scenario.compiled.environments.items()}
    return Curriculum(scenario.environments, scenario.spec.curriculum, lowest=low, highest=high, axes=axes)


def training_key(curriculum: Curriculum, stream: Stream) -> EpisodeKey:
    """Draw an episode for training."""
    environment, level, axes = curriculum.draw(stream)
    return EpisodeKey(environment, level, training_seed(stream), axes)
