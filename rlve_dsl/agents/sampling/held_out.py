"""How often a model passes episodes that no training plays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rlve_dsl.agents.sampling.keys import EpisodeKey, held_out_seed
from rlve_dsl.agents.sampling.numbers import integer_from
from rlve_dsl.agents.sampling.rollouts import Rollout
from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream

_NO_EPISODES = "no episodes"


@frozen
class Score:
    """How many episodes of one environment at one level were played and passed, and the mean reward of those played to the end.

    `ended` is the number of these; when it is absent, all were.
    In a sum over levels, `level` is -1, and in one over environments, `environment` is empty.
    """

    level: int
    episodes: int
    passed: int
    reward: float
    environment: str = ""
    ended: int | None = None

    @property
    def rate(self) -> float:
        """The share that passed; 0 of no episodes, which `rate_text` and `share_text` tell from none that passed."""
        return self.passed / self.episodes if self.episodes else 0.0

    @property
    def rate_text(self) -> str:
        """The share that passed, as it is shown."""
        return f"{self.rate:.1%}" if self.episodes else _NO_EPISODES

    @property
    def share_text(self) -> str:
        """The share that passed and of how many episodes, as it is shown."""
        return f"{self.rate:.1%} of {self.episodes}" if self.episodes else _NO_EPISODES


def held_out_keys(environments: Sequence[str], levels: Sequence[int], episodes: int) -> list[EpisodeKey]:
    """Return the episodes of an evaluation: `episodes` for each level, the environments in turn.

    Where a level has too few episodes for one more round of all environments, the next level goes on with those that are left out.
    The episodes depend on nothing else, so that all runs are judged on the same ones, before and after training. A level or an
    environment that is named again adds nothing.

    Raises:
        UsageError: When there is no environment, one is no text, a level is no integer, or `episodes` is none from 0 up.
            Whether a scenario has these environments and levels is known when the episodes begin.
    """
    environments = [*dict.fromkeys(_names(environments))]
    levels = [*dict.fromkeys(_levels(levels))]
    if not environments:
        raise UsageError("an evaluation needs at least one environment, and the list of environments is empty")
    episodes = integer_from(0, "the number of episodes for each level", episodes)
    count = len(environments)
    begun = {level: at * (episodes % count) for at, level in enumerate(sorted(levels))}
    keys = []
    for level in levels:
        stream = Stream("held out", level)
        for i in range(episodes):
            is_in_whole_round = i < episodes - episodes % count
            environment = environments[(i if is_in_whole_round else begun[level] + i) % count]
            keys.append(EpisodeKey(environment, level, held_out_seed(stream)))
    return keys


def _names(given: Sequence[str]) -> Sequence[str]:
    example = f'["{given}"]' if isinstance(given, str) else '["cart"]'
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UsageError(f"the environments are a list of names, such as {example}, not {given!r}")
    names = [*given]
    for name in names:
        if not isinstance(name, str):
            raise UsageError(f"the name of an environment is a text, not {name!r}")
    return names


def _levels(given: Sequence[int]) -> Sequence[int]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UsageError(f"the levels are a list of integers, such as (0, 6), not {given!r}")
    return [integer_from(0, "a level", level) for level in given]


def evaluate(keys: Sequence[EpisodeKey], play: Callable[[Sequence[EpisodeKey]], list[Rollout]]) -> list[Score]:
    """Play the episodes, and score each environment at each level. What could not be played is not counted."""
    played: dict[tuple[int, str], list[Rollout]] = {(key.level, key.environment): [] for key in keys}
    for rollout in play(keys):
        if not rollout.failure:
            played[rollout.key.level, rollout.key.environment].append(rollout)
    scores = []
    for (level, environment), rollouts in sorted(played.items()):
        rewards = [r.outcome.reward for r in rollouts if r.outcome is not None]
        mean = sum(rewards) / len(rewards) if rewards else 0.0
        passed = sum(r.passed for r in rollouts)
        scores.append(Score(level, len(rollouts), passed, mean, environment, len(rewards)))
    return scores


def total(scores: Iterable[Score], *, level: int = -1, environment: str = "") -> Score:
    """Return the score of all of them together, which is said to be of this level and environment."""
    scores = list(scores)
    episodes = sum(s.episodes for s in scores)
    counts = [s.episodes if s.ended is None else s.ended for s in scores]
    ended = sum(counts)
    mean = sum(s.reward * count for s, count in zip(scores, counts, strict=True)) / ended if ended else 0.0
    return Score(level, episodes, sum(s.passed for s in scores), mean, environment, ended)


def by_level(scores: Sequence[Score]) -> list[Score]:
    """Return the sum over environments at each level."""
    levels = sorted({score.level for score in scores})
    return [total((score for score in scores if score.level == level), level=level) for level in levels]


def by_environment(scores: Sequence[Score]) -> list[Score]:
    """Return the sum over levels in each environment."""
    names = sorted({score.environment for score in scores})
    return [total((s for s in scores if s.environment == name), environment=name) for name in names]
