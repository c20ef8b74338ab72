"""Rollouts: many episodes played side by side by one token generator, kept as the tokens it read and wrote.

Belongs here: what stands between a generator and live episodes. Does not belong here: models, and what rollouts are used
for. Nothing is tokenized twice: what the model wrote stays the tokens that it sampled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, Protocol

from rlve_dsl.agents.play import play_together
from rlve_dsl.agents.sampling.keys import EpisodeKey
from rlve_dsl.episode import Action, Episode, Malformed, Outcome, Scenario, parse_completion
from rlve_dsl.user import MakeUser, ScriptedUser, side_by_side
from rlve_dsl.values import Json


class Chat(Protocol):
    """Turns messages into tokens of the model and back. `end` is the token that ends a turn."""

    end: int

    def opening(self, episode: Episode) -> list[int]:
        """Return the tokens before the model's first turn."""

    def continuation(self, messages: Sequence[Mapping[str, Json]]) -> list[int]:
        """Return the tokens between the end of one turn of the model and the beginning of its next."""

    def text(self, tokens: Sequence[int]) -> str:
        """Return the text of the tokens."""


class GeneratedTurn(NamedTuple):
    """The tokens of one turn of the model, and the log-probability of each of them."""

    tokens: list[int]
    logprobs: list[float]


class TurnGenerator(Protocol):
    """Continues many token sequences at once."""

    def generate(self, rows: Sequence[int], new_tokens: Sequence[Sequence[int]]) -> list[GeneratedTurn]:
        """Return the next turn of each row.

        A turn ends with the end-of-turn token, or it was cut at the turn's token limit.

        Args:
            rows: The numbers of the rows. A row that is missing once never comes back.
            new_tokens: What each of these rows reads before its turn, in the same order.
        """


@dataclass(frozen=True, slots=True)
class Limits:
    """Token limits of a rollout.

    `episode_tokens` is what the model may write in an episode, and `context_tokens` the length of the whole conversation.
    The last `soft_tokens` of `episode_tokens` are punished (see `reward`).
    """

    episode_tokens: int
    context_tokens: int
    soft_tokens: int = 0


@dataclass(slots=True)
class Rollout:
    """One run of an episode by the model.

    `tokens` follow `prompt`. `mask` is 1 where the model wrote and 0 where it read. `logprobs` are those of what it wrote,
    and 0 where it read. `outcome` is None, a missing reward and never a zero, when the rollout was cut by a token limit
    (`overlong`) or could not be played (`failure` says why).
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
    """Return the rollout's reward with the soft punishment of overlong episodes.

    It is None for a rollout without an outcome: one that was cut (overlong filtering) or could not be played.
    """
    if rollout.outcome is None:
        return None
    excess = rollout.written - (limits.episode_tokens - limits.soft_tokens)
    # Counted in what the model wrote (DAPO eq. 13): it does not decide how long tool results and replies are.
    return rollout.outcome.reward - (excess / limits.soft_tokens if excess > 0 else 0.0)


def play_rollouts(
    scenario: Scenario,
    keys: Sequence[EpisodeKey],
    chat: Chat,
    generator: TurnGenerator,
    limits: Limits,
    *,
    user: MakeUser = ScriptedUser,
    at_once: int = 1,
) -> list[Rollout]:
    """Play an episode for each key to its end, and return the rollouts in the same order.

    An exception that an episode raises is a fault of ours. It ends that rollout alone, which keeps it as its `failure`.

    Args:
        scenario: The scenario.
        keys: The episodes.
        chat: Turns messages into tokens and back.
        generator: Writes the model's turns.
        limits: Token limits.
        user: Makes the user of each episode.
        at_once: How many users may wait for something together.
    """
    player = _Player([Rollout(key) for key in keys], chat, generator, limits)
    begun: dict[int, Episode] = {}

    def begin(row: int) -> None:
        with player.failures_of(row):
            begun[row] = keys[row].reset(scenario, user)

    side_by_side([partial(begin, row) for row in range(len(keys))], at_once)
    episodes = {row: begun[row] for row in sorted(begun)}
    play_together(episodes, player.act, player.fail, at_once)
    for row, episode in episodes.items():
        if not player.rollouts[row].failure:
            player.rollouts[row].outcome = episode.outcome
    return player.rollouts


@dataclass(frozen=True, slots=True)
class _Player:
    """Acts in all episodes at once, and keeps the tokens."""

    rollouts: list[Rollout]
    chat: Chat
    generator: TurnGenerator
    limits: Limits

    def act(self, live: Mapping[int, Episode]) -> dict[int, Action | Malformed]:
        """Return the actions of the episodes that go on."""
        new_tokens: dict[int, list[int]] = {}
        for row, episode in live.items():
            with self.failures_of(row):
                if (tokens := self._read(self.rollouts[row], episode)) is not None:
                    new_tokens[row] = tokens
        actions: dict[int, Action | Malformed] = {}
        if new_tokens:
            turns = self.generator.generate(list(new_tokens), list(new_tokens.values()))
            for row, turn in zip(new_tokens, turns, strict=True):
                with self.failures_of(row):
                    if (action := self._write(self.rollouts[row], turn)) is not None:
                        actions[row] = action
        return actions

    def fail(self, row: int, error: Exception) -> None:
        """Keep the exception that ended a rollout."""
        self.rollouts[row].failure = f"{type(error).__name__}: {error}"

    @contextmanager
    def failures_of(self, row: int) -> Iterator[None]:
        """Keep an exception of the block as the row's failure."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - any fault of ours is a missing reward
            self.fail(row, error)

    def _read(self, rollout: Rollout, episode: Episode) -> list[int] | None:
        """What the model reads before its next turn; None when that does not fit."""
        if not rollout.turns:
            rollout.prompt = self.chat.opening(episode)
            return rollout.prompt
        tokens = self.chat.continuation(episode.observation.messages)
        room = self.limits.context_tokens - len(rollout.prompt) - len(rollout.tokens)
        if len(tokens) >= room or rollout.written >= self.limits.episode_tokens:
            rollout.overlong = True
            return None
        rollout.read(tokens)
        return tokens

    def _write(self, rollout: Rollout, turn: GeneratedTurn) -> Action | Malformed | None:
        """The action of a turn of the model; None when the turn was cut."""
        rollout.write(turn)
        tokens = turn.tokens
        if not tokens or tokens[-1] != self.chat.end or rollout.written > self.limits.episode_tokens:
            rollout.overlong = True
            return None
        return parse_completion(self.chat.text(tokens[:-1]))
