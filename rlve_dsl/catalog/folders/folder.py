"""A catalog as a folder: columns, texts and lists as arrays that are mapped, one JSON file of what they mean.

Belongs here: the layout, writing it and opening it. Does not belong here: that a build is whole or not at all (see
`build`), and the index, which has its own folder in this one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.products.columns import NAMED, Columns, Table
from rlve_dsl.catalog.products.ids import NumberedIds, StoredIds
from rlve_dsl.catalog.products.product import Project
from rlve_dsl.catalog.products.row_lists import RowLists
from rlve_dsl.catalog.products.string_table import Heap
from rlve_dsl.catalog.products.taxonomy import Attribute, Pattern, Shelf, Taxonomy, VariantPool
from rlve_dsl.catalog.search.embedders import Embedder

FORMAT = 1
"""Of the whole folder: raise it when an older version could not read, or would misread, what is written now."""

PRODUCTS = "products.json"
_ARRAYS = (
    "type_code", "kind_code", "brand_code", "price", "rating_tenths", "reviews", "ships_in", "in_stock",
    "variant_count", "slots",
)  # fmt: skip
_HEAPS = ("titles", "about")


def write_products(catalog: Catalog, folder: Path, facts: Mapping[str, Any]) -> None:
    """Writes everything but the index into a folder; `facts` are kept as they are, for `facts_of`."""
    columns, taxonomy = catalog.table.columns, catalog.taxonomy
    for name in _ARRAYS:
        write_array(folder / f"{name}.npy", getattr(columns, name))
    for name in _HEAPS:
        if (heap := getattr(columns, name)) is not None:
            write_heap(folder, name, heap)
    ids: Mapping[str, Any] | None = None
    match columns.ids:
        case NumberedIds(prefix=prefix, size=size):
            ids = {"prefix": prefix, "size": size}
        case StoredIds(heap=heap):
            write_heap(folder, "ids", heap, find=True)
        case other:
            write_heap(folder, "ids", Heap.of(other.id(row) for row in range(catalog.size)), find=True)
    for name, names in (("kinds", taxonomy.kinds), ("brands", taxonomy.brands)):
        write_heap(folder, name, names if isinstance(names, Heap) else Heap.of(names), find=True)
    write_heap(folder, "kind_lines", Heap.of(taxonomy.kind_lines))
    write_array(folder / "peers.npy", catalog.table.peers)
    for name in NAMED:
        lists = catalog.table.lists(name)
        write_array(folder / f"{name}.rows.npy", lists.order)
        write_array(folder / f"{name}.ends.npy", lists.ends)
    attributes = list({id(a): a for shelf in taxonomy.shelves for a in shelf.attributes}.values())
    place = {id(a): i for i, a in enumerate(attributes)}
    content = {
        "format": FORMAT,
        "name": catalog.name,
        "digest": catalog.digest,
        "size": catalog.size,
        "ids": ids,
        "embedder": catalog.embedder.name,
        "facts": dict(facts),
        "attributes": [_attribute_json(a) for a in attributes],
        "shelves": [_shelf_json(shelf, [place[id(a)] for a in shelf.attributes]) for shelf in taxonomy.shelves],
        "projects": list(catalog.projects),
    }
    write_json(folder / PRODUCTS, content)


def read_products(folder: Path, embedder: Embedder, *, mapped: bool = True) -> Catalog:
    """The catalog in a folder; not `mapped`, it is read into memory and needs the folder no more."""
    content = read_json(folder / PRODUCTS)

    def array(name: str) -> Any:
        return read_array(folder / f"{name}.npy", mapped)

    def heap(name: str) -> Heap:
        return read_heap(folder, name, mapped)

    held: dict[str, Any] = {name: array(name) for name in _ARRAYS}
    held |= {name: heap(name) for name in _HEAPS if (folder / f"{name}.bytes.npy").is_file()}
    declared = content["ids"]
    columns = Columns(
        ids=StoredIds(heap("ids")) if declared is None else NumberedIds(**declared),
        **held,
    )
    attributes = [_attribute(a) for a in content["attributes"]]
    taxonomy = Taxonomy(
        shelves=tuple(_shelf(s, attributes) for s in content["shelves"]),
        brands=heap("brands"),
        kinds=heap("kinds"),
        kind_lines=heap("kind_lines"),
    )
    derived: dict[str, Any] = {name: RowLists(array(f"{name}.rows"), array(f"{name}.ends")) for name in NAMED}
    derived["peers"] = array("peers")
    projects = tuple(Project(name=p["name"], title=p["title"], needs=p["needs"]) for p in content["projects"])
    table = Table(taxonomy, columns, derived)
    where = folder if mapped else None
    return Catalog(content["name"], content["digest"], table, projects, embedder, folder=where)


# Arrays and heaps ---------------------------------------------------------------------------------------------------


def write_array(path: Path, values: Any) -> None:
    """Writes an array."""
    np.save(path, np.ascontiguousarray(values), allow_pickle=False)


def read_array(path: Path, mapped: bool = True) -> Any:
    """The array in a file, mapped for reading; as numpy's plain class, since that for mapped arrays is slow."""
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        reading = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        empty = 0 in reading(file)[0]  # nothing cannot be mapped
    return np.asarray(np.load(path, mmap_mode="r" if mapped and not empty else None, allow_pickle=False))


