"""How often a model passes episodes whose seeds no training draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rlve_dsl.files import Evaluation
from rlve_dsl.rng import Stream
from rlve_dsl.train.groups import held_out_seed
from rlve_dsl.train.rollout import EpisodeKey, Rollout


@dataclass(frozen=True, slots=True)
class Score:
    """Episodes of one level: how many were played, passed, and the mean reward of those that ended by themselves."""

    level: int
    episodes: int
    passed: int
    reward: float

    @property
    def rate(self) -> float:
        """The share that passed."""
        return self.passed / self.episodes if self.episodes else 0.0


def held_out_keys(environments: Sequence[str], evaluation: Evaluation) -> list[EpisodeKey]:
    """The episodes of an evaluation: `evaluation.episodes` a level, the environments in turn.

    They depend on nothing else, so that all runs and both moments of a run are judged on the same episodes.
    """
    keys = []
    for level in evaluation.levels:
        stream = Stream("held out", level)
        for i in range(evaluation.episodes):
            keys.append(EpisodeKey(environments[i % len(environments)], level, held_out_seed(stream)))
    return keys


def evaluate(keys: Sequence[EpisodeKey], play: Callable[[Sequence[EpisodeKey]], list[Rollout]]) -> list[Score]:
    """Play the episodes, a level at a time, and score each level. An episode that could not be played is not counted."""
    scores = []
    for level in sorted({key.level for key in keys}):
        rollouts = [r for r in play([key for key in keys if key.level == level]) if not r.failure]
        rewards = [r.outcome.reward for r in rollouts if r.outcome is not None]
        mean = sum(rewards) / len(rewards) if rewards else 0.0
        scores.append(Score(level, len(rollouts), sum(r.passed for r in rollouts), mean))
    return scores


def total(scores: Sequence[Score]) -> Score:
    """The score over all levels; its level is -1."""
    episodes = sum(s.episodes for s in scores)
    mean = sum(s.reward * s.episodes for s in scores) / episodes if episodes else 0.0
    return Score(-1, episodes, sum(s.passed for s in scores), mean)
