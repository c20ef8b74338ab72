"""What differs from product to product, as columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Codes, Mask
from rlve_dsl.catalog.products.ids import Ids
from rlve_dsl.catalog.products.string_table import StringTable
from rlve_dsl.frozen import frozen


@frozen
class Columns:
    """One entry a row. Codes point into the tables of the `Taxonomy`.

    `price` is in cents (`NO_PRICE` when not known), `rating_tenths` is 0 when not known, and `variant_count` is 0 for a
    product that comes in one option only. `slots` holds the codes of attribute values, with -1 where the product lacks the
    attribute or its type has fewer. Only imported products have `titles`, `about` (more text to search in) and `whole_names`: a
    shopper uses the whole title of these, as others have the same short one.
    """

    ids: Ids
    type_code: Codes
    kind_code: NDArray[np.int32]
    brand_code: NDArray[np.int32]
    price: NDArray[np.int32]
    rating_tenths: NDArray[np.int8]
    reviews: NDArray[np.int32]
    ships_in: NDArray[np.int8]
    in_stock: Mask
    variant_count: NDArray[np.int8]
    slots: Codes
    titles: StringTable | None = None
    about: StringTable | None = None
    whole_names: Mask | None = None
