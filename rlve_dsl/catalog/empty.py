"""The catalog of a collection that sells nothing."""

from __future__ import annotations

from functools import cache

import numpy as np

from rlve_dsl.catalog.catalog import Catalog
from rlve_dsl.catalog.products.columns import Columns
from rlve_dsl.catalog.products.ids import NumberedIds
from rlve_dsl.catalog.products.string_table import NameList
from rlve_dsl.catalog.products.table import Table
from rlve_dsl.catalog.products.taxonomy import Taxonomy


@cache
def no_products() -> Catalog:
    """A catalog without products.

    >>> no_products().size
    0
    """
    small, code = np.zeros(0, dtype=np.int8), np.zeros(0, dtype=np.int16)
    number = np.zeros(0, dtype=np.int32)
    columns = Columns(
        ids=NumberedIds("P", 0), type_code=code, kind_code=number, brand_code=number, price=number, rating_tenths=small,
        reviews=number, ships_in=small, in_stock=np.zeros(0, dtype=bool), variant_count=small,
        slots=np.zeros((0, 0), dtype=np.int16),
    )  # fmt: skip
    nameless = NameList(())
    return Catalog("nothing", "no products", Table(Taxonomy((), nameless, nameless, ()), columns))
