"""Several processes that train one model: what each of them plays, and how they tell each other what came of it.

All processes keep the same curriculum and draw the same episodes. Each plays a share of its own and hears of all others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

from rlve_dsl.errors import RlveError, UsageError
from rlve_dsl.files import Settings
from rlve_dsl.frozen import frozen

T = TypeVar("T")
K = TypeVar("K")


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
        mine: Sequence[T] | str
        try:
            mine = work(self.share(items), first)
        except Exception as error:  # noqa: BLE001 - the others must hear of it
            mine = f"{type(error).__name__}: {error}"
        parts = self._gathered(mine)
        for rank, part in enumerate(parts):
            if isinstance(part, str):
                raise RlveError(f"process {rank} of {self.size} failed: {part}")
        return [result for part in parts if not isinstance(part, str) for result in part]

    def _gathered(self, mine: T) -> list[T]:
        from torch import distributed

        parts: list[T] = [mine] * self.size
        distributed.all_gather_object(parts, mine)
        return parts


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
    if settings.server.url:
        raise UsageError(
            f"with `server.url` one process trains, and {size} were started: there is one producer of episodes"
        )
    if settings.groups % size:
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
    if settings.trainer.get("fsdp") and not settings.trainer.get("use_vllm"):
        raise UsageError(
            "with `trainer.fsdp` no process has the whole model, so it cannot write turns: set `trainer.use_vllm: true`"
        )
