"""How arrays, tables of texts and JSON are stored in files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from rlve_dsl.catalog.arrays import Column
from rlve_dsl.catalog.products.string_table import StringTable
from rlve_dsl.writing import write_atomically


def write_array(path: Path, values: Column) -> None:
    """Write an array."""
    np.save(path, np.ascontiguousarray(values), allow_pickle=False)


def read_array(path: Path, mapped: bool = True) -> Column:
    """Read an array, or map it for reading. It has numpy's plain class: the class for mapped arrays is slow."""
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        reading = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        empty = 0 in reading(file)[0]  # an empty array cannot be mapped
    return np.asarray(np.load(path, mmap_mode="r" if mapped and not empty else None, allow_pickle=False))


def write_strings(folder: Path, name: str, table: StringTable, find: bool = False) -> None:
    """Write a table of texts; with `find` also their order, so that it need not be sorted when it is opened."""
    write_array(folder / f"{name}.offsets.npy", table.offsets)
    write_array(folder / f"{name}.bytes.npy", table.data)
    if find:
        write_array(folder / f"{name}.order.npy", table.order)


def read_strings(folder: Path, name: str, mapped: bool = True) -> StringTable:
    """Read or map a table of texts."""
    order = folder / f"{name}.order.npy"
    return StringTable(
        read_array(folder / f"{name}.offsets.npy", mapped),
        read_array(folder / f"{name}.bytes.npy", mapped),
        read_array(order, mapped) if order.is_file() else None,
    )


def write_json(path: Path, content: object) -> None:
    """Write a file of JSON, whole or not at all."""
    write_atomically(path, json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n")


def read_json(path: Path) -> Any:
    """Read a file of JSON."""
    return json.loads(path.read_text(encoding="utf-8"))
