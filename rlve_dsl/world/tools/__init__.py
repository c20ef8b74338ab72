"""The built-in tools, a file for each domain."""

from rlve_dsl.world.tools import browse, cart, orders, policies, returns, search, time, visits

TOOLS = (
    search.search,
    search.rerank,
    browse.get_product,
    browse.get_variants,
    cart.view,
    cart.add,
    cart.remove,
    cart.set_quantity,
    orders.list_orders,
    orders.get_status,
    orders.checkout,
    returns.check_eligibility,
    returns.initiate,
    returns.exchange,
    visits.visit_history,
    time.now,
    policies.search,
)
