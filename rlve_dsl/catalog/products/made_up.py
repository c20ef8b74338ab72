"""Stock, shipping, ratings and variants derived from the product's id, for products whose data do not say them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Hashes, Ints, Mask
from rlve_dsl.catalog.hashing import draws, hash_bytes, lanes
from rlve_dsl.frozen import frozen

IN_STOCK = 0.93
WITH_VARIANTS = 0.70
_LANE = 1 << 16


@frozen
class MadeUp:
    """Values for each product: in stock or not, days to ship (1..10), rating in tenths, reviews; `hashes` are of the ids."""

    hashes: Hashes
    in_stock: Mask
    ships_in: NDArray[np.int8]
    rating_tenths: NDArray[np.int8]
    reviews: NDArray[np.int32]
    _variants: Ints
    _options: Ints

    def variant_counts(self, low: Ints, high: Ints) -> NDArray[np.int8]:
        """How many options each product comes in, between these bounds; 0 for the share that comes in one only."""
        count = low + (self._options * (high - low + 1) >> 16)
        return np.where(self._variants < WITH_VARIANTS * _LANE, count, 0).astype(np.int8)


def made_up_for(ids: NDArray[np.bytes_]) -> MadeUp:
    """Derive the values of the products with these ids; the same id gets the same values in any catalog."""
    hashes = hash_bytes(ids)
    stock, variants, options, _ = lanes(draws(hashes, "stock"))
    rating, second_rating, ships, second_ships = lanes(draws(hashes, "service"))
    steps, within, tilt, _ = lanes(draws(hashes, "reviews"))
    return MadeUp(
        hashes=hashes,
        in_stock=stock < IN_STOCK * _LANE,
        # the larger of two draws and a third: most ratings are good, few are perfect; most parcels are quick
        ships_in=(1 + (10 * np.minimum(ships, second_ships) >> 16)).astype(np.int8),
        rating_tenths=(25 + 26 * (2 * np.maximum(rating, second_rating) + tilt) // (3 * _LANE)).astype(np.int8),
        reviews=((_LANE + within) << (2 + (11 * steps >> 16)) >> 16).astype(np.int32),
        _variants=variants,
        _options=options,
    )
