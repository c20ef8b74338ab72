"""The long work of embedding a catalog: in shards that outlive a stopped build, on this machine or on a cluster."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.search.embedders import Embedder
from rlve_dsl.catalog.search.vectors import in_bytes
from rlve_dsl.errors import MissingExtra

SHARD = 1 << 15
"""Products embedded at a time: what a stopped build may lose."""

Bytes = NDArray[np.int8]
Shard = tuple[int, Sequence[str]]
Backend = Callable[[Embedder, Iterator[Shard]], Iterator[tuple[int, Bytes]]]
"""Where shards are embedded: takes numbered shards of text as it can work on them, gives their vectors in any order."""


def here(embedder: Embedder, shards: Iterator[Shard]) -> Iterator[tuple[int, Bytes]]:
    """One shard after the other in this process; a model spreads each over the GPUs there are."""
    for number, texts in shards:
        yield number, _encoded(embedder, texts)


def on_ray(embedder: Embedder, shards: Iterator[Shard]) -> Iterator[tuple[int, Bytes]]:
    """A Ray task a shard: on the cluster that `RAY_ADDRESS` names, or on one started here.

    A task asks for a GPU where the cluster has any, for a core elsewhere; twice as many shards as can run are under way.
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
        under_way: dict[Any, int] = {}
        for number, texts in shards:
            under_way[encoded.remote(shared, texts)] = number
            if len(under_way) >= 2 * width:
                yield _first(ray, under_way)
        while under_way:
            yield _first(ray, under_way)
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
    told: Callable[[int], None],
    shard: int = SHARD,
) -> list[Path]:
    """Files with the vectors of `texts(start, end)` for all rows up to `size`, in row order, as bytes.

    Shards that an earlier call left in the folder are kept when it was for the same size, embedder and first texts.
    """
    _prepare(folder, [shard, size, embedder.name, embedder.version(), list(texts(0, min(size, 16)))])
    numbers = range(-(-size // shard))
    files = [folder / f"{number:05}.npy" for number in numbers]
    left = [number for number in numbers if not files[number].exists()]
    done = len(files) - len(left)
    waiting = ((n, texts(n * shard, min(size, (n + 1) * shard))) for n in left)
    for number, vectors in backend(embedder, waiting):
        unfinished = files[number].with_suffix(".part")
        with unfinished.open("wb") as out:
            np.save(out, vectors)
        os.replace(unfinished, files[number])
        done += 1
        told(min(size, done * shard))
    return files


def _prepare(folder: Path, job: Sequence[object]) -> None:
    """Empties the folder unless what it holds is of the same job."""
    written = json.dumps(job)
    note = folder / "job.json"
    if note.exists() and note.read_text(encoding="utf-8") == written:
        return
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    note.write_text(written, encoding="utf-8")


def _encoded(embedder: Embedder, texts: Sequence[str]) -> Bytes:
    return in_bytes(embedder.encode(texts)).astype(np.int8)


def _first(ray: Any, under_way: dict[Any, int]) -> tuple[int, Bytes]:
    (ready,), _ = ray.wait(list(under_way), num_returns=1)
    return under_way.pop(ready), ray.get(ready)
