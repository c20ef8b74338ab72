"""The world of an episode: samplers draw it, tools show and change it, effects and events record what happened.

The room also holds the codecs between the language's values and the JSON that agents read and write.

Belongs here: what an agent can see and do. Does not belong here: goals, rewards, or the user.
"""

from rlve_dsl.errors import Refusal
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
    fault_of_trouble,
)
from rlve_dsl.world.effects import Effect, created, effect_from_json
from rlve_dsl.world.entity import entity
from rlve_dsl.world.event import EVENTS, Event, event, sell_out
from rlve_dsl.world.governance import RULED, Governance, Verdict, ruled
from rlve_dsl.world.journal import Journal, replay
from rlve_dsl.world.kind import Kind
from rlve_dsl.world.limits import LIMITS
from rlve_dsl.world.open_store import FROM_TABLES, OF_STORE, PREPARED, READ
from rlve_dsl.world.orders import Customer, Exchange, Order, OrderLine, PlacedOrder, Return
from rlve_dsl.world.purchases import cart_in, order_in, orders_in
from rlve_dsl.world.sampler import Draw, Draws, Sampler, sampler
from rlve_dsl.world.samplers import SAMPLERS
from rlve_dsl.world.saying import said_as
from rlve_dsl.world.scalars import WireError
from rlve_dsl.world.state import TABLES, State
from rlve_dsl.world.store import CART_LINE, ENTITIES, OF_CATALOG, PRODUCT, STATE, VARIANT, CartLine
from rlve_dsl.world.tables import (
    NO_ROWS,
    NO_TABLES,
    How,
    Row,
    Rows,
    Table,
    TableChange,
    Tables,
    empty_tables,
    named,
)
from rlve_dsl.world.tool import Shop, Tool, Writes, tool, tool_schema, wrong_writes
from rlve_dsl.world.tools import TOOLS
from rlve_dsl.world.wire import copier, decode, encode, encoder, schema_of

__all__ = [
    "CART_LINE",
    "ENTITIES",
    "EVENTS",
    "FROM_TABLES",
    "LIMITS",
    "MOST_IN_A_ROW",
    "NO_ROWS",
    "NO_TABLES",
    "OF_CATALOG",
    "OF_STORE",
    "PREPARED",
    "PRODUCT",
    "READ",
    "RULED",
    "SAMPLERS",
    "STATE",
    "TABLES",
    "TOOLS",
    "UNAVAILABLE",
    "VARIANT",
    "Attempt",
    "CartLine",
    "Customer",
    "Cut",
    "Delay",
    "Disturbance",
    "Draw",
    "Draws",
    "Effect",
    "Event",
    "Exchange",
    "Failure",
    "Governance",
    "How",
    "Journal",
    "Kind",
    "Order",
    "OrderLine",
    "PlacedOrder",
    "Refusal",
    "Return",
    "Row",
    "Rows",
    "Sampler",
    "Shop",
    "State",
    "Table",
    "TableChange",
    "Tables",
    "Tool",
    "Trouble",
    "Verdict",
    "WireError",
    "Writes",
    "argument_decoder",
    "argument_encoder",
    "cart_in",
    "copier",
    "created",
    "decode",
    "disturbance",
    "effect_from_json",
    "empty_tables",
    "encode",
    "encoder",
    "entity",
    "event",
    "fault_of_trouble",
    "named",
    "order_in",
    "orders_in",
    "replay",
    "ruled",
    "said_as",
    "sampler",
    "schema_of",
    "sell_out",
    "tool",
    "tool_schema",
    "wrong_writes",
]
