"""Search by meaning over texts that are not products."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rlve_dsl.catalog.arrays import Ints
from rlve_dsl.catalog.search.embedders import Embedder
from rlve_dsl.catalog.search.vectors import in_bytes, in_percents


class Texts:
    """Some texts, embedded by a catalog's embedder."""

    def __init__(self, embedder: Embedder, texts: Sequence[str]) -> None:
        self._embedder = embedder
        self._vectors = in_bytes(embedder.encode(list(texts)))

    def match(self, query: str) -> Ints:
        """How well each text matches the query, in whole percents."""
        vector = in_bytes(self._embedder.encode([query]))[0]
        return in_percents(np.einsum("ij,j->i", self._vectors, vector))
