"""What a store does with a product, and nobody's data say: drawn from a stable hash of the product's id."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.hashing import Ints, Words, draws, hash_bytes, lanes

IN_STOCK = 0.93
WITH_VARIANTS = 0.70
_LANE = 1 << 16


@dataclass(frozen=True, slots=True)
class Service:
    """Of each product: whether it is in stock, the days it takes to ship (1..10), its rating in tenths, its reviews."""

    own: Words
    in_stock: NDArray[np.bool_]
    ships_in: NDArray[np.int8]
    rating_tenths: NDArray[np.int8]
    reviews: NDArray[np.int32]
    _variants: Ints
    _options: Ints

    def offered(self, low: Ints, high: Ints) -> NDArray[np.int8]:
        """In how many options each comes, between these bounds; 0 for the share that comes in one only."""
        many = low + (self._options * (high - low + 1) >> 16)
        return np.where(self._variants < WITH_VARIANTS * _LANE, many, 0).astype(np.int8)


def service_of(ids: NDArray[np.bytes_]) -> Service:
    """The service of the products with these ids; another catalog's same id gets the same."""
    own = hash_bytes(ids)
    stock, variant, options, _ = lanes(draws(own, "stock"))
    rating, rating_too, ships, ships_too = lanes(draws(own, "service"))
    steps, within, tilt, _ = lanes(draws(own, "reviews"))
    return Service(
        own=own,
        in_stock=stock < IN_STOCK * _LANE,
        # the larger of two draws and a third: most ratings are good, few are perfect; most parcels are quick
        ships_in=(1 + (10 * np.minimum(ships, ships_too) >> 16)).astype(np.int8),
        rating_tenths=(25 + 26 * (2 * np.maximum(rating, rating_too) + tilt) // (3 * _LANE)).astype(np.int8),
        reviews=((_LANE + within) << (2 + (11 * steps >> 16)) >> 16).astype(np.int32),
        _variants=variant,
        _options=options,
    )
