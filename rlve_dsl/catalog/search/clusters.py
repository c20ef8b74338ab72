"""Spherical k-means over vectors of bytes, in whole numbers: the same lists in every process, on any machine.

Products of byte vectors are exact in float32 and sums of them in int64; the one rounding, of a centroid to bytes, is IEEE
arithmetic. So neither threads nor the linear algebra library show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.catalog.search.vectors import in_bytes

_CHUNK = 2048  # rows whose products with all centroids fit a cache or so

Matrix = NDArray[np.float32]


def centroids_of(sample: Matrix, count: int, rounds: int, told: Callable[[int], None]) -> Matrix:
    """`count` centroids of a sample (at least as many rows, in an order that says nothing), after so many rounds."""
    centroids = sample[:count].copy()
    for done in range(rounds):
        nearest, products = assigned(sample, centroids)
        order = np.argsort(nearest, kind="stable")
        held = np.bincount(nearest, minlength=count)
        sums = np.zeros((count, sample.shape[1]), dtype=np.int64)
        starts = (np.cumsum(held) - held)[held > 0]
        sums[held > 0] = np.add.reduceat(sample[order].astype(np.int64), starts, axis=0)
        # an empty list takes a row that is farthest from its own
        sums[held == 0] = sample[np.argsort(products, kind="stable")[: int((held == 0).sum())]]
        centroids = in_bytes(sums)
        told(done + 1)
    return centroids


def assigned(rows: Matrix, centroids: Matrix) -> tuple[NDArray[np.int64], Matrix]:
    """For each row the centroid with the largest dot product (the first of equals), and that product."""
    nearest = np.empty(len(rows), dtype=np.int64)
    products = np.empty(len(rows), dtype=np.float32)
    transposed = np.ascontiguousarray(centroids.T)
    for start in range(0, len(rows), _CHUNK):
        all_products: NDArray[Any] = rows[start : start + _CHUNK] @ transposed
        best = all_products.argmax(axis=1)
        nearest[start : start + _CHUNK] = best
        products[start : start + _CHUNK] = np.take_along_axis(all_products, best[:, None], axis=1)[:, 0]
    return nearest, products
