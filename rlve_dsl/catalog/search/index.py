"""The index that a catalog is searched with: made in memory, or written into a folder and opened by many processes.

Does not belong here: filters, which say *which* rows are ranked (`rlve_dsl.catalog.search.filters`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.caching import cached_texts
from rlve_dsl.catalog.arrays import Floats, Rows, read_array, write_array
from rlve_dsl.catalog.hashing import draws
from rlve_dsl.catalog.progress import Progress
from rlve_dsl.catalog.search.clusters import assigned, centroids_of
from rlve_dsl.catalog.search.embedders import Embedder
from rlve_dsl.catalog.search.embedding import SHARD, Backend, embedded, here
from rlve_dsl.catalog.search.fusion import Scores, ranked, scored
from rlve_dsl.catalog.search.lexical import Lexicon, QueryTerms, terms_of
from rlve_dsl.catalog.search.neighbours import Neighbours
from rlve_dsl.catalog.search.vectors import Vectors, in_bytes
from rlve_dsl.errors import RlveError
from rlve_dsl.values import Json, JsonObject
from rlve_dsl.writing import write_atomically

_RECORD, _PROBES, _SHARDS = "index.json", "probes.npy", "shards"
_FORMAT = 3
SCANNED = 8 << 20
"""Bytes of vectors that every query may read (32,768 products with the static embedder); more are put into lists of neighbours."""
_SAMPLE = 20  # rows for each list, to make the centroids from
_ROUNDS = 6
_SAME = 0.99  # a probe's cosine with its recorded vector is at least this: devices differ in their last digits

PROBES = (
    "stainless steel kettle, 1.7 litres",
    "running shoes for women, size 8",
    "Bluetooth headphones that cancel noise",
    "a present for someone who bakes",
)
"""Texts whose vectors and terms an index records, to check later that queries are read as its products were."""


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
        """What search reads of each of these products, in row order."""
        ...


class UnusableIndex(RlveError):
    """The index of a catalog cannot be used; the message says why."""


class Index:
    """Scores a catalog's products for a query, and finds those that score best."""

    def __init__(
        self, embedder: Embedder, vectors: Vectors, lexicon: Lexicon, probes: NDArray[np.int8] | None = None
    ) -> None:
        """`probes` are recorded vectors of `PROBES`; the embedder is checked against them at the first query."""
        self.size = vectors.size
        self._vectors = vectors
        self._unchecked = probes

        @cached_texts(4096)
        def read(query: str) -> tuple[Floats, QueryTerms]:
            self._check(embedder)
            vector = in_bytes((embedder.encode_query or embedder.encode)([query]))[0]
            return vector, lexicon.look_up(query)

        self._read = read

    def scores(self, query: str, rows: Rows | Sequence[int]) -> Scores:
        """How well each of these rows matches the query, in whole numbers; `as_match` makes percents of them."""
        with _readable():
            return scored(self._vectors, *self._read(query), np.asarray(rows, dtype=np.int64))

    def search(self, query: str, rows: Rows | None, top_k: int) -> tuple[Rows, Scores]:
        """The best `top_k` of these rows (of all when None), best first, ties by row, with their `scores`."""
        if top_k <= 0 or self.size == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        with _readable():
            return ranked(self._vectors, *self._read(query), rows, top_k)

    def similar(self, row: int, count: int) -> Rows:
        """The `count` rows nearest in meaning to a row, itself left out, nearest first, ties by row."""
        vector = self._vectors.vectors(slice(row, row + 1))[0]
        found, _ = self._vectors.nearest(
            self._vectors.aim_at(vector), None, min(self.size, count + 1) if count > 0 else 0
        )
        others: Rows = found[found != row][:count]
        return others

    def _check(self, embedder: Embedder) -> None:
        if self._unchecked is None:
            return
        expected, found = self._unchecked.astype(np.float32), in_bytes(embedder.encode(PROBES))
        if expected.shape != found.shape or (_cosines(expected, found) < _SAME).any():
            raise UnusableIndex(
                f"embedder `{embedder.name}` ({embedder.version() or 'no version'}) does not give the vectors that this "
                "index was built with: build the catalog again, or install the version that its record names"
            )
        self._unchecked = None


@contextmanager
def _readable() -> Iterator[None]:
    """Rows and terms that do not exist are those of damaged files."""
    try:
        yield
    except IndexError as problem:
        raise UnusableIndex("the index is damaged: build the catalog again") from problem


def make_index(catalog: Searched, scanned: int = SCANNED) -> Index:
    """Make the index of a catalog in memory. It finds the same as the one that `build_index` writes."""
    embedder, flat = catalog.embedder, None
    texts = lru_cache(maxsize=1)(catalog.searched_texts)  # those of a catalog of one shard are read twice
    for start in range(0, catalog.size, SHARD):
        vectors = in_bytes(embedder.encode(texts(start, min(catalog.size, start + SHARD))))
        flat = Vectors.empty(vectors.shape[1]) if flat is None else flat
        flat.add(vectors)
    lexicon = Lexicon.of(catalog.size, texts, lambda done: None, SHARD)
    flat = flat if flat is not None else Vectors.empty(1)
    return Index(embedder, Vectors(flat, _in_lists(flat, scanned, lambda stage, done, of: None)), lexicon)


