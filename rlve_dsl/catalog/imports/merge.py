"""From shards to a catalog: one table of each name, kinds that can be ranked whole, what is missing made up and said so."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.declarations.generate import KIND_LIMIT, digest_of
from rlve_dsl.catalog.folders.folder import read_array, read_heap, read_json, write_array
from rlve_dsl.catalog.hashing import draws, ranks
from rlve_dsl.catalog.imports.shards import UNKNOWN, Shard, read_shards, shards_in
from rlve_dsl.catalog.products.columns import Columns, Table
from rlve_dsl.catalog.products.ids import StoredIds
from rlve_dsl.catalog.products.made_up import service_of
from rlve_dsl.catalog.products.product import NO_PRICE
from rlve_dsl.catalog.products.string_table import Heap
from rlve_dsl.catalog.products.taxonomy import NO_BRAND, Attribute, Pattern, Shelf, Taxonomy, VariantPool
from rlve_dsl.catalog.search.embedders import Embedder
from rlve_dsl.files import ImportedAttribute, kinds

_REVISION = 1  # part of the digest: raise it when the same data give other products
_LARGEST_POOL = 2**15  # values of an attribute that still fit into small codes
_REASONS = 20  # told in a summary, the most frequent

Facts = dict[str, Any]


def merged(spec: kinds.Catalog, folder: Path, embedder: Embedder, rejects: Path) -> tuple[Catalog, Facts]:
    """The catalog of all shards in a folder, and what is to be told of how it was made.

    Products come in the order of the data; of several with one id the first stays. `rejects` becomes the file of what
    was set aside. Memory holds a few numbers a product and the ids; titles are copied from disk to disk.
    """
    assert spec.rows is not None
    shards = list(read_shards(folder))
    numbers = _joined([s.arrays["number"] for s in shards], np.int64)
    ids = np.concatenate([_bytes(s.ids) for s in shards]) if shards else np.zeros(0, dtype="S1")
    first = _first(ids)
    keep = first == np.arange(len(ids))
    parts = np.split(keep, np.cumsum([len(s.ids) for s in shards])[:-1]) if shards else []
    duplicates = np.flatnonzero(~keep)
    _write_rejects(folder, rejects, [(int(numbers[i]), ids[i].decode(), int(numbers[first[i]])) for i in duplicates])

    def column(name: str) -> NDArray[Any]:
        return _joined([s.arrays[name][part] for s, part in zip(shards, parts, strict=True)], np.int32)

    type_code, types = _recoded(shards, parts, "type", lambda s: s.types)
    brand_code, brands = _recoded(shards, parts, "brand", lambda s: s.brands)
    ids = ids[keep]
    service = service_of(ids)
    slots, attributes = _attributes(list(spec.rows.attributes.values()), shards, parts)
    shelves = _shelves(spec.rows, types, type_code, attributes, slots)
    kind_code, kind_names = _kinds([s.noun for s in shelves], brands, type_code, brand_code, service.own)
    price, rating, reviews = column("price"), column("rating_tenths"), column("reviews")
    stock, ships = column("in_stock"), column("ships_in")
    low, high, many = _bounds(shelves, type_code, slots)
    offered = np.minimum(service.offered(low, np.maximum(low, high)), many)
    copied = {}
    for name, heaps in (("titles", [s.titles for s in shards]), ("about", [s.about for s in shards])):
        copied[name] = _copied(folder, name, heaps, parts)
    columns = Columns(
        ids=StoredIds(Heap.of(i.decode() for i in ids)),
        type_code=type_code,
        kind_code=kind_code,
        brand_code=brand_code,
        price=np.where(price == UNKNOWN, NO_PRICE, price).astype(np.int32),
        rating_tenths=np.maximum(rating, 0).astype(np.int8),
        reviews=np.maximum(reviews, 0).astype(np.int32),
        ships_in=np.where(ships == UNKNOWN, service.ships_in, ships).astype(np.int8),
        in_stock=np.where(stock == UNKNOWN, service.in_stock, stock == 1),
        variant_count=np.where(offered >= 2, offered, 0).astype(np.int8),
        slots=slots,
        titles=copied["titles"],
        about=copied["about"] if len(copied["about"].data) else None,
    )
    taxonomy = Taxonomy(shelves, Heap.of(brands), Heap.of(kind_names), Heap.of([""] * len(kind_names)))
    counts = [read_json(path / "shard.json") for path in shards_in(folder)]
    synthetic = {
        "in_stock": int((stock == UNKNOWN).sum()),
        "ships_in": int((ships == UNKNOWN).sum()),
        "variants": int((columns.variant_count > 0).sum()),
    }
    missing = {
        "price": int((price == UNKNOWN).sum()),
        "rating": int((columns.rating_tenths == 0).sum()),
        "brand": int(sum((brand_code == i).sum() for i, b in enumerate(brands) if b == NO_BRAND)),
        **{a.name: int((slots[:, j] < 0).sum()) for j, a in enumerate(attributes)},
    }
    rejected = sum((Counter(c["rejected"]) for c in counts), Counter[str]())
    if len(duplicates):
        rejected["an id that came before"] = len(duplicates)
    left_out = sum((Counter(c["left_out"]) for c in counts), Counter[str]())
    facts = {
        "source": spec.source.text,
        "read_from": spec.rows.place.text if spec.rows.place else "",
        "records": sum(c["records"] for c in counts),
        "rejected": dict(rejected.most_common(_REASONS)),
        "left_out": dict(left_out.most_common(_REASONS)),
        "products_without": {name: count for name, count in missing.items() if count},
        "synthetic": {name: count for name, count in synthetic.items() if count},
    }
    digest = _digest(spec, embedder, columns, taxonomy)
    return Catalog(spec.name.text, digest, Table(taxonomy, columns), (), embedder), facts


def _joined(parts: Sequence[NDArray[Any]], type_: Any) -> NDArray[Any]:
    return np.concatenate(parts).astype(type_) if parts else np.zeros(0, dtype=type_)


def _bytes(heap: Heap) -> NDArray[np.bytes_]:
    return np.array([heap.raw(i) for i in range(len(heap))], dtype=np.bytes_)


def _first(ids: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """For each place, the first place that has the same id."""
    _, first, back = np.unique(ids, return_index=True, return_inverse=True)
    return np.asarray(first[back], dtype=np.int64)


def _write_rejects(folder: Path, out: Path, duplicates: Sequence[tuple[int, str, int]]) -> None:
    with out.open("wb") as file:
        for path in shards_in(folder):
            file.write((path / "rejects.jsonl").read_bytes())
        for number, id_, before in duplicates:
            told = {"record": number, "id": id_, "reason": "an id that came before", "first": before}
            file.write((json.dumps(told, ensure_ascii=False) + "\n").encode())


def _recoded(
    shards: Sequence[Shard], parts: Sequence[NDArray[np.bool_]], name: str, names: Callable[[Shard], Sequence[Any]]
) -> tuple[NDArray[np.int32], list[Any]]:
    """The codes of all shards in one table, in the order in which names are first met by a product that stays."""
    table: dict[Any, int] = {}
    out = []
    for shard, part in zip(shards, parts, strict=True):
        own, codes = names(shard), shard.arrays[name][part]
        met, place = np.unique(codes, return_index=True)
        to = np.zeros(len(own), dtype=np.int32)
        for code in met[np.argsort(place, kind="stable")].tolist():
            to[code] = table.setdefault(own[code], len(table))
        out.append(to[codes])
    return _joined(out, np.int32), list(table)


def _attributes(
    declared: Sequence[ImportedAttribute], shards: Sequence[Shard], parts: Sequence[NDArray[np.bool_]]
) -> tuple[NDArray[Any], list[Attribute]]:
    """Slots, and the attributes that any product has, each with one pool for the whole catalog."""
    made: list[Attribute] = []
    slots: list[NDArray[np.int32]] = []
    for j, a in enumerate(declared):
        values = _joined([s.attributes[part, j] for s, part in zip(shards, parts, strict=True)], np.float64)
        known = ~np.isnan(values)
        if not known.any():
            continue
        pool, codes = np.unique(values[known], return_inverse=True)
        slot = np.full(len(values), -1, dtype=np.int32)
        slot[known] = codes
        spelt = list(a.values)
        said: list[Any] = (
            [spelt[int(v)] for v in pool]
            if a.type == "enum"
            else [int(v) if a.type == "int" else float(v) for v in pool]
        )
        op = "is" if a.wanted == "exactly" else a.wanted
        made.append(Attribute(a.name.text, a.type, tuple(said), op, Pattern.of(a.says.text), a.unit))
        slots.append(slot)
    if not made:
        return np.full((sum(int(p.sum()) for p in parts), 1), -1, dtype=np.int16), []
    largest = max(len(a.values) for a in made)
    return np.stack(slots, axis=1).astype(np.int16 if largest < _LARGEST_POOL else np.int32), made


def _shelves(
    rows: kinds.Rows,
    types: Sequence[tuple[str, str]],
    type_code: NDArray[np.int32],
    attributes: Sequence[Attribute],
    slots: NDArray[Any],
) -> tuple[Shelf, ...]:
    nouns = _nouns(types)
    chosen = [next((j for j, a in enumerate(attributes) if a.name == n.text), None) for n in _variant_names(rows)]
    come_in = {j: _values_of_types(type_code, slots[:, j]) for j in chosen if j is not None}
    empty = Pattern.of("")
    shelves = []
    for place, ((department, type_), noun) in enumerate(zip(types, nouns, strict=True)):
        pool = None
        for j, choices in come_in.items():
            if rows.variants and pool is None and len(found := choices.get(place, ())) >= 2:
                most = min(rows.variants.high, len(found))
                pool = VariantPool(j, min(rows.variants.low, most), most, tuple(found))
        shelves.append(Shelf(type_, department, noun, empty, empty, tuple(attributes), pool, restricted=False))
    return tuple(shelves)


def _variant_names(rows: kinds.Rows) -> Sequence[kinds.Name]:
    return rows.variants.attributes if rows.variants else ()


def _values_of_types(type_code: NDArray[np.int32], codes: NDArray[Any]) -> dict[int, list[int]]:
    """The codes that each type's products have, in order."""
    pairs = np.unique(np.stack([type_code, codes], axis=1)[codes >= 0], axis=0)
    found: dict[int, list[int]] = {}
    for type_, code in pairs.tolist():
        found.setdefault(type_, []).append(code)
    return found


