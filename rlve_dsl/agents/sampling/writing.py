"""What writes the turns of one episode: a model that continues tokens, or one that answers chat messages.

Nothing is tokenized twice: what the model wrote stays the tokens that it sampled.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from rlve_dsl.agents.sampling.rollouts import GeneratedTurn, Limits, Rollout
from rlve_dsl.episode import Action, Episode, Malformed
from rlve_dsl.values import Json


class Writer(Protocol):
    """Writes the turns of one episode. `play_one` takes any."""

    async def turn(self, rollout: Rollout, episode: Episode) -> Action | Malformed | None:
        """Return the next action, and keep in `rollout` what was read and written.

        None ends the rollout without an outcome: a limit was reached, and `rollout.overlong` says so.
        """

    def close(self) -> None:
        """Give back what the writer holds. Called once, when the episode is over."""


class Chat(Protocol):
    """Turns messages into tokens of the model, and what it writes into actions."""

    @property
    def ends(self) -> AbstractSet[int]:
        """The tokens that end a turn."""

    def opening(self, episode: Episode) -> list[int]:
        """Return the tokens before the model's first turn."""

    def continuation(self, messages: Sequence[Mapping[str, Json]]) -> list[int]:
        """Return the tokens between the end of one turn of the model and the beginning of its next."""

    def action(self, turn: Sequence[int]) -> Action | Malformed:
        """Return what a turn says, of which the last token is one of `ends`."""


class TokenStream(Protocol):
    """One conversation with a model that continues tokens."""

    async def write(self, tokens: Sequence[int]) -> GeneratedTurn:
        """Read these tokens after all that came before, and return the next turn."""

    def close(self) -> None:
        """Forget the conversation."""


class TokenWriter:
    """Writes turns with a model that continues tokens, within token limits."""

    def __init__(self, stream: TokenStream, chat: Chat, limits: Limits) -> None:
        self._stream = stream
        self._chat = chat
        self._limits = limits

    async def turn(self, rollout: Rollout, episode: Episode) -> Action | Malformed | None:
        """See `Writer`."""
        tokens = self._read(rollout, episode)
        return None if tokens is None else self._written(rollout, await self._stream.write(tokens))

    def close(self) -> None:
        """See `Writer`."""
        self._stream.close()

    def _read(self, rollout: Rollout, episode: Episode) -> list[int] | None:
        """What the model reads before its next turn; None when that does not fit."""
        if not rollout.turns:
            rollout.prompt = self._chat.opening(episode)
            rollout.overlong = self._room(rollout) <= 0
            return None if rollout.overlong else rollout.prompt
        tokens = self._chat.continuation(episode.observation.messages)
        if len(tokens) >= self._room(rollout) or rollout.written >= self._limits.episode_tokens:
            rollout.overlong = True
            return None
        rollout.read(tokens)
        return tokens

    def _room(self, rollout: Rollout) -> int:
        """How many tokens the conversation may still have."""
        return self._limits.context_tokens - len(rollout.prompt) - len(rollout.tokens)

    def _written(self, rollout: Rollout, turn: GeneratedTurn) -> Action | Malformed | None:
        """The action of a turn of the model; None when the turn was cut."""
        rollout.write(turn)
        tokens = turn.tokens
        was_cut = not tokens or tokens[-1] not in self._chat.ends
        if was_cut or rollout.written > self._limits.episode_tokens or self._room(rollout) < 0:
            rollout.overlong = True
            return None
        return self._chat.action(tokens)


Answer = Callable[[Episode], Awaitable[Action | Malformed]]
"""Answers what an episode shows, as a client of a chat API does: `await answer(episode)`."""


class ChatWriter:
    """Writes turns with a model that is asked for the next message of a chat. Its tokens are not known."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def turn(self, rollout: Rollout, episode: Episode) -> Action | Malformed | None:
        """See `Writer`."""
        action = await self._answer(episode)
        rollout.turns += 1
        return action

    def close(self) -> None:
        """See `Writer`."""
