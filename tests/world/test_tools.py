"""What each tool shows and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rlve_dsl.catalog import SOURCES, Catalog, Product
from rlve_dsl.domains import store_tools
from rlve_dsl.files import kinds, load_text
from rlve_dsl.rng import Stream
from rlve_dsl.world import Refusal, Shop, Tool, WireError, schema_of, sell_out, tool, tool_schema

TOOL = {declared.name: declared for declared in store_tools()}
Open = Callable[..., Shop]


def call(shop: Shop, name: str, **arguments: Any) -> Any:
    """A call as the runtime makes it: through JSON both ways, its result checked against its schema."""
    declared = TOOL[name]
    result = declared.call(shop, **declared.arguments(json.loads(json.dumps(arguments))))
    sent = json.loads(json.dumps(declared.encode(result)))
    schema = json.dumps(schema_of(declared.signature.result))
    may_be_unknown = schema.replace('"price": {"type": "number"}', '"price": {"type": ["number", "null"]}')
    jsonschema.validate(sent, json.loads(may_be_unknown))
    return sent


def plain(catalog: Catalog) -> Product:
    return next(p for p in catalog.products if p["in_stock"] and not p["has_variants"])


def varied(catalog: Catalog) -> Product:
    return next(p for p in catalog.products if p["in_stock"] and p["has_variants"])


def test_adding_shows_the_line_and_adds_up(pocket: Catalog, open_shop: Open) -> None:
    shop, product = open_shop(pocket), plain(pocket)
    line = call(shop, "cart.add", product_id=product["id"], qty=2)
    assert line == {
        "line_id": "L1",
        "product_id": product["id"],
        "short_name": product["short_name"],
        "qty": 2,
        "price": product["price"] / 100,
        "in_stock": True,
    }
    assert call(shop, "cart.add", product_id=product["id"])["qty"] == 3
    assert call(shop, "cart.set_quantity", line_id="L1", qty=7)["qty"] == 7
    view = call(shop, "cart.view")
    assert [x["qty"] for x in view["lines"]] == [7] and view["total"] == pytest.approx(7 * product["price"] / 100)
    assert call(shop, "cart.remove", line_id="L1") == {"lines": [], "total": 0}


def test_variants_are_lines_of_their_own(pocket: Catalog, open_shop: Open) -> None:
    shop, product = open_shop(pocket), varied(pocket)
    options = call(shop, "catalog.get_variants", product_id=product["id"])
    assert len(options) >= 2
    for option in options[:2]:
        line = call(shop, "cart.add", product_id=product["id"], variant_id=option["variant_id"])
        assert line["label"] == option["label"]
    assert [x["line_id"] for x in shop.table("cart_line")] == ["L1", "L2"]


def test_refusals_change_nothing_and_say_why(pocket: Catalog, open_shop: Open) -> None:
    one, other = plain(pocket), varied(pocket)
    sold_out = next(p for p in pocket.products if not p["in_stock"])
    shop = open_shop(pocket)
    call(shop, "cart.add", product_id=one["id"], qty=98)
    before = len(shop.journal)
    for reason, name, arguments in [
        ("unknown product", "cart.add", {"product_id": "no-such-thing"}),
        ("out of stock", "cart.add", {"product_id": sold_out["id"]}),
        ("choose one", "cart.add", {"product_id": other["id"]}),
        ("no variant", "cart.add", {"product_id": other["id"], "variant_id": "no-such-thing"}),
        ("no variants", "cart.add", {"product_id": one["id"], "variant_id": f"{one['id']}-1"}),
        ("at least 1", "cart.add", {"product_id": one["id"], "qty": 0}),
        ("at most 99", "cart.add", {"product_id": one["id"], "qty": 2}),
        ("no line", "cart.remove", {"line_id": "L9"}),
        ("no line", "cart.set_quantity", {"line_id": "L9", "qty": 1}),
        ("at most 99", "cart.set_quantity", {"line_id": "L1", "qty": 100}),
        ("unknown product", "catalog.get_product", {"product_id": ""}),
        ("unknown product", "catalog.get_variants", {"product_id": "x"}),
        ("unknown product", "catalog.rerank", {"query": "mug", "product_ids": [one["id"], "x"]}),
        ("at least 1", "catalog.search", {"query": "mug", "top_k": 0}),
        ("unknown filter field", "catalog.search", {"query": "m", "filters": [{"field": "x", "op": "is", "value": 1}]}),
        ("takes", "catalog.search", {"query": "m", "filters": [{"field": "price", "op": "at_most", "value": "low"}]}),
    ]:
        with pytest.raises(Refusal, match=reason):
            call(shop, name, **arguments)
    assert len(shop.journal) == before


def test_ill_typed_calls_are_illegal(pocket: Catalog) -> None:
    for name, arguments in [
        ("cart.add", {}),
        ("cart.add", {"product_id": 3.5}),
        ("cart.add", {"product_id": "a", "qty": "two or three"}),
        ("cart.add", {"product_id": "a", "qty": 1.5}),
        ("cart.add", {"product_id": "a", "qty": True}),
        ("cart.add", {"product_id": None}),
        ("cart.add", {"product_id": "a", "colour": "red"}),
        ("cart.view", {"all": True}),
        ("cart.view", []),
        ("catalog.search", {"query": "m", "filters": {"field": "kind"}}),
        ("catalog.search", {"query": "m", "filters": [{"field": "kind", "op": "like", "value": "x"}]}),
        ("catalog.search", {"query": "\ud800"}),
    ]:
        with pytest.raises(WireError):
            TOOL[name].arguments(arguments)
    assert TOOL["cart.add"].arguments({"product_id": "a", "variant_id": None, "qty": 2.0}) == {
        "product_id": "a",
        "qty": 2,
    }


def test_stock_outs_show_in_every_later_result(pocket: Catalog, open_shop: Open) -> None:
    product = plain(pocket)
    shop = open_shop(pocket, {"visits": [product, varied(pocket)]})
    call(shop, "cart.add", product_id=product["id"])
    sell_out(shop, product["id"])
    assert [v["in_stock"] for v in call(shop, "user.visit_history")] == [False, True]
    assert call(shop, "catalog.get_product", product_id=product["id"])["in_stock"] is False
    assert call(shop, "cart.view")["lines"][0]["in_stock"] is False
    page = call(shop, "catalog.search", query=product["title"], top_k=pocket.size)
    assert {r["product_id"]: r["in_stock"] for r in page["products"]}[product["id"]] is False
    with pytest.raises(Refusal, match="out of stock"):
        call(shop, "cart.add", product_id=product["id"])


ROWS = """\
kind: Catalog
name: mugs
source: rows
rows:
  from: {place}
  columns: {{id: id, title: name, type: name, price: price}}
