"""From shards to a catalog: one table of each name, kinds small enough to rank, and a count of what was made up."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rlve_dsl.catalog.arrays import Codes, Column, Mask, write_array, write_bytes
from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.declarations.digest import digest_of
from rlve_dsl.catalog.imports.product_types import kinds_of, product_types, variant_bounds
from rlve_dsl.catalog.imports.shards import REJECTS, UNKNOWN, Shard, read_shards, shards_in
from rlve_dsl.catalog.products.columns import Columns
from rlve_dsl.catalog.products.ids import StoredIds
from rlve_dsl.catalog.products.made_up import made_up_for
from rlve_dsl.catalog.products.namesakes import namesakes
from rlve_dsl.catalog.products.product import NO_PRICE
from rlve_dsl.catalog.products.string_table import StringTable
from rlve_dsl.catalog.products.table import Table
from rlve_dsl.catalog.products.taxonomy import NO_BRAND, Attribute, Taxonomy, pattern_of, shortened
from rlve_dsl.catalog.search.embedders import Embedder
from rlve_dsl.files import ImportedAttribute, kinds

_REVISION = 3  # part of the digest: raise it when the same data give other products
_LARGEST_POOL = 2**15  # values of an attribute whose codes fit into 16 bits
_REASONS = 20  # in the summary, the most frequent
_DUPLICATE = "an id that came before"
_DIGESTED = (
    "type_code", "kind_code", "brand_code", "price", "rating_tenths", "reviews", "ships_in", "in_stock", "variant_count",
    "slots",
)  # fmt: skip

_Duplicate = tuple[int, str, int]  # the number of the record, its id, and the number of the first record that has it
Name = TypeVar("Name", str, tuple[str, str])


class Facts(TypedDict):
    """How imported products were made, as the manifest of a built catalog says it."""

    source: str
    read_from: str
    records: int
    rejected: dict[str, int]
    left_out: dict[str, int]
    products_without: dict[str, int]
    synthetic: dict[str, int]


def merged(spec: kinds.Catalog, folder: Path, embedder: Embedder, rejects: Path) -> tuple[Catalog, Facts]:
    """Merge all shards in a folder into a catalog.

    Products are in the order of the data; of several with the same id, the first is kept. Memory holds a few numbers for each
    product, and the ids; titles are copied from disk to disk.

    Args:
        spec: The declaration, whose `rows` were read.
        folder: The folder of the shards, where the merged texts go too.
        embedder: What embeds the products.
        rejects: The file to write, of the records and values that were not taken.

    Returns:
        The catalog, and how it was made.
    """
    assert spec.rows is not None
    shards = list(read_shards(folder))
    ids, kept, duplicates = _first_of_each_id(shards)
    _write_rejects(folder, rejects, duplicates)

    def column(name: str) -> Codes:
        return _joined([s.arrays[name][mask] for s, mask in zip(shards, kept, strict=True)], np.int32)

    type_code, types = _recoded(shards, kept, "type", [s.types for s in shards])
    brand_code, brands = _recoded(shards, kept, "brand", [s.brands for s in shards])
    made_up = made_up_for(ids)
    slots, attributes = _attributes(list(spec.rows.attributes.values()), shards, kept)
    of_types = product_types(spec.rows, types, type_code, attributes, slots)
    kind_code, kind_names = kinds_of([t.noun for t in of_types], brands, type_code, brand_code, made_up.hashes)
    price, rating, reviews = column("price"), column("rating_tenths"), column("reviews")
    in_stock, ships_in = column("in_stock"), column("ships_in")
    low, high = variant_bounds(of_types, type_code, slots)
    variants = np.minimum(made_up.variant_counts(low, high), high)
    about = _copied(folder, "about", [s.about for s in shards], kept)
    titles = _copied(folder, "titles", [s.titles for s in shards], kept)
    columns = Columns(
        ids=StoredIds(StringTable.of(i.decode() for i in ids)),
        type_code=type_code,
        kind_code=kind_code,
        brand_code=brand_code,
        price=np.where(price == UNKNOWN, NO_PRICE, price).astype(np.int32),
        rating_tenths=np.maximum(rating, 0).astype(np.int8),
        reviews=np.maximum(reviews, 0).astype(np.int32),
        ships_in=np.where(ships_in == UNKNOWN, made_up.ships_in, ships_in).astype(np.int8),
        in_stock=np.where(in_stock == UNKNOWN, made_up.in_stock, in_stock == 1),
        variant_count=np.where(variants >= 2, variants, 0).astype(np.int8),
        slots=slots,
        titles=titles,
        about=about if len(about.data) else None,
        whole_names=namesakes(map(shortened, titles), len(titles)) > 0,
    )
    brand_table, kind_table = StringTable.of(brands), StringTable.of(kind_names)
    taxonomy = Taxonomy(of_types, brand_table, kind_table, StringTable.of([""] * len(kind_names)))
    synthetic = {
        "in_stock": in_stock == UNKNOWN,
        "ships_in": ships_in == UNKNOWN,
        "variants": columns.variant_count > 0,
    }
    missing = {
        "price": price == UNKNOWN,
        "rating": columns.rating_tenths == 0,
        "brand": brand_code == (brands.index(NO_BRAND) if NO_BRAND in brands else UNKNOWN),
        **{a.name: slots[:, j] < 0 for j, a in enumerate(attributes)},
    }
    digest = _digest(spec, embedder, columns, taxonomy)
    catalog = Catalog(spec.name.text, digest, Table(taxonomy, columns), (), embedder)
    return catalog, _facts(spec, shards, len(duplicates), missing, synthetic)


def _facts(
    spec: kinds.Catalog,
    shards: Sequence[Shard],
    duplicates: int,
    missing: Mapping[str, Mask],
    synthetic: Mapping[str, Mask],
) -> Facts:
    place = spec.rows.place if spec.rows else None
    rejected = sum((Counter(s.rejected) for s in shards), Counter[str]()) + Counter({_DUPLICATE: duplicates})
    return Facts(
        source=spec.source.text,
        read_from=place.text if place else "",
        records=sum(s.records for s in shards),
        rejected=_most_common(rejected),
        left_out=_most_common(sum((Counter(s.left_out) for s in shards), Counter[str]())),
        products_without=_counts(missing),
        synthetic=_counts(synthetic),
    )


def _joined(parts: Sequence[Column], dtype: DTypeLike) -> Column:
    return np.concatenate(parts).astype(dtype)


def _counts(masks: Mapping[str, Mask]) -> dict[str, int]:
    """How many products each mask is true for, without those that it is true for nowhere."""
    return {name: int(mask.sum()) for name, mask in masks.items() if mask.any()}


def _most_common(reasons: Counter[str]) -> dict[str, int]:
    return dict(reasons.most_common(_REASONS))


def _first_of_each_id(shards: Sequence[Shard]) -> tuple[NDArray[np.bytes_], list[Mask], list[_Duplicate]]:
    """The different ids in order; which products of each shard are the first with their id; and all others."""
    raw = [np.array([s.ids.raw(i) for i in range(len(s.ids))], dtype=np.bytes_) for s in shards]
    ids = np.concatenate(raw)
    _, places, back = np.unique(ids, return_index=True, return_inverse=True)
    first = places[back]
    keep = first == np.arange(len(ids))
    numbers = _joined([s.arrays["number"] for s in shards], np.int64)
    duplicates = [(int(numbers[i]), ids[i].decode(), int(numbers[first[i]])) for i in np.flatnonzero(~keep)]
    return ids[keep], np.split(keep, np.cumsum([len(r) for r in raw])[:-1]), duplicates


def _write_rejects(folder: Path, out: Path, duplicates: Sequence[_Duplicate]) -> None:
    with out.open("wb") as file:
        for path in shards_in(folder):
            file.write((path / REJECTS).read_bytes())
        for number, id_, before in duplicates:
            content = {"record": number, "id": id_, "reason": _DUPLICATE, "first": before}
            file.write((json.dumps(content, ensure_ascii=False) + "\n").encode())


def _recoded(
    shards: Sequence[Shard], kept: Sequence[Mask], name: str, tables: Sequence[Sequence[Name]]
) -> tuple[NDArray[np.int32], list[Name]]:
    """The codes of all shards in one table, in the order in which the kept products first use its names."""
    table: dict[Name, int] = {}
    out = []
    for shard, mask, own in zip(shards, kept, tables, strict=True):
        codes = shard.arrays[name][mask]
        used, place = np.unique(codes, return_index=True)
        new_code = np.zeros(len(own), dtype=np.int32)
        for code in used[np.argsort(place, kind="stable")].tolist():
            new_code[code] = table.setdefault(own[code], len(table))
        out.append(new_code[codes])
    return _joined(out, np.int32), list(table)


def _attributes(
    declared: Sequence[ImportedAttribute], shards: Sequence[Shard], kept: Sequence[Mask]
) -> tuple[Codes, list[Attribute]]:
    """The attributes that any product has, and the code of each product's value of each."""
    attributes: list[Attribute] = []
    slots: list[NDArray[np.int32]] = []
    for j, a in enumerate(declared):
        values = _joined([s.attributes[mask, j] for s, mask in zip(shards, kept, strict=True)], np.float64)
        known = ~np.isnan(values)
        if not known.any():
            continue
        pool, codes = np.unique(values[known], return_inverse=True)
        slot = np.full(len(values), -1, dtype=np.int32)
        slot[known] = codes
        numbers = pool.tolist() if a.type == "real" else pool.astype(np.int64).tolist()
        names = list(a.values)
        own = tuple(names[number] for number in numbers) if a.type == "enum" else tuple(numbers)
        op = "is" if a.wanted == "exactly" else a.wanted
        attributes.append(Attribute(a.name.text, a.type, own, op, pattern_of(a.says.text), a.unit, a.about))
        slots.append(slot)
    if not attributes:
        return np.full((sum(int(mask.sum()) for mask in kept), 1), -1, dtype=np.int16), []
    largest = max(len(a.values) for a in attributes)
    return np.stack(slots, axis=1).astype(np.int16 if largest < _LARGEST_POOL else np.int32), attributes