def build_index(
    folder: Path,
    catalog: Searched,
    embedder: Embedder,
    progress: Progress,
    backend: Backend = here,
    scanned: int = SCANNED,
) -> JsonObject:
    """Write the index of a catalog into a folder. The same catalog and vectors give the same bytes.

    Vectors are kept in shards until the end: called again after it was stopped, it goes on.

    Args:
        folder: Where the index goes; it must exist.
        catalog: What is searched.
        embedder: What embeds the products.
        progress: Called as the work goes on.
        backend: Where the products are embedded.
        scanned: More bytes of vectors than this are put into lists of neighbours, of which a query reads some.

    Returns:
        What the catalog's manifest records of the index.
    """
    size = catalog.size
    shards = embedded(
        folder / _SHARDS, size, catalog.searched_texts, embedder, backend, lambda done: progress("embed", done, size)
    )
    probes = in_bytes(embedder.encode(PROBES))
    flat = Vectors.empty(probes.shape[1])
    for file in shards:
        flat.add(np.load(file).astype(np.float32))
    neighbours = _in_lists(flat, scanned, progress)
    Vectors(flat, neighbours).write(folder)
    lexicon = Lexicon.of(size, catalog.searched_texts, lambda done: progress("words", done, size), SHARD)
    lexicon.write(folder)
    write_array(folder / _PROBES, probes.astype(np.int8))
    record: JsonObject = {
        "format": _FORMAT,
        "size": size,
        "embedder": {"name": embedder.name, "version": embedder.version(), "dimensions": flat.d},
        "lists": 0 if neighbours is None else neighbours.lists.nlist,
        "terms": lexicon.terms,
        "probes": _terms_of_probes(),
    }
    write_atomically(folder / _RECORD, json.dumps(record, indent=2) + "\n")
    shutil.rmtree(folder / _SHARDS)
    return record


def open_index(folder: Path, catalog: Searched) -> Index:
    """Open the index in a folder, mapped so that all processes share one copy.

    The embedder is checked at the first query: one of the same name may give other vectors than the index was built with.

    Raises:
        UnusableIndex: When there is no index, or it was made in another format, for another size, or by another embedder
            or analyser.
    """
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UnusableIndex(f"no index has been built in {folder}") from None
    if record["format"] != _FORMAT:
        raise UnusableIndex(f"the index has format {record['format']}, and this version reads format {_FORMAT}")
    if record["size"] != catalog.size:
        raise UnusableIndex(f"the index holds {record['size']} products, and the catalog {catalog.size}")
    if record["embedder"]["name"] != catalog.embedder.name:
        raise UnusableIndex(
            f"the index was built with embedder `{record['embedder']['name']}`, not with `{catalog.embedder.name}`"
        )
    if record["probes"] != _terms_of_probes():
        raise UnusableIndex("the index was built with another version of tantivy, which stems words otherwise")
    try:
        vectors, lexicon = Vectors.open(folder), Lexicon.open(folder)
        return Index(catalog.embedder, vectors, lexicon, read_array(folder / _PROBES, mapped=False))
    except (OSError, RuntimeError, ValueError, EOFError) as problem:  # faiss raises RuntimeError
        raise UnusableIndex(f"the index in {folder} cannot be read: {str(problem).splitlines()[0]}") from problem


def _in_lists(flat: Any, scanned: int, progress: Progress) -> Neighbours | None:
    """Put the vectors into lists, if they have more bytes than a query may read.

    With this number of lists, finding the nearest ones takes about as long as reading them.
    """
    size, vectors = flat.ntotal, Vectors(flat)
    if size * flat.d <= scanned:
        return None
    count = min(size, 1 << round(np.log2(3 * np.sqrt(size))))
    sample = np.argsort(draws(np.arange(size, dtype=np.uint64), "sample"), kind="stable")[: _SAMPLE * count]
    centroids = centroids_of(vectors.vectors(sample), count, _ROUNDS, lambda done: progress("centroids", done, _ROUNDS))
    neighbours = Neighbours.empty(centroids)
    for start in range(0, size, SHARD):
        rows = vectors.vectors(slice(start, min(size, start + SHARD)))
        nearest, _ = assigned(rows, centroids)
        neighbours.add(rows, nearest)
        progress("lists", neighbours.lists.ntotal, size)
    return neighbours


def _terms_of_probes() -> Json:
    return [[*terms_of(probe)] for probe in PROBES]


def _cosines(a: Floats, b: Floats) -> NDArray[np.float64]:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray(np.einsum("ij,ij->i", a, b) / np.where(lengths > 0, lengths, 1))
