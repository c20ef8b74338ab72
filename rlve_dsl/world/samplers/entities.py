"""Entities of a declared domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.expressions import Each
from rlve_dsl.world.sampler import Draw, check_count, sampler

T = TypeVar("T")

_TRIES = 64  # draws in a row that fit nothing, before all rows are looked at: a table may have many


@sampler()
def sample_entity(draw: Draw, of: Sequence[T], where: Each[T, bool] | None = None) -> T:
    """One of the entities of a table for which `where` is true, all equally likely."""
    return _some(draw, of, where, 1, "sample_entity")[0]


@sampler()
def sample_entities(draw: Draw, of: Sequence[T], count: int, where: Each[T, bool] | None = None) -> Sequence[T]:
    """`count` different entities of a table for which `where` is true, in random order."""
    check_count("sample_entities", count)
    return _some(draw, of, where, count, "sample_entities")


def _some(draw: Draw, of: Sequence[T], where: Each[T, bool] | None, count: int, name: str) -> list[T]:
    """Draws places until enough rows fit. Where few do, all rows are looked at."""
    found: dict[int, T] = {}
    if not of:
        raise Unsatisfiable(f"{name} wanted {count} of a table that is empty")
    misses = 0
    while misses < _TRIES:
        if len(found) >= count:
            return list(found.values())
        place = draw.stream.integer(0, len(of) - 1)
        if place not in found and (where is None or where.one(of[place])):
            found[place], misses = of[place], 0
        else:
            misses += 1
    fitting = [place for place, row in enumerate(of) if place not in found and (where is None or where.one(row))]
    places = [*found, *draw.stream.shuffled(fitting)][: max(0, count)]
    if len(places) < count:
        raise Unsatisfiable(f"{name} wanted {count} of {len(of)} rows, of which {len(places)} fit")
    return [of[place] for place in places]
