"""A wrapping desk: a plugin whose tools keep state of their own."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from rlve_dsl.expressions.types import Id
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.world import Kind, Refusal, Shop, Tool, entity, tool

ParcelId = Annotated[str, Id("parcel")]
Paper = Literal["red", "blue", "gold"]


class Parcel(TypedDict):
    """A parcel at the desk. `paper` is unknown until it is wrapped."""

    parcel_id: ParcelId
    label: str
    paper: Paper | None
    ribbons: int


PARCEL = entity("parcel", Parcel, key="parcel_id", ids="P####", says="the {label}")


@tool("parcel.list")
def list_parcels(shop: Shop) -> list[Parcel]:
    """List the parcels at the desk."""
    rows: Any = list(shop.table("parcel"))
    return rows


@tool("parcel.wrap", writes={"parcel": ("paper", "ribbons")}, says=("wrap {}", "put paper around"))
def wrap(shop: Shop, parcel_id: ParcelId, paper: Paper, ribbons: int = 0) -> Parcel:
    """Wrap a parcel. A parcel is wrapped once.

    parcel_id: which parcel
    paper: the colour of the paper
    ribbons: how many ribbons are added
    """
    parcel = shop.table("parcel").at(parcel_id)
    if parcel is None:
        raise Refusal("there is no such parcel")
    if parcel["paper"] is not None:
        raise Refusal(f"it is wrapped in {parcel['paper']} paper already")
    shop.set("parcel", parcel_id, "paper", paper)
    shop.add("parcel", parcel_id, "ribbons", ribbons)
    wrapped: Any = shop.table("parcel").at(parcel_id)
    return wrapped  # type: ignore[no-any-return]


@hookimpl
def rlve_entities() -> list[Kind]:
    """Sorts of entities."""
    return [PARCEL]


@hookimpl
def rlve_tools() -> list[Tool]:
    """Tools for the agent."""
    return [list_parcels, wrap]
