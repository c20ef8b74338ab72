"""Money, days and percentages have one spelling in expressions, policies and the words that users read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl import quantities
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import compile_expression, parse
from rlve_dsl.expressions.scope import Scope
from rlve_dsl.files import Text
from rlve_dsl.policy.language import ast as policies
from rlve_dsl.policy.language.parse import parse_assumption

AMOUNTS = st.integers(-(10**9), 10**9)
SPELLINGS = ["$5.9", "$5.90", "$5", "$0.05", "1 day", "1  days", "30 days", "0%", "12.5%", "12.50%", "12.5000%"]
NO_SPELLINGS = ["$5.", "$.5", "$5.999", "$ 5", "30days", "1.5 days", "5 %", "$1,000"]


@given(AMOUNTS)
@pytest.mark.parametrize(
    ("write", "read"),
    [
        (quantities.format_money, quantities.parse_money),
        (lambda cents: quantities.format_money(cents, short=True), quantities.parse_money),
        (quantities.format_percent, quantities.parse_percent),
        (quantities.format_days, quantities.parse_days),
    ],
    ids=["money", "short money", "percent", "days"],
)
def test_what_is_written_is_read_back(write: Callable[[int], str], read: Callable[[str], int], value: int) -> None:
    assert read(write(value)) == value


@given(st.integers(0, 10**9))
def test_dollars_as_a_number_are_read_back(cents: int) -> None:
    assert quantities.cents_of(cents / 100) == cents


def _in_expressions(text: str) -> bool:
    return parse(text, Span("a", 1, 1, 1, 1 + len(text)), Diagnostics()) is not None


def _in_policies(text: str) -> policies.Value | None:
    """The amount that a policy reads."""
    condition = f"a > {text}"
    found = parse_assumption(Text(condition, Span("a", 1, 1, 1, 1 + len(condition))), Diagnostics())
    return found.condition.rest[0][1] if found is not None and isinstance(found.condition, policies.Compare) else None


@pytest.mark.parametrize("text", SPELLINGS)
def test_expressions_and_policies_take_the_same_spellings(text: str) -> None:
    assert _in_expressions(text)
    assert _in_policies(text) is not None


@pytest.mark.parametrize("text", NO_SPELLINGS)
def test_expressions_and_policies_refuse_the_same_spellings(text: str) -> None:
    assert not _in_expressions(text)
    assert _in_policies(text) is None


@pytest.mark.parametrize("text", ["$5.9", "12.5%", "30 days"])
def test_both_languages_read_the_same_value(text: str) -> None:
    expression = compile_expression(text, Span("a", 1, 1, 1, 1 + len(text)), Scope({}), Diagnostics())
    value = _in_policies(text)
    assert expression is not None
    assert getattr(value, "value", None) == expression({}) * (10_000 if "%" in text else 1)
