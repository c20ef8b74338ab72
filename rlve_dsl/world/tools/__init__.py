"""The built-in tools, a file for each domain."""

from rlve_dsl.world.tools import browse, cart, policies, search, visits

TOOLS = (
    search.search,
    search.rerank,
    browse.get_product,
    browse.get_variants,
    cart.view,
    cart.add,
    cart.remove,
    cart.set_quantity,
    visits.visit_history,
    policies.search,
)
