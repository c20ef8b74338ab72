"""Texts that are no products, and how well each matches a query by meaning: with the same embedder as a search of the
catalog, in whole percents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.embedders import Embedder
from rlve_dsl.catalog.vectors import LENGTH, in_bytes


class Texts:
    """The embeddings of some texts."""

    def __init__(self, embedder: Embedder, texts: Sequence[str]) -> None:
        self._embedder = embedder
        self._vectors = in_bytes(embedder.encode(list(texts)))

    def match(self, query: str) -> NDArray[np.int64]:
        """How well each text matches the query, 0..100."""
        vector = in_bytes(self._embedder.encode([query]))[0]
        products: NDArray[np.int64] = np.einsum("ij,j->i", self._vectors, vector).astype(np.int64)
        perfect = LENGTH * LENGTH
        return np.clip((100 * products + perfect // 2) // perfect, 0, 100)
