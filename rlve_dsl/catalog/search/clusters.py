"""Spherical k-means over vectors of bytes, in whole numbers: the same clusters in every process, on any machine.

Products of byte vectors are exact in float32, and sums of them in int64. The one rounding, of a centroid to bytes, is IEEE
arithmetic. So neither the number of threads nor the linear algebra library changes the result.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rlve_dsl.catalog.arrays import Floats, Ints
from rlve_dsl.catalog.search.vectors import in_bytes

_CHUNK = 2048  # rows whose products with all centroids about fit a processor's cache


def centroids_of(sample: Floats, count: int, rounds: int, progress: Callable[[int], None]) -> Floats:
    """Find `count` centroids.

    Args:
        sample: At least `count` vectors, in random order.
        count: How many centroids to find.
        rounds: How many rounds of k-means to do.
        progress: Called with the number of rounds that were done.
    """
    centroids = sample[:count].copy()
    for done in range(rounds):
        nearest, products = assigned(sample, centroids)
        order = np.argsort(nearest, kind="stable")
        held = np.bincount(nearest, minlength=count)
        sums = np.zeros((count, sample.shape[1]), dtype=np.int64)
        starts = (np.cumsum(held) - held)[held > 0]
        sums[held > 0] = np.add.reduceat(sample[order].astype(np.int64), starts, axis=0)
        # an empty cluster takes one of the rows that are farthest from their centroids
        sums[held == 0] = sample[np.argsort(products, kind="stable")[: int((held == 0).sum())]]
        centroids = in_bytes(sums)
        progress(done + 1)
    return centroids


def assigned(rows: Floats, centroids: Floats) -> tuple[Ints, Floats]:
    """For each row the centroid with the largest dot product (the first of equals), and that product."""
    nearest = np.empty(len(rows), dtype=np.int64)
    products = np.empty(len(rows), dtype=np.float32)
    transposed = np.ascontiguousarray(centroids.T)
    for start in range(0, len(rows), _CHUNK):
        all_products = rows[start : start + _CHUNK] @ transposed
        best = all_products.argmax(axis=1)
        nearest[start : start + _CHUNK] = best
        products[start : start + _CHUNK] = np.take_along_axis(all_products, best[:, None], axis=1)[:, 0]
    return nearest, products
