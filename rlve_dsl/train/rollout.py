"""Many episodes played side by side by one model, kept as the tokens it read and wrote.

Belongs here: the loop between a speaker and live episodes. Does not belong here: what becomes of the rollouts, or torch.
A prefix is never tokenized twice: what the model wrote stays the very ids it sampled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from rlve_dsl.episode import Outcome, parse_completion


class EpisodeKey(NamedTuple):
    """Which episode: the scenario is the same for all of a run."""

    environment: str
    level: int
    seed: int


class Chat(Protocol):
    """Turns messages into the model's tokens and back (see `chat.py`)."""

    end: int

    def opening(self, episode: Any) -> list[int]:
        """The tokens before the model's first turn."""

    def continuation(self, messages: Sequence[dict[str, Any]]) -> list[int]:
        """The tokens between the end of one turn of the model and the beginning of its next."""

    def text(self, tokens: Sequence[int]) -> str:
        """What the tokens say."""


class Said(NamedTuple):
    """What was written in one turn, and the log-probability of each of its tokens."""

    tokens: list[int]
    logprobs: list[float]


class Speaker(Protocol):
    """Continues many token sequences at once (see `speakers.py`)."""

    def listen(self, rows: Sequence[int], heard: Sequence[Sequence[int]]) -> list[Said]:
        """What the model writes in each of these rows after hearing these further tokens.

        Rows are numbered by the caller; a row not among `rows` never speaks again. A reply ends with the end-of-turn
        token, or is cut at the turn's token limit.
        """


@dataclass(slots=True)
class Rollout:
    """One run of an episode by the model.

    `tokens` follow `prompt`; `mask` is 1 where the model wrote, 0 where it read, and `logprobs` are those of what it
    wrote (0 where it read). `outcome` is None when the rollout was cut by
    a token limit (`overlong`) or could not be played (`failure` says why): a missing reward, never a zero.
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

    @property
    def written(self) -> int:
        """Tokens that the model wrote."""
        return sum(self.mask)

    @property
    def passed(self) -> bool:
        """Whether the episode was passed; a rollout cut short was not."""
        return self.outcome is not None and self.outcome.correct

    def hear(self, tokens: Sequence[int]) -> None:
        """Append tokens that the model reads."""
        self.tokens += tokens
        self.mask += [0] * len(tokens)
        self.logprobs += [0.0] * len(tokens)

    def say(self, said: Said) -> None:
        """Append what the model wrote."""
        self.tokens += said.tokens
        self.mask += [1] * len(said.tokens)
        self.logprobs += said.logprobs
        self.turns += 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Token limits of a rollout: what the model may write in an episode, and the whole conversation."""

    episode_tokens: int
    context_tokens: int


def play(scenario: Any, keys: Sequence[EpisodeKey], chat: Chat, speaker: Speaker, limits: Limits) -> list[Rollout]:
    """Play an episode for each key to its end and return the rollouts in the same order.

    An exception out of the scenario is a fault of ours: it ends that rollout alone and is kept in its `failure`.
    """
    rollouts = [Rollout(key) for key in keys]
    episodes: dict[int, Any] = {}
    heard: dict[int, list[int]] = {}
    for row, rollout in enumerate(rollouts):
        try:
            key = rollout.key
            episodes[row] = scenario.reset(key.environment, level=key.level, seed=key.seed)
            heard[row] = rollout.prompt = chat.opening(episodes[row])
        except Exception as error:  # noqa: BLE001 - any fault of ours is a missing reward
            rollout.failure = _worded(error)
    while heard:
        rows = sorted(heard)
        turns = speaker.listen(rows, [heard[row] for row in rows])
        heard = {}
        for row, said in zip(rows, turns, strict=True):
            rollout, tokens = rollouts[row], said.tokens
            rollout.say(said)
            if not tokens or tokens[-1] != chat.end or rollout.written > limits.episode_tokens:
                rollout.overlong = True
                continue
            try:
                reply = _reply(episodes[row], chat, tokens, rollout)
            except Exception as error:  # noqa: BLE001
                rollout.failure = _worded(error)
                continue
            if reply is None:
                continue
            room = limits.context_tokens - len(rollout.prompt) - len(rollout.tokens)
            if len(reply) >= room or rollout.written >= limits.episode_tokens:
                rollout.overlong = True
                continue
            rollout.hear(reply)
            heard[row] = reply
    return rollouts


def _reply(episode: Any, chat: Chat, tokens: Sequence[int], rollout: Rollout) -> list[int] | None:
    """Take the turn; the tokens the model hears next, or None at the end of the episode (the outcome is then set)."""
    step = episode.step(parse_completion(chat.text(tokens[:-1])))
    if step.terminated or step.truncated:
        rollout.outcome = episode.outcome
        return None
    return chat.continuation(step.observation.messages)


def _worded(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
