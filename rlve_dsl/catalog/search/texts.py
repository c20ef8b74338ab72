"""Texts that are no products, and how well each matches a query by meaning: with the same embedder as products, in whole
percents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.search.embedders import Embedder
from rlve_dsl.catalog.search.vectors import in_bytes, in_percents


class Texts:
    """The embeddings of some texts."""

    def __init__(self, embedder: Embedder, texts: Sequence[str]) -> None:
        self._embedder = embedder
        self._vectors = in_bytes(embedder.encode(list(texts)))

    def match(self, query: str) -> NDArray[np.int64]:
        """How well each text matches the query, 0..100."""
        vector = in_bytes(self._embedder.encode([query]))[0]
        return in_percents(np.einsum("ij,j->i", self._vectors, vector))
