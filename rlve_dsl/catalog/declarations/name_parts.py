"""The brands and attribute values that stand in short names, given out so that products of one type have different names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.arrays import Codes, Ints


def name_parts(places: Ints, sizes: NDArray[np.int64]) -> Ints:
    """A code for each part of each product's short name.

    Products of a type get different combinations of codes as long as there are combinations left. Consecutive places
    differ in every part, so a few of them already show all values of each part.

    Args:
        places: A number for each product; those of one type are consecutive.
        sizes: How many values each part of each product's name can have, shape [products, parts].

    >>> name_parts(np.arange(6), np.full((6, 2), [2, 3])).tolist()
    [[0, 0], [1, 1], [0, 2], [1, 0], [0, 1], [1, 2]]
    >>> codes = name_parts(np.arange(24), np.full((24, 3), [2, 4, 3]))
    >>> len({tuple(row) for row in codes.tolist()})
    24
    """
    count, parts = sizes.shape
    codes = np.zeros((count, parts), dtype=np.int64)
    left = places
    for part in range(parts):
        size, rest = sizes[:, part], sizes[:, part + 1 :].prod(axis=1)
        left = left % (size * rest)
        codes[:, part] = left % size
        # One step further in the rest after each time that all pairs of this part and the rest have come: then the
        # pairs that come next are new ones, also when the two sizes have a common divisor.
        left = (left + left // np.lcm(size, rest)) % rest
    return codes


def tell_apart(
    values: NDArray[np.int16],
    parts: Sequence[Sequence[int]],
    type_code: Codes,
    sizes: NDArray[np.int64],
    places: Ints,
    starts: NDArray[np.int64],
) -> None:
    """Give out the parts of short names anew, in each type in which two products would have the same name.

    Args:
        values: The codes of each product's brand and attributes, which are changed.
        parts: The columns of `values` that stand in the short names of each type.
        type_code: The type of each product.
        sizes: How many values each of these columns can have, for each type (see `sizes_of`).
        places: A number for each product (see `places_in_types`).
        starts: The code of each part that comes first, for each type.
    """
    columns = np.full(sizes.shape, -1)
    for row, own in enumerate(parts):
        columns[row, : len(own)] = own
    of_row = columns[type_code]
    given = np.where(of_row >= 0, np.take_along_axis(values, np.maximum(of_row, 0), axis=1), 0)
    number = type_code.astype(np.int64)
    for part in range(sizes.shape[1]):
        number = number * sizes[:, part].max() + given[:, part]
    _, place, alike = np.unique(number, return_inverse=True, return_counts=True)
    repeats = np.zeros(len(sizes), dtype=bool)
    repeats[type_code[alike[place] > 1]] = True
    rows = np.flatnonzero(repeats[type_code])
    codes = (starts[type_code[rows]] + name_parts(places[rows], sizes[type_code[rows]])) % sizes[type_code[rows]]
    for part in range(sizes.shape[1]):
        has = of_row[rows, part] >= 0
        values[rows[has], of_row[rows[has], part]] = codes[has, part]


def combinations(sizes: NDArray[np.int64]) -> Ints:
    """How many different names there are with parts of these sizes, shape [types, parts]."""
    return np.asarray(sizes.prod(axis=1), dtype=np.int64)


def sizes_of(parts: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """The sizes of the parts of each type's short name, as one array; missing parts have one value.

    >>> sizes_of([[8, 5], [4]]).tolist()
    [[8, 5], [4, 1]]
    """
    sizes = np.ones((len(parts), max(map(len, parts), default=0)), dtype=np.int64)
    for row, own in enumerate(parts):
        sizes[row, : len(own)] = own
    return sizes


def places_in_types(kind_code: Codes, first_kind: Ints, rank_in_kind: Ints) -> Ints:
    """A number for each product, from 0: consecutive within its kind, and within its type over all of its kinds.

    Args:
        kind_code: The kind of each product; those of one type have consecutive codes.
        first_kind: The first kind of each product's type.
        rank_in_kind: A number for each product, from 0 within its kind.
    """
    before = np.r_[0, np.cumsum(np.bincount(kind_code))]
    return np.asarray(before[kind_code] - before[first_kind] + rank_in_kind, dtype=np.int64)
