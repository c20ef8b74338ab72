"""Search and filters: filtered before ranked, exact, ties by row, by meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rlve_dsl.catalog import Catalog, Embedder, FilterError, UnknownField, WrongValue, generate
from rlve_dsl.catalog.products.wishes import COMPARE, Filter
from rlve_dsl.files import kinds

QUERIES = ["usb c charger", "red wine", "warm socks for winter", "something to cook rice in", "", "zzzz qqq"]


def brute_force(catalog: Catalog, query: str, rows: np.ndarray, top_k: int) -> list[int]:
    scores = catalog._index.scores(query, np.arange(catalog.size))
    assert np.array_equal(scores, np.rint(scores))
    return sorted(rows.tolist(), key=lambda row: (-scores[row], row))[:top_k]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("top_k", [1, 10, 200, 10_000])
def test_search_is_brute_force(general: Catalog, query: str, top_k: int) -> None:
    generator = np.random.default_rng(top_k)
    for share in (None, 1.0, 0.5, 0.2, 0.05, 0.001, 0.0):
        rows = None if share is None else np.flatnonzero(generator.random(general.size) < share)
        hits = general.search(query, rows, top_k)
        considered = np.arange(general.size) if rows is None else rows
        assert hits.rows.tolist() == brute_force(general, query, considered, top_k)
        assert hits.match.tolist() == general.match(query, hits.rows).tolist()
        assert (np.diff(hits.match) <= 0).all() and ((hits.match >= 0) & (hits.match <= 100)).all()


def test_what_is_found_is_the_search_among_the_filtered(general: Catalog) -> None:
    cheap: list[Filter] = [{"field": "price", "op": "at_most", "value": 5_000}]
    stocked: list[Filter] = [*cheap, {"field": "in_stock", "op": "is", "value": True}]
    for filters in ([], cheap, stocked, cheap):
        for query in ("red wine", "usb c charger"):
            for _ in range(2):  # the second is kept
                found = general.find(query, filters, 5)
                rows = general.filter(filters) if filters else None
                hits = general.search(query, rows, 5)
                assert (found.hits.rows.tolist(), found.hits.match.tolist()) == (
                    hits.rows.tolist(),
                    hits.match.tolist(),
                )
                assert (found.among is None) == (rows is None) and (rows is None or np.array_equal(found.among, rows))


def test_what_is_kept_cannot_be_changed(general: Catalog) -> None:
    found = general.find("red wine", [{"field": "in_stock", "op": "is", "value": True}], 5)
    assert found.among is not None
    for kept in (found.among, found.hits.rows, found.hits.match):
        with pytest.raises(ValueError, match="read-only"):
            kept[0] = 0


def test_filters_of_other_types_are_other_filters(general: Catalog) -> None:
    general.find("red wine", [{"field": "in_stock", "op": "is", "value": True}], 5)
    for value in (1, 1.0, [True]):
        with pytest.raises(WrongValue):
            general.find("red wine", [{"field": "in_stock", "op": "is", "value": value}], 5)


def test_ties_go_to_the_lower_row(general_spec: kinds.Catalog) -> None:
    coarse = Embedder("coarse", 4, lambda texts: np.array([[len(t) % 3, 1, 0, 0] for t in texts]))
    catalog = generate(general_spec, 3_000, coarse)
    for top_k in (1, 7, 50, 900, 2_999):
        hits = catalog.search("which", None, top_k)
        assert hits.rows.tolist() == brute_force(catalog, "which", np.arange(3_000), top_k)
        some = np.arange(0, 3_000, 3)
        assert catalog.search("which", some, top_k).rows.tolist() == brute_force(catalog, "which", some, top_k)


def test_the_query_is_embedded_once(made: Callable[..., Catalog], general_spec: kinds.Catalog) -> None:
    asked: list[str] = []

    def encode(texts: Any) -> np.ndarray:
        asked.extend(texts)
        return np.ones((len(texts), 4))

    catalog = generate(general_spec, 50, Embedder("counting", 4, encode))
    assert not asked
    for _ in range(3):
        catalog.search("lamp", None, 5)
        catalog.match("lamp", np.arange(3))
    assert asked.count("lamp") == 1 and len(asked) == 51


def test_a_long_query_is_no_trouble(pocket: Catalog) -> None:
    assert len(pocket.search("tea " * 20_000, None, 5).rows) == 5


def test_searching_leaves_threads_as_they_are(general: Catalog) -> None:
    import faiss

    before = faiss.omp_get_max_threads()
    general.search("lamp", None, 5)
    assert faiss.omp_get_max_threads() == before


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("usb c charger", "usb_c_charger"),
        ("USB-C fast charger for a phone", "usb_c_charger"),
        ("espresso machine", "coffee_maker"),
        ("earphones that block out noise", "headphones"),
        ("a place to sleep for my dog", "dog_bed"),
        ("TV", "television"),
        ("detective story book", "novel"),
        ("lamp for reading at my desk", "desk_lamp"),
        ("soil for houseplants", "potting_soil"),
        ("wireless computer mouse for left-handed people", "mouse"),
        ("cast iron skillet", "frying_pan"),
        ("couch with a pull-out bed", "sofa"),
        ("shampoo for curly hair", "shampoo"),
        ("spaghetti", "pasta"),
        ("winter parka", "winter_coat"),
        ("merino wool for knitting", "knitting_yarn"),
    ],
)
def test_search_understands_what_is_meant(general: Catalog, query: str, wanted: str) -> None:
    types = general.values("type", general.search(query, None, 10).rows)
    assert (types == wanted).mean() >= 0.5, types


def test_what_a_type_is_called_finds_it(general: Catalog) -> None:
    missed = [
        product_type.noun
        for product_type in general.taxonomy.types
        if (general.values("type", general.search(product_type.noun, None, 5).rows) == product_type.name).mean() < 0.6
    ]
    assert not missed


def test_unrelated_products_match_less(general: Catalog) -> None:
    types = general.column("type")
    match = general.match("usb c charger", np.arange(general.size))
    assert match[types == "usb_c_charger"].min() > match[types == "red_wine"].max()
    assert match[types == "usb_c_charger"].mean() > 60
    assert np.median(match) < 20


# Filters


def holds(product: Any, f: dict[str, Any]) -> bool:
    value = product["attributes"].get(f["field"]) if f["field"] in product["attributes"] else product.get(f["field"])
    if value is None or isinstance(value, str) != isinstance(f["value"], str):
        return False
    return bool(COMPARE[f["op"]](value, f["value"]))


@pytest.mark.parametrize(
    "filters",
    [
        [],
        [{"field": "price", "op": "at_most", "value": 2_000}],
        [{"field": "rating", "op": "at_least", "value": 4.2}, {"field": "in_stock", "op": "is", "value": True}],
        [{"field": "kind", "op": "is", "value": "kettle"}],
        [{"field": "type", "op": "is", "value": "mug"}, {"field": "color", "op": "is", "value": "indigo"}],
        [{"field": "department", "op": "is", "value": "garden"}, {"field": "restricted", "op": "is", "value": True}],
        [{"field": "brand", "op": "is", "value": "Orlo"}, {"field": "kind", "op": "is", "value": "kettle"}],
        [{"field": "color", "op": "is", "value": "black"}],
        [{"field": "size", "op": "is", "value": "M"}, {"field": "color", "op": "is", "value": "navy"}],
        [{"field": "size", "op": "at_least", "value": 40}],
        [{"field": "watts", "op": "at_least", "value": 40.5}, {"field": "ships_in", "op": "at_most", "value": 3}],
        [{"field": "weight", "op": "at_most", "value": 1}, {"field": "reviews", "op": "at_least", "value": 100}],
        [{"field": "kind", "op": "is", "value": "no such kind"}],
    ],
)
def test_a_filter_is_brute_force(general: Catalog, filters: list[Any]) -> None:
    expected = [p.row for p in general.products if all(holds(p, f) for f in filters)]
    assert general.filter(filters).tolist() == expected


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("price", "at_most", "cheap"),
        ("price", "at_most", True),
        ("price", "below", 3),
        ("kind", "at_least", "kettle"),
        ("brand", "is", 3),
        ("in_stock", "is", "yes"),
        ("in_stock", "at_least", True),
        ("color", "is", 3),
        ("color", "at_most", "black"),
        ("watts", "is", "45"),
        ("watts", "is", None),
    ],
)
def test_a_filter_that_cannot_be_is_refused(general: Catalog, field: str, op: Any, value: object) -> None:
    with pytest.raises(WrongValue, match=f"`{field}` takes"):
        general.filter([{"field": field, "op": op, "value": value}])


def test_an_unknown_field_is_named_with_those_there_are(general: Catalog) -> None:
    for field in ("colour", "title", "peers", "attributes", ""):
        with pytest.raises(UnknownField) as caught:
            general.filter([{"field": field, "op": "is", "value": "x"}])
        assert isinstance(caught.value, FilterError) and {"price", "kind", "color"} <= set(caught.value.known)
