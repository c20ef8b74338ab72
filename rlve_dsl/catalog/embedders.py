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


@dataclass(frozen=True, slots=True)
class Embedder:
    """A way to embed text: `encode` gives one row of `dimensions` numbers a text; their length does not matter.

    The same text must give the same numbers in every process.
    """

    name: str
    dimensions: int
    encode: Callable[[Sequence[str]], NDArray[Any]]


_FIXED_POINT = 1024
_BATCH = 4096


@cache
def _wordllama() -> tuple[Any, NDArray[np.int16]]:
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
    tokenizer.no_truncation()
    with safe_open(str(package / "weights" / "l2_supercat_256.safetensors"), framework="numpy") as tensors:
        weights = tensors.get_tensor("embedding.weight")
    return tokenizer, np.rint(weights.astype(np.float32) * _FIXED_POINT).astype(np.int16)


def _encode_static(texts: Sequence[str]) -> NDArray[np.int64]:
    """The sum of each text's token vectors: whole numbers, so that no order of summation shows."""
    tokenizer, vectors = _wordllama()
    out = np.zeros((len(texts), vectors.shape[1]), dtype=np.int64)
    for start in range(0, len(texts), _BATCH):
        batch = [text.lower() for text in texts[start : start + _BATCH]]
        tokens = [e.ids for e in tokenizer.encode_batch(batch, add_special_tokens=False)]
        rows = np.flatnonzero([len(t) for t in tokens])
        if len(rows):
            ends = np.cumsum([len(tokens[r]) for r in rows])
            flat = vectors[np.concatenate([tokens[r] for r in rows])]
            out[start + rows] = np.add.reduceat(flat, np.r_[0, ends[:-1]], axis=0, dtype=np.int64)
    return out


STATIC = Embedder("static", 256, _encode_static)
EMBEDDERS: Mapping[str, Embedder] = {STATIC.name: STATIC}
