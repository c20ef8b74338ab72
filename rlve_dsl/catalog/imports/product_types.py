"""The product types and kinds of imported products."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Codes, Hashes, Ints
from rlve_dsl.catalog.declarations.generate import KIND_LIMIT
from rlve_dsl.catalog.hashing import draws, ranks
from rlve_dsl.catalog.products.taxonomy import NO_BRAND, Attribute, ProductType, VariantPool, pattern_of
from rlve_dsl.files import kinds


def product_types(
    rows: kinds.Rows,
    types: Sequence[tuple[str, str]],
    type_code: Codes,
    attributes: Sequence[Attribute],
    slots: Codes,
) -> tuple[ProductType, ...]:
    """Make the product types of a catalog.

    Args:
        rows: The declaration, which says in which attributes variants differ.
        types: The department and name of each type.
        type_code: The type of each product.
        attributes: What all products may have.
        slots: The codes of the attribute values of each product.
    """
    places = {a.name: slot for slot, a in enumerate(attributes)}
    wanted = rows.variants.attributes if rows.variants else ()
    choices = {places[n.text]: _values_by_type(type_code, slots[:, places[n.text]]) for n in wanted if n.text in places}
    out = []
    for code, ((department, name), noun) in enumerate(zip(types, _nouns(types), strict=True)):
        pool = None
        for slot, values in choices.items():
            if rows.variants and pool is None and len(found := values.get(code, ())) >= 2:
                most = min(rows.variants.high, len(found))
                pool = VariantPool(slot, min(rows.variants.low, most), most, tuple(found))
        no_text = pattern_of("")
        out.append(ProductType(name, department, noun, no_text, no_text, tuple(attributes), pool, restricted=False))
    return tuple(out)


def _values_by_type(type_code: Codes, codes: Codes) -> dict[int, list[int]]:
    """The codes of an attribute that each type's products have, in order."""
    pairs = np.unique(np.stack([type_code, codes], axis=1)[codes >= 0], axis=0)
    found: dict[int, list[int]] = {}
    for type_, code in pairs.tolist():
        found.setdefault(type_, []).append(code)
    return found


def _nouns(types: Sequence[tuple[str, str]]) -> list[str]:
    """What a shopper calls each type: its name, with its department where another type has that name."""
    counts = Counter(name.lower() for _, name in types)
    return _distinct(
        [name.lower() if counts[name.lower()] == 1 else f"{name.lower()} of {department}" for department, name in types]
    )


def kinds_of(
    nouns: Sequence[str], brands: Sequence[str], type_code: Codes, brand_code: Codes, hashes: Hashes
) -> tuple[NDArray[np.int32], list[str]]:
    """Divide products into kinds that are small enough to rank completely.

    A small type is one kind. A larger one is divided by brand, and a large brand into numbered parts.

    Args:
        nouns: The noun of each type.
        brands: All brands.
        type_code: The type of each product.
        brand_code: The brand of each product.
        hashes: A hash of each product's id.

    Returns:
        The kind of each product, and the name of each kind.
    """
    large = np.bincount(type_code, minlength=len(nouns)) > KIND_LIMIT
    group = type_code.astype(np.int64) * (len(brands) + 1) + np.where(large[type_code], brand_code + 1, 0)
    groups, group_of_row, sizes = np.unique(group, return_inverse=True, return_counts=True)
    parts = -(-sizes // KIND_LIMIT)
    first_kind = np.cumsum(parts) - parts
    # in the order of a hash of the id, so that a part is not a stretch of the data
    rank = ranks(group_of_row, draws(hashes, "part"))
    kind_code = (first_kind[group_of_row] + rank % parts[group_of_row]).astype(np.int32)
    names = []
    for code, count in zip(groups.tolist(), parts.tolist(), strict=True):
        type_, brand = divmod(code, len(brands) + 1)
        name = nouns[type_]
        if brand:
            name += f" from {brands[brand - 1]}" if brands[brand - 1] != NO_BRAND else " without a brand"
        names += [name] if count == 1 else [f"{name}, no. {i + 1}" for i in range(count)]
    return kind_code, _distinct(names)


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, with a number added to each that came before."""
    seen: Counter[str] = Counter()
    taken = set(names)
    out = []
    for name in names:
        seen[name] += 1
        free = name
        while seen[name] > 1 and (free := f"{name} ({seen[name]})") in taken:
            seen[name] += 1
        taken.add(free)
        out.append(free)
    return out


def variant_bounds(types: Sequence[ProductType], type_code: Codes, slots: Codes) -> tuple[Ints, Ints]:
    """The least and the most options of each product; 0 where its own value is not known."""
    pools = [(t.variants.low, t.variants.high, t.variants.slot) if t.variants else (0, 0, -1) for t in types]
    low, high, slot = np.array(pools, dtype=np.int64).reshape(-1, 3)[type_code].T
    own = np.take_along_axis(slots, np.maximum(slot, 0)[:, None], axis=1)[:, 0]
    known = (slot >= 0) & (own >= 0)
    return np.where(known, low, 0), np.where(known, high, 0)
