"""Numbers, choices and truth values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.expressions import Share
from rlve_dsl.rng import stable_hash
from rlve_dsl.world.sampler import Draw, check_count, sampler

T = TypeVar("T")

_TRIES = 1000  # draws in a row that give no new combination


@sampler()
def sample_int(draw: Draw, from_: int, to: int, probability: Share = 1.0, otherwise: int | None = None) -> int:
    """With this probability, a whole number from `from` to `to`. Otherwise `otherwise`, or `from` if that is not given."""
    if to < from_:
        raise Unsatisfiable(f"sample_int has nothing to draw from {from_} to {to}", of_arguments=True)
    value = draw.stream.integer(from_, to)
    if draw.stream.chance(probability):
        return value
    return from_ if otherwise is None else otherwise


@sampler()
def sample_choice(draw: Draw, of: Sequence[T]) -> T:
    """One of the items, all equally likely."""
    if not of:
        raise Unsatisfiable("sample_choice has no items to choose from", of_arguments=True)
    return draw.stream.choice(of)


@sampler()
def sample_choices(draw: Draw, of: Sequence[T], count: int) -> Sequence[T]:
    """`count` of the items, in random order. With a smaller count, they are the first ones of those of a larger count."""
    check_count("sample_choices", count)
    if len(of) < count:
        raise Unsatisfiable(f"sample_choices wanted {count} items, of which there are {len(of)}", of_arguments=True)
    return draw.stream.shuffled(of)[:count]


@sampler()
def sample_bool(draw: Draw, probability: Share = 0.5) -> bool:
    """True with this probability."""
    return draw.stream.chance(probability)


@sampler()
def sample_combinations(draw: Draw, of: Sequence[Sequence[str]], count: int, held_out: Share = 0.0) -> Sequence[str]:
    """`count` different texts, each made of one text of every list with spaces between them. With a smaller count, they are the first ones of those of a larger count.

    A share `held_out` of all combinations is for held-out episodes, which have no others. So an agent can know each word of a
    name, but not the name.
    """
    check_count("sample_combinations", count)
    found: dict[str, None] = {}
    misses = 0 if of and all(of) else _TRIES
    while len(found) < count:
        if misses >= _TRIES:
            raise Unsatisfiable(f"sample_combinations wanted {count} combinations, and found {len(found)}")
        text = " ".join(draw.stream.choice(texts) for texts in of)
        if text in found or (held_out > 0 and _is_kept(text, held_out) != draw.is_held_out):
            misses += 1
        else:
            found[text], misses = None, 0
    return list(found)


def _is_kept(text: str, share: float) -> bool:
    """Whether a text is one of the share that is kept for held-out episodes."""
    return stable_hash("held out", text) < share * 2**64
