"""An index in a folder: it answers as the one in memory, has the same bytes each time, and opens for its own catalog only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlve_dsl.catalog import Catalog, Embedder, UnusableIndex, build_index, open_index
from rlve_dsl.catalog.search.embedders import STATIC
from rlve_dsl.catalog.search.embedding import Shard, embedded, here
from rlve_dsl.catalog.search.index import SCANNED, make_index

QUERIES = ["usb c charger", "red wine", "something to cook rice in", "Orlo kettle", "", "zzzz qqq"]


def silent(stage: str, done: int, of: int) -> None:
    pass


def contents(folder: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}


@pytest.mark.parametrize("top_k", [1, 10, 3_000])
def test_a_built_index_answers_as_the_one_in_memory(general: Catalog, tmp_path: Path, top_k: int) -> None:
    part = build_index(tmp_path, general, general.embedder, silent)
    assert json.loads(json.dumps(part)) == part and part["embedder"]["name"] == "static" and part["lists"] == 0
    index = open_index(tmp_path, general)
    half = np.arange(0, general.size, 2)
    for query in QUERIES:
        for rows in (None, half, half[:20]):
            found, scores = index.search(query, rows, top_k)
            expected, expected_scores = general._index.search(query, rows, top_k)
            assert found.tolist() == expected.tolist() and scores.tolist() == expected_scores.tolist()
        assert index.scores(query, half).tolist() == general._index.scores(query, half).tolist()
    assert index.similar(7, 9).tolist() == general._index.similar(7, 9).tolist()


def test_lists_find_nearly_all_and_score_it_the_same(general: Catalog, tmp_path: Path) -> None:
    part = build_index(tmp_path, general, general.embedder, silent, scanned=0)
    assert part["lists"] >= 64
    index = open_index(tmp_path, general)
    for share, least in ((None, 0.95), (0.5, 0.95), (0.1, 0.95), (0.01, 1.0)):
        rows = None if share is None else np.flatnonzero(np.random.default_rng(5).random(general.size) < share)
        recalls = []
        for query in QUERIES[:-1]:  # nonsense has no neighbours to be found among
            found, scores = index.search(query, rows, 20)
            expected, _ = general._index.search(query, rows, 20)
            assert scores.tolist() == general._index.scores(query, found).tolist()
            assert rows is None or set(found.tolist()) <= set(rows.tolist())
            assert [row for _, row in sorted(zip(-scores, found, strict=True))] == found.tolist()
            recalls.append(len(set(found.tolist()) & set(expected.tolist())) / len(expected))
        assert np.mean(recalls) >= least


def test_with_lists_a_built_index_answers_as_the_one_in_memory(general: Catalog, tmp_path: Path) -> None:
    build_index(tmp_path, general, general.embedder, silent, scanned=0)
    built, made = open_index(tmp_path, general), make_index(general, scanned=0)
    for query in QUERIES:
        for rows in (None, np.arange(0, general.size, 2)):
            found, scores = built.search(query, rows, 10)
            expected, expected_scores = made.search(query, rows, 10)
            assert found.tolist() == expected.tolist() and scores.tolist() == expected_scores.tolist()


def test_only_large_catalogs_have_lists(general: Catalog, tmp_path: Path) -> None:
    bytes_of_vectors = general.size * 256
    for scanned, has_lists in ((bytes_of_vectors, False), (bytes_of_vectors - 1, True)):
        folder = tmp_path / str(scanned)
        folder.mkdir()
        assert (build_index(folder, general, general.embedder, silent, scanned=scanned)["lists"] != 0) == has_lists
    assert bytes_of_vectors < SCANNED < 50_000 * 256


def test_the_same_catalog_gives_the_same_bytes(general: Catalog, tmp_path: Path) -> None:
    """Also with lists and any number of threads: centroids are computed in whole numbers."""
    import faiss

    folders = [tmp_path / name for name in ("one", "two")]
    threads = faiss.omp_get_max_threads()
    for folder, many in zip(folders, (1, 2), strict=True):
        folder.mkdir()
        faiss.omp_set_num_threads(many)
        try:
            build_index(folder, general, general.embedder, silent, scanned=0)
        finally:
            faiss.omp_set_num_threads(threads)
    assert contents(folders[0]) == contents(folders[1])
    assert "shards" not in contents(folders[0])


def test_an_index_reports_the_progress_of_its_build(made: Callable[..., Catalog], tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    build_index(tmp_path, made(), made().embedder, lambda *step: steps.append(step), scanned=0)
    assert {("embed", 40, 40), ("lists", 40, 40), ("words", 40, 40)} <= set(steps)
    assert all(0 < done <= of for _, done, of in steps)


# Opening ------------------------------------------------------------------------------------------------------------


def test_an_index_is_opened_only_for_what_it_was_built_for(made: Callable[..., Catalog], tmp_path: Path) -> None:
    catalog = made()
    other = Embedder("coarse", 4, lambda texts: np.ones((len(texts), 4)))
    build_index(tmp_path, catalog, other, silent)
    with pytest.raises(UnusableIndex, match="built with embedder `coarse`, not with `static`"):
        open_index(tmp_path, catalog)
    with pytest.raises(UnusableIndex, match="holds 40 products, and the catalog 41"):
        open_index(tmp_path, made(size=41))


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [("format", 1, "has format 1"), ("probes", [["kettles"]], "stems words otherwise")],
)
def test_an_index_of_another_make_is_refused(
    made: Callable[..., Catalog], tmp_path: Path, key: str, value: object, says: str
) -> None:
    record = build_index(tmp_path, made(), STATIC, silent)
    (tmp_path / "index.json").write_text(json.dumps(record | {key: value}), encoding="utf-8")
    with pytest.raises(UnusableIndex, match=says):
        open_index(tmp_path, made())


@pytest.mark.parametrize("text", [None, "", "{"])
def test_where_nothing_was_built_nothing_is_opened(
    made: Callable[..., Catalog], tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "index.json").write_text(text, encoding="utf-8")
    with pytest.raises(UnusableIndex, match="no index has been built"):
        open_index(tmp_path, made())


@pytest.mark.parametrize("file", ["flat.faiss", "terms.npy", "postings.npy", "row_terms.npy", "probes.npy"])
@pytest.mark.parametrize("left", [None, 20])
def test_an_index_with_a_part_missing_is_refused(
    made: Callable[..., Catalog], tmp_path: Path, file: str, left: int | None
) -> None:
    build_index(tmp_path, made(), STATIC, silent)
    part = tmp_path / file
    part.write_bytes(part.read_bytes()[:left] if left else b"")
    with pytest.raises(UnusableIndex, match="cannot be read"):
        open_index(tmp_path, made())
    part.unlink()
    with pytest.raises(UnusableIndex, match="cannot be read"):
        open_index(tmp_path, made())


def test_an_embedder_that_changed_under_its_name_is_refused(made: Callable[..., Catalog], tmp_path: Path) -> None:
    catalog = made()
    changed = Embedder("static", 256, lambda texts: np.roll(STATIC.encode(texts), 1, axis=1), version=lambda: "next")
    build_index(tmp_path, catalog, changed, silent)
    index = open_index(tmp_path, catalog)
    with pytest.raises(UnusableIndex, match="does not give the vectors that this index was built with"):
        index.search("red mug", None, 3)
    assert len(index.similar(0, 3)) == 3  # the products' own vectors need no embedder


def test_queries_may_be_embedded_otherwise_than_products(made: Callable[..., Catalog]) -> None:
    catalog = made()
    catalog.embedder = Embedder("asking", 256, STATIC.encode, encode_query=lambda texts: -STATIC.encode(texts))
    row = catalog.search("mug", None, 1).rows[0]
    assert make_index(catalog).scores("mug", [int(row)])[0] < 0


# Embedding ----------------------------------------------------------------------------------------------------------


def texts_of(start: int, end: int) -> Sequence[str]:
    return [f"product {row}" for row in range(start, end)]


def counting(asked: list[str], version: str = "1") -> Embedder:
    def encode(texts: Sequence[str]) -> Any:
        asked.extend(texts)
        return STATIC.encode(texts)

    return Embedder("counting", 256, encode, version=lambda: version)


def test_a_stopped_embedding_goes_on_where_it_was(tmp_path: Path) -> None:
    asked: list[str] = []

    def stopping(embedder: Embedder, shards: Iterator[Shard]) -> Iterator[tuple[int, Any]]:
        for shard in shards:
            if shard[0] == 3:
                raise KeyboardInterrupt
            yield from here(embedder, iter([shard]))

    folder = tmp_path / "shards"
    with pytest.raises(KeyboardInterrupt):
        embedded(folder, 95, texts_of, counting(asked), stopping, lambda done: None, shard=10)
    assert len(asked) == 30
    done: list[int] = []
    files = embedded(folder, 95, texts_of, counting(asked), here, done.append, shard=10)
    assert sorted(asked) == sorted(texts_of(0, 95))
    assert done == [40, 50, 60, 70, 80, 90, 95]
    vectors = np.concatenate([np.load(f) for f in files])
    whole = embedded(tmp_path / "whole", 95, texts_of, counting([]), here, lambda done: None, shard=200)
    assert np.array_equal(vectors, np.load(whole[0])) and vectors.dtype == np.int8


@pytest.mark.parametrize("change", ["version", "size", "texts"])
def test_shards_of_another_job_are_not_taken_over(tmp_path: Path, change: str) -> None:
    embedded(tmp_path / "shards", 30, texts_of, counting([]), here, lambda done: None, shard=10)
    asked: list[str] = []
    texts = (lambda start, end: [f"other {row}" for row in range(start, end)]) if change == "texts" else texts_of
    size, version = (25 if change == "size" else 30), ("2" if change == "version" else "1")
    embedded(tmp_path / "shards", size, texts, counting(asked, version), here, lambda done: None, shard=10)
    assert len(asked) == size
