"""Intervals, contexts and edits: the arithmetic and the grammar of certification."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.agents import alternatives, contexts_in, near
from rlve_dsl.certify.intervals import mean, rate
from rlve_dsl.certify.plan import Plan, read_levels
from rlve_dsl.errors import UsageError
from rlve_dsl.expressions.types import BOOL, INT, MONEY, TEXT, Enum, Id, ListOf, Optional, Record


@given(st.integers(0, 200).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_rate_lies_in_its_interval_and_the_interval_in_0_to_1(counts: tuple[int, int]) -> None:
    hits, of = counts
    interval = rate(hits, of)
    assert 0 <= interval.low <= interval.value <= interval.high <= 1 and interval.of == of
    assert (interval.high < 1) == (of > 0 and hits < of)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=50))
def test_more_of_the_same_narrows_a_mean(values: list[float]) -> None:
    few, many = mean(values), mean(values * 4)
    assert math.isclose(few.value, many.value, abs_tol=1e-9)
    assert many.high - many.low <= few.high - few.low + 1e-9


ORDER = Record("Order", (("order_id", Id("order")), ("lines", ListOf(Record("Line", (
    ("line_id", Id("line")), ("product_id", Id("product")), ("variant_id", Optional(Id("variant"))))))), ("note", TEXT)))  # fmt: skip


def test_ids_come_with_those_of_the_records_around_them() -> None:
    order = {
        "order_id": "O1",
        "lines": [
            {"line_id": "a", "product_id": "p", "variant_id": None},
            {"line_id": "b", "product_id": "q", "variant_id": "q-1"},
        ],
        "note": "O9",
    }
    assert contexts_in(order, ORDER) == [
        {"order": "O1"},
        {"order": "O1", "line": "a", "product": "p"},
        {"order": "O1", "line": "b", "product": "q", "variant": "q-1"},
    ]
    assert alternatives({"order": "O1", "line": "a"}, [contexts_in(order, ORDER)]) == [{"order": "O1", "line": "b"}]


@given(st.one_of(
    st.tuples(st.just(INT), st.integers(-10**6, 10**6)),
    st.tuples(st.just(MONEY), st.integers(0, 10**6).map(lambda cents: cents / 100)),
    st.tuples(st.just(BOOL), st.booleans()),
    st.tuples(st.just(Enum(("a", "b", "c"))), st.sampled_from("abc")),
    st.tuples(st.just(TEXT), st.from_regex(r"\A(\$?\d{1,4}(\.\d\d)?( days|%)?|yes|no)\Z")),
))  # fmt: skip
def test_a_near_miss_is_never_the_value(typed: tuple[object, object]) -> None:
    type_, value = typed
    assert value not in list(near(value, type_))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "wanted"), [("30 days", {"31 days", "29 days", "-30 days"}), ("$5.99", {"$6.99", "$4.99", "-$5.99"})]
)
def test_words_with_numbers_are_missed_by_one_and_by_the_sign(text: str, wanted: set[str]) -> None:
    assert set(near(text, TEXT)) == wanted


@pytest.mark.parametrize("text", ["", "a", "3..1", "0..13", "-1", "1...2", "1,,2"])
def test_levels_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="level"):
        read_levels(text, 0, 12)


def test_levels_that_run_downwards_are_told_the_other_way_round() -> None:
    with pytest.raises(UsageError, match=r"`3\.\.1` run downwards: write 1\.\.3"):
        read_levels("0,3..1", 0, 12)


@given(st.sets(st.integers(0, 30), min_size=1).map(lambda s: tuple(sorted(s))), st.integers(2, 8))
def test_a_spread_keeps_the_ends(levels: tuple[int, ...], count: int) -> None:
    chosen = Plan(levels).spread(count)
    assert chosen[0] == levels[0] and chosen[-1] == levels[-1]
    assert len(chosen) == min(count, len(levels)) and set(chosen) <= set(levels)
