"""Search finds a product by its name and by everyday words; the figures are in docs/search.md."""

from __future__ import annotations

import pytest

from benchmarks.relevance.known_items import KnownItem, by_brand_and_model, by_description, words_of
from benchmarks.relevance.paraphrases import paraphrases
from benchmarks.search_quality import precision, recall
from rlve_dsl.catalog import Catalog


def test_a_known_item_is_found(general: Catalog) -> None:
    def rank(query: str) -> list[int]:
        return general.search(query, None, 10).rows.tolist()

    assert recall(rank, list(by_brand_and_model(general, 80, "test"))) >= 0.9
    assert recall(rank, list(by_description(general, 80, "test"))) >= 0.9


@pytest.mark.parametrize(("name", "least"), [("paraphrases", 0.7), ("needs", 0.2)])
def test_other_words_find_the_right_type(general: Catalog, name: str, least: float) -> None:
    assert precision(general, lambda query: general.search(query, None, 10).rows.tolist(), paraphrases(name)) >= least


def test_known_items_are_the_same_every_time(general: Catalog) -> None:
    first, again = (list(by_description(general, 10, "x")) for _ in range(2))
    assert first == again != list(by_description(general, 10, "y"))
    assert all(isinstance(item, KnownItem) and 0 <= item.row < general.size for item in first)


def test_a_known_item_can_be_distinguished(general: Catalog) -> None:
    for item in by_description(general, 20, "z"):
        words = set(words_of(item.query))
        twins = [p for p in general.alike(item.row) if words <= set(words_of(p["title"]))]
        assert item.row in [p.row for p in twins] and len(twins) <= 3
        assert not words & set(words_of(general.product(item.row)["brand"])) or len(twins) == 1


@pytest.mark.parametrize("name", ["paraphrases", "needs"])
def test_the_written_queries_name_types_that_there_are(general: Catalog, name: str) -> None:
    types = {product_type.name for product_type in general.taxonomy.types}
    queries = paraphrases(name)
    assert all(q.types and q.types <= types for q in queries)
    assert len({q.query for q in queries}) == len(queries) >= 60