def _nouns(types: Sequence[tuple[str, str]]) -> list[str]:
    """What a shopper calls each type: its name, with its department where another has a type of that name."""
    many = Counter(type_.lower() for _, type_ in types)
    nouns = [
        type_.lower() if many[type_.lower()] == 1 else f"{type_.lower()} of {department}" for department, type_ in types
    ]
    return _distinct(nouns)


def _kinds(
    nouns: Sequence[str],
    brands: Sequence[str],
    type_code: NDArray[np.int32],
    brand_code: NDArray[np.int32],
    own: NDArray[np.uint64],
) -> tuple[NDArray[np.int32], list[str]]:
    """A type that is small enough is a kind; else each of its brands is, in numbered parts where a brand is too big."""
    big = np.bincount(type_code, minlength=len(nouns)) > KIND_LIMIT
    group = type_code.astype(np.int64) * (len(brands) + 1) + np.where(big[type_code], brand_code + 1, 0)
    groups, inverse, sizes = np.unique(group, return_inverse=True, return_counts=True)
    parts = -(-sizes // KIND_LIMIT)
    start = np.cumsum(parts) - parts
    # dealt out by a hash of the id, so that a part is no stretch of the data
    dealt = ranks(inverse, draws(own, "part"))
    kind_code = (start[inverse] + dealt % parts[inverse]).astype(np.int32)
    names = []
    for code, many in zip(groups.tolist(), parts.tolist(), strict=True):
        type_, brand = divmod(code, len(brands) + 1)
        name = nouns[type_]
        if brand:
            name += f" from {brands[brand - 1]}" if brands[brand - 1] != NO_BRAND else " without a brand"
        names += [name] if many == 1 else [f"{name}, no. {i + 1}" for i in range(many)]
    return kind_code, _distinct(names)


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, a number behind each that came before."""
    seen: Counter[str] = Counter()
    taken = set(names)
    out = []
    for name in names:
        seen[name] += 1
        told = name
        while seen[name] > 1 and (told := f"{name} ({seen[name]})") in taken:
            seen[name] += 1
        taken.add(told)
        out.append(told)
    return out


def _bounds(
    shelves: Sequence[Shelf], type_code: NDArray[np.int32], slots: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The least, the most and the possible number of options of each product; 0 where its own value is not known."""
    pools = [(s.variants.low, s.variants.high, s.variants.slot) if s.variants else (0, 0, -1) for s in shelves]
    table = np.array(pools, dtype=np.int64).reshape(-1, 3)[type_code]
    slot = table[:, 2]
    own = np.take_along_axis(slots, np.maximum(slot, 0)[:, None], axis=1)[:, 0]
    known = (slot >= 0) & (own >= 0)
    return np.where(known, table[:, 0], 0), np.where(known, table[:, 1], 0), np.where(known, table[:, 1], 0)


def _copied(folder: Path, name: str, heaps: Sequence[Heap], parts: Sequence[NDArray[np.bool_]]) -> Heap:
    """The texts that stay, of all shards, in one heap on disk."""
    lengths = [np.diff(heap.offsets)[part] for heap, part in zip(heaps, parts, strict=True)]
    ends = np.cumsum(_joined(lengths, np.int64), dtype=np.int64)
    write_array(folder / f"{name}.offsets.npy", np.concatenate([np.zeros(1, dtype=np.int64), ends]))
    total = int(ends[-1]) if len(ends) else 0
    path = folder / f"{name}.bytes.npy"
    if total == 0:
        write_array(path, np.zeros(0, dtype=np.uint8))
        return read_heap(folder, name)
    out = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(total,))
    at = 0
    for heap, part in zip(heaps, parts, strict=True):
        piece = (
            heap.data
            if part.all()
            else np.frombuffer(b"".join(heap.raw(i) for i in np.flatnonzero(part).tolist()), np.uint8)
        )
        out[at : at + len(piece)] = piece
        at += len(piece)
    out.flush()
    return Heap(read_array(folder / f"{name}.offsets.npy"), read_array(path))


def _digest(spec: kinds.Catalog, embedder: Embedder, columns: Columns, taxonomy: Taxonomy) -> str:
    """A SHA-256 of the products themselves and of what they are found with; where their data lay does not count."""
    digest = hashlib.sha256(json.dumps([_REVISION, digest_of(_placeless(spec), 0, embedder)]).encode())
    heaps = [columns.titles, columns.about, taxonomy.kinds, taxonomy.brands]
    if isinstance(columns.ids, StoredIds):
        heaps.append(columns.ids.heap)
    for heap in heaps:
        if isinstance(heap, Heap):
            digest.update(heap.offsets.data)
            digest.update(heap.data.data)
    for name in ("type_code", "kind_code", "brand_code", "price", "rating_tenths", "reviews", "ships_in", "in_stock",
                 "variant_count", "slots"):  # fmt: skip
        digest.update(np.ascontiguousarray(getattr(columns, name)).data)
    return digest.hexdigest()


def _placeless(spec: kinds.Catalog) -> kinds.Catalog:
    assert spec.rows is not None
    return replace(spec, size=0, rows=replace(spec.rows, place=None, format=None))