def write_heap(folder: Path, name: str, heap: Heap, find: bool = False) -> None:
    """Writes texts; with `find` also their order, so that opening them need not sort."""
    write_array(folder / f"{name}.offsets.npy", heap.offsets)
    write_array(folder / f"{name}.bytes.npy", heap.data)
    if find:
        write_array(folder / f"{name}.order.npy", heap.order)


def read_heap(folder: Path, name: str, mapped: bool = True) -> Heap:
    """The texts in a folder, mapped."""
    order = folder / f"{name}.order.npy"
    return Heap(
        read_array(folder / f"{name}.offsets.npy", mapped),
        read_array(folder / f"{name}.bytes.npy", mapped),
        read_array(order, mapped) if order.is_file() else None,
    )


def write_json(path: Path, content: Any) -> None:
    """Writes JSON, whole or not at all."""
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False, separators=(",", ":"))
        out.write("\n")
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)


def read_json(path: Path) -> Any:
    """The JSON in a file."""
    return json.loads(path.read_text(encoding="utf-8"))


# The taxonomy -------------------------------------------------------------------------------------------------------


def _attribute_json(a: Attribute) -> dict[str, Any]:
    says = [list(piece) for piece in a.says.pieces]
    return {"name": a.name, "type": a.type, "values": list(a.values), "op": a.op, "says": says, "unit": a.unit}


def _attribute(content: Mapping[str, Any]) -> Attribute:
    return Attribute(
        name=content["name"],
        type=content["type"],
        values=tuple(content["values"]),
        op=content["op"],
        says=_pattern(content["says"]),
        unit=content["unit"],
    )


def _shelf_json(shelf: Shelf, attributes: list[int]) -> dict[str, Any]:
    pool = shelf.variants
    return {
        "type": shelf.type,
        "department": shelf.department,
        "noun": shelf.noun,
        "short_name": [list(piece) for piece in shelf.short_name.pieces],
        "title": [list(piece) for piece in shelf.title.pieces],
        "attributes": attributes,
        "variants": pool and {"slot": pool.slot, "low": pool.low, "high": pool.high, "choices": list(pool.choices)},
        "restricted": shelf.restricted,
    }


def _shelf(content: Mapping[str, Any], attributes: Sequence[Attribute]) -> Shelf:
    pool = content["variants"]
    return Shelf(
        type=content["type"],
        department=content["department"],
        noun=content["noun"],
        short_name=_pattern(content["short_name"]),
        title=_pattern(content["title"]),
        attributes=tuple(attributes[i] for i in content["attributes"]),
        variants=pool and VariantPool(pool["slot"], pool["low"], pool["high"], tuple(pool["choices"])),
        restricted=content["restricted"],
    )


def _pattern(pieces: Sequence[Sequence[str]]) -> Pattern:
    return Pattern(tuple((text, name) for text, name in pieces))
