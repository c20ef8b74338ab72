"""What an agent must never give: an id in an answer, or in what it makes, that ends the episode."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rlve_dsl.world.state import State

Limit: TypeAlias = Callable[[State, str], str | None]
"""Why the thing with an id is off limits; None where it is not. That never changes during an episode."""


def restricted(state: State, id_: str) -> str | None:
    """The store may not sell a restricted product to everyone."""
    row = state.catalog.row_of(id_)
    return f"{id_} is restricted" if row is not None and state.catalog.product(row)["restricted"] else None


LIMITS: tuple[Limit, ...] = (restricted,)
"""What is off limits in every episode."""
