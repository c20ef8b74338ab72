"""Loyalty points: a sampler that draws an account, a tool that shows it, and a function from prices to points."""

from __future__ import annotations

from typing import TypedDict

from rlve_dsl.expressions import Cents, function
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.world import Draw, Shop, sampler, tool

POINT_CENTS = 5


class Account(TypedDict):
    """A shopper's account: its points, and how many of them expire this month."""

    points: int
    expiring: int


@function()
def points_for(price: Cents) -> int:
    """The points that pay a price, rounded up."""
    return -(-price // POINT_CENTS)


@sampler(provides=("loyalty",))
def loyalty_account(draw: Draw, near: int) -> Account:
    """An account with about `near` points: from half of them to one and a half times as many, some of which expire."""
    points = draw.stream.integer(near // 2, near + near // 2)
    account: Account = {"points": points, "expiring": draw.stream.child("expiring").integer(0, points)}
    draw.provide("loyalty", account)
    return account


@tool("loyalty.balance", needs=("loyalty",))
def balance(shop: Shop) -> Account:
    """Show the shopper's loyalty points. A point is worth 5 cents."""
    account: Account = shop.provided["loyalty"]
    return account


@hookimpl
def rlve_functions() -> list[object]:
    """Functions for expressions."""
    return [points_for]


@hookimpl
def rlve_samplers() -> list[object]:
    """Samplers for worlds."""
    return [loyalty_account]


@hookimpl
def rlve_tools() -> list[object]:
    """Tools for the agent."""
    return [balance]
