"""What an embedder is, and the embedder that is always there: static word vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from rlve_dsl.catalog.arrays import Floats, Ints, Numbers
from rlve_dsl.frozen import frozen
from rlve_dsl.one_thread import on_one_thread


@frozen
class Embedder:
    """A way to embed text: `encode` gives one vector of `dimensions` numbers a text; its length does not matter.

    The same text must give the same numbers in every process. `dimensions` is 0 when it is known only once a model is loaded.
    `encode_query` is for queries, where they are not embedded as products are. `version` says what made the numbers.
    """

    name: str
    dimensions: int
    encode: Callable[[Sequence[str]], Numbers]
    encode_query: Callable[[Sequence[str]], Numbers] | None = None
    version: Callable[[], str] = str  # "" for none


_FIXED_POINT = 1024
_BATCH = 2048
_BLOCK = 32  # texts of a batch that are summed at a time: fewer texts have fewer different words
_LETTERS = 1024  # of a text that are read; a sum of more token vectors could exceed what float32 holds exactly
_WORDS_KEPT = 1 << 17


@cache
def _wordllama() -> tuple[Any, Numbers]:
    """The tokenizer and the token vectors in the `wordllama` wheel.

    Their files are read directly: importing the package would look for the tokenizer elsewhere and then on the network.
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
        return tokenizer, tensors.get_tensor("embedding.weight")


@lru_cache(maxsize=_WORDS_KEPT)
def _tokens(word: str) -> tuple[int, ...]:
    """The tokens of a word. The tokenizer merges none across a space, and texts share most of their words."""
    return tuple(_wordllama()[0].encode(word, add_special_tokens=False).ids)


@on_one_thread
def _encode_static(texts: Sequence[str]) -> Floats:
    """The sum of each text's token vectors: whole numbers, so that the order of summation makes no difference."""
    out = np.zeros((len(texts), _wordllama()[1].shape[1]), dtype=np.float32)
    for start in range(0, len(texts), _BATCH):
        batch = [text[:_LETTERS].lower().split() for text in texts[start : start + _BATCH]]
        place: dict[str, int] = {}
        columns = np.array([place.setdefault(word, len(place)) for words in batch for word in words], dtype=np.int64)
        if not place:
            continue
        vectors = _word_vectors(list(place))
        lengths = np.array([len(words) for words in batch])
        if len(batch) <= _BLOCK:
            out[start : start + len(batch)] = _summed(columns, lengths, vectors)
            continue
        ends = np.cumsum(lengths)
        own_number = np.zeros(len(place), dtype=np.int64)
        for first in range(0, len(batch), _BLOCK):
            block = slice(first, first + _BLOCK)
            words = columns[ends[first] - lengths[first] : ends[block][-1]]
            used = np.flatnonzero(np.bincount(words))  # `np.unique` takes longer, and imports numpy.ma
            own_number[used] = np.arange(len(used))
            summed = _summed(own_number[words], lengths[block], vectors[used])
            out[start + first : start + first + len(summed)] = summed
    return out


def _summed(words: Ints, lengths: Ints, vectors: Floats) -> Floats:
    """The sum of the vectors of the words of each text; the words of all texts follow one another."""
    rows = np.repeat(np.arange(len(lengths)), lengths)
    # counting words makes the sums one matrix product
    counts = np.bincount(rows * len(vectors) + words, minlength=len(lengths) * len(vectors))
    summed: Floats = counts.reshape(len(lengths), len(vectors)).astype(np.float32) @ vectors
    return summed


def _word_vectors(words: Sequence[str]) -> Floats:
    """The sum of each word's token vectors, as whole numbers of 1/1024."""
    weights = _wordllama()[1]
    tokens = [_tokens(word) for word in words]
    out = np.zeros((len(words), weights.shape[1]), dtype=np.float32)
    places, number = list(range(len(words))), 0
    while places := [place for place in places if len(tokens[place]) > number]:  # few words have a second token
        vectors = weights[[tokens[place][number] for place in places]].astype(np.float32)
        out[places] += np.rint(vectors * _FIXED_POINT)
        number += 1
    return out


def _static_version() -> str:
    return f"wordllama {version('wordllama')}"


STATIC = Embedder("static", 256, _encode_static, version=_static_version)


def is_one_token(word: str) -> bool:
    """Whether a word is one token of the static embedder, as most usual English words are and most misspelt ones are not."""
    return len(_tokens(word)) == 1
