"""The products of a catalog in a folder: arrays that are mapped, and one JSON file that says what they mean.

Does not belong here: whether a build is complete (see `manifest`), and the index, which has its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from rlve_dsl.catalog.arrays import Column, read_array, write_array
from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.folders.json_files import read_json, write_json
from rlve_dsl.catalog.products.columns import Columns
from rlve_dsl.catalog.products.ids import NumberedIds, StoredIds
from rlve_dsl.catalog.products.product import Project
from rlve_dsl.catalog.products.row_lists import RowLists
from rlve_dsl.catalog.products.string_table import NameTable, StringTable
from rlve_dsl.catalog.products.table import NAMED, Table
from rlve_dsl.catalog.products.taxonomy import Attribute, Pattern, ProductType, Taxonomy, VariantPool
from rlve_dsl.catalog.search.embedders import Embedder

FORMAT = 2
"""The format of the whole folder: raise it when older versions could not read, or would misread, what is written now."""

PRODUCTS = "products.json"
_ARRAYS = (
    "type_code", "kind_code", "brand_code", "price", "rating_tenths", "reviews", "ships_in", "in_stock",
    "variant_count", "slots",
)  # fmt: skip
_TEXTS = ("titles", "about")


def write_products(catalog: Catalog, folder: Path, facts: Mapping[str, object]) -> None:
    """Write everything but the index into a folder; `facts` about how the products were made go into the JSON file."""
    columns, taxonomy = catalog.table.columns, catalog.taxonomy
    for name in _ARRAYS:
        write_array(folder / f"{name}.npy", getattr(columns, name))
    for name in _TEXTS:
        if (table := getattr(columns, name)) is not None:
            table.write(folder, name)
    ids = None
    if isinstance(columns.ids, NumberedIds):
        ids = {"prefix": columns.ids.prefix, "size": columns.ids.size}
    else:
        _stored(columns.ids.names).write(folder, "ids", find=True)
    _stored(taxonomy.kinds).write(folder, "kinds", find=True)
    _stored(taxonomy.brands).write(folder, "brands", find=True)
    StringTable.of(taxonomy.kind_lines).write(folder, "kind_lines")
    if columns.whole_names is not None:
        write_array(folder / "whole_names.npy", columns.whole_names)
    write_array(folder / "peers.npy", catalog.table.peers)
    write_array(folder / "namesakes.npy", catalog.table.namesakes)
    for name in NAMED:
        lists = catalog.table.row_lists(name)
        write_array(folder / f"{name}.rows.npy", lists.order)
        write_array(folder / f"{name}.ends.npy", lists.ends)
    attributes = list({id(a): a for t in taxonomy.types for a in t.attributes}.values())
    place = {id(a): i for i, a in enumerate(attributes)}
    content = {
        "format": FORMAT,
        "name": catalog.name,
        "digest": catalog.digest,
        "size": catalog.size,
        "ids": ids,
        "embedder": catalog.embedder.name,
        "facts": dict(facts),
        "attributes": [_fields(a) for a in attributes],
        "types": [_type_json(t, [place[id(a)] for a in t.attributes]) for t in taxonomy.types],
        "projects": list(catalog.projects),
    }
    write_json(folder / PRODUCTS, content)


def read_products(folder: Path, embedder: Embedder, *, mapped: bool = True) -> Catalog:
    """Open the catalog in a folder; when not `mapped`, it is read into memory and needs the folder no longer.

    Raises:
        ValueError: When arrays do not fit each other. Damaged files raise many other exceptions.
    """
    content = read_json(folder / PRODUCTS)

    def array(name: str) -> Column:
        return read_array(folder / f"{name}.npy", mapped)

    def strings(name: str) -> StringTable:
        return StringTable.open(folder, name, mapped)

    columns = Columns(
        ids=StoredIds(strings("ids")) if content["ids"] is None else NumberedIds(**content["ids"]),
        titles=strings("titles") if (folder / "titles.bytes.npy").is_file() else None,
        about=strings("about") if (folder / "about.bytes.npy").is_file() else None,
        whole_names=array("whole_names") if (folder / "whole_names.npy").is_file() else None,
        **{name: array(name) for name in _ARRAYS},
    )
    attributes = [
        Attribute(
            **{**a, "values": tuple(a["values"]), "says": _pattern(a["says"]), "about": tuple(a.get("about", ()))}
        )
        for a in content["attributes"]
    ]
    taxonomy = Taxonomy(
        types=tuple(_type(t, attributes) for t in content["types"]),
        brands=strings("brands"),
        kinds=strings("kinds"),
        kind_lines=strings("kind_lines"),
    )
    row_lists = {name: RowLists(array(f"{name}.rows"), array(f"{name}.ends")) for name in NAMED}
    projects = tuple(Project(name=p["name"], title=p["title"], needs=p["needs"]) for p in content["projects"])
    table = Table(taxonomy, columns, row_lists, array("peers"), array("namesakes"))
    _check(table, row_lists, content["size"])
    where = folder if mapped else None
    return Catalog(content["name"], content["digest"], table, projects, embedder, folder=where)


def _check(table: Table, row_lists: Mapping[str, RowLists], size: int) -> None:
    """Raise ValueError when a code or an offset points to nothing."""
    columns, taxonomy = table.columns, table.taxonomy
    for name in _ARRAYS:
        if len(getattr(columns, name)) != size:
            raise ValueError(f"`{name}` has another length")
    attributes = [a for t in taxonomy.types for a in t.attributes]
    limits = (
        ("type_code", columns.type_code, len(taxonomy.types)),
        ("kind_code", columns.kind_code, len(taxonomy.kinds)),
        ("brand_code", columns.brand_code, len(taxonomy.brands)),
        ("slots", columns.slots, max((len(a.values) for a in attributes), default=0)),
        *((f"{name}.rows", lists.order, size) for name, lists in row_lists.items()),
    )
    for name, values, limit in limits:
        lowest = -1 if name == "slots" else 0
        if values.dtype.kind not in "iu" or (values.size and not lowest <= values.min() <= values.max() < limit):
            raise ValueError(f"`{name}` points to what there is not")
    if columns.slots.ndim != 2 or columns.slots.shape[1] < max((len(t.attributes) for t in taxonomy.types), default=0):
        raise ValueError("`slots` has another shape")
    if len(table.peers) < len(taxonomy.kinds):
        raise ValueError("`peers` has another length")
    for name, lists in row_lists.items():
        _check_ends(f"{name}.ends", lists.ends, len(lists.order))
    ids = columns.ids.names if isinstance(columns.ids, StoredIds) else None
    for names in (ids, columns.titles, columns.about, taxonomy.brands, taxonomy.kinds, taxonomy.kind_lines):
        if isinstance(names, StringTable):
            _check_ends("offsets", names.offsets, len(names.data))
    for texts in (ids, columns.titles, columns.about):
        if texts is not None and len(texts) != size:
            raise ValueError("the texts are not as many as the products")


def _check_ends(name: str, ends: Column, last: int) -> None:
    if ends.dtype.kind not in "iu" or (ends[:1] < 0).any() or (ends[1:] < ends[:-1]).any() or (ends[-1:] > last).any():
        raise ValueError(f"`{name}` points to what there is not")


def _stored(names: NameTable) -> StringTable:
    return names if isinstance(names, StringTable) else StringTable.of(names[i] for i in range(len(names)))


def _fields(item: Attribute | ProductType | VariantPool) -> dict[str, object]:
    return {f.name: getattr(item, f.name) for f in fields(item)}


def _type_json(of: ProductType, attributes: list[int]) -> dict[str, object]:
    content = {**_fields(of), "attributes": attributes, "variants": of.variants and _fields(of.variants)}
    return {"type": content.pop("name"), **content}


def _type(content: Mapping[str, Any], attributes: Sequence[Attribute]) -> ProductType:
    pool = content["variants"]
    return ProductType(
        name=content["type"],
        department=content["department"],
        noun=content["noun"],
        short_name=_pattern(content["short_name"]),
        title=_pattern(content["title"]),
        attributes=tuple(attributes[i] for i in content["attributes"]),
        variants=pool and VariantPool(pool["slot"], pool["low"], pool["high"], tuple(pool["choices"])),
        restricted=content["restricted"],
    )


def _pattern(pieces: Sequence[Sequence[str]]) -> Pattern:
    return tuple((text, name) for text, name in pieces)
