"""Plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.world.sampler import Draw, sampler

T = TypeVar("T")


@sampler()
def sample_int(draw: Draw, from_: int, to: int, probability: float = 1.0, otherwise: int | None = None) -> int:
    """A whole number in `from`..`to`, both included, with this probability; else `otherwise`, or `from` without one."""
    if to < from_:
        raise Unsatisfiable(f"sample_int has nothing to draw from {from_} to {to}")
    value = draw.stream.integer(from_, to)
    if draw.stream.chance(probability):
        return value
    return from_ if otherwise is None else otherwise


@sampler()
def sample_choice(draw: Draw, of: Sequence[T]) -> T:
    """One of the items, each as likely as the next."""
    if not of:
        raise Unsatisfiable("sample_choice has no items to choose from")
    return draw.stream.choice(of)


@sampler()
def sample_choices(draw: Draw, of: Sequence[T], count: int) -> Sequence[T]:
    """So many of the items, in random order. The choices of a smaller count are the first of a larger one."""
    if len(of) < count:
        raise Unsatisfiable(f"sample_choices wanted {count} items, of which there are {len(of)}")
    return draw.stream.shuffled(of)[: max(0, count)]


@sampler()
def sample_bool(draw: Draw, probability: float = 0.5) -> bool:
    """True with this probability."""
    return draw.stream.chance(probability)
