"""What each process trains on in an optimizer step of asynchronous training.

The first process takes the rollouts of a whole optimizer step from the queue and deals them out. TRL would send one forward pass
after another: then a failure of the first process would leave the others waiting, and each pass would weigh the same in the loss,
however few tokens it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from rlve_dsl.train.world import World

Pass: TypeAlias = Mapping[str, Any]
"""The tensors of one forward pass in all processes (TRL's), whose rows are the ranks."""
_TOKENS = "global_n_tokens"  # TRL's name of what it divides the loss of a pass by, in each row


def update_loader(planned: Any, world: World, passes: int) -> Any:
    """Return a loader that yields this process's part of each forward pass, and never ends.

    Args:
        planned: TRL's loader. In the first process, its dataset plans one forward pass after another.
        world: The processes that share a pass.
        passes: Forward passes of an optimizer step.
    """
    from torch.utils.data import DataLoader, IterableDataset

    class Updates(IterableDataset):  # type: ignore[type-arg]
        def __iter__(self) -> Iterator[Pass]:
            return _dealt(planned.dataset, planned.collate_fn, world, passes)

    return DataLoader(Updates(), batch_size=None)


def _dealt(planner: Iterable[Any], collate: Callable[[list[Any]], Pass], world: World, passes: int) -> Iterator[Pass]:
    plans = iter(planner)

    def update() -> list[list[Pass]]:
        return parts_of([collate([next(plans)]) for _ in range(passes)], world.size)

    while True:
        yield from world.dealt(update)


def parts_of(passes: Sequence[Pass], size: int) -> list[list[Pass]]:
    """Return the passes of an optimizer step for each of `size` processes.

    TRL divides the loss of a pass by its tokens, and by the number of passes. Here each gets the mean number of tokens in its
    place, so that every token of the step weighs the same.
    """
    import torch

    mean = torch.tensor([sum(float(one[_TOKENS][0]) for one in passes) / len(passes)])

    def part(one: Pass, rank: int) -> Pass:
        # a row is copied: by itself, a part of a tensor is sent with the whole of it
        return {**{name: rows[rank : rank + 1].clone() for name, rows in one.items()}, _TOKENS: mean}

    return [[part(one, rank) for one in passes] for rank in range(size)]
