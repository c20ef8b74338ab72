"""The world of an episode: samplers draw it, tools show and change it, effects and events record what happened.

The room also holds the codecs between the language's values and the JSON that agents read and write.

Belongs here: what an agent can see and do. Does not belong here: goals, rewards, or the user.
"""

from rlve_dsl.world.arguments import argument_decoder, argument_encoder
from rlve_dsl.world.disturbance import (
    MOST_IN_A_ROW,
    UNAVAILABLE,
    Attempt,
    Cut,
    Delay,
    Disturbance,
    Failure,
    Trouble,
    disturbance,
)
from rlve_dsl.world.effects import (
    Effect,
    EntityChanged,
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
from rlve_dsl.world.saying import said_as
from rlve_dsl.world.scalars import WireError
from rlve_dsl.world.state import STATE, TABLES, CartLine, State
from rlve_dsl.world.tables import NO_ROWS, NO_TABLES, How, Kind, Row, Rows, Table, Tables, named
from rlve_dsl.world.tool import Refusal, Shop, Tool, tool, tool_schema
from rlve_dsl.world.tools import TOOLS
from rlve_dsl.world.wire import copier, decode, encode, encoder, schema_of

__all__ = [
    "EFFECTS",
    "EVENTS",
    "MOST_IN_A_ROW",
    "NO_ROWS",
    "NO_TABLES",
    "RULED",
    "SAMPLERS",
    "STATE",
    "TABLES",
    "TOOLS",
    "UNAVAILABLE",
    "Attempt",
    "CartLine",
    "Customer",
    "Cut",
    "Delay",
    "Disturbance",
    "Draw",
    "Draws",
    "Effect",
    "EntityChanged",
    "Event",
    "Exchange",
    "ExchangeStarted",
    "Failure",
    "Governance",
    "How",
    "Journal",
    "Kind",
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
    "Row",
    "Rows",
    "RowsDisplaced",
    "Sampler",
    "Shop",
    "State",
    "Table",
    "Tables",
    "Tool",
    "Trouble",
    "Verdict",
    "WentOutOfStock",
    "WireError",
    "argument_decoder",
    "argument_encoder",
    "copier",
    "decode",
    "disturbance",
    "effect_from_json",
    "encode",
    "encoder",
    "event",
    "named",
    "replay",
    "said_as",
    "sampler",
    "schema_of",
    "tool",
    "tool_schema",
]
