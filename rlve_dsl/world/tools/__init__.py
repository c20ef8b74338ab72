"""The built-in tools, one module for each domain."""

from rlve_dsl.world.declared import declared_in
from rlve_dsl.world.tool import Tool

# Prompts list tools in this order, so it is part of what an episode says.
_ORDER = ("search", "rerank", "browse", "cart", "orders", "returns", "visits", "time", "policies")

TOOLS = declared_in(__name__, Tool, _ORDER)
