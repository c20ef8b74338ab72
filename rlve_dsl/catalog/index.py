"""What a catalog is searched with: made in memory, or written into a folder once and opened there by any number of processes.

Does not belong here: filters, which say *which* rows are ranked (`rlve_dsl.catalog.filters`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.embedders import Embedder
from rlve_dsl.catalog.product import Rows
from rlve_dsl.catalog.vectors import LENGTH, Vector, Vectors, in_bytes
from rlve_dsl.errors import RlveError

_BATCH = 8192
_RECORD = "index.json"
_FORMAT = 1

Progress = Callable[[str, int, int], None]
"""Told now and then of a long work: the stage, how much of it is done, and how much there is."""


class Searched(Protocol):
    """What an index reads of a catalog."""

    @property
    def size(self) -> int:
        """How many products there are."""
        ...

    @property
    def embedder(self) -> Embedder:
        """What queries are embedded with."""
        ...

    def searched_texts(self, start: int, end: int) -> Sequence[str]:
        """What is read of each of these products, in row order."""
        ...


class UnusableIndex(RlveError):
    """The index of a catalog cannot be opened; the message says why."""


def as_match(scores: NDArray[Any]) -> NDArray[np.int64]:
    """Scores as whole percents of a perfect match, 0..100."""
    perfect = LENGTH * LENGTH
    return np.clip((100 * scores.astype(np.int64) + perfect // 2) // perfect, 0, 100)


class Index:
    """Scores of a catalog's products for a query, and the products that score best."""

    def __init__(self, embedder: Embedder, vectors: Vectors) -> None:
        """Over vectors that the embedder made."""
        self.size = vectors.size
        self._vectors = vectors

        @lru_cache(maxsize=4096)
        def embedded(query: str) -> Vector:
            vector: Vector = in_bytes(embedder.encode([query]))[0]
            return vector

        self._embedded = embedded

    def scores(self, query: str, rows: Rows | Sequence[int]) -> NDArray[Any]:
        """How well each of these rows matches the query, in whole numbers; `as_match` says them in percents."""
        return self._vectors.products(self._embedded(query), np.asarray(rows, dtype=np.int64))

    def search(self, query: str, rows: Rows | None, top_k: int) -> tuple[Rows, NDArray[Any]]:
        """The best `top_k` of these rows (of all when None), best first, ties by row, with their `scores`."""
        return self._vectors.nearest(self._embedded(query), rows, top_k)


def make_index(catalog: Searched) -> Index:
    """The index of a catalog, in memory."""
    return Index(catalog.embedder, Vectors(_embedded(catalog, catalog.embedder, _silent)))


def build_index(folder: Path, catalog: Searched, embedder: Embedder, progress: Progress) -> dict[str, Any]:
    """Writes the index of a catalog into a folder, which must exist, and gives what the catalog's manifest records of it."""
    vectors = _embedded(catalog, embedder, progress)
    Vectors.write(vectors, folder)
    record = {
        "format": _FORMAT,
        "size": catalog.size,
        "embedder": {"name": embedder.name, "dimensions": vectors.d},
    }
    (folder / _RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return record


def open_index(folder: Path, catalog: Searched) -> Index:
    """The index in a folder, its pages shared by all who open it.

    Raises UnusableIndex when it is of another format, size or embedder than the catalog's.
    """
    record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    if record["format"] != _FORMAT:
        raise UnusableIndex(f"the index has format {record['format']}, and this version reads format {_FORMAT}")
    if record["size"] != catalog.size:
        raise UnusableIndex(f"the index holds {record['size']} products, and the catalog {catalog.size}")
    if record["embedder"]["name"] != catalog.embedder.name:
        raise UnusableIndex(
            f"the index was built with embedder `{record['embedder']['name']}`, not with `{catalog.embedder.name}`"
        )
    return Index(catalog.embedder, Vectors.open(folder))


def _embedded(catalog: Searched, embedder: Embedder, progress: Progress) -> Any:
    flat = Vectors.empty(embedder.dimensions)
    for start in range(0, catalog.size, _BATCH):
        end = min(catalog.size, start + _BATCH)
        flat.add(in_bytes(embedder.encode(catalog.searched_texts(start, end))))
        progress("embed", end, catalog.size)
    return flat


def _silent(stage: str, done: int, of: int) -> None:
    pass
