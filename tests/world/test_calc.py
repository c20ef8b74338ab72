"""The calculator: arithmetic of the expression language, bounded; what cannot be computed is a refusal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.catalog import Catalog
from rlve_dsl.domains import store_tools
from rlve_dsl.world import Refusal, Shop

CALC = next(t for t in store_tools() if t.name == "calc")


def computed(expression: Any) -> list[Any]:
    """The values; the calculator looks at nothing of the store."""
    shop: Any = None
    rows = CALC.encode(CALC.call(shop, **CALC.arguments({"expression": expression})))
    assert isinstance(rows, list)
    return [row["value"] for row in rows if isinstance(row, dict)]


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("0.3*(1-12.5/40)+0.2*4.5/5", [0.38625]), (["1+2", "min(3, 2)"], [3, 2]), ('["2^10", "sum([1, 2.5])"]', [1024, 3.5]),
        (5, [5]), ("$12.50*3", [37.5]), ("100*15%", [15]), ("2**3", [8]), ("0.1+0.2", [0.3]), ("-2^2", [-4]), ("round(2.5)", [3]),
        (["7/2", 4, "max(1, 2, 3)"], [3.5, 4, 3]), ("(" * 50 + "1" + ")" * 50, [1]),
    ],
)  # fmt: skip
def test_arithmetic_is_computed(expression: Any, values: list[float]) -> None:
    assert computed(expression) == values


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "missing"), ("(1", "not closed"), ("1/0", "division by zero"), ("9^9^9", "exponent"), ("price*2", "`price`"),
        ("sum(1 for x in [1])", "`for`"), ("1 < 2", "not a number"), ('"a"', "cannot be computed"), (None, "a text"), ([], "from 1 to 50"),
        (["1"] * 51, "from 1 to 50"), ("1" * 1001, "1,000 characters"), (["1", "2+"], "cannot be computed"), ({"a": 1}, "a text"),
        ("sqrt(-1)", "square root"), ('["1, 2"]', "cannot be computed"),
        ("$5" + "*10^64" * 4 + "*999999999999999" * 4, "a number is too large"), ("$5*10^64", "a number is too large"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_is_refused(expression: Any, reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        computed(expression)
    assert reason in str(caught.value) and len(str(caught.value)) < 300


@given(st.text("0123456789.+-*/^()[], $%eminsuraox", max_size=60))
def test_any_text_has_a_value_or_is_refused(expression: str) -> None:
    try:
        values = computed(expression)
    except Refusal:
        return
    assert all(type(value) in (int, float) for value in values)


def test_nothing_is_shown_by_computing(pocket: Catalog, open_shop: Any) -> None:
    shop: Shop = open_shop(pocket)
    CALC.call(shop, expression="1+1")
    assert not CALC.reveals_ids and not CALC.writes and len(shop.journal) == 0
