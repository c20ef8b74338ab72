"""The built-in samplers, a file for each sort of thing that they draw."""

from rlve_dsl.world.samplers import orders, products, questions, values, wants

SAMPLERS = (
    products.sample_products,
    products.sample_product,
    products.visit_history,
    products.stock_outs,
    orders.shopper_profile,
    orders.order_history,
    orders.ruling,
    wants.sample_variant,
    wants.sample_constraints,
    wants.sample_weights,
    values.sample_int,
    values.sample_choice,
    values.sample_choices,
    values.sample_bool,
    questions.sample_question,
)
