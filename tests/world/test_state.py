"""The state is the fold of its journal, whatever the tools and events did."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlve_dsl.catalog import Catalog
from rlve_dsl.domains import store_tools
from rlve_dsl.rng import Stream
from rlve_dsl.world import (
    ENTITIES,
    EVENTS,
    SAMPLERS,
    Draws,
    Refusal,
    Shop,
    effect_from_json,
    orders_in,
    replay,
)

TOOL = {tool.name: tool for tool in store_tools()}
(STOCK_OUT,) = (event for event in EVENTS if event.name == "stock_out")

(ORDERS,) = (sampler for sampler in SAMPLERS if sampler.name == "order_history")

rows = st.integers(0, 7)
places = st.tuples(st.integers(0, 2), st.integers(0, 2))  # of an order, and of a line of some order
lines = st.integers(1, 6).map(lambda n: f"L{n}")
qtys = st.integers(-1, 101)
moves = st.lists(
    st.one_of(
        st.tuples(st.just("cart.add"), rows, st.integers(-1, 3), qtys),
        st.tuples(st.just("cart.remove"), lines),
        st.tuples(st.just("cart.set_quantity"), lines, qtys),
        st.tuples(st.just("stock_out"), rows),
        st.tuples(st.just("catalog.search"), st.sampled_from(["mug", "red scarf"]), st.integers(1, 12)),
        st.tuples(st.just("cart.view")),
        st.tuples(st.just("order.checkout"), st.sampled_from(["standard", "express"]), st.booleans()),
        st.tuples(st.just("return.initiate"), places, st.sampled_from(["late", "unwanted"])),
        st.tuples(st.just("return.exchange"), places, rows, st.integers(-1, 3)),
        st.tuples(st.just("order.list")),
    ),
    max_size=25,
)


def history(catalog: Catalog) -> dict[str, Any]:
    """Three orders from before, as a world provides them."""
    provided: dict[str, Any] = {}
    ORDERS.call(Draws(Stream("history"), catalog, provided).at(()), count=3)
    return provided


def play(shop: Shop, move: tuple[Any, ...], number: int) -> Any:
    shop.stream = Stream("play", number)
    name, *given = move
    if name == "stock_out":
        return STOCK_OUT.call(shop, of=[shop.catalog.product(given[0])])
    if name == "cart.add":
        product = shop.catalog.product(given[0])
        options = [None, *(v["variant_id"] for v in shop.state.variants(product)), "nonsense"]
        variant_id = options[(given[1] + 1) % len(options)]
        arguments = {"product_id": product["id"], "variant_id": variant_id, "qty": given[2]}
    elif name == "order.checkout":
        arguments = {"shipping": given[0], "is_gift": given[1]}
    elif name.startswith("return."):
        at, other = given[0]
        orders = orders_in(shop.state)
        lines = orders[min(at, len(orders) - 1)]["lines"]
        order_id, line_id = orders[at % len(orders)]["order_id"], lines[other % len(lines)]["line_id"]
        arguments = {"order_id": order_id, "line_id": line_id}
        if name == "return.initiate":
            arguments |= {"reason": given[1], "method": "mail"}
        else:
            product = shop.catalog.product(given[1])
            options = [None, *(v["variant_id"] for v in shop.state.variants(product)), "nonsense"]
            arguments |= {"product_id": product["id"], "variant_id": options[(given[2] + 1) % len(options)]}
    elif name == "catalog.search":
        arguments = {"query": given[0], "top_k": given[1]}
    else:
        arguments = dict(zip(("line_id", "qty"), given, strict=False))
    try:
        return TOOL[name].call(shop, **arguments)
    except Refusal:
        return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_replaying_the_journal_gives_the_state(
    pocket: Catalog, open_shop: Callable[..., Shop], script: list[tuple[Any, ...]]
) -> None:
    shop = open_shop(pocket, history(pocket), search_noise=0.4)
    kept = []
    for number, move in enumerate(script):
        before, length = shop.state.tables, len(shop.journal)
        result = play(shop, move, number)
        kept.append((result, copy.deepcopy(result)))
        assert shop.state.tables is before or len(shop.journal) > length, "only the journal changes a state"
    assert replay(shop.journal, pocket, shop.provided) == shop.state
    written = json.loads(json.dumps(shop.journal.as_json()))
    again = [effect_from_json(data) for data in written]
    assert again == list(shop.journal)
    assert replay(again, pocket, shop.provided) == shop.state
    assert all(now == then for now, then in kept), "what a tool returned never changes afterwards"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_a_cart_holds_only_what_can_be_bought(
    pocket: Catalog, open_shop: Callable[..., Shop], script: list[tuple[Any, ...]]
) -> None:
    shop = open_shop(pocket, history(pocket))
    for number, move in enumerate(script):
        play(shop, move, number)
        held = [(line["product_id"], line["variant_id"]) for line in shop.table("cart_line")]
        assert len(set(held)) == len(held), "one line a product and variant"
        for line in shop.table("cart_line"):
            row = pocket.row_of(line["product_id"])
            assert row is not None
            product = pocket.product(row)
            variants = {v["variant_id"]: v["label"] for v in shop.state.variants(product)}
            assert 1 <= line["qty"] <= 99
            assert (line["variant_id"] is None) == (not variants)
            assert line["label"] == variants.get(line["variant_id"] or "")
            assert line["in_stock"] == shop.state.in_stock(product)
            assert line["price"] == product["price"]


def test_states_that_differ_are_not_equal(pocket: Catalog, open_shop: Callable[..., Shop]) -> None:
    one, other = open_shop(pocket, history(pocket)), open_shop(pocket, history(pocket))
    assert one.state == other.state
    play(one, ("return.initiate", (0, 0), "late"), 0)
    assert len(one.table("started_return")) == 1 and one.state != other.state
    play(other, ("return.initiate", (0, 0), "unwanted"), 0)
    assert one.state != other.state, "the reason is part of it"
    one, other = open_shop(pocket), open_shop(pocket)
    play(one, ("cart.add", _plain(pocket), -1, 2), 0)
    assert one.state != other.state
    play(one, ("cart.remove", "L1"), 1)
    assert not one.table("cart_line") and one.state == other.state
    play(one, ("cart.add", _plain(pocket), -1, 2), 2)
    assert [line["line_id"] for line in one.table("cart_line")] == ["L2"], "a line id is never used again"


def _plain(catalog: Catalog) -> int:
    return next(p.row for p in catalog.products if p["in_stock"] and not p["has_variants"])


def test_what_tools_remember_is_no_change_that_anybody_sees(pocket: Catalog, open_shop: Callable[..., Shop]) -> None:
    shop = open_shop(pocket, search_noise=1.0)
    play(shop, ("catalog.search", "mug", 12), 0)
    assert {effect.entity for effect in shop.journal} == {"left_out"}
    assert all(kind.table not in shop.state.names for kind in ENTITIES if kind.hidden)
    assert all(shop.state.names[kind.table] is shop.table(kind.name) for kind in ENTITIES if not kind.hidden)
