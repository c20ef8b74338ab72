"""An index in a folder: the same answers as the one in memory, opened by whom it was built for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rlve_dsl.catalog import Catalog, Embedder, UnusableIndex, build_index, open_index

QUERIES = ["usb c charger", "red wine", "something to cook rice in", "", "zzzz qqq"]


def silent(stage: str, done: int, of: int) -> None:
    pass


@pytest.mark.parametrize("top_k", [1, 10, 3_000])
def test_a_built_index_answers_as_the_one_in_memory(general: Catalog, tmp_path: Path, top_k: int) -> None:
    part = build_index(tmp_path, general, general.embedder, silent)
    assert json.loads(json.dumps(part)) == part and part["embedder"]["name"] == "static"
    index = open_index(tmp_path, general)
    half = np.arange(0, general.size, 2)
    for query in QUERIES:
        for rows in (None, half, half[:20]):
            found, scores = index.search(query, rows, top_k)
            expected, expected_scores = general._index.search(query, rows, top_k)
            assert found.tolist() == expected.tolist() and scores.tolist() == expected_scores.tolist()
        assert index.scores(query, half).tolist() == general._index.scores(query, half).tolist()


def test_an_index_tells_how_far_its_build_is(made: Callable[..., Catalog], tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    build_index(tmp_path, made(), made().embedder, lambda *step: told.append(step))
    assert ("embed", 40, 40) in told and all(0 < done <= of for _, done, of in told)


def test_an_index_is_opened_only_for_what_it_was_built_for(made: Callable[..., Catalog], tmp_path: Path) -> None:
    catalog = made()
    other = Embedder("coarse", 4, lambda texts: np.ones((len(texts), 4)))
    build_index(tmp_path, catalog, other, silent)
    with pytest.raises(UnusableIndex, match="built with embedder `coarse`, not with `static`"):
        open_index(tmp_path, catalog)
    with pytest.raises(UnusableIndex, match="holds 40 products, and the catalog 41"):
        open_index(tmp_path, made(size=41))
