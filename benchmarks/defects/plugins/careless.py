"""Primitives with the faults that plugins have had in the wild: randomness of their own, the order of sets, tools that tell."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypedDict

from rlve_dsl.catalog import Product
from rlve_dsl.expressions import Function, ProductId, function
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.world import Draw, Sampler, Shop, Tool, sampler, tool


@sampler()
def sample_luck(draw: Draw) -> int:
    """A number from 1 to 3 that no seed decides."""
    return random.randint(1, 3)


@sampler(provides=("hint",))
def sample_hint(draw: Draw, of: int) -> int:
    """Keeps a number for the tool that tells it."""
    draw.provide("hint", of)
    return of


@sampler(provides=("marked",))
def mark(draw: Draw, of: Sequence[ProductId], beside: Sequence[ProductId]) -> bool:
    """Keeps what is wanted for the tool that marks it."""
    draw.provide("marked", [(id_, True) for id_ in of] + [(id_, False) for id_ in beside])
    return True


@sampler()
def sample_best_seller(draw: Draw, dimensions: int) -> Product:
    """One of the hundred products with the most reviews, of those with enough dimensions, in whichever part they are."""
    good = [
        p
        for p in draw.everything
        if p["dimensions"] >= dimensions and p["in_stock"] and not p["restricted"] and not p["has_variants"]
    ]
    return draw.stream.choice(sorted(good, key=lambda p: (-p["reviews"], p["id"]))[:100])


@function()
def any_of(values: Sequence[str]) -> str:
    """One of some texts, whichever a set gives first."""
    return next(iter(set(values)))


class Hint(TypedDict):
    """A number."""

    number: int


class Marked(TypedDict):
    """A product and whether it is wanted."""

    product_id: ProductId
    wanted: bool


class Placed(TypedDict):
    """A product."""

    product_id: ProductId


@tool("shop.hint", needs=("hint",))
def hint(shop: Shop) -> Hint:
    """Show a number."""
    return {"number": shop.provided["hint"]}


@tool("shop.suggestions", needs=("marked",))
def suggestions(shop: Shop) -> list[Marked]:
    """List products for this shopper."""
    return sorted(
        ({"product_id": i, "wanted": w} for i, w in shop.provided["marked"]), key=lambda row: row["product_id"]
    )  # type: ignore[typeddict-item]


@tool("shop.recent", needs=("marked",))
def recent(shop: Shop) -> list[Placed]:
    """List products in the order in which they were prepared: the wanted first."""
    return [{"product_id": i} for i, _ in shop.provided["marked"]]


@tool("shop.lottery")
def lottery(shop: Shop) -> Hint:
    """Show a number that changes from call to call."""
    return {"number": random.randint(0, 10**6)}


@hookimpl
def rlve_samplers() -> list[Sampler]:
    return [sample_luck, sample_hint, mark, sample_best_seller]


@hookimpl
def rlve_functions() -> list[Function]:
    return [any_of]


@hookimpl
def rlve_tools() -> list[Tool]:
    return [hint, suggestions, recent, lottery]
