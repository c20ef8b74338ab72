"""Rulings: an answer is right when it is the same amount in the same unit, or the same word."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.reward.rulings import Amount, read, ruling_score, same_ruling

same, score = same_ruling.call, ruling_score.call


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("30 days", "30 days"), ("1 day", "1 days"), (" 30 Days. ", "30 days"), ("$5.99", "$5.99"), ("$5.990", "$5.99"),
        ("$1,005", "$1005"), ("$5", "$5.00"), ("15%", "15 %"), ("15 percent", "15%"), ("1.5%", "1.50%"), ("Yes", "yes"),
        ("store_credit", "store credit"), ("The store", "store"), ("-$5", "$-5"), ("-$5", "−$5"), ("$0", "$0.00"),
        ("24 items", "24 Items"), ("1 item", "1 items"), ("−5 days", "-5 days"), ("-$-5", "$5"), ("$5 .", "$5"), ("store .", "store"), ("5 days..", "5 days"),
        ("9" * 100, "9" * 100), ("xxx", "xxx"), ("XX", "xx."),
    ],
)  # fmt: skip
def test_the_same_ruling_in_other_clothes(given: str, wanted: str) -> None:
    assert same(given, wanted) and same(wanted, given) and score(given, wanted) == 1


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("30", "30 days"), ("30 days", "30"), ("$30", "30 days"), ("30%", "30"), ("-30 days", "30 days"), ("yes", "no"),
        ("", "no"), ("30 days or so", "30 days"), ("between 20 and 30 days", "30 days"), ("inf", "30"), ("nan", "30"),
        ("NaN days", "30 days"), ("1e2", "100"), ("$30 days", "30 days"), ("1,00", "100"), ("$0", "$5"), ("$5", "$0"),
        ("9" * 200, "9"), ("yes yes", "yes"), ("store", "store credit"),
        ("24", "24 items"), ("24 items", "24 days"), ("-$5", "$5"), ("$-5", "$5"), ("$−5", "$5"), ("−5", "5"), (".", "."),
        ("9" * 101, "9" * 101), ("", ""), ("$5", "5"), ("xx", ""),
    ],
)  # fmt: skip
def test_another_ruling_is_worth_nothing(given: str, wanted: str) -> None:
    assert not same(given, wanted) and score(given, wanted) == -1


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [("$5.99", "$", "5.99"), ("$-5", "$", "-5"), ("−5 days", "day", "-5"), ("-$-5", "$", "5"), ("15 percent", "%", "15"), ("1,005", "", "1005")],
)  # fmt: skip
def test_an_amount_is_read_as_its_unit_and_number(text: str, unit: str, number: str) -> None:
    assert read(text) == Amount(unit, Decimal(number))


def test_a_ratio_shapes_numbers_of_one_unit_and_sign() -> None:
    assert score("15 days", "30 days") == score("60 days", "30 days") == 2 * 0.5**4 - 1
    assert score("$9.90", "$10") == pytest.approx(2 * 0.99**4 - 1)
    assert score("-$5", "-$10") == score("$5", "$10")


units = st.sampled_from(("${}", "{} days", "{}%", "{}"))
numbers = st.decimals(min_value=0, max_value=10_000, places=2)


@given(units, numbers, numbers)
def test_the_score_is_one_only_for_the_ruling_itself(unit: str, a: Decimal, b: Decimal) -> None:
    one, other = unit.format(a), unit.format(b)
    assert -1 <= score(one, other) <= 1
    assert score(one, other) == score(other, one)
    assert (score(one, other) == 1) == same(one, other) == (a == b)


@given(st.text(max_size=120), st.text(max_size=120))
def test_no_answer_raises(given: str, wanted: str) -> None:
    assert score(given, wanted) in (-1.0, 1.0) or same(given, wanted) is False
