"""The built-in samplers, one module for each sort of thing that they draw."""

from rlve_dsl.world.declared import declared_in
from rlve_dsl.world.sampler import Sampler

# Schemas and the documentation list samplers in this order.
_ORDER = ("products", "orders", "wants", "values", "questions", "entities")

SAMPLERS = declared_in(__name__, Sampler, _ORDER)
