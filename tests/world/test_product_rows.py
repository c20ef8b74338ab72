"""What a search shows of each product: a few fields, those that were asked for, and what is the same for all once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rlve_dsl.catalog import Catalog
from rlve_dsl.domains import store_tools
from rlve_dsl.expressions.types import Optional, Record, required
from rlve_dsl.world import Refusal, Shop, sell_out

SEARCH = next(t for t in store_tools() if t.name == "catalog.search")
BASE = {"product_id", "short_name", "price", "rating", "in_stock", "match"}
Open = Callable[..., Shop]


def search(shop: Shop, **arguments: Any) -> Any:
    return json.loads(json.dumps(SEARCH.encode(SEARCH.call(shop, **SEARCH.arguments({"query": "mug", **arguments})))))


def kind(catalog: Catalog) -> dict[str, Any]:
    return {"field": "kind", "op": "is", "value": catalog.product(3)["kind"]}


def test_a_row_has_a_few_fields_and_the_page_says_once_what_is_the_same(shelves: Catalog, open_shop: Open) -> None:
    page = search(open_shop(shelves), filters=[kind(shelves)])
    assert all(row.keys() == BASE for row in page["products"])
    assert page["kind"] == shelves.product(3)["kind"]
    assert page["attributes"] and set(page["attributes"]) == set(shelves.product(3)["attributes"])


def test_rows_of_several_kinds_say_which(shelves: Catalog, open_shop: Open) -> None:
    page = search(open_shop(shelves), top_k=200)
    assert "kind" not in page and all(row.keys() == BASE | {"kind"} for row in page["products"])
    for row in page["products"]:
        assert row["kind"] == shelves.product(shelves.row_of(row["product_id"]) or 0)["kind"]


def test_rows_show_what_was_asked_for_in_any_spelling(shelves: Catalog, open_shop: Open) -> None:
    name = next(iter(shelves.product(3)["attributes"]))
    page = search(open_shop(shelves), filters=[kind(shelves)], fields=["Brand", "ships in", name])
    product = shelves.product(shelves.row_of(page["products"][0]["product_id"]) or 0)
    row = page["products"][0]
    assert row.keys() == BASE | {"brand", "ships_in", "attributes"}
    assert row["attributes"] == {name: product["attributes"][name]} and row["brand"] == product["brand"]
    assert name not in page.get("attributes", ())
    everything = search(open_shop(shelves), filters=[kind(shelves)], fields=[*SEARCH.shown_on_request])
    assert "attributes" not in everything
    assert everything["products"][0]["attributes"] == dict(product["attributes"])


def test_a_bound_of_a_filter_is_shown_and_an_exact_value_is_not(shelves: Catalog, open_shop: Open) -> None:
    bound = {"field": "reviews", "op": "at_least", "value": 1}
    exact = {"field": "brand", "op": "is", "value": shelves.product(3)["brand"]}
    page = search(open_shop(shelves), filters=[kind(shelves), bound, exact])
    assert page["products"] and all(row.keys() == BASE | {"reviews"} for row in page["products"])


def test_an_unknown_field_is_refused_with_what_is_close(shelves: Catalog, open_shop: Open) -> None:
    with pytest.raises(Refusal, match=r"no field .shiping_in."):
        search(open_shop(shelves), fields=["shiping_in"])
    with pytest.raises(Refusal, match="the fields are title, kind"):
        search(open_shop(shelves), fields=["xyzzy"])
    with pytest.raises(Refusal, match="at most 50 fields"):
        search(open_shop(shelves), fields=["brand"] * 51)


def test_no_view_changes_what_another_shows(shelves: Catalog, open_shop: Open) -> None:
    shop = open_shop(shelves)
    first = search(shop, filters=[kind(shelves)])
    search(shop, filters=[kind(shelves)], fields=["brand", "attributes"])
    assert search(shop, filters=[kind(shelves)]) == first


def test_shops_share_rows_that_are_the_same_and_no_others(shelves: Catalog, open_shop: Open) -> None:
    one, other, sold = (open_shop(shelves) for _ in range(3))
    alike, mixed = ({"query": "mug", "filters": [kind(shelves)]}, {"query": "mug"})
    first = SEARCH.call(one, **SEARCH.arguments(alike))["products"]
    sell_out(sold, first[0]["product_id"])
    with_kind = SEARCH.call(one, **SEARCH.arguments(mixed))["products"]
    without_it = SEARCH.call(sold, **SEARCH.arguments(alike))["products"]
    again = SEARCH.call(other, **SEARCH.arguments(alike))["products"]
    assert all(row is same for row, same in zip(first, again, strict=True))
    assert {row["kind"] for row in first} == {None} and None not in {row["kind"] for row in with_kind}
    assert [row for row in without_it if not row["in_stock"] and row["product_id"] == first[0]["product_id"]]
    assert first[0]["in_stock"]


def test_the_type_of_a_result_has_the_fields_that_were_asked_for() -> None:
    def row(asked: list[str]) -> Record:
        page = SEARCH.result_of(asked)
        assert isinstance(page, Record)
        listed = page.field("products")
        item = required(listed.item)  # type: ignore[union-attr]
        assert isinstance(item, Record)
        return item

    assert set(row([]).names) == BASE
    assert set(row(["brand", "attributes"]).names) == BASE | {"brand", "attributes"}
    assert not any(isinstance(of, Optional) for _, of in row(["brand", "title"]).fields)
