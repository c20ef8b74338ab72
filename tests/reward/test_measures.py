"""Measures against slow definitions of the same."""

from __future__ import annotations

import math
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.expressions import Lambda
from rlve_dsl.reward import FUNCTIONS

MEASURES = {function.name: function.call for function in FUNCTIONS}
unit_f1, ndcg = MEASURES["unit_f1"], MEASURES["ndcg"]

UNITS = st.lists(
    st.builds(
        lambda p, v, q: {"product_id": p, "variant_id": v, "qty": q},
        st.sampled_from("abc"), st.sampled_from([None, "1", "2"]), st.integers(1, 4),
    ),
    max_size=5,
)  # fmt: skip


def units(lines: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(line["product_id"], line.get("variant_id")) for line in lines for _ in range(line["qty"])]


@given(UNITS, UNITS)
def test_unit_f1_is_twice_what_is_shared_over_all_there_is(given_: list[Any], wanted: list[Any]) -> None:
    have, want = units(given_), units(wanted)
    left, shared = list(want), 0
    for unit in have:
        if unit in left:
            left.remove(unit)
            shared += 1
    assert unit_f1(given_, wanted) == (2 * shared / (len(have) + len(want)) if have or want else 1)
    assert unit_f1(given_, wanted) == unit_f1(wanted, given_)
    assert (unit_f1(given_, wanted) == 1) == (sorted(map(str, have)) == sorted(map(str, want)))


def test_unit_f1_does_not_care_about_order_lines_or_a_missing_variant() -> None:
    a, b = {"product_id": "a", "variant_id": None, "qty": 2}, {"product_id": "b", "variant_id": "1", "qty": 1}
    split = [{"product_id": "a", "qty": 1}, b, {"product_id": "a", "variant_id": None, "qty": 1}]
    assert unit_f1([a, b], [b, a]) == unit_f1(split, [a, b]) == 1
    assert unit_f1([], [a]) == unit_f1([a], []) == 0 and unit_f1([], []) == 1


POOLS = st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 1), min_size=1)
RANKINGS = st.lists(st.sampled_from("abcdefgh"), max_size=8)


def rate(ranked: list[str], gains: dict[str, float], at: int) -> float:
    pool = [{"id": id_} for id_ in gains]
    result: float = ndcg(ranked, pool, Lambda(lambda item: gains[item["id"]], None, None), at)
    return result


@given(POOLS, RANKINGS, st.integers(1, 4))
def test_ndcg_compares_with_the_best_ranking_of_the_pool(gains: dict[str, float], ranked: list[str], at: int) -> None:
    def dcg(ids: tuple[str, ...]) -> float:
        return sum(gains.get(id_, 0) / math.log2(place + 2) for place, id_ in enumerate(ids[:at]))

    best = max(dcg(order) for order in permutations(gains, min(at, len(gains))))
    expected = dcg(tuple(dict.fromkeys(ranked))) / best if best > 0 else 0
    assert rate(ranked, gains, at) == pytest.approx(expected)
    assert 0 <= rate(ranked, gains, at) <= 1


@given(POOLS, st.integers(1, 4))
def test_ndcg_of_an_ideal_ranking_is_one(gains: dict[str, float], at: int) -> None:
    ideal = sorted(gains, key=lambda id_: -gains[id_])
    assert rate(ideal, gains, at) == pytest.approx(1 if max(gains.values()) > 0 else 0)


def test_an_id_said_twice_counts_once_and_a_long_list_is_cut() -> None:
    gains = {"a": 1.0, "b": 0.5, "c": 0.0}
    assert rate(["a", "a", "b"], gains, 2) == 1
    assert rate(["c", "x", "a"], gains, 2) == 0
    assert rate([], gains, 2) == 0


def test_nothing_can_be_ranked_in_an_empty_pool() -> None:
    assert rate(["a"], {}, 3) == 0


class Columns(list[dict[str, str]]):
    """A pool that can also give a whole column, as lists of products do."""

    def __init__(self, gains: dict[str, float]) -> None:
        super().__init__({"id": id_} for id_ in gains)
        self.gains = np.array(list(gains.values()))

    def column(self, name: str) -> list[str]:
        assert name == "id"
        return [item["id"] for item in self]


@given(POOLS, RANKINGS, st.integers(1, 4))
def test_ndcg_is_the_same_from_columns(gains: dict[str, float], ranked: list[str], at: int) -> None:
    def never(item: Any) -> float:
        raise AssertionError("gains are read as a column")

    pool = Columns(gains)
    by_column = ndcg(ranked, pool, Lambda(never, lambda rows: rows.gains, None), at)
    assert by_column == rate(ranked, gains, at)
    assert ndcg(ranked, pool, Lambda(lambda item: gains[item["id"]], None, None), at) == by_column
    plain = [{"id": id_} for id_ in gains]  # has no columns: gains are read item by item
    assert ndcg(ranked, plain, Lambda(lambda item: gains[item["id"]], lambda rows: rows.gains, None), at) == by_column
