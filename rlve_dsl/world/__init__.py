"""The world of an episode: its state and the effects that change it, the tools that an agent calls, the samplers that
draw it, the events that befall it, and the wire between typed values and JSON.

Belongs here: what an agent can see and do. Does not belong here: goals, rewards, or the user.
"""

from rlve_dsl.world.effects import (
    EFFECTS,
    Effect,
    ExchangeStarted,
    Journal,
    LineAdded,
    LineRemoved,
    OrderPlaced,
    QuantitySet,
    ReturnStarted,
    RowsDisplaced,
    WentOutOfStock,
    effect_from_json,
)
from rlve_dsl.world.event import EVENTS, Event, event
from rlve_dsl.world.governance import RULED, Governance, Verdict
from rlve_dsl.world.orders import Customer, Exchange, Order, OrderLine, PlacedOrder, Return
from rlve_dsl.world.sampler import Draw, Draws, Sampler, sampler
from rlve_dsl.world.samplers import SAMPLERS
from rlve_dsl.world.schema import schema_of, tool_schema
from rlve_dsl.world.state import STATE, CartLine, State, replay
from rlve_dsl.world.tool import Refusal, Shop, Tool, tool
from rlve_dsl.world.tools import TOOLS
from rlve_dsl.world.wire import WireError, decode, encode, encode_arguments

__all__ = [
    "EFFECTS",
    "EVENTS",
    "RULED",
    "SAMPLERS",
    "STATE",
    "TOOLS",
    "CartLine",
    "Customer",
    "Draw",
    "Draws",
    "Effect",
    "Event",
    "Exchange",
    "ExchangeStarted",
    "Governance",
    "Journal",
    "LineAdded",
    "LineRemoved",
    "Order",
    "OrderLine",
    "OrderPlaced",
    "PlacedOrder",
    "QuantitySet",
    "Refusal",
    "Return",
    "ReturnStarted",
    "RowsDisplaced",
    "Sampler",
    "Shop",
    "State",
    "Tool",
    "Verdict",
    "WentOutOfStock",
    "WireError",
    "decode",
    "effect_from_json",
    "encode",
    "encode_arguments",
    "event",
    "replay",
    "sampler",
    "schema_of",
    "tool",
    "tool_schema",
]
