"""A rollout: one run of an episode by a model, kept as the tokens that it read and wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rlve_dsl.agents.sampling.keys import EpisodeKey
from rlve_dsl.episode import Outcome
from rlve_dsl.frozen import frozen


class GeneratedTurn(NamedTuple):
    """The tokens of one turn of the model, and the log-probability of each of them.

    The last one is the token that ends a turn, unless the turn was cut at its token limit.
    """

    tokens: list[int]
    logprobs: list[float]


@frozen
class Limits:
    """Token limits of a rollout.

    `episode_tokens` is what the model may write in an episode, and `context_tokens` the length of the whole conversation.
    The last `soft_tokens` of `episode_tokens` are punished (see `reward`); with 0, none are.
    """

    episode_tokens: int
    context_tokens: int
    soft_tokens: int = 0


@dataclass(slots=True)
class Rollout:
    """One run of an episode by the model.

    `tokens` follow `prompt`. `mask` is 1 where the model wrote and 0 where it read. `logprobs` are those of what it wrote,
    and 0 where it read. `outcome` is None, a missing reward and never a zero, when the rollout was cut by a token limit
    (`overlong`) or could not be played (`failure` says why). `trajectory` is the record of the episode, where it is kept.
    """

    key: EpisodeKey
    prompt: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    mask: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    outcome: Outcome | None = None
    overlong: bool = False
    failure: str = ""
    turns: int = 0
    trajectory: str = ""

    @property
    def written(self) -> int:
        """The number of tokens that the model wrote."""
        return sum(self.mask)

    @property
    def passed(self) -> bool:
        """Whether the episode was passed. A rollout that was cut was not."""
        return self.outcome is not None and self.outcome.correct

    def read(self, tokens: Sequence[int]) -> None:
        """Append tokens that the model reads."""
        self.tokens += tokens
        self.mask += [0] * len(tokens)
        self.logprobs += [0.0] * len(tokens)

    def write(self, turn: GeneratedTurn) -> None:
        """Append a turn that the model wrote."""
        self.tokens += turn.tokens
        self.mask += [1] * len(turn.tokens)
        self.logprobs += turn.logprobs
        self.turns += 1


def reward(rollout: Rollout, limits: Limits) -> float | None:
    """Return the rollout's reward with the soft punishment of overlong episodes: from 0 up to 1, and none without `soft_tokens`.

    It is None for a rollout without an outcome: one that was cut (overlong filtering) or could not be played.
    """
    if rollout.outcome is None:
        return None
    excess = rollout.written - (limits.episode_tokens - limits.soft_tokens)
    # Counted in what the model wrote (DAPO eq. 13): it does not decide how long tool results and replies are.
    punished = min(excess / limits.soft_tokens, 1.0) if excess > 0 and limits.soft_tokens else 0.0
    return rollout.outcome.reward - punished
