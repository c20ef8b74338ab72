"""Products as read, in pieces on disk: each of so many records, whole or not there, with tables of names of its own."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.folders.folder import read_array, read_heap, read_json, write_array, write_heap, write_json
from rlve_dsl.catalog.imports.mapping import Item, Mapper, Rejected
from rlve_dsl.catalog.imports.records import records
from rlve_dsl.catalog.products.string_table import Heap
from rlve_dsl.catalog.search.index import Progress
from rlve_dsl.files import Rows

SHARD = 20_000
_ARRAYS: dict[str, Any] = {
    "number": np.int64, "type": np.int32, "brand": np.int32, "price": np.int32, "rating_tenths": np.int8,
    "reviews": np.int32, "in_stock": np.int8, "ships_in": np.int8,
}  # fmt: skip
UNKNOWN = -1
"""In a shard's arrays, what is not known."""


@dataclass(slots=True)
class Shard:
    """The products of some consecutive records. `types` and `brands` are the tables that its codes point into;
    `attributes` has a column for each declared, NaN where there is no value."""

    arrays: dict[str, NDArray[Any]]
    attributes: NDArray[np.float64]
    ids: Heap
    titles: Heap
    about: Heap
    types: list[tuple[str, str]]
    brands: list[str]


@dataclass(slots=True)
class _Gathered:
    """The products of a shard while it is read."""

    columns: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in _ARRAYS})
    texts: dict[str, list[str]] = field(default_factory=lambda: {"ids": [], "titles": [], "about": []})
    attributes: list[tuple[float | None, ...]] = field(default_factory=list)
    types: dict[tuple[str, str], int] = field(default_factory=dict)
    brands: dict[str, int] = field(default_factory=dict)

    def add(self, number: int, item: Item) -> None:
        values = {
            "number": number,
            "type": self.types.setdefault((item.department, item.type), len(self.types)),
            "brand": self.brands.setdefault(item.brand, len(self.brands)),
            "price": item.price,
            "rating_tenths": None if item.rating is None else round(item.rating * 10),
            "reviews": item.reviews,
            "in_stock": item.in_stock,
            "ships_in": item.ships_in,
        }
        for name, value in values.items():
            self.columns[name].append(UNKNOWN if value is None else value)
        self.texts["ids"].append(item.id)
        self.texts["titles"].append(item.title)
        self.texts["about"].append(item.about)
        self.attributes.append(item.attributes)


def write_shards(rows: Rows, folder: Path, limit: int, progress: Progress) -> None:
    """Reads the data into shards, from where the last whole one ends; `limit` products at most, or all when 0.

    What is set aside is counted and listed in each shard: `rejects.jsonl` has a line for every record or value.
    """
    folder.mkdir(exist_ok=True)
    for left in folder.glob("*.new"):
        shutil.rmtree(left)
    tables = [read_json(path / "shard.json") for path in shards_in(folder)]
    if tables and tables[-1]["last"]:
        return
    kept, number = sum(t["kept"] for t in tables), len(tables) * SHARD
    mapper = Mapper(rows)
    source = records(rows, skip=number)
    while True:
        made, counts, notes = _Gathered(), Counter[str](), Counter[str]()
        path = folder / f"{number // SHARD:06d}.new"
        path.mkdir()
        many = 0
        with (path / "rejects.jsonl").open("w", encoding="utf-8") as rejects:
            for record in islice(source, SHARD):
                many += 1
                found = mapper.read(record)
                if isinstance(found, Rejected):
                    counts[found.reason] += 1
                    _reject(rejects, {"record": number + many, "reason": found.reason, "excerpt": found.excerpt})
                    continue
                made.add(number + many, found)
                for name, value, reason in mapper.notes:
                    notes[f"{name}: {reason}"] += 1
                    if value:
                        _reject(
                            rejects,
                            {"record": number + many, "id": found.id, "field": name, "value": value, "reason": reason},
                        )
                kept += 1
                if kept == limit:
                    break
        last = many < SHARD or kept == limit
        table = {"records": many, "kept": len(made.attributes), "last": last, "rejected": counts, "left_out": notes}
        _write(path, made, table, len(rows.attributes))
        path.rename(path.with_suffix(""))
        number += many
        progress("read", number, number if last else 0)
        if last:
            return


def _reject(file: Any, content: dict[str, Any]) -> None:
    file.write(json.dumps(content, ensure_ascii=False) + "\n")


def _write(path: Path, made: _Gathered, table: dict[str, Any], attributes: int) -> None:
    for name, type_ in _ARRAYS.items():
        write_array(path / f"{name}.npy", np.array(made.columns[name], dtype=type_))
    for name, texts in made.texts.items():
        write_heap(path, name, Heap.of(texts))
    values = np.array(made.attributes, dtype=np.float64).reshape(len(made.attributes), attributes)
    write_array(path / "attributes.npy", values)
    write_json(path / "shard.json", {**table, "types": list(made.types), "brands": list(made.brands)})


def shards_in(folder: Path) -> list[Path]:
    """The whole shards of a folder, in order."""
    return sorted(p for p in folder.iterdir() if p.is_dir() and p.name.isdigit())


def read_shards(folder: Path) -> Iterator[Shard]:
    """The shards of a folder one after another, mapped."""
    for path in shards_in(folder):
        table = read_json(path / "shard.json")
        yield Shard(
            arrays={name: read_array(path / f"{name}.npy") for name in _ARRAYS},
            attributes=read_array(path / "attributes.npy"),
            ids=read_heap(path, "ids"),
            titles=read_heap(path, "titles"),
            about=read_heap(path, "about"),
            types=[(department, type_) for department, type_ in table["types"]],
            brands=table["brands"],
        )
