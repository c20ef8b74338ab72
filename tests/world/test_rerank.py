"""`catalog.rerank`: products in the order that a shopper's wishes and weights give."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlve_dsl.catalog import Catalog, Product, meets
from rlve_dsl.domains import store_tools
from rlve_dsl.rng import Stream
from rlve_dsl.world import Journal, Refusal, Shop, State, sell_out

RERANK = next(tool for tool in store_tools() if tool.name == "catalog.rerank")
QUERY = "steel kettle"
THINGS = ("price", "rating", "ships_in", "brand", "match")


def call(shop: Shop, **arguments: Any) -> Any:
    """A call as the runtime makes it, through JSON both ways."""
    return json.loads(
        json.dumps(RERANK.encode(RERANK.call(shop, **RERANK.arguments(json.loads(json.dumps(arguments))))))
    )


def kind_of(catalog: Catalog) -> list[Product]:
    """The products of a kind with several brands, sold-out ones among them."""
    products = list(catalog.alike(3))
    assert len({p["brand"] for p in products}) > 1 and not all(p["in_stock"] for p in products)
    return products


def rerank(shop: Shop, products: list[Product], **arguments: Any) -> list[dict[str, Any]]:
    ids = [p["id"] for p in products]
    rows: list[dict[str, Any]] = call(shop, query=QUERY, product_ids=ids, top_k=len(ids), **arguments)
    return rows


def new_shop(catalog: Catalog) -> Shop:
    return Shop(State(catalog, {}), Journal(), {}, {}, Stream("test"))


WEIGHTS = st.dictionaries(st.sampled_from(THINGS), st.integers(0, 100), min_size=1).filter(
    lambda w: sum(w.values()) > 0
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(WEIGHTS, st.integers(0, 3))
def test_the_order_is_wishes_then_score(shelves: Catalog, weights: dict[str, int], count: int) -> None:
    products = kind_of(shelves)
    expected, favourite = products[0]["price"], products[1]["brand"]
    wishes = [
        {"field": "price", "op": "at_most", "value": expected / 100},
        {"field": "rating", "op": "at_least", "value": 4},
        {"field": "ships_in", "op": "at_most", "value": 4},
    ][:count]
    rows = rerank(
        new_shop(shelves), products,
        wishes=wishes, weights=weights, expected_price=expected / 100, favourite_brand=favourite,
    )  # fmt: skip
    matches = {r["product_id"]: r["match"] for r in rows}

    def worth(product: Product) -> tuple[bool, int, float]:
        parts = {
            "price": max(0.0, 1 - product["price"] / (2 * expected)),
            "rating": product["rating"] / 5,
            "ships_in": 1 - product["ships_in"] / 14,
            "brand": float(product["brand"] == favourite),
            "match": matches[product["id"]] / 100,
        }
        met = sum(
            meets.call(product, {**w, "value": expected if w["field"] == "price" else w["value"]}) for w in wishes
        )
        return product["in_stock"], met, sum(w * parts[n] for n, w in weights.items()) / sum(weights.values())

    slow = {p["id"]: worth(p) for p in products}
    assert {r["product_id"] for r in rows} == slow.keys()
    given_ = [slow[r["product_id"]] for r in rows]
    for better, worse in pairwise(given_):
        assert better[:2] >= worse[:2] and (better[:2] > worse[:2] or better[2] >= worse[2] - 1e-5)
    for row in rows:
        in_stock, met, score = slow[row["product_id"]]
        assert row["in_stock"] == in_stock and row["score"] == pytest.approx(score, abs=1e-5)
        assert row.get("wishes_met") == (met if wishes else None)


def test_weights_mean_shares_in_whatever_form(shelves: Catalog) -> None:
    products = kind_of(shelves)
    forms: list[Any] = [{"rating": 0.4, "match": 0.6}, {"rating": 40, "match": 60}, {"rating": "40%", "match": "60%"}]
    ranked = [rerank(new_shop(shelves), products, weights=form) for form in forms]
    assert ranked[0] == ranked[1] == ranked[2]
    assert ranked[0][0]["parts"].keys() == {"rating", "match"}


def test_wishes_with_a_weight_are_part_of_the_score(shelves: Catalog) -> None:
    products = kind_of(shelves)
    wishes = [{"field": "rating", "op": "at_least", "value": 4}, {"field": "ships_in", "op": "at_most", "value": 4}]
    rows = rerank(new_shop(shelves), products, wishes=wishes, weights={"match": 95, "wishes": 5})
    for row in rows:
        assert row["score"] == pytest.approx(0.95 * row["match"] / 100 + 0.05 * row["wishes_met"] / 2, abs=1e-5)
    in_stock = [row["score"] for row in rows if row["in_stock"]]
    assert in_stock == sorted(in_stock, reverse=True)
    first = rerank(new_shop(shelves), products, wishes=wishes, weights={"match": 100})
    assert [row["wishes_met"] for row in first if row["in_stock"]] == sorted(
        [r["wishes_met"] for r in first if r["in_stock"]], reverse=True
    )
    by_match = rerank(new_shop(shelves), products, weights={"match": 1})
    assert [r["product_id"] for r in first] != [r["product_id"] for r in by_match]


def test_what_sold_out_comes_last_and_says_so(shelves: Catalog) -> None:
    shop, products = new_shop(shelves), kind_of(shelves)
    best = rerank(shop, products)[0]
    sell_out(shop, best["product_id"])
    rows = rerank(shop, products)
    (row,) = [r for r in rows if r["product_id"] == best["product_id"]]
    assert best["in_stock"] and not row["in_stock"]
    assert [r["in_stock"] for r in rows] == sorted([r["in_stock"] for r in rows], reverse=True)
    wished = rerank(shop, products, wishes=[{"field": "in_stock", "op": "is", "value": True}])
    assert all(r["wishes_met"] == r["in_stock"] for r in wished)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"weights": {"price": 1}}, "expected_price"),
        ({"weights": {"price": 1}, "expected_price": 0}, "more than 0"),
        ({"weights": {"brand": 1}}, "favourite_brand"),
        ({"weights": {"wishes": 1}}, "wishes"),
        ({"weights": {"rating": -1, "match": 2}}, "at least 0"),
        ({"weights": {"rating": 0}}, "more than 0"),
        ({"favourite_brand": "Nobody & Sons"}, "Nobody & Sons"),
        ({"wishes": [{"field": "colours", "op": "is", "value": "red"}]}, "colours"),
        ({"wishes": [{"field": "rating", "op": "at_least", "value": 4}] * 101}, "at most 100"),
        ({"top_k": 0}, "top_k"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_the_reason(
    shelves: Catalog, arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        call(new_shop(shelves), **{"query": QUERY, "product_ids": ["P00001"], **arguments})


def test_ranking_shows_no_id_and_changes_nothing(shelves: Catalog) -> None:
    shop = new_shop(shelves)
    rerank(shop, kind_of(shelves), weights={"rating": 1})
    assert not RERANK.reveals_ids and len(shop.journal) == 0
