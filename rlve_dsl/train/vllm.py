"""Turns written by the vLLM engine of a GRPO trainer. Never run here, as it needs a GPU."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from rlve_dsl.agents import GeneratedTurn


class VllmEngine:
    """Writes turns with the vLLM engine of a trainer, which has the weights of the model since the last optimizer step.

    The engine takes one batch after another: all conversations that wait are one batch. vLLM keeps the prefixes that it has
    read, so the whole conversation is sent each turn. vLLM draws by itself: the seed of a conversation has no effect. A turn ends with
    any of the tokens `ends`.
    """

    def __init__(self, trainer: Any, *, ends: AbstractSet[int], greedy: bool) -> None:
        self._engine = trainer.vllm_generation
        self._engine.generation_kwargs = {**self._engine.generation_kwargs, "stop_token_ids": sorted(ends)}
        self._temperature = 0.0 if greedy else trainer.temperature
        self._waiting: list[tuple[list[int], asyncio.Future[GeneratedTurn]]] = []
        self._driver: asyncio.Task[None] | None = None

    def conversation(self, seed: int) -> VllmStream:
        """Return a new conversation."""
        return VllmStream(self)

    async def write(self, tokens: Sequence[int]) -> GeneratedTurn:
        """Return the turn that follows these tokens."""
        done: asyncio.Future[GeneratedTurn] = asyncio.get_running_loop().create_future()
        self._waiting.append((list(tokens), done))
        if self._driver is None:
            self._driver = asyncio.create_task(self._drive())
        return await done

    async def _drive(self) -> None:
        try:
            while True:
                await asyncio.sleep(0)  # episodes move, and come back with what their model reads next
                if not self._waiting:
                    return
                batch, self._waiting = self._waiting, []
                try:
                    turns = self._generate([tokens for tokens, _ in batch])
                except Exception as error:  # noqa: BLE001 - each conversation gets it
                    for _, done in batch:
                        done.set_exception(error)
                    continue
                for (_, done), turn in zip(batch, turns, strict=True):
                    done.set_result(turn)
        finally:
            self._driver = None

    def _generate(self, prompts: list[list[int]]) -> list[GeneratedTurn]:
        usual, self._engine.temperature = self._engine.temperature, self._temperature
        try:
            _, written, logprobs, _ = self._engine.generate(prompts=prompts, images=None, num_generations=1)
        finally:
            self._engine.temperature = usual
        return [GeneratedTurn(list(tokens), [p[0] for p in row]) for tokens, row in zip(written, logprobs, strict=True)]


class VllmStream:
    """A conversation with a `VllmEngine` (a `TokenStream`)."""

    def __init__(self, engine: VllmEngine) -> None:
        self._engine = engine
        self._read: list[int] = []

    async def write(self, tokens: Sequence[int]) -> GeneratedTurn:
        """Read the tokens, and return the next turn."""
        self._read += tokens
        turn = await self._engine.write(self._read)
        self._read += turn.tokens
        return turn

    def close(self) -> None:
        """Forget the conversation."""
