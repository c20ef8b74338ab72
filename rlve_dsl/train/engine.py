"""Sampling from a transformers model for many conversations at once (continuous batching), with a key-value cache.

Each conversation has a slot of the cache. One that has something to read joins at the next step, and one whose turn is complete
leaves: none waits for the others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rlve_dsl.agents import GeneratedTurn
from rlve_dsl.rng import Stream
from rlve_dsl.train.slots import SlotCache

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel


@dataclass(slots=True, eq=False)
class Row:
    """A conversation in the engine: its slot, its draws, what it has not read yet and what it has written in this turn.

    `done` is where a `CachedStream` waits for the turn.
    """

    slot: int
    draws: Stream
    unread: list[int] = field(default_factory=list)
    read: int = 0
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    done: asyncio.Future[GeneratedTurn] | None = None

    @property
    def turn(self) -> GeneratedTurn:
        """The turn that it has written."""
        return GeneratedTurn(self.tokens, self.logprobs)


class CachedEngine:
    """Writes turns with a transformers model. What it has read stays in a cache, so that each token is read once.

    The log-probabilities are those of a forward pass without a cache. What a conversation writes depends on its seed and on
    what it reads, not on which others are in flight (up to the last bits of floating-point sums).

    Args:
        model: The model.
        slots: How many conversations may be open at the same time.
        context_tokens: The most tokens of a conversation.
        ends: The tokens that end a turn.
        turn_tokens: The most tokens of a turn.
        temperature: Of sampling.
        greedy: Whether to take the most likely token instead of drawing one.
        cache: Where to keep what was read, in place of a cache of its own; it has at least so many slots.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        *,
        slots: int,
        context_tokens: int,
        ends: AbstractSet[int],
        turn_tokens: int,
        temperature: float,
        greedy: bool,
        cache: SlotCache | None = None,
    ) -> None:
        self._model = model
        self._ends = ends
        self._turn_tokens = turn_tokens
        self._temperature = temperature
        self._greedy = greedy
        self.slots = slots
        self._free = list(range(slots))[::-1]
        self._cache = cache or SlotCache(slots, context_tokens + turn_tokens)
        self._reading: list[Row] = []
        self._writing: list[Row] = []
        self._driver: asyncio.Task[None] | None = None
        self.steps = 0
        """Forward passes in which conversations were written on."""
        self.seconds = 0.0
        """The time that steps have taken."""

    def conversation(self, seed: int) -> CachedStream:
        """Return a new conversation. It takes a slot until it is closed."""
        return CachedStream(self, self.begin(seed))

    def begin(self, seed: int) -> Row:
        """Begin a conversation. It takes a slot until it is closed."""
        return Row(self._free.pop(), Stream("turns", seed))

    def read(self, row: Row, tokens: Sequence[int]) -> None:
        """Let a conversation read these tokens in the next step, and then write its next turn."""
        row.unread += tokens
        row.tokens, row.logprobs = [], []
        self._reading.append(row)

    def close(self, row: Row) -> None:
        """Free the slot of a conversation."""
        self._free.append(row.slot)

    @property
    def idle(self) -> bool:
        """Whether no conversation has anything to read or to write."""
        return not self._reading and not self._writing

    @contextmanager
    def sampling(self) -> Iterator[None]:
        """Steps are taken in this block."""
        import torch

        was_training = self._model.training
        self._model.train(False)
        try:
            with torch.inference_mode():
                yield
        finally:
            self._model.train(was_training)

    async def write(self, row: Row, tokens: Sequence[int]) -> GeneratedTurn:
        """Return the next turn of a conversation."""
        self.read(row, tokens)
        row.done = asyncio.get_running_loop().create_future()
        if self._driver is None:
            self._driver = asyncio.create_task(self._drive())
        return await row.done

    async def _drive(self) -> None:
        """Take steps until no conversation waits for anything."""
        try:
            with self.sampling():
                while True:
                    await asyncio.sleep(0)  # episodes move, and come back with what their model reads next
                    if self.idle:
                        return
                    for row in self.step():
                        assert row.done is not None
                        row.done.set_result(row.turn)
        except Exception as error:  # noqa: BLE001 - each conversation gets it
            for row in (*self._reading, *self._writing):
                if row.done is not None and not row.done.done():
                    row.done.set_exception(error)
            self._reading, self._writing = [], []
        finally:
            self._driver = None

    def step(self) -> list[Row]:
        """Let those that have something to read do so, and all of them write one token. Return those whose turn is complete."""
        self.go_on()
        return self.join()

    def go_on(self) -> None:
        """The first half of a step: those that are writing write one token."""
        if self._writing:
            began = time.perf_counter()
            self.steps += 1
            self._advance(self._writing)
            self.seconds += time.perf_counter() - began

    def join(self) -> list[Row]:
        """The second half of a step: those that have something to read do so, and write their first token.

        What is to be read in a step is needed only now. Return the conversations whose turn is complete.
        """
        began = time.perf_counter()
        if self._reading:
            rows, self._reading = self._reading, []
            self._advance(rows)
            self._writing += rows
        complete = [row for row in self._writing if self._complete(row)]
        if complete:
            self._writing = [row for row in self._writing if not self._complete(row)]
        self.seconds += time.perf_counter() - began
        return complete

    def _complete(self, row: Row) -> bool:
        return row.tokens[-1] in self._ends or len(row.tokens) >= self._turn_tokens

    def _advance(self, rows: Sequence[Row]) -> None:
        """Read what is unread in these rows, and write the next token of each."""
        import torch

        width = max(len(row.unread) for row in rows)
        # the last token of each row stands in the last column, so that one column of logits is enough
        ids = torch.tensor([[0] * (width - len(row.unread)) + row.unread for row in rows])
        lengths = torch.tensor([len(row.unread) for row in rows])
        read = torch.tensor([row.read for row in rows])
        logits = self._forward(ids, lengths, read, [row.slot for row in rows])
        weights = torch.log_softmax(logits.float() / self._temperature, dim=-1)
        chosen = weights.argmax(-1) if self._greedy else drawn_tokens(weights, [row.draws.uniform() for row in rows])
        scores = weights.gather(1, chosen[:, None]).squeeze(1)
        for row, token, score in zip(rows, chosen.tolist(), scores.tolist(), strict=True):
            row.read += len(row.unread)
            row.unread = [token]
            row.tokens.append(token)
            row.logprobs.append(score)

    def _forward(self, ids: Tensor, lengths: Tensor, read: Tensor, slots: Sequence[int]) -> Tensor:
        """The logits after the last token of each row."""
        import torch

        device = self._model.device
        width = ids.shape[1]
        places = torch.arange(width)[None] - (width - lengths)[:, None] + read[:, None]
        real = places >= read[:, None]
        positions = places.clamp(min=0)
        longest = int((read + lengths).max())
        seen = torch.arange(longest)[None, None] <= positions[:, :, None]
        lowest = torch.finfo(self._model.dtype).min
        mask = torch.zeros(seen.shape, dtype=self._model.dtype).masked_fill(~seen, lowest)[:, None]
        self._cache.place(slots, positions.to(device), real.to(device), longest)
        logits: Tensor = self._model(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            position_ids=positions.to(device),
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits
        return logits[:, -1]


class CachedStream:
    """A conversation with a `CachedEngine` (a `TokenStream`)."""

    def __init__(self, engine: CachedEngine, row: Row) -> None:
        self._engine = engine
        self._row = row

    async def write(self, tokens: Sequence[int]) -> GeneratedTurn:
        """Read the tokens, and return the next turn."""
        return await self._engine.write(self._row, tokens)

    def close(self) -> None:
        """Forget the conversation."""
        self._engine.close(self._row)


def drawn_tokens(weights: Tensor, uniforms: Sequence[float]) -> Tensor:
    """Return a token for each row, by its number from [0, 1) and the distribution whose logarithms are `weights`."""
    import torch

    reached = weights.double().exp().cumsum(-1)
    target = torch.tensor(uniforms, dtype=torch.float64, device=weights.device)[:, None] * reached[:, -1:]
    found: Tensor = torch.searchsorted(reached, target, right=True).squeeze(1)
    return found.clamp(max=weights.shape[1] - 1)
