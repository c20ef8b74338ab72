"""Products: fields read one at a time and as columns, wishes, variants."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rlve_dsl.catalog import CATALOG, PRODUCT, Catalog, Product, Products, UnknownField, meets
from rlve_dsl.catalog.functions import found as found_by_id
from rlve_dsl.catalog.products.wishes import COMPARE, STANDING
from rlve_dsl.expressions import Lambda


@pytest.mark.parametrize("name", PRODUCT.names)
def test_a_column_is_the_field_of_every_product(general: Catalog, name: str) -> None:
    rows = np.arange(0, general.size, 13)
    one_by_one = [general.product(row)[name] for row in rows.tolist()]
    assert general.values(name, rows).tolist() == one_by_one
    assert general.column(name)[rows].tolist() == one_by_one
    assert general.column(name) is general.column(name)
    with pytest.raises(ValueError, match="read-only"):
        general.column(name)[0] = None


def test_fields_have_the_types_that_the_language_promises(general: Catalog) -> None:
    python = {"text": str, "money": int, "real": float, "int": int, "days": int, "bool": bool, "product id": str}
    for row in (0, 1, general.size - 1):
        product = general.product(row)
        for name, of in PRODUCT.fields:
            assert type(product[name]) is (dict if name == "attributes" else python[str(of)]), name
        assert product.get("colour") is None and product.get("colour", 1) == 1
        with pytest.raises(KeyError):
            product["colour"]


def test_lists_share_the_handles_of_products(general: Catalog) -> None:
    some = general.products[3:6]
    assert some[1] is general.product(4) is next(iter(general.products[4:7]))
    assert type(general.product(np.int64(4)).row) is int  # type: ignore[arg-type]  # as an array has it


def test_products_are_equal_by_row(general: Catalog, pocket: Catalog) -> None:
    assert general.product(3) == Product(general, 3) != general.product(4)
    assert general.product(3) != pocket.product(3)
    assert len({general.product(3), general.product(3), general.product(4)}) == 2
    some = general.products[3:6]
    assert some == [general.product(r) for r in (3, 4, 5)] and list(some) == some and some != general.products[3:5]
    assert general.product(4) in some and general.product(7) not in some


def test_what_is_taken_away_may_be_other_records(general: Catalog) -> None:
    some = general.products[3:6]
    assert list(some.without([some[1], {"id": some[2]["id"]}])) == [some[0], some[2]]  # type: ignore[list-item]


def test_alike_is_everything_of_the_kind(general: Catalog) -> None:
    kind = general.column("kind")
    for row in range(0, general.size, 211):
        alike = general.alike(row)
        assert alike.rows.tolist() == np.flatnonzero(kind == kind[row]).tolist()
        assert general.product(row)["peers"] == int(alike.column("in_stock").sum())


def test_a_product_meets_its_own_wishes_and_no_better(general: Catalog) -> None:
    for row in range(0, general.size, 59):
        product, wishes = general.product(row), general.wishes(row)
        assert len(wishes) == product["dimensions"] >= 9
        assert [w["field"] for w in wishes] == [*STANDING, *product["attributes"]]
        for wish in wishes:
            assert meets.call(product, wish)
            if wish["op"] != "is":
                step = 0.1 if wish["field"] == "rating" else 1
                stricter = {**wish, "value": wish["value"] + (step if wish["op"] == "at_least" else -step)}
                assert not meets.call(product, stricter)


def test_every_wish_says_its_value(general: Catalog) -> None:
    seen = {general.product(row)["type"]: row for row in range(general.size)}
    for row in seen.values():
        for wish in general.wishes(row):
            said = f"{wish['value']}".removesuffix(".0")
            if wish["field"] == "price":
                said = f"${wish['value'] / 100:.2f}".removesuffix(".00")
            assert said in wish["says"] and "{" not in wish["says"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("brand", "Orlo", "from Orlo"),
        ("price", 2499, "priced at $24.99 or less"),
        ("rating", 4.0, "rated 4.0 or better"),
        ("ships_in", 1, "shipped within 1 day"),
        ("ships_in", 3, "shipped within 3 days"),
        ("reviews", 120, "reviewed at least 120 times"),
        ("color", "red", "in red"),
        ("volume", 330, "at least 330 ml"),
    ],
)
def test_wishes_are_worded(made: Callable[..., Catalog], field: str, value: object, says: str) -> None:
    assert made().wish(0, field, value)["says"] == says


def test_a_wish_for_a_field_of_another_type_is_refused(made: Callable[..., Catalog]) -> None:
    with pytest.raises(UnknownField):
        made().wish(0, "watts")


def test_meets_by_column_is_meets_one_by_one(general: Catalog) -> None:
    products = general.products[::7]
    for row in range(0, general.size, 137):
        for wish in general.wishes(row):
            assert meets.call(products, wish).tolist() == [meets.call(p, wish) for p in products], wish


def test_meets_judges_a_search_row_as_it_judges_the_product(general: Catalog) -> None:
    for row in range(0, general.size, 401):
        product = general.product(row)
        shown = {f: product[f] for f in ("brand", "price", "rating", "reviews", "ships_in", "attributes")}
        for wish in general.wishes(row // 2):
            assert meets.call(shown, wish) == meets.call(product, wish)


@pytest.mark.parametrize("slack", [0.0, 0.05, 0.3, 0.5])
def test_loosened_wishes_are_met_by_all_who_met_them_before(general: Catalog, slack: float) -> None:
    for row in range(0, general.size, 83):
        alike = general.alike(row)
        for wish in general.wishes(row):
            loose = general.loosened(row, wish, slack)
            assert loose["field"] == wish["field"] and loose["op"] == wish["op"]
            assert (meets.call(alike, loose) >= meets.call(alike, wish)).all()
            if wish["op"] == "is" or slack == 0:
                assert loose == wish
            else:
                assert type(loose["value"]) is type(wish["value"])
                assert abs(loose["value"] - wish["value"]) <= slack * abs(wish["value"]) + 1e-6
                assert COMPARE[wish["op"]](wish["value"], loose["value"])


def test_variants_begin_with_the_products_own_value(general: Catalog) -> None:
    for row in range(0, general.size, 31):
        product, variants = general.product(row), general.variants(row)
        assert product["has_variants"] == bool(variants)
        options = general.options(row, 3)
        assert 2 <= len(options) <= 3 and (not variants or options[0] == variants[0])
        for found in (variants, options):
            assert len({v["label"] for v in found}) == len({v["variant_id"] for v in found}) == len(found)
            assert all(v["variant_id"].startswith(product["id"] + "-") for v in found)
        value = product["attributes"][options[0]["attribute"]]
        said = options[0]["label"].removeprefix(f"{options[0]['attribute']} ")
        assert said.startswith(f"{value}".removesuffix(".0"))


def test_any_variant_is_one_of_the_variants(general: Catalog) -> None:
    for row in range(0, general.size, 31):
        variants = general.variants(row)
        assert general.any_variant(row, lambda options: options[-1]) == (variants[-1] if variants else None)


def test_the_products_of_a_type_are_selected_by_an_expression(general: Catalog) -> None:
    asked: list[int] = []

    def cheap(table: Products) -> np.ndarray:
        asked.append(len(table))
        return np.asarray(table.column("price") < 5_000)

    name = general.product(0)["type"]
    rows = np.flatnonzero(general.column("type") == name)
    wanted = [row for row in rows.tolist() if general.product(row)["price"] < 5_000]
    keyed = Lambda(one=lambda p: p["price"] < 5_000, column=cheap, key="cheap of a type")
    assert general.of_type(name, keyed).rows.tolist() == general.of_type(name, keyed).rows.tolist() == wanted
    assert asked == [len(rows)]  # kept by the key
    assert general.of_type(name, Lambda(one=lambda p: p["price"] < 5_000)).rows.tolist() == wanted
    assert general.of_type(name, None).rows.tolist() == rows.tolist()
    assert len(general.of_type("no such type", keyed)) == 0


def test_select_is_the_filter_that_an_expression_says(general: Catalog) -> None:
    cheap = Lambda(one=lambda p: p["price"] < 2_000, column=lambda t: t.column("price") < 2_000, key="cheap")
    slow = Lambda(one=lambda p: p["price"] < 2_000)
    found = general.select(cheap)
    assert found == general.select(cheap) == general.select(slow)
    assert found.rows.tolist() == np.flatnonzero(general.column("price") < 2_000).tolist()
    assert [found[place].row for place in range(len(found))] == found.rows.tolist()
    assert len(general.select(Lambda(one=lambda p: True, column=lambda t: True))) == general.size


def test_products_are_found_by_id_in_the_order_asked_for(general: Catalog) -> None:
    ids = [general.product(row)["id"] for row in (40, 7, 40, 3999)]
    asked = [ids[0], "P99999", *ids[1:], ""]
    everywhere = found_by_id.call(asked, general.products)
    assert [p.row for p in everywhere] == [40, 7, 3999], "each once, and no id of none"
    for among in (general.products[:100], list(general.products[:100])):
        assert list(found_by_id.call(asked, among)) == [general.product(40), general.product(7)]
    assert list(found_by_id.call([], general.products)) == []


def test_what_a_world_reads_of_a_catalog_is_there(general: Catalog) -> None:
    assert len(general.products) == general.size and len(general.projects) > 10
    assert all(hasattr(general, part) for part in CATALOG.names)
    types = set(general.column("type").tolist())
    assert all(set(project["needs"]) <= types for project in general.projects)
