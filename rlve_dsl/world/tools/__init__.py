"""The tools of the store that are in Python, one module for each domain. The others are declared in `scenarios/domains/shop.yaml`."""

from rlve_dsl.world.declared import declared_in
from rlve_dsl.world.tool import Tool

_ORDER = ("search", "rerank", "browse", "visits", "time", "policies")

TOOLS = declared_in(__name__, Tool, _ORDER)
