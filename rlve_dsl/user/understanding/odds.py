"""How likely it is that a clause asks for a fact: decision trees over the numbers of `evidence`.

Belongs here: reading the trees and walking them. Does not belong here: how they were grown (`benchmarks/train_understanding.py`).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rlve_dsl.user.understanding.evidence import NAMES, Numbers

ODDS_FILE = Path(__file__).parent / "odds.json"
FINE = 1 << 16
"""A leaf is a whole number of so many parts, so that sums are exact."""


class Trees:
    """Decision trees of one depth, each a complete tree whose nodes stand level by level.

    Args:
        base: What all trees start from.
        numbers: For each tree and node the number that it looks at.
        limits: For each tree and node the limit: a larger number goes right.
        leaves: For each tree its leaves, in parts of `FINE`.
    """

    __slots__ = ("_base", "_bounds", "_first", "_first_leaf", "_flat", "_leaves", "_limits", "_numbers")

    def __init__(self, base: int, numbers: NDArray[np.int64], limits: Numbers, leaves: NDArray[np.int64]) -> None:
        self._base, self._numbers, self._limits, self._leaves = base, numbers, limits, leaves
        self._flat, self._bounds = numbers.ravel(), limits.ravel()
        self._first, self._first_leaf = (np.arange(len(of)) * of.shape[1] for of in (numbers, leaves))

    @property
    def parts(self) -> tuple[int, list[list[int]], list[list[float]], list[list[int]]]:
        """What it is made of: the base, the numbers, the limits and the leaves."""
        return self._base, self._numbers.tolist(), self._limits.tolist(), self._leaves.tolist()

    def of(self, rows: Numbers) -> Numbers:
        """For each row a number from 0 to 1."""
        right = (rows.take(self._flat, axis=1) > self._bounds).ravel().view(np.int8)
        first = self._first + np.arange(len(rows))[:, None] * len(self._flat)
        node, last = np.zeros_like(first), self._numbers.shape[1]
        for _ in range(last.bit_length()):
            node = 2 * node + 1 + right.take(first + node)
        total = self._base + self._leaves.take(self._first_leaf + node - last).sum(axis=1)
        found: Numbers = np.round(1 / (1 + np.exp(-total / FINE)), 4)
        return found


@cache
def trees() -> Trees:
    """The shipped trees."""
    read = json.loads(ODDS_FILE.read_text(encoding="utf-8"))
    if tuple(read["names"]) != NAMES:
        raise ValueError(f"{ODDS_FILE.name} was grown for other numbers: run benchmarks/train_understanding.py")
    return Trees(read["base"], np.array(read["numbers"]), np.array(read["limits"]), np.array(read["leaves"]))
