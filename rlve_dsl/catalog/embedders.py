"""Text to vectors, offline: the embedders a catalog can be searched with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def _unversioned() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Embedder:
    """A way to embed text: `encode` gives one row of `dimensions` numbers a text; their length does not matter.

    The same text must give the same numbers in every process. `dimensions` is 0 when only loading a model tells them,
    `encode_query` is there when queries are not embedded as products are, and `version` says what made the numbers.
    """

    name: str
    dimensions: int
    encode: Callable[[Sequence[str]], NDArray[Any]]
    encode_query: Callable[[Sequence[str]], NDArray[Any]] | None = None
    version: Callable[[], str] = _unversioned


_FIXED_POINT = 1024
_BATCH = 2048
_TOKENS = 512  # of a text; more could take a sum of token vectors past what float32 holds exactly


@cache
def _wordllama() -> tuple[Any, NDArray[np.float32]]:
    """The tokenizer and the token vectors that the `wordllama` wheel carries, as integers of 1/1024.

    Read as files: importing the package would look for the tokenizer elsewhere and then on the network.
    """
    from safetensors import safe_open
    from tokenizers import Tokenizer

    found = find_spec("wordllama")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("the package `wordllama`, which carries the static embeddings, is not installed")
    package = Path(found.origin).parent
    tokenizer = Tokenizer.from_file(str(package / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_TOKENS)
    with safe_open(str(package / "weights" / "l2_supercat_256.safetensors"), framework="numpy") as tensors:
        weights = tensors.get_tensor("embedding.weight")
    return tokenizer, np.rint(weights.astype(np.float32) * _FIXED_POINT)


def _encode_static(texts: Sequence[str]) -> NDArray[np.float32]:
    """The sum of each text's token vectors: whole numbers, so that no order of summation shows."""
    tokenizer, vectors = _wordllama()
    out = np.zeros((len(texts), vectors.shape[1]), dtype=np.float32)
    for start in range(0, len(texts), _BATCH):
        batch = [text.lower() for text in texts[start : start + _BATCH]]
        tokens = [e.ids for e in tokenizer.encode_batch_fast(batch, add_special_tokens=False)]
        used, columns = np.unique(np.concatenate(tokens).astype(np.int64), return_inverse=True)
        rows = np.repeat(np.arange(len(batch)), [len(t) for t in tokens])
        # most texts share most of their tokens: counting them makes the sums one matrix product
        counts = np.bincount(rows * len(used) + columns, minlength=len(batch) * len(used))
        out[start : start + len(batch)] = counts.reshape(len(batch), len(used)).astype(np.float32) @ vectors[used]
    return out


STATIC = Embedder("static", 256, _encode_static)
EMBEDDERS: Mapping[str, Embedder] = {STATIC.name: STATIC}


def embedder_named(name: str, embedders: Mapping[str, Embedder] = EMBEDDERS) -> Embedder:
    return embedders[name]