def _copied(folder: Path, name: str, tables: Sequence[StringTable], kept: Sequence[Mask]) -> StringTable:
    """The texts of all shards that are kept, in one table on disk."""
    lengths = [np.diff(table.offsets)[mask] for table, mask in zip(tables, kept, strict=True)]
    ends = np.cumsum(_joined(lengths, np.int64), dtype=np.int64)
    write_array(folder / f"{name}.offsets.npy", np.concatenate([np.zeros(1, dtype=np.int64), ends]))
    total = int(ends[-1]) if len(ends) else 0
    path = folder / f"{name}.bytes.npy"
    pieces = (
        np.ascontiguousarray(table.data).data
        if mask.all()
        else b"".join(table.raw(i) for i in np.flatnonzero(mask).tolist())
        for table, mask in zip(tables, kept, strict=True)
    )
    write_bytes(path, pieces, total)
    return StringTable.open(folder, name)


def _digest(spec: kinds.Catalog, embedder: Embedder, columns: Columns, taxonomy: Taxonomy) -> str:
    """A SHA-256 of the products and of what they are found with; the place of their data makes no difference."""
    assert spec.rows is not None
    placeless = replace(spec, size=0, rows=replace(spec.rows, place=None, format=None))
    digest = hashlib.sha256(json.dumps([_REVISION, digest_of(placeless, 0, embedder)]).encode())
    assert isinstance(columns.ids, StoredIds)
    for table in (columns.titles, columns.about, taxonomy.kinds, taxonomy.brands, columns.ids.names):
        if isinstance(table, StringTable):
            digest.update(table.offsets.data)
            digest.update(table.data.data)
    for name in _DIGESTED:
        digest.update(np.ascontiguousarray(getattr(columns, name)).data)
    return digest.hexdigest()
