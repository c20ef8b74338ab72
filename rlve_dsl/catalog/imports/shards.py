"""Imported products on disk, in shards: each holds the products of some thousand records, with its own tables of names."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rlve_dsl.catalog.arrays import Codes, read_array, write_array
from rlve_dsl.catalog.folders.inventory import as_written, difference
from rlve_dsl.catalog.folders.json_files import read_json, write_json
from rlve_dsl.catalog.folders.manifest import seal_of
from rlve_dsl.catalog.folders.unfinished import damaged
from rlve_dsl.catalog.imports.mapping import Item, Mapper, Note
from rlve_dsl.catalog.imports.reading import Rejected
from rlve_dsl.catalog.imports.records import records
from rlve_dsl.catalog.products.string_table import StringTable
from rlve_dsl.catalog.progress import Progress
from rlve_dsl.files import Rows

SHARD = 20_000
"""Records in a shard."""

UNKNOWN = -1
"""In a shard's arrays, a value that is not known."""

REJECTS = "rejects.jsonl"
"""The file, in a shard, of the records and values that were not taken."""

_RECORD = "shard.json"
_ARRAYS: Mapping[str, DTypeLike] = {
    "number": np.int64, "type": np.int32, "brand": np.int32, "price": np.int32, "rating_tenths": np.int8,
    "reviews": np.int32, "in_stock": np.int8, "ships_in": np.int8,
}  # fmt: skip
_TEXTS = ("ids", "titles", "about")


@dataclass(slots=True)
class Shard:
    """The products of some consecutive records. Codes point into `types` (department and name) and `brands`.

    `attributes` has a column for each declared attribute, NaN where there is no value. `rejected` and `left_out` count the
    records and values that were not taken, by reason.
    """

    arrays: dict[str, Codes]
    attributes: NDArray[np.float64]
    ids: StringTable
    titles: StringTable
    about: StringTable
    types: list[tuple[str, str]]
    brands: list[str]
    records: int
    rejected: dict[str, int]
    left_out: dict[str, int]


@dataclass(slots=True)
class _Draft:
    """A shard while records are read into it, and the file of what is not taken."""

    rejects: TextIO
    columns: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in _ARRAYS})
    texts: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in _TEXTS})
    attributes: list[tuple[float | None, ...]] = field(default_factory=list)
    types: dict[tuple[str, str], int] = field(default_factory=dict)
    brands: dict[str, int] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, number: int, item: Item, notes: list[Note]) -> None:
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
        for name, text in zip(_TEXTS, (item.id, item.title, item.about), strict=True):
            self.texts[name].append(text)
        self.attributes.append(item.attributes)
        for name, text, reason in notes:
            self.left_out[f"{name}: {reason}"] += 1
            if text:
                self._write({"record": number, "id": item.id, "field": name, "value": text, "reason": reason})

    def reject(self, number: int, rejected: Rejected) -> None:
        self.rejected[rejected.reason] += 1
        self._write({"record": number, "reason": rejected.reason, "excerpt": rejected.excerpt})

    def _write(self, content: dict[str, object]) -> None:
        self.rejects.write(json.dumps(content, ensure_ascii=False) + "\n")


def write_shards(rows: Rows, folder: Path, limit: int, progress: Progress) -> None:
    """Read the data into shards, from the end of the last complete one on; at most `limit` products, or all when 0."""
    folder.mkdir(exist_ok=True)
    for left in folder.glob("*.new"):
        shutil.rmtree(left)
    whole = [_resumed(path) for path in shards_in(folder)]
    if whole and whole[-1]["last"]:
        return
    kept, number = sum(w["kept"] for w in whole), len(whole) * SHARD
    mapper = Mapper(rows)
    source = records(rows, skip=number)
    while True:
        path = folder / f"{number // SHARD:06d}.new"
        path.mkdir()
        first = number
        # half a character becomes its escape in JSON
        with (path / REJECTS).open("w", encoding="utf-8", errors="backslashreplace") as rejects:
            draft = _Draft(rejects)
            for record in islice(source, SHARD):
                number += 1
                found = mapper.read(record)
                if isinstance(found, Rejected):
                    draft.reject(number, found)
                    continue
                draft.add(number, found, mapper.notes)
                kept += 1
                if kept == limit:
                    break
        last = number - first < SHARD or kept == limit
        _write(
            path, draft, {"records": number - first, "kept": len(draft.attributes), "last": last}, len(rows.attributes)
        )
        path.rename(path.with_suffix(""))
        progress("read", number, number if last else 0)
        if last:
            return


def _write(path: Path, draft: _Draft, record: Mapping[str, object], attributes: int) -> None:
    for name, dtype in _ARRAYS.items():
        write_array(path / f"{name}.npy", np.array(draft.columns[name], dtype=dtype))
    for name, texts in draft.texts.items():
        StringTable.of(texts).write(path, name)
    values = np.array(draft.attributes, dtype=np.float64).reshape(len(draft.attributes), attributes)
    write_array(path / "attributes.npy", values)
    counts = {"rejected": draft.rejected, "left_out": draft.left_out}
    files = {file.name: as_written(file) for file in path.iterdir()}
    content = {**record, **counts, "types": list(draft.types), "brands": list(draft.brands), "files": files}
    write_json(path / _RECORD, {**content, "seal": seal_of(content)})


def _resumed(path: Path) -> dict[str, Any]:
    """The record of a shard that an interrupted import has completed, after its files were checked."""
    damage = f"`{_RECORD}` is not as it was written"
    try:
        record: dict[str, Any] = read_json(path / _RECORD)
        if record.pop("seal") == seal_of(record):
            damage = difference(path, record["files"])
    except (OSError, RecursionError, ValueError, LookupError, TypeError, AttributeError):
        damage = f"`{_RECORD}` cannot be read"
    if damage:
        raise damaged(path.parent.parent, f"in shard {path.name}, {damage}")
    return record


def shards_in(folder: Path) -> list[Path]:
    """The complete shards of a folder, in order."""
    return sorted(p for p in folder.iterdir() if p.is_dir() and p.name.isdigit())


def read_shards(folder: Path) -> Iterator[Shard]:
    """Open the shards of a folder one after another, mapped."""
    for path in shards_in(folder):
        record = read_json(path / _RECORD)
        texts = {name: StringTable.open(path, name) for name in _TEXTS}
        yield Shard(
            arrays={name: read_array(path / f"{name}.npy") for name in _ARRAYS},
            attributes=read_array(path / "attributes.npy"),
            ids=texts["ids"],
            titles=texts["titles"],
            about=texts["about"],
            types=[(department, type_) for department, type_ in record["types"]],
            brands=record["brands"],
            records=record["records"],
            rejected=record["rejected"],
            left_out=record["left_out"],
        )
