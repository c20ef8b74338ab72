"""A catalog made from its declaration: whole columns at a time, the same in every process.

Rows of a type are scattered over the catalog, so that an id tells nothing. A type with more than `KIND_LIMIT` products
is split into product lines of equal size, each a kind of its own: at any size, a kind is small enough to rank whole.
Within a kind, brands and attribute values are dealt out evenly in a random order, so that every wish narrows it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.hashing import Ints, Words, draws, lanes, ranks
from rlve_dsl.catalog.products.columns import Columns, Table
from rlve_dsl.catalog.products.ids import Ids, NumberedIds, WordedIds
from rlve_dsl.catalog.products.made_up import service_of
from rlve_dsl.catalog.products.product import Project
from rlve_dsl.catalog.products.taxonomy import Attribute, Pattern, Shelf, Taxonomy, VariantPool
from rlve_dsl.catalog.search.embedders import STATIC, Embedder
from rlve_dsl.diagnostics import Span
from rlve_dsl.files import kinds
from rlve_dsl.rng import stable_hash

KIND_LIMIT = 36
"""A kind holds at most this many products, in stock or not."""

_LANE = 1 << 16
_REVISION = 2  # part of the digest: raise it when the same declaration gives other products, or they match otherwise


def generate(spec: kinds.Catalog, size: int | None = None, embedder: Embedder = STATIC) -> Catalog:
    """The catalog that a declaration describes, with `size` products (the declaration's own when None).

    The declaration must be free of errors (see `check`).
    """
    count = spec.size if size is None else size
    ids = _ids(spec.ids, count)
    shelves = tuple(
        shelf_of(department, product_type)
        for department in spec.departments.values()
        for product_type in department.types.values()
    )
    declared = [t for department in spec.departments.values() for t in department.types.values()]
    rows = np.arange(count, dtype=np.uint64)
    seed = ("catalog", spec.name.text, spec.seed)

    per_type = _shares([t.weight for t in declared], count)
    shuffled = np.argsort(draws(rows, *seed, "place"), kind="stable")
    type_code = np.empty(count, dtype=np.int16)
    type_code[shuffled] = np.repeat(np.arange(len(shelves), dtype=np.int16), per_type)

    lines = -(-per_type // KIND_LIMIT)
    first_kind = np.cumsum(lines) - lines
    type_rank = ranks(type_code, draws(rows, *seed, "line"))
    kind_code = (first_kind[type_code] + type_rank % np.maximum(lines, 1)[type_code]).astype(np.int32)
    kind_names, kind_lines = _kinds(shelves, lines, spec.lines, seed)

    brand_names, brand_code = _brands(spec, type_code, _dealt(kind_code, rows, (*seed, "brand")))
    slots = np.full((count, max((len(s.attributes) for s in shelves), default=0)), -1, dtype=np.int16)
    for slot in range(slots.shape[1]):
        pool = np.array([len(s.attributes[slot].values) if slot < len(s.attributes) else 0 for s in shelves])
        dealt = _dealt(kind_code, rows, (*seed, "attribute", slot))
        has = pool[type_code]
        slots[:, slot] = np.where(has > 0, dealt % np.maximum(has, 1), -1)

    service = service_of(ids.as_bytes())
    low = np.array([s.variants.low if s.variants else 0 for s in shelves])[type_code]
    high = np.array([s.variants.high if s.variants else 0 for s in shelves])[type_code]

    columns = Columns(
        ids=ids,
        type_code=type_code,
        kind_code=kind_code,
        brand_code=brand_code,
        price=_prices(declared, type_code, draws(service.own, *seed, "price")),
        rating_tenths=service.rating_tenths,
        reviews=service.reviews,
        ships_in=service.ships_in,
        in_stock=service.in_stock,
        variant_count=service.offered(low, high),
        slots=slots,
    )
    taxonomy = Taxonomy(shelves, brand_names, kind_names, kind_lines)
    projects = tuple(
        Project(name=p.name.text, title=p.title.text, needs=[n.text for n in p.needs]) for p in spec.projects.values()
    )
    return Catalog(spec.name.text, digest_of(spec, count, embedder), Table(taxonomy, columns), projects, embedder)


def shelf_of(department: kinds.Department, declared: kinds.ProductType) -> Shelf:
    """A product type as the catalog holds it."""
    attributes = tuple(
        Attribute(
            name=a.name.text,
            type=a.type,
            values=a.values,
            op="is" if a.wanted == "exactly" else a.wanted,
            says=Pattern.of(a.says.text),
            unit=a.unit,
        )
        for a in declared.attributes.values()
    )
    pool = None
    if declared.variants is not None:
        slot = next(j for j, a in enumerate(attributes) if a.name == declared.variants.attribute.text)
        distinct = len(attributes[slot].values)
        pool = VariantPool(slot, min(declared.variants.low, distinct), min(declared.variants.high, distinct))
    return Shelf(
        type=declared.name.text,
        department=department.name.text,
        noun=noun_of(declared),
        short_name=Pattern.of(declared.short_name.text),
        title=Pattern.of(declared.title.text),
        attributes=attributes,
        variants=pool,
        restricted=declared.restricted,
    )


def noun_of(declared: kinds.ProductType) -> str:
    """What a shopper calls a product of this type: its `noun`, or its name with spaces."""
    return declared.noun.text if declared.noun is not None else declared.name.text.replace("_", " ")


def digest_of(spec: kinds.Catalog, size: int, embedder: Embedder) -> str:
    """A SHA-256 of what decides the products and how they are found; where things stand in the file does not count."""
    content = json.dumps([_REVISION, size, embedder.name, _content(spec)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def _content(value: Any) -> Any:
    if isinstance(value, kinds.Name | kinds.Text | kinds.TemplateText):
        return value.text
    if is_dataclass(value):
        return [_content(v) for f in fields(value) if not isinstance(v := getattr(value, f.name), Span)]
    if isinstance(value, Mapping):
        return [[key, _content(v)] for key, v in value.items()]
    if isinstance(value, tuple | list):
        return [_content(v) for v in value]
    return value


def _ids(declared: kinds.Ids, size: int) -> Ids:
    return WordedIds(declared.words, size) if declared.words else NumberedIds(declared.prefix, size)


def _shares(weights: Sequence[float], size: int) -> Ints:
    """`size` divided by weight: the largest remainders round up."""
    share = np.array(weights) / sum(weights) * size
    whole = np.floor(share).astype(np.int64)
    # rounded before sorting, so that equal weights tie exactly and the earlier type wins
    order = np.argsort(-np.round(share - whole, 9), kind="stable")
    whole[order[: size - int(whole.sum())]] += 1
    return whole


def _dealt(kind_code: Any, rows: Words, path: tuple[object, ...]) -> Ints:
    """A number for each row, consecutive within its kind in a random order, from a random start for each kind."""
    start = (draws(kind_code.astype(np.uint64), *path, "start") >> np.uint64(48)).astype(np.int64)
    return start + ranks(kind_code, draws(rows, *path))


def _brands(spec: kinds.Catalog, type_code: Any, dealt: Ints) -> tuple[tuple[str, ...], Any]:
    pools = [
        product_type.brands or department.brands
        for department in spec.departments.values()
        for product_type in department.types.values()
    ]
    names = tuple(dict.fromkeys(brand for pool in pools for brand in pool))
    code = {name: i for i, name in enumerate(names)}
    table = np.zeros((len(pools), max(map(len, pools))), dtype=np.int32)
    for i, pool in enumerate(pools):
        table[i, : len(pool)] = [code[b] for b in pool]
    many = np.array([len(pool) for pool in pools])
    return names, table[type_code, dealt % many[type_code]]


def _kinds(
    shelves: Sequence[Shelf], lines: Ints, words: Sequence[str], seed: tuple[object, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names, marks = [], []
    for shelf, count in zip(shelves, lines.tolist(), strict=True):
        start = stable_hash(*seed, "first line", shelf.type)
        for line in (_line(words, start, i) for i in range(count)):
            names.append(shelf.noun if count == 1 else f"{shelf.noun} of the {line} line")
            marks.append("" if count == 1 else line)
    return tuple(names), tuple(marks)


def _line(words: Sequence[str], start: int, index: int) -> str:
    """The name of a type's line: a word, then two, then two with a number; numbers alone when there are no words."""
    n = len(words)
    if n < 2:
        return f"no. {index + 1}"
    if index < n:
        return words[(start + index) % n]
    pair = (index - n) % (n * (n - 1))
    first = (start + pair % n) % n
    second = (first + 1 + pair // n) % n
    again = (index - n) // (n * (n - 1))
    return f"{words[first]} {words[second]}" + (f" {again + 1}" if again else "")


def _prices(declared: Sequence[kinds.ProductType], type_code: Any, bits: Words) -> Any:
    """Lognormal prices in cents that end as shop prices do: in 49 or 99 below $50, in 99 above."""
    # four 16-bit uniforms make a normal of variance 1/3 (Irwin–Hall), in integers: no library's rounding shows
    normal = (lanes(bits).sum(axis=0) / _LANE - 2.0) * np.sqrt(3.0)
    median = np.array([t.price.median_cents for t in declared], dtype=np.float64)[type_code]
    spread = np.array([t.price.spread for t in declared], dtype=np.float64)[type_code]
    cents = median * np.exp(spread * normal)
    step = np.where(cents < 5000, 50, 100)
    return np.maximum(np.rint(cents / step) * step - 1, 49).astype(np.int32)
