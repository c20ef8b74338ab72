"""Loyalty points: a sampler that draws an account, a tool that shows it, and a function that says what a price takes."""

from __future__ import annotations

from typing import TypedDict

from rlve_dsl.expressions import Cents, function
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.world import Draw, Shop, sampler, tool

POINT_CENTS = 5


class Account(TypedDict):
    """A shopper's account: the points on it, and those that expire this month."""

    points: int
    expiring: int


@function()
def points_for(price: Cents) -> int:
    """The points that pay a price; a begun point counts whole."""
    return -(-price // POINT_CENTS)


@sampler(provides=("loyalty",))
def loyalty_account(draw: Draw, near: int) -> Account:
    """An account with about `near` points: between half and one and a half of them, some of them expiring."""
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
    """What expressions may call."""
    return [points_for]


@hookimpl
def rlve_samplers() -> list[object]:
    """What worlds may draw."""
    return [loyalty_account]


@hookimpl
def rlve_tools() -> list[object]:
    """What agents may call."""
    return [balance]
