"""Measures: pure functions that compare what the agent did with what was wanted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TypedDict, TypeVar

from rlve_dsl.expressions import Each, Lambda, function
from rlve_dsl.expressions.types import ProductId, VariantId
from rlve_dsl.values import Value

T = TypeVar("T")


class Units(TypedDict):
    """Some units of one product, in one variant or none."""

    product_id: ProductId
    variant_id: VariantId | None
    qty: int


@function()
def unit_f1(given: Sequence[Units], wanted: Sequence[Units]) -> float:
    """How well the units that were given agree with those that were wanted: the F1 score, from 0 to 1.

    A unit is one piece of a product in a variant, so a line with quantity 3 is three units. F1 is
    2·|given ∩ wanted| / (|given| + |wanted|). It is exactly 1 when the units are the same, also when both are empty.
    """
    have, want = _count(given), _count(wanted)
    total = have.total() + want.total()
    return 2 * (have & want).total() / total if total else 1.0


def _count(units: Sequence[Units]) -> Counter[tuple[str, str | None]]:
    counts: Counter[tuple[str, str | None]] = Counter()
    for unit in units:
        counts[unit["product_id"], unit.get("variant_id")] += unit["qty"]
    return counts


@function()
def ndcg(ranked: Sequence[ProductId], pool: Sequence[T], gain: Each[T, float], at: int) -> float:
    """How good a ranking of ids is, compared with the best ranking of the pool: NDCG, from 0 to 1.

    `gain` says what an item of the pool is worth. NDCG is the DCG of the ranking divided by that of the best one, where
    DCG = Σ gain / log2(position + 1) over the first `at` positions (Järvelin and Kekäläinen, 2002). An id that is not in
    the pool gains 0, and a repeated id counts once. With an empty pool the score is 0.
    """
    gains = _gains(pool, gain)
    ideal = sorted(gains.values(), reverse=True)[:at]
    best = sum(g / math.log2(place + 2) for place, g in enumerate(ideal))
    if best <= 0:
        return 0.0
    listed = list(dict.fromkeys(ranked))[:at]
    got = sum(gains.get(id_, 0.0) / math.log2(place + 2) for place, id_ in enumerate(listed))
    return min(1.0, max(0.0, got / best))


def _gains(pool: Sequence[Value], gain: Lambda) -> dict[str, float]:
    if gain.column is not None and hasattr(pool, "column"):
        return dict(zip(pool.column("id"), gain.column(pool).tolist(), strict=True))
    return {item["id"]: gain.one(item) for item in pool}


FUNCTIONS = (unit_f1, ndcg)
