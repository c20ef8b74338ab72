"""Groups of rollouts of one episode: which teach something, and a batch full of those that do (DAPO's dynamic sampling).

No torch: rollouts in, rollouts out. The curriculum hears of every outcome before any group is set aside; filtering first
would bias it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rlve_dsl.curriculum import Curriculum
from rlve_dsl.errors import RlveError
from rlve_dsl.files import Settings
from rlve_dsl.rng import Stream
from rlve_dsl.train.rollout import EpisodeKey, Rollout

_SEEDS = 1 << 30


def training_seed(stream: Stream) -> int:
    """An episode seed for training; these are even, held-out ones odd, so that no episode is both."""
    return 2 * stream.integer(0, _SEEDS - 1)


def held_out_seed(stream: Stream) -> int:
    """An episode seed that no training ever draws."""
    return 2 * stream.integer(0, _SEEDS - 1) + 1


@dataclass(slots=True)
class Group:
    """Rollouts of one episode."""

    rollouts: list[Rollout]

    @property
    def key(self) -> EpisodeKey:
        """The episode they are of."""
        return self.rollouts[0].key

    @property
    def signal(self) -> bool:
        """Whether the task went better for some rollouts than for others.

        Only the task counts: a group that differs in shaping terms alone (a turn more or less) has nothing to say about
        what is wanted. Rollouts without an outcome say nothing.
        """
        return len({r.outcome.task for r in self.rollouts if r.outcome is not None}) > 1


@dataclass(slots=True)
class Batch:
    """`groups` are what is trained on, as many as asked for; `played` are all groups, in the order they were played.

    Groups of `groups` without signal are there to fill it and must not be learnt from.
    """

    groups: list[Group]
    played: list[Group] = field(default_factory=list)

    @property
    def rollouts(self) -> list[Rollout]:
        """All rollouts played, those set aside included."""
        return [rollout for group in self.played for rollout in group.rollouts]


class GroupSource:
    """Draws episodes from the curriculum and fills batches with groups that have a signal."""

    def __init__(self, curriculum: Curriculum, settings: Settings, stream: Stream) -> None:
        self._curriculum = curriculum
        self._settings = settings
        self._stream = stream

    def batch(self, play: Callable[[Sequence[EpisodeKey]], list[Rollout]]) -> Batch:
        """Play groups until `settings.groups` have a signal, replacing those without at most `settings.resample` times.

        Raises RlveError when most of a round could not be played: that is a fault to mend, not to train through.
        """
        wanted = self._settings.groups
        batch = Batch([])
        for _ in range(1 + self._settings.resample):
            missing = wanted - len(batch.groups)
            if not missing:
                break
            fresh = self._play(missing, play)
            batch.played += fresh
            batch.groups += [group for group in fresh if group.signal]
        dull = [group for group in batch.played if not group.signal]
        batch.groups += dull[: wanted - len(batch.groups)]
        return batch

    def _play(self, count: int, play: Callable[[Sequence[EpisodeKey]], list[Rollout]]) -> list[Group]:
        size = self._settings.rollouts
        keys = [self._key() for _ in range(count)]
        rollouts = play([key for key in keys for _ in range(size)])
        failed = [r for r in rollouts if r.failure]
        if 2 * len(failed) > len(rollouts):
            raise RlveError(f"{len(failed)} of {len(rollouts)} rollouts could not be played: {failed[0].failure}")
        groups = [Group(rollouts[i : i + size]) for i in range(0, len(rollouts), size)]
        for group in groups:
            key = group.key
            # a rollout that could not be played has no outcome; one cut by a token limit did not pass
            self._curriculum.record(key.environment, key.level, [r.passed for r in group.rollouts if not r.failure])
        return groups

    def _key(self) -> EpisodeKey:
        environment, level = self._curriculum.draw(self._stream)
        return EpisodeKey(environment, level, training_seed(self._stream))


def reward(rollout: Rollout, settings: Settings) -> float | None:
    """The rollout's reward with the soft overlong punishment; None when there is none to give.

    A rollout cut by a token limit is left out (overlong filtering), as is one that could not be played.
    """
    if rollout.outcome is None:
        return None
    free = settings.episode_tokens - settings.soft_tokens
    excess = max(0, rollout.written - free)
    # Counted in what the model wrote (DAPO eq. 13): tool results and replies are not its doing.
    return rollout.outcome.reward - (excess / settings.soft_tokens if excess else 0.0)
