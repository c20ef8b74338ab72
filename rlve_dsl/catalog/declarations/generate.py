"""Generating a catalog from its declaration: whole columns at a time, the same in every process.

Rows of a type are scattered over the catalog, so that an id reveals nothing. A type with more than `KIND_LIMIT` products is
split into product lines of equal size, each a kind of its own: at any size, a kind is small enough to rank completely. Within
a kind, brands and attribute values are spread evenly in a random order, so that every wish narrows it. Short names of a type
differ. Where a type has more products than names, its short names also have the product line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Codes, Hashes, Ints
from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.declarations.digest import digest_of
from rlve_dsl.catalog.declarations.name_parts import combinations, places_in_types, sizes_of, tell_apart
from rlve_dsl.catalog.hashing import draws, lanes, ranks
from rlve_dsl.catalog.products.columns import Columns
from rlve_dsl.catalog.products.ids import NumberedIds, worded_ids
from rlve_dsl.catalog.products.made_up import made_up_for
from rlve_dsl.catalog.products.product import Project
from rlve_dsl.catalog.products.string_table import NameList
from rlve_dsl.catalog.products.table import Table
from rlve_dsl.catalog.products.taxonomy import LINE, Attribute, Pattern, ProductType, Taxonomy, VariantPool, pattern_of
from rlve_dsl.catalog.search.embedders import STATIC, Embedder
from rlve_dsl.files import kinds
from rlve_dsl.rng import stable_hash

KIND_LIMIT = 36
"""A kind holds at most this many products, in stock or not."""

_LANE = 1 << 16


def generate(spec: kinds.Catalog, size: int | None = None, embedder: Embedder = STATIC) -> Catalog:
    """Generate the catalog that a declaration describes.

    Args:
        spec: The declaration, which has no errors (see `check`).
        size: How many products; the declaration's own size when None.
        embedder: What search embeds the products with.
    """
    count = spec.size if size is None else size
    ids = worded_ids(spec.ids.words, count) if spec.ids.words else NumberedIds(spec.ids.prefix, count)
    declared = [(department, t) for department in spec.departments.values() for t in department.types.values()]
    types = tuple(_product_type(department, t) for department, t in declared)
    rows = np.arange(count, dtype=np.uint64)
    seed = ("catalog", spec.name.text, spec.seed)

    per_type = _shares([t.weight for _, t in declared], count)
    shuffled = np.argsort(draws(rows, *seed, "place"), kind="stable")
    type_code = np.empty(count, dtype=np.int16)
    type_code[shuffled] = np.repeat(np.arange(len(types), dtype=np.int16), per_type)

    lines = -(-per_type // KIND_LIMIT)
    first_kind = np.cumsum(lines) - lines
    type_rank = ranks(type_code, draws(rows, *seed, "line"))
    kind_code = (first_kind[type_code] + type_rank % np.maximum(lines, 1)[type_code]).astype(np.int32)
    kind_names, kind_lines = _kinds(types, lines, spec.lines, seed)

    pools = [t.brands or department.brands for department, t in declared]
    brand_names, brand_place = _brands(pools)
    # the first column holds places in the pools of brands, the others attributes
    choices = [[len(pool), *(len(a.values) for a in t.attributes)] for t, pool in zip(types, pools, strict=True)]
    values = np.full((count, max(map(len, choices))), -1, dtype=np.int16)
    for column in range(values.shape[1]):
        has = np.array([own[column] if column < len(own) else 0 for own in choices])[type_code]
        path = ("brand",) if column == 0 else ("attribute", column - 1)
        values[:, column] = np.where(has > 0, _spread(kind_code, rows, (*seed, *path)) % np.maximum(has, 1), -1)
    parts = [_name_columns(t) for t in types]
    sizes = sizes_of([[own[column] for column in named] for own, named in zip(choices, parts, strict=True)])
    places = places_in_types(kind_code, first_kind[type_code], ranks(kind_code, draws(rows, *seed, "names")))
    starts = np.stack([draws(np.arange(len(types), dtype=np.uint64), *seed, "name", k) for k in range(sizes.shape[1])])
    tell_apart(values, parts, type_code, sizes, places, (starts.T >> np.uint64(48)).astype(np.int64))
    crowded = (per_type > combinations(sizes)) & (lines > 1)
    types = tuple(
        replace(t, short_name=_with_line(t.short_name)) if more else t
        for t, more in zip(types, crowded.tolist(), strict=True)
    )

    made_up = made_up_for(ids.as_bytes())
    low = np.array([t.variants.low if t.variants else 0 for t in types])[type_code]
    high = np.array([t.variants.high if t.variants else 0 for t in types])[type_code]

    columns = Columns(
        ids=ids,
        type_code=type_code,
        kind_code=kind_code,
        brand_code=brand_place[type_code, values[:, 0]],
        price=_prices([t.price for _, t in declared], type_code, draws(made_up.hashes, *seed, "price")),
        rating_tenths=made_up.rating_tenths,
        reviews=made_up.reviews,
        ships_in=made_up.ships_in,
        in_stock=made_up.in_stock,
        variant_count=made_up.variant_counts(low, high),
        slots=values[:, 1:].copy(),
    )
    table = Table(Taxonomy(types, brand_names, NameList(kind_names), kind_lines), columns)
    projects = tuple(
        Project(name=p.name.text, title=p.title.text, needs=[n.text for n in p.needs]) for p in spec.projects.values()
    )
    return Catalog(spec.name.text, digest_of(spec, count, embedder), table, projects, embedder)


def noun_of(declared: kinds.ProductType) -> str:
    """What a shopper calls a product of this type: its `noun`, or its name with spaces."""
    return declared.noun.text if declared.noun is not None else declared.name.text.replace("_", " ")


def _product_type(department: kinds.Department, declared: kinds.ProductType) -> ProductType:
    attributes = tuple(
        Attribute(
            name=a.name.text,
            type=a.type,
            values=a.values,
            op="is" if a.wanted == "exactly" else a.wanted,
            says=pattern_of(a.says.text),
            unit=a.unit,
            about=a.about,
        )
        for a in declared.attributes.values()
    )
    pool = None
    if declared.variants is not None:
        slot = next(j for j, a in enumerate(attributes) if a.name == declared.variants.attribute.text)
        distinct = len(attributes[slot].values)
        pool = VariantPool(slot, min(declared.variants.low, distinct), min(declared.variants.high, distinct))
    return ProductType(
        name=declared.name.text,
        department=department.name.text,
        noun=noun_of(declared),
        short_name=pattern_of(declared.short_name.text),
        title=pattern_of(declared.title.text),
        attributes=attributes,
        variants=pool,
        restricted=declared.restricted,
    )


def _shares(weights: Sequence[float], size: int) -> Ints:
    """`size` divided by weight: the largest remainders round up."""
    share = np.array(weights) / sum(weights) * size
    whole = np.floor(share).astype(np.int64)
    # rounded before sorting, so that equal weights tie exactly and the earlier type wins
    order = np.argsort(-np.round(share - whole, 9), kind="stable")
    whole[order[: size - int(whole.sum())]] += 1
    return whole


def _spread(kind_code: Codes, rows: Hashes, path: tuple[object, ...]) -> Ints:
    """A number for each row, consecutive within its kind in a random order, from a random start for each kind."""
    start = (draws(kind_code.astype(np.uint64), *path, "start") >> np.uint64(48)).astype(np.int64)
    return start + ranks(kind_code, draws(rows, *path))


def _name_columns(product_type: ProductType) -> tuple[int, ...]:
    """What stands in the short names of a type: 0 for the brand, and one more than the slot of an attribute."""
    names = dict.fromkeys(name for _, name in product_type.short_name if name and name != "noun")
    return tuple(0 if name == "brand" else product_type.slot(name) + 1 for name in names)


def _with_line(pattern: Pattern) -> Pattern:
    """The pattern of a short name with the product line at its end."""
    *before, (last, _) = pattern
    return (*before, (f"{last} of the ", LINE), (" line", ""))


def _brands(pools: Sequence[Sequence[str]]) -> tuple[NameList, NDArray[np.int32]]:
    """All brands, and the code of each brand of the pool of each type."""
    names = NameList(dict.fromkeys(brand for pool in pools for brand in pool))
    code = {name: i for i, name in enumerate(names)}
    table = np.zeros((len(pools), max(map(len, pools))), dtype=np.int32)
    for i, pool in enumerate(pools):
        table[i, : len(pool)] = [code[brand] for brand in pool]
    return names, table


def _kinds(
    types: Sequence[ProductType], lines: Ints, words: Sequence[str], seed: tuple[object, ...]
) -> tuple[list[str], list[str]]:
    """The name of each kind, and its product line ("" where it is the only kind of its type)."""
    names, line_names = [], []
    for product_type, count in zip(types, lines.tolist(), strict=True):
        start = stable_hash(*seed, "first line", product_type.name)
        for line in (_line(words, start, i) for i in range(count)):
            names.append(product_type.noun if count == 1 else f"{product_type.noun} of the {line} line")
            line_names.append("" if count == 1 else line)
    return names, line_names


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


def _prices(ranges: Sequence[kinds.PriceRange], type_code: Codes, bits: Hashes) -> NDArray[np.int32]:
    """Lognormal prices in cents that end as shop prices do: in 49 or 99 below $50, in 99 above."""
    # four 16-bit uniforms make a normal of variance 1/3 (Irwin–Hall), in integers: the same with any library
    normal = (lanes(bits).sum(axis=0) / _LANE - 2.0) * np.sqrt(3.0)
    median = np.array([r.median_cents for r in ranges], dtype=np.float64)[type_code]
    spread = np.array([r.spread for r in ranges], dtype=np.float64)[type_code]
    cents = median * np.exp(spread * normal)
    step = np.where(cents < 5000, 50, 100)
    prices: NDArray[np.int32] = np.maximum(np.rint(cents / step) * step - 1, 49).astype(np.int32)
    return prices
