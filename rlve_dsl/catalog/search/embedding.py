"""Embedding a whole catalog, in shards that survive a stopped build, on this machine or on a cluster."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import save_array
from rlve_dsl.catalog.search.embedders import Embedder
from rlve_dsl.catalog.search.vectors import in_bytes
from rlve_dsl.errors import MissingExtra
from rlve_dsl.writing import atomic_file, write_atomically

SHARD = 1 << 15
"""Products that are embedded together: what a stopped build may lose."""

Bytes = NDArray[np.int8]
Shard = tuple[int, Sequence[str]]
Backend = Callable[[Embedder, Iterator[Shard]], Iterator[tuple[int, Bytes]]]
"""Embeds numbered shards of text, and gives their vectors in any order. It takes a shard when it can work on it."""


def here(embedder: Embedder, shards: Iterator[Shard]) -> Iterator[tuple[int, Bytes]]:
    """Embed one shard after the other in this process; a model shares each among the GPUs."""
    for number, texts in shards:
        yield number, _encoded(embedder, texts)


def on_ray(embedder: Embedder, shards: Iterator[Shard]) -> Iterator[tuple[int, Bytes]]:
    """Embed each shard in a Ray task, on the cluster that `RAY_ADDRESS` names or on one started here.

    A task asks for a GPU where the cluster has any, and for a core elsewhere. Twice as many tasks as can run are queued.
    """
    try:
        import ray
    except ModuleNotFoundError:
        raise MissingExtra("ray", "ray") from None
    ours = not ray.is_initialized()
    if ours:
        ray.init(log_to_driver=False)
    try:
        resources = ray.cluster_resources()
        gpus = int(resources.get("GPU", 0))
        width = gpus or max(1, int(resources.get("CPU", 1)))
        encoded = ray.remote(num_gpus=1 if gpus else 0, num_cpus=1, max_retries=3)(_encoded)
        shared = ray.put(embedder)
        queued: dict[Any, int] = {}
        for number, texts in shards:
            queued[encoded.remote(shared, texts)] = number
            if len(queued) >= 2 * width:
                yield _first(ray, queued)
        while queued:
            yield _first(ray, queued)
    finally:
        if ours:
            ray.shutdown()


BACKENDS: Mapping[str, Backend] = {"local": here, "ray": on_ray}


def embedded(
    folder: Path,
    size: int,
    texts: Callable[[int, int], Sequence[str]],
    embedder: Embedder,
    backend: Backend,
    progress: Callable[[int], None],
    shard: int = SHARD,
) -> list[Path]:
    """Embed texts into files of bytes, in row order; shards that an earlier call left in the folder are kept.

    They are kept when that call was for the same size, embedder and first texts.

    Args:
        folder: Where the files go.
        size: How many texts there are.
        texts: Gives the texts from one row up to another.
        embedder: What embeds them.
        backend: Where they are embedded.
        progress: Called with the number of texts that are done.
        shard: How many texts go into one file.
    """
    _prepare(folder, [shard, size, embedder.name, embedder.version(), list(texts(0, min(size, 16)))])
    numbers = range(-(-size // shard))
    files = [folder / f"{number:05}.npy" for number in numbers]
    left = [n for n in numbers if not _is_whole(files[n], min(size, (n + 1) * shard) - n * shard)]
    done = len(files) - len(left)
    waiting = ((n, texts(n * shard, min(size, (n + 1) * shard))) for n in left)
    for number, vectors in backend(embedder, waiting):
        with atomic_file(files[number]) as out:
            save_array(out, vectors)
        done += 1
        progress(min(size, done * shard))
    return files


def _prepare(folder: Path, job: Sequence[object]) -> None:
    """Empty the folder unless its shards are of the same job."""
    written = json.dumps(job)
    note = folder / "job.json"
    if note.exists() and note.read_text(encoding="utf-8", errors="replace") == written:
        return
    if folder.exists():
        shutil.rmtree(folder)
    write_atomically(note, written)


def _is_whole(path: Path, rows: int) -> bool:
    """Whether a file holds the vectors of this many texts; what is damaged is embedded again."""
    try:
        vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, EOFError, ValueError):
        return False
    return vectors.dtype == np.int8 and vectors.ndim == 2 and len(vectors) == rows


def _encoded(embedder: Embedder, texts: Sequence[str]) -> Bytes:
    return in_bytes(embedder.encode(texts)).astype(np.int8)


def _first(ray: Any, queued: dict[Any, int]) -> tuple[int, Bytes]:
    (ready,), _ = ray.wait(list(queued), num_returns=1)
    return queued.pop(ready), ray.get(ready)
