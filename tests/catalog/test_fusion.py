"""Ranking by meaning and words: the results of brute force behind any filter, and one score for a product."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlve_dsl.catalog import Catalog, Embedder, generate
from rlve_dsl.catalog.search.fusion import ranked, scored
from rlve_dsl.catalog.search.lexical import Lexicon
from rlve_dsl.catalog.search.vectors import Vectors, in_bytes
from rlve_dsl.files import kinds

WORDS = [f"w{chr(97 + i)}" for i in range(12)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([None, 0.02, 0.3, 0.9]), st.integers(1, 5))
def test_ranking_is_brute_force(seed: int, top_k: int, share: float | None, asked: int) -> None:
    """With few directions and few words, many products tie in meaning, in words, and in both."""
    generator = np.random.default_rng(seed)
    size = 2_000
    flat = Vectors.empty(8)
    flat.add(in_bytes(generator.integers(-1, 2, (size, 8))))
    texts = [" ".join(generator.choice(WORDS, generator.integers(0, 4))) for _ in range(size)]
    lexicon = Lexicon.of(size, lambda start, end: texts[start:end], lambda done: None, size)
    vectors, words = Vectors(flat), lexicon.look_up(" ".join(generator.choice(WORDS, asked)))
    vector = in_bytes(generator.integers(-2, 3, (1, 8)))[0]
    rows = None if share is None else np.flatnonzero(generator.random(size) < share)
    everything = np.arange(size)
    scores = scored(vectors, vector, words, everything)
    expected = sorted((everything if rows is None else rows).tolist(), key=lambda row: (-scores[row], row))[:top_k]
    found, shown = ranked(vectors, vector, words, rows, top_k)
    assert found.tolist() == expected
    assert shown.tolist() == scores[expected].tolist()


def test_a_brand_is_found_that_means_nothing(general: Catalog) -> None:
    brand, type_ = general.product(0)["brand"], general.product(0)["type"]
    noun = general.product(0)["kind"]
    both = (general.column("brand") == brand) & (general.column("type") == type_)
    found = general.search(f"{brand} {noun}", None, int(both.sum())).rows
    assert set(found.tolist()) == set(np.flatnonzero(both).tolist())


def test_words_find_what_meaning_does_not(general_spec: kinds.Catalog) -> None:
    blind = Embedder("blind", 4, lambda texts: np.ones((len(texts), 4)))
    catalog = generate(general_spec, 6_000, blind)
    for row in (0, 17, 4_321):
        assert row in catalog.search(catalog.product(row)["title"], None, 5).rows


def test_without_known_words_only_meaning_counts(general: Catalog) -> None:
    query = "xqzzy blorp"
    found = general.search(query, None, 20)
    alone = general.match(query, found.rows)
    assert found.match.tolist() == alone.tolist() and len(found.rows) == 20


@pytest.mark.parametrize("query", ["usb c charger", "Orlo kettle", "something warm", "", "steel 2 L"])
def test_a_product_has_one_match_for_a_query(general: Catalog, query: str) -> None:
    """A search, with a filter or without, and a match show the same number, and results are in its order."""
    everything = general.match(query, np.arange(general.size))
    for rows in (None, np.arange(0, general.size, 3), np.arange(5)):
        hits = general.search(query, rows, 50)
        assert hits.match.tolist() == everything[hits.rows].tolist()
        assert (np.diff(hits.match) <= 0).all()


def test_what_is_similar_is_near_and_is_not_the_product_itself(general: Catalog) -> None:
    for row in (0, 99, 2_000):
        near = general.similar(row, 12)
        assert len(near) == 12 and row not in near.rows
        assert sum(p["type"] == general.product(row)["type"] for p in near) >= 9
        assert general.similar(row, 5).rows.tolist() == near.rows[:5].tolist()
    assert len(general.similar(0, 0)) == 0
    assert len(general.similar(0, general.size + 5)) == general.size - 1
