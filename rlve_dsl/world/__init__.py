"""The world of an episode: samplers draw it, tools show and change it, effects and events record what happened.

The room also holds the codecs between the language's values and the JSON that agents read and write.

Belongs here: what an agent can see and do. Does not belong here: goals, rewards, or the user.
"""

from rlve_dsl.world.effects import (
    Effect,
    ExchangeStarted,
    LineAdded,
    LineRemoved,
    OrderPlaced,
    QuantitySet,
    ReturnStarted,
    RowsDisplaced,
    WentOutOfStock,
)
from rlve_dsl.world.event import EVENTS, Event, event
from rlve_dsl.world.governance import RULED, Governance, Verdict
from rlve_dsl.world.journal import EFFECTS, Journal, effect_from_json, replay
from rlve_dsl.world.orders import Customer, Exchange, Order, OrderLine, PlacedOrder, Return
from rlve_dsl.world.sampler import Draw, Draws, Sampler, sampler
from rlve_dsl.world.samplers import SAMPLERS
from rlve_dsl.world.scalars import WireError
from rlve_dsl.world.state import STATE, CartLine, State
from rlve_dsl.world.tool import Refusal, Shop, Tool, tool, tool_schema
from rlve_dsl.world.tools import TOOLS
from rlve_dsl.world.wire import decode, encode, schema_of

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
    "event",
    "replay",
    "sampler",
    "schema_of",
    "tool",
    "tool_schema",
]
