"""Tools that say more than anybody needs to read."""

from __future__ import annotations

from typing import TypedDict

from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.policy import PassageRow, passages
from rlve_dsl.world import Refusal, Shop, Tool, tool


class Page(TypedDict):
    """A page of the manual."""

    text: str


def _manual(shop: Shop) -> Page:
    return {"text": "Turn it off and on again."}


_manual.__doc__ = "Show a page of the manual. " + "Turn it off, wait for ten seconds, and turn it on again. " * 900
manual = tool("shop.manual")(_manual)


@tool("shop.rulebook", needs=("policy",))
def rulebook(shop: Shop) -> list[PassageRow]:
    """Show all rules of the store."""
    if shop.governance is None:
        raise Refusal("this store has no written policy")
    return [
        {"passage_id": p.id, "about": p.title, "text": p.text, "refers": list(p.refers), "match": 0}
        for p in passages(shop.governance.policy)
    ]


@hookimpl
def rlve_tools() -> list[Tool]:
    return [manual, rulebook]
