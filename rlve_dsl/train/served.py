"""Turns written by a model on another machine: the HTTP API of `vllm serve`, tokens in and tokens out."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rlve_dsl.agents import GeneratedTurn
from rlve_dsl.errors import RlveError, UsageError
from rlve_dsl.rng import Stream

_TRIES = 3
_PAUSE = 0.5  # seconds before a request is made again; then twice as long
_TIMEOUT = 600.0


class ServedEngine:
    """Writes turns with a model that `vllm serve` serves. Conversations wait for it at the same time.

    vLLM keeps the prefixes that it has read, so the whole conversation is sent each turn. Of several servers, each has every so
    many conversations, and keeps those that it has.

    Args:
        urls: The addresses of the servers, such as `http://gpu-1:8000`.
        model: The name of the model there.
        ends: The tokens that end a turn.
        turn_tokens: The most tokens of a turn.
        context_tokens: The most tokens of a whole conversation: a server refuses to write more than its model can hold.
        temperature: Of sampling; 0 takes the most likely token.
        at_once: How many requests may wait together.
    """

    def __init__(
        self,
        urls: Sequence[str],
        model: str,
        *,
        ends: AbstractSet[int],
        turn_tokens: int,
        context_tokens: int,
        temperature: float,
        at_once: int,
    ) -> None:
        self._urls = [url.rstrip("/") for url in urls]
        self._turns = itertools.cycle(self._urls)
        self._turn_tokens, self._context_tokens = turn_tokens, context_tokens
        self._asked: dict[str, Any] = {
            "model": model,
            "temperature": temperature,
            "n": 1,
            "logprobs": 0,
            "return_token_ids": True,
            "stop_token_ids": sorted(ends),
        }
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="request")
        self.repeated = 0
        """Requests that were made again."""

    def conversation(self, seed: int) -> ServedStream:
        """Return a new conversation, whose turns are drawn by this seed."""
        return ServedStream(self, next(self._turns), seed)

    def check(self) -> None:
        """Raise UsageError when a server does not answer."""
        for url in self._urls:
            try:
                _open(f"{url}/health", None)
            except OSError as problem:
                raise UsageError(
                    f"no vLLM server answers at {url} ({problem}): start it with `vllm serve`, or correct the addresses "
                    "(`server`)"
                ) from None

    async def write(self, url: str, tokens: Sequence[int], seed: int) -> GeneratedTurn:
        """Return the turn that follows these tokens, as the server at this address writes it."""
        most = max(1, min(self._turn_tokens, self._context_tokens - len(tokens)))
        asked = {**self._asked, "max_tokens": most, "prompt": list(tokens), "seed": seed}
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._written, url, asked)

    def close(self) -> None:
        """Make no more requests."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _written(self, url: str, asked: dict[str, Any]) -> GeneratedTurn:
        for attempt in range(_TRIES):
            if attempt:
                self.repeated += 1
                time.sleep(_PAUSE * 2 ** (attempt - 1))
            try:
                answer = json.loads(_open(f"{url}/v1/completions", asked))
                choice = answer["choices"][0]
                return GeneratedTurn([*choice["token_ids"]], [float(p) for p in choice["logprobs"]["token_logprobs"]])
            except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
                problem = error
                if isinstance(error, urllib.error.HTTPError) and error.code < 500:
                    break  # it would be refused again
        raise RlveError(f"the server at {url} does not write: {problem}")


def _open(url: str, asked: dict[str, Any] | None) -> bytes:
    body = None if asked is None else json.dumps(asked).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
        found: bytes = answer.read()
    return found


class ServedStream:
    """A conversation with a `ServedEngine` (a `TokenStream`)."""

    def __init__(self, engine: ServedEngine, url: str, seed: int) -> None:
        self._engine = engine
        self._url = url
        self._draws = Stream("turns", seed)
        self._read: list[int] = []

    async def write(self, tokens: Sequence[int]) -> GeneratedTurn:
        """Read the tokens, and return the next turn."""
        self._read += tokens
        turn = await self._engine.write(self._url, self._read, self._draws.integer(0, (1 << 62) - 1))
        self._read += turn.tokens
        return turn

    def close(self) -> None:
        """Forget the conversation."""
