"""Numbers, choices and truth values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.world.sampler import Draw, sampler

T = TypeVar("T")


@sampler()
def sample_int(draw: Draw, from_: int, to: int, probability: float = 1.0, otherwise: int | None = None) -> int:
    """With this probability, a whole number from `from` to `to`. Otherwise `otherwise`, or `from` if that is not given."""
    if to < from_:
        raise Unsatisfiable(f"sample_int has nothing to draw from {from_} to {to}")
    value = draw.stream.integer(from_, to)
    if draw.stream.chance(probability):
        return value
    return from_ if otherwise is None else otherwise


@sampler()
def sample_choice(draw: Draw, of: Sequence[T]) -> T:
    """One of the items, all equally likely."""
    if not of:
        raise Unsatisfiable("sample_choice has no items to choose from")
    return draw.stream.choice(of)


@sampler()
def sample_choices(draw: Draw, of: Sequence[T], count: int) -> Sequence[T]:
    """`count` of the items, in random order. With a smaller count, they are the first ones of those of a larger count."""
    if len(of) < count:
        raise Unsatisfiable(f"sample_choices wanted {count} items, of which there are {len(of)}")
    return draw.stream.shuffled(of)[: max(0, count)]


@sampler()
def sample_bool(draw: Draw, probability: float = 0.5) -> bool:
    """True with this probability."""
    return draw.stream.chance(probability)