"""


def test_what_has_no_price_is_shown_without_one_and_not_sold(open_shop: Open, tmp_path: Path) -> None:
    rows = [{"id": "A1", "name": "tall mug", "price": None}, {"id": "A2", "name": "tall mug", "price": "$3.50"}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    spec = load_text(ROWS.format(place=tmp_path / "rows.jsonl"), "mugs.yaml").spec
    assert isinstance(spec, kinds.Catalog)
    shop = open_shop(SOURCES["rows"].load(spec, None))
    assert all(shop.catalog.column("in_stock"))
    page = call(shop, "catalog.search", query="mug")
    assert {r["product_id"]: r["price"] for r in page["products"]} == {"A1": None, "A2": 3.5}
    filters = [{"field": "department", "op": "is", "value": shop.catalog.product(0)["department"]}]
    cheapest = call(shop, "catalog.search", query="mug", filters=filters, sort="cheapest")["products"]
    assert [row["product_id"] for row in cheapest] == ["A2", "A1"]
    assert call(shop, "catalog.get_product", product_id="A1")["price"] is None
    with pytest.raises(Refusal, match="tall mug has no price"):
        call(shop, "cart.add", product_id="A1")
    assert call(shop, "cart.view") == {"lines": [], "total": 0}
    assert call(shop, "cart.add", product_id="A2")["price"] == 3.5


def test_an_offer_of_the_world_wins_over_the_catalog(pocket: Catalog, open_shop: Open) -> None:
    product = varied(pocket)
    shop = open_shop(pocket, {"offers": {product["id"]: ()}})
    assert call(shop, "catalog.get_variants", product_id=product["id"]) == []
    assert call(shop, "catalog.get_product", product_id=product["id"])["has_variants"] is False
    assert "variant_id" not in call(shop, "cart.add", product_id=product["id"])


def test_search_filters_in_dollars_and_is_cut_at_the_depth(shelves: Catalog, open_shop: Open) -> None:
    shop = open_shop(shelves, search_depth=5)
    limit = sorted(p["price"] for p in shelves.products)[100]
    cheap = {"field": "price", "op": "at_most", "value": limit / 100}
    page = call(shop, "catalog.search", query="red mug", filters=[cheap], top_k=50)
    assert page["total"] == sum(p["price"] <= limit for p in shelves.products)
    assert len(page["products"]) == 5
    assert all(r["price"] <= limit / 100 for r in page["products"])
    matches = [r["match"] for r in page["products"]]
    assert matches == sorted(matches, reverse=True)


def test_rerank_gives_the_match_that_search_shows(shelves: Catalog, open_shop: Open) -> None:
    shop = open_shop(shelves)
    page = call(shop, "catalog.search", query="steel kettle", top_k=8)
    shown = {r["product_id"]: r["match"] for r in page["products"]}
    ranked = call(shop, "catalog.rerank", query="steel kettle", product_ids=[*reversed(shown), *shown])
    assert {r["product_id"]: r["match"] for r in ranked} == shown
    for in_stock in (True, False):
        matches = [r["match"] for r in ranked if r["in_stock"] == in_stock]
        assert matches == sorted(matches, reverse=True)


def test_search_noise_shows_everything_when_asked_twice(shelves: Catalog, open_shop: Open) -> None:
    query = {
        "query": "mug",
        "filters": [{"field": "kind", "op": "is", "value": shelves.product(3)["kind"]}],
        "top_k": 40,
    }
    clean = call(open_shop(shelves), "catalog.search", **query)["products"]
    displaced = 0
    for seed in range(20):
        shop = open_shop(shelves, search_noise=0.4)
        shop.stream = Stream(seed, 1)
        first = call(shop, "catalog.search", **query)
        shop.stream = Stream(seed, 2)
        second = call(shop, "catalog.search", **query)
        ids = [{r["product_id"] for r in page["products"]} for page in (first, second)]
        assert ids[0] | ids[1] >= {r["product_id"] for r in clean}
        assert first["total"] == second["total"] == len(clean)
        displaced += len(clean) - len(ids[0])
    assert displaced > 0, "noise displaces something"


def test_search_noise_puts_products_of_the_same_kind_in_place(shelves: Catalog, open_shop: Open) -> None:
    clean = [r["product_id"] for r in call(open_shop(shelves), "catalog.search", query="golf ball")["products"]]
    changed = 0
    for seed in range(20):
        shop = open_shop(shelves, search_noise=0.4)
        shop.stream = Stream(seed)
        rows = call(shop, "catalog.search", query="golf ball")["products"]
        assert len({r["product_id"] for r in rows}) == len(rows) == len(clean)
        for row, id_ in zip(rows, clean, strict=True):
            was = shelves.product(shelves.row_of(id_) or 0)
            assert row["kind"] == was["kind"]
            assert row["product_id"] == id_ or row["product_id"] not in clean
            changed += row["product_id"] != id_
    assert changed > 0


def of_a_kind(catalog: Catalog) -> list[dict[str, Any]]:
    return [{"field": "kind", "op": "is", "value": catalog.product(3)["kind"]}]


@pytest.mark.parametrize(
    ("sort", "field", "sign"), [("cheapest", "price", 1), ("best_rated", "rating", -1), ("fastest", "ships_in", 1)]
)
def test_a_search_can_be_sorted(shelves: Catalog, open_shop: Open, sort: str, field: str, sign: int) -> None:
    """The first of all that pass the filters, not of those that match best; of equal ones the lower row comes first."""
    kind = of_a_kind(shelves)
    alike = [p for p in shelves.products if p["kind"] == kind[0]["value"]]
    wanted = [p["id"] for p in sorted(alike, key=lambda p: sign * p[field])]
    for top_k in (1, 3, 40):
        page = call(open_shop(shelves), "catalog.search", query="anything", filters=kind, top_k=top_k, sort=sort)
        assert [row["product_id"] for row in page["products"]] == wanted[:top_k]
        assert page["total"] == len(alike)
    matches = {r["product_id"]: r["match"] for r in call(open_shop(shelves), "catalog.rerank", query="anything",
                                                       product_ids=wanted, top_k=40)}  # fmt: skip
    assert all(row["match"] == matches[row["product_id"]] for row in page["products"])


def test_a_sorted_search_shows_the_first_when_asked_twice(shelves: Catalog, open_shop: Open) -> None:
    query = {"query": "mug", "filters": of_a_kind(shelves), "top_k": 1, "sort": "cheapest"}
    ((cheapest,),) = (call(open_shop(shelves), "catalog.search", **query)["products"],)
    missed = 0
    for seed in range(30):
        shop = open_shop(shelves, search_noise=0.4)
        shop.stream = Stream(seed)
        pages = [call(shop, "catalog.search", **query)["products"] for _ in range(2)]
        missed += cheapest not in pages[0]
        assert cheapest in pages[0] or cheapest in pages[1]
    assert 0 < missed < 30


def test_a_sorted_search_leaves_out_what_has_sold_out(shelves: Catalog, open_shop: Open) -> None:
    shop = open_shop(shelves)
    filters = [*of_a_kind(shelves), {"field": "in_stock", "op": "is", "value": True}]
    query = {"query": "mug", "filters": filters, "top_k": 1, "sort": "cheapest"}
    (first,) = call(shop, "catalog.search", **query)["products"]
    sell_out(shop, first["product_id"])
    (second,) = call(shop, "catalog.search", **query)["products"]
    assert second["product_id"] != first["product_id"] and second["price"] >= first["price"]


def test_the_whole_store_is_not_sorted(shelves: Catalog, open_shop: Open) -> None:
    with pytest.raises(Refusal, match="a filter has to name a kind, a department or a brand"):
        call(open_shop(shelves), "catalog.search", query="mug", sort="cheapest")


@pytest.mark.parametrize("query", ["", "   ", "?!", "日本語 🫖", "x" * 5000, "\x00"])
def test_any_text_can_be_searched_for(shelves: Catalog, open_shop: Open, query: str) -> None:
    page = call(open_shop(shelves), "catalog.search", query=query)
    assert len(page["products"]) == 10 and all(0 <= r["match"] <= 100 for r in page["products"])
    nothing = [{"field": "price", "op": "at_most", "value": 0}]
    empty = {"total": 0, "products": []}
    assert call(open_shop(shelves, search_noise=0.4), "catalog.search", query=query, filters=nothing) == empty
    assert call(open_shop(shelves), "catalog.rerank", query=query, product_ids=[]) == []


def test_no_noise_leaves_no_trace(shelves: Catalog, open_shop: Open) -> None:
    shop = open_shop(shelves, search_noise=0.0)
    assert call(shop, "catalog.search", query="mug") == call(shop, "catalog.search", query="mug")
    assert len(shop.journal) == 0


@pytest.mark.parametrize("declared", store_tools(), ids=lambda t: t.name)
def test_every_tool_says_what_it_does(declared: Tool) -> None:
    function = tool_schema(declared, declared.name.replace(".", "_"))["function"]
    assert function["description"] and len(function["description"]) < 160
    properties = function["parameters"]["properties"]
    assert list(properties) == [p.name for p in declared.signature.parameters]
    assert all(schema["description"] for schema in properties.values())
    jsonschema.Draft202012Validator.check_schema(function["parameters"])


def test_a_tool_that_does_not_describe_its_arguments_is_refused() -> None:
    with pytest.raises(TypeError, match="does not describe `kind`"):

        @tool("shelf.look")
        def look(shop: Shop, kind: str) -> int:
            """Look."""
            return 0
