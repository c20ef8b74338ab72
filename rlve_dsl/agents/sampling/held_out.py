"""How often a model passes episodes that no training plays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rlve_dsl.agents.sampling.keys import EpisodeKey, held_out_seed
from rlve_dsl.agents.sampling.rollouts import Rollout
from rlve_dsl.rng import Stream


@dataclass(frozen=True, slots=True)
class Score:
    """How many episodes of one level were played and passed, and the mean reward of those that were played to the end."""

    level: int
    episodes: int
    passed: int
    reward: float

    @property
    def rate(self) -> float:
        """The share that passed."""
        return self.passed / self.episodes if self.episodes else 0.0


def held_out_keys(environments: Sequence[str], levels: Sequence[int], episodes: int) -> list[EpisodeKey]:
    """Return the episodes of an evaluation: `episodes` for each level, the environments in turn.

    They depend on nothing else, so that all runs are judged on the same episodes, before and after training.
    """
    keys = []
    for level in levels:
        stream = Stream("held out", level)
        for i in range(episodes):
            keys.append(EpisodeKey(environments[i % len(environments)], level, held_out_seed(stream)))
    return keys


def evaluate(keys: Sequence[EpisodeKey], play: Callable[[Sequence[EpisodeKey]], list[Rollout]]) -> list[Score]:
    """Play the episodes, one level after another, and score each level. What could not be played is not counted."""
    scores = []
    for level in sorted({key.level for key in keys}):
        rollouts = [r for r in play([key for key in keys if key.level == level]) if not r.failure]
        rewards = [r.outcome.reward for r in rollouts if r.outcome is not None]
        mean = sum(rewards) / len(rewards) if rewards else 0.0
        scores.append(Score(level, len(rollouts), sum(r.passed for r in rollouts), mean))
    return scores


def total(scores: Sequence[Score]) -> Score:
    """Return the score of all levels together. Its level is -1."""
    episodes = sum(s.episodes for s in scores)
    mean = sum(s.reward * s.episodes for s in scores) / episodes if episodes else 0.0
    return Score(-1, episodes, sum(s.passed for s in scores), mean)
