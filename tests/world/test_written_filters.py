"""Filters of a search: read where they can mean one thing, refused with what is close, and true of every row shown."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlve_dsl.catalog import Catalog, Filter, generate
from rlve_dsl.domains import store_tools
from rlve_dsl.files import load
from rlve_dsl.world import Refusal, Shop, sell_out

GENERAL = Path(__file__).parents[2] / "scenarios" / "catalogs" / "general.yaml"
SEARCH = next(t for t in store_tools() if t.name == "catalog.search")
Open = Callable[..., Shop]
COMPARE = {"is": operator.eq, "at_least": operator.ge, "at_most": operator.le}


@pytest.fixture(scope="module")
def general() -> Catalog:
    return generate(load(str(GENERAL)).spec, 1200)


def search(shop: Shop, filters: Any, top_k: Any = 400) -> Any:
    arguments = SEARCH.arguments(
        json.loads(json.dumps({"query": "mug", "filters": filters, "top_k": top_k, "fields": ["attributes", "kind"]}))
    )
    return json.loads(json.dumps(SEARCH.encode(SEARCH.call(shop, **arguments))))


def condition(field: str, value: Any, op: str = "is") -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def shows(row: dict[str, Any], filter: Filter) -> bool:
    """Whether a row, as the agent reads it, satisfies a filter, as the agent wrote it."""
    shown = row.get(filter["field"], row["attributes"].get(filter["field"]))
    return shown is not None and bool(COMPARE[filter["op"]](shown, filter["value"]))


FILTERS = st.lists(
    st.one_of(
        st.builds(condition, st.just("in_stock"), st.booleans()),
        st.builds(condition, st.just("price"), st.integers(1, 60), st.sampled_from(["at_least", "at_most"])),
        st.builds(condition, st.just("rating"), st.sampled_from([3, 4.2]), st.just("at_least")),
        st.builds(condition, st.just("color"), st.sampled_from(["black", "indigo"])),
        st.builds(condition, st.just("kind"), st.sampled_from(["kettle", "mug"])),
    ),
    max_size=3,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=FILTERS, lost=st.sets(st.integers(0, 1199), max_size=400))
def test_every_row_that_a_search_returns_satisfies_its_filters_as_the_row_shows_it(
    general: Catalog, open_shop: Open, filters: Any, lost: set[int]
) -> None:
    shop = open_shop(general)
    for row in sorted(lost):
        if shop.state.in_stock(product := general.product(row)):
            sell_out(shop, product["id"])
    everything = search(shop, [], 1200)["products"]
    page = search(shop, filters, 1200)
    expected = {row["product_id"] for row in everything if all(shows(row, f) for f in filters)}
    assert {row["product_id"] for row in page["products"]} == expected
    assert page["total"] == len(expected)


def test_no_filters_are_null_and_a_number_may_be_a_text(general: Catalog, open_shop: Open) -> None:
    shop = open_shop(general)
    assert search(shop, None, "5") == search(shop, [], 5) and len(search(shop, "[]", "five")["products"]) == 5


@pytest.mark.parametrize(
    ("written", "proper"),
    [
        (condition("Price", "$20.00", "<="), condition("price", 20, "at_most")),
        (condition("in stock", "true"), condition("in_stock", True)),
        (condition("in_stock", "No"), condition("in_stock", False)),
        (condition("rating", "4.2", ">="), condition("rating", 4.2, "at_least")),
        (condition("ships_in", "3 days", "At most"), condition("ships_in", 3, "at_most")),
        (condition("KIND", "Kettle"), condition("kind", "kettle")),
        (condition("kind", "Water-jug"), condition("kind", "water jug")),
        (condition("Color", "Black"), condition("color", "black")),
        (condition("watts", "45 W", ">="), condition("watts", 45, "at_least")),
        (condition("watts", "45", "at_least"), condition("watts", 45, "at_least")),
    ],
)
def test_a_filter_in_another_form_is_the_filter(general: Catalog, open_shop: Open, written: Any, proper: Any) -> None:
    shop = open_shop(general)
    found = search(shop, proper)
    assert found["total"] > 0
    assert search(shop, [written]) == search(shop, json.dumps([written])) == found


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (condition("colour", "black"), "did you mean `color`?"),
        (condition("name", "x"), "the fields are kind, department, brand, price"),
        (condition("type", "kettle"), "unknown filter field"),
        (condition("has_price", True), "unknown filter field"),
        (condition("kind", "kettel"), "no product has the kind `kettel`; close: `kettle`"),
        (condition("kind", "cofee mug"), "no product has the kind `cofee mug`; close: `mug`"),
        (condition("department", "x"), "there are `"),
        (condition("kind", "zzz"), ", such as `"),
        (condition("brand", "Sony"), "; there are "),
        (condition("color", "blak"), "no product has the color `blak`; close: `black`"),
        (condition("brand", "x" * 5000), "no product has the brand"),
        (condition("price", "cheap", "at_most"), "takes"),
        (condition("in_stock", "perhaps"), "takes"),
        (condition("kind", 3), "takes"),
        (condition("watts", "45 kg", "at_least"), "takes"),
    ],
)
def test_a_filter_that_nothing_can_satisfy_is_refused_with_what_would(
    general: Catalog, open_shop: Open, written: Any, reason: str
) -> None:
    with pytest.raises(Refusal) as caught:
        search(open_shop(general), [written])
    assert reason in str(caught.value) and len(str(caught.value)) < 600


def test_the_fields_that_the_tool_names_are_those_that_results_show(general: Catalog, open_shop: Open) -> None:
    row = search(open_shop(general), [], 1)["products"][0]
    get = next(t for t in store_tools() if t.name == "catalog.get_product")
    details = get.encode(get.call(open_shop(general), product_id=row["product_id"]))
    assert isinstance(details, dict)
    described: Sequence[str] = (
        SEARCH.describes["filters"].removeprefix("conditions on ").partition(" or ")[0].split(", ")
    )
    for field in described:
        assert field in row or field in details
