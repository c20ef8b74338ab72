"""Several processes that train one model: what each of them plays, and how they tell each other what came of it.

All processes keep the same curriculum and draw the same episodes. Each plays a share of its own and hears of all others. With a
server, the first process alone plays: it deals the others what they train on, and tells them what comes of anything else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any, TypeVar, cast

from rlve_dsl.errors import RlveError, UsageError
from rlve_dsl.files import Settings
from rlve_dsl.frozen import frozen

T = TypeVar("T")
K = TypeVar("K")
_PATIENCE = timedelta(days=1)
"""How long a process waits for the others: they may play for hours."""


@frozen
class Failure:
    """What a process tells the others when its work failed. `kind` is the error that they raise."""

    kind: type[RlveError]
    text: str


@frozen
class World:
    """This process among those that train together: its number, and how many there are."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files and tells a person what happens."""
        return self.rank == 0

    def share(self, items: Sequence[K]) -> Sequence[K]:
        """Return the part of `items` that belongs to this process. The parts follow each other in the order of ranks.

        >>> [World(rank, 3).share("abcdefg") for rank in range(3)]
        ['ab', 'cd', 'efg']
        """
        count = len(items)
        return items[count * self.rank // self.size : count * (self.rank + 1) // self.size]

    def together(self, items: Sequence[K], work: Callable[[Sequence[K], int], Sequence[T]]) -> list[T]:
        """Do the work of all processes, each on its own share, and return the results of all of them in order.

        Args:
            items: The same in every process.
            work: Called as `work(share, first)`, where `first` is the place of the share's first item among all items.

        Raises:
            RlveError: In every process, when the work failed in any of several processes. So no process waits for ever.
        """
        first = len(items) * self.rank // self.size
        if self.size == 1:
            return list(work(items, first))
        mine: Sequence[T] | Failure
        try:
            mine = work(self.share(items), first)
        except Exception as error:  # noqa: BLE001 - the others must hear of it
            mine = Failure(RlveError, f"{type(error).__name__}: {error}")
        parts = self._gathered(mine)
        for rank, part in enumerate(parts):
            if isinstance(part, Failure):
                raise RlveError(f"process {rank} of {self.size} failed: {part.text}")
        return [result for part in parts if not isinstance(part, Failure) for result in part]

    def dealt(self, work: Callable[[], Sequence[T]]) -> T:
        """Let the first process do some work, and return the part of the result that is for this process.

        Args:
            work: Called in the first process alone. It returns a part for each process, in the order of ranks.

        Raises:
            RlveError: In every process, when the work failed. The first process raises the error itself.
        """
        if not self.first:
            return self._received([])
        try:
            parts = work()
        except Exception as error:
            if self.size > 1:
                self._received([self._failure_of(error)] * self.size)
            raise
        return self._received(parts) if self.size > 1 else parts[0]

    def from_first(self, work: Callable[[], T]) -> T:
        """Let the first process do some work, and return the result in all of them (see `dealt`)."""
        return self.dealt(lambda: [work()] * self.size)

    def _failure_of(self, error: Exception) -> Failure:
        """What the other processes are told of an error of this one."""
        if isinstance(error, RlveError):  # a sentence already
            return Failure(UsageError if isinstance(error, UsageError) else RlveError, str(error))
        return Failure(RlveError, f"process {self.rank} of {self.size} failed: {type(error).__name__}: {error}")

    def _received(self, parts: Sequence[T | Failure]) -> T:
        """Return this process's part of those that the first one sends, or raise the error that it sends instead."""
        from torch import distributed

        mine: list[T | Failure | None] = [None]
        with self.ending_together():
            distributed.scatter_object_list(mine, [*parts] if self.first else None, src=0, group=_line())
        part = mine[0]
        if isinstance(part, Failure) and not self.first:
            raise part.kind(part.text)
        return cast(T, part)  # of what the first process sent

    def _gathered(self, mine: T) -> list[T]:
        from torch import distributed

        parts: list[T] = [mine] * self.size
        with self.ending_together():
            distributed.all_gather_object(parts, mine, group=_line())
        return parts

    @contextmanager
    def ending_together(self) -> Iterator[None]:
        """Raise RlveError, in a sentence, when another process ends while this one talks to it in the block."""
        try:
            yield
        except RuntimeError as problem:
            if self.size == 1 or not any(mark in str(problem) for mark in _GONE):
                raise
            raise RlveError("another process of this run has ended, so this one ends too") from problem


_GONE = ("Connection closed by peer", "Connection reset by peer", "Broken pipe", "Connection refused")
"""What gloo says of a process that is gone."""


@cache
def _line() -> Any:
    """What the processes tell each other objects by. It needs no GPU, and it may be silent for longer than one for gradients."""
    from torch import distributed

    return distributed.new_group(backend="gloo", timeout=_PATIENCE)


ALONE = World()
"""One process by itself."""


def world_of_environment() -> World:
    """Return the world that the launcher (torchrun, accelerate) describes in `RANK` and `WORLD_SIZE`."""
    return World(int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1")))


def check_world(settings: Settings, size: int) -> None:
    """Raise UsageError when these settings cannot train in this many processes."""
    if settings.processes and size != settings.processes:
        raise UsageError(
            f"these settings are for {settings.processes} processes, and {size} {'was' if size == 1 else 'were'} started: "
            f"torchrun --nproc-per-node {settings.processes} -m rlve_dsl.cli train … (or set `processes`)"
        )
    if size == 1:
        return
    if settings.groups % size and not settings.server.url:  # a server's groups are dealt rollout by rollout
        raise UsageError(
            f"{settings.groups} `groups` cannot be shared among {size} processes: a group stays in one of them"
        )
    update, rest = divmod(settings.batch // settings.updates, size)
    if rest:
        raise UsageError(
            f"an update of {settings.batch // settings.updates} rollouts cannot be shared equally among {size} processes"
        )
    if settings.micro_batch and update % settings.micro_batch:
        raise UsageError(
            f"`micro_batch` {settings.micro_batch} does not divide the {update} rollouts of an update in each of {size} processes"
        )
    if settings.trainer.get("use_vllm") and settings.trainer.get("vllm_mode") != "colocate":
        raise UsageError(
            f"{size} processes cannot share a vLLM server: conversations of several processes would be mixed up. "
            "Set `trainer.vllm_mode: colocate`, or start one process"
        )
    if settings.trainer.get("fsdp") and not (settings.trainer.get("use_vllm") or settings.server.url):
        raise UsageError(
            "with `trainer.fsdp` no process has the whole model, so it cannot write turns: set `trainer.use_vllm: true` or `server.url`"
        )
