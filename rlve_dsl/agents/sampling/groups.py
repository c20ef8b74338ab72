"""Groups of rollouts of one episode, and batches of groups that teach something (DAPO's dynamic sampling).

The curriculum counts every outcome before any group is set aside: counting only some of them would bias it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rlve_dsl.agents.sampling.keys import EpisodeKey, training_key
from rlve_dsl.agents.sampling.rollouts import Rollout
from rlve_dsl.curriculum import Curriculum
from rlve_dsl.errors import RlveError
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream


@frozen
class Sampling:
    """How a batch is sampled: `groups` episodes with `rollouts` each, of which those without a signal are replaced at most
    `resample` times."""

    groups: int
    rollouts: int
    resample: int


@dataclass(slots=True)
class Group:
    """Rollouts of one episode."""

    rollouts: list[Rollout]

    @property
    def key(self) -> EpisodeKey:
        """The episode."""
        return self.rollouts[0].key

    @property
    def signal(self) -> bool:
        """Whether the task went better in some rollouts than in others.

        Shaping terms do not count: a group that differs in the number of turns alone says nothing about the task. Rollouts
        without an outcome do not count either.
        """
        return len({r.outcome.task for r in self.rollouts if r.outcome is not None}) > 1


@dataclass(slots=True)
class Batch:
    """`groups` are those to train on, as many as were asked for. `played` are all groups, in the order they were played.

    Those of `groups` without a signal only fill the batch and must not be learnt from.
    """

    groups: list[Group]
    played: list[Group] = field(default_factory=list)

    @property
    def rollouts(self) -> list[Rollout]:
        """All rollouts played, also those of groups that were set aside."""
        return [rollout for group in self.played for rollout in group.rollouts]


class GroupSource:
    """Draws episodes from the curriculum and fills batches with groups that have a signal."""

    def __init__(self, curriculum: Curriculum, sampling: Sampling, stream: Stream) -> None:
        self._curriculum = curriculum
        self._sampling = sampling
        self._stream = stream

    def batch(self, play: Callable[[Sequence[EpisodeKey]], list[Rollout]], number: int = 0) -> Batch:
        """Play groups until enough of them have a signal, and return them as a batch.

        Args:
            play: Plays episodes.
            number: The number of the batch. With the state of the curriculum, it decides which episodes are drawn.

        Raises:
            RlveError: When most of a round could not be played: a fault to repair before training goes on.
        """
        wanted, stream = self._sampling.groups, self._stream.child("batch", number)
        batch = Batch([])
        for _ in range(1 + self._sampling.resample):
            missing = wanted - len(batch.groups)
            if not missing:
                break
            fresh = self._play(missing, play, stream)
            batch.played += fresh
            batch.groups += [group for group in fresh if group.signal]
        without_signal = [group for group in batch.played if not group.signal]
        batch.groups += without_signal[: wanted - len(batch.groups)]
        return batch

    def begins_with(self, number: int) -> tuple[list[EpisodeKey], list[EpisodeKey]]:
        """Return the episodes that the batch with this number plays first, and those that may replace some of them.

        Both as the curriculum is now: where a window moves, others replace them.
        """
        stream, groups = self._stream.child("batch", number), self._sampling.groups
        return self._keys(groups, stream), self._keys(groups if self._sampling.resample else 0, stream)

    def _play(self, count: int, play: Callable[[Sequence[EpisodeKey]], list[Rollout]], stream: Stream) -> list[Group]:
        size = self._sampling.rollouts
        rollouts = play(self._keys(count, stream))
        failed = [r for r in rollouts if r.failure]
        if 2 * len(failed) > len(rollouts):
            raise RlveError(f"{len(failed)} of {len(rollouts)} rollouts could not be played: {failed[0].failure}")
        groups = [Group(rollouts[i : i + size]) for i in range(0, len(rollouts), size)]
        for group in groups:
            key = group.key
            # a rollout that could not be played has no outcome; one cut by a token limit did not pass
            passed = [r.passed for r in group.rollouts if not r.failure]
            self._curriculum.record(key.environment, key.level, passed, key.axes)
        return groups

    def _keys(self, count: int, stream: Stream) -> list[EpisodeKey]:
        """The episodes of so many new groups, each as often as it has rollouts."""
        keys = [training_key(self._curriculum, stream) for _ in range(count)]
        return [key for key in keys for _ in range(self._sampling.rollouts)]


def advantages(rewards: Sequence[float]) -> list[float]:
    """Return the advantages of rollouts of one episode: their rewards with the mean 0 and the spread 1, as TRL computes them.

    >>> advantages([1.0, 1.0])
    [0.0, 0.0]
    """
    if len(rewards) < 2:
        return [0.0] * len(rewards)
    mean, spread = statistics.fmean(rewards), statistics.stdev(rewards)
    return [(value - mean) / (spread + 1e-4) for value in rewards]
