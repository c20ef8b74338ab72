"""What an agent must never give: an id in an answer, or in what it makes, that ends the episode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rlve_dsl.world.state import State


@dataclass(frozen=True, slots=True)
class Limit:
    """A sort of things that are off limits. `reason(state, id)` says why one is; None for one that is not.

    What it says of an id never changes during an episode.
    """

    name: str
    reason: Callable[[State, str], str | None]


def _restricted(state: State, id_: str) -> str | None:
    row = state.catalog.row_of(id_)
    return f"{id_} is restricted" if row is not None and state.catalog.product(row)["restricted"] else None


LIMITS = (Limit("products that the store may not sell to everyone", _restricted),)
"""What is off limits in every episode."""
