"""The date of today."""

from __future__ import annotations

from typing import TypedDict

from rlve_dsl.world.tool import Shop, tool


class Now(TypedDict):
    """Today, as an ISO date."""

    today: str


@tool("time.now", needs=("today",))
def now(shop: Shop) -> Now:
    """Tell today's date."""
    return {"today": shop.provided["today"]}
