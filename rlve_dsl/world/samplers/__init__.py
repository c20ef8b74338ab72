"""The built-in samplers, a file for each sort of thing that they draw."""

from rlve_dsl.world.samplers import products, values, wants

SAMPLERS = (
    products.sample_products,
    products.sample_product,
    products.visit_history,
    products.stock_outs,
    wants.sample_variant,
    wants.sample_constraints,
    wants.sample_weights,
    values.sample_int,
    values.sample_choice,
    values.sample_choices,
    values.sample_bool,
)
