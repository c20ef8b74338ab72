"""A column is what its rows are, to the last bit; what cannot be a column says so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import Days, EvaluationError, Scope, compile_expression, function
from rlve_dsl.expressions.types import INT, REAL
from tests.expressions.conftest import PRODUCT, SCOPE, WANTED, Compile, Table, at, env, product


@function(columns=True)
def in_days(it: Any, limit: Days) -> bool:
    """Whether a product, or each of a table, ships in time."""
    days = it.column("ships_in") if hasattr(it, "column") else it["ships_in"]
    return days <= limit  # type: ignore[no-any-return]


@function()
def by_hand(x: int) -> int:
    """A function of one row at a time."""
    return x + 1


WITH_MORE = Scope(SCOPE.names, {**SCOPE.functions, "in_days": in_days, "by_hand": by_hand}, SCOPE.definitions)
ROWS = [product(n, 37 * n * n, 1.0 + n * 0.37 % 4, n * 11 % 90, "ABC"[n % 3]) for n in range(1, 40)]

COLUMNAR = (
    "it.price", "it.in_stock", "not it.in_stock", "-it.rating", "true", "d", "cost",
    "it.price <= cost and it.rating >= 3", "it.price > $20 or it.in_stock", "10 < it.reviews <= 50 != 7",
    "it.price * 0.15", "30% * it.price", "it.price / 3", "it.price / cost", "it.ships_in / 14 days", "it.reviews ^ 2 / 7",
    "it.rating ^ 1.7", "2 ^ (it.rating - 3)", "it.brand == \"A\"", "it.brand in [\"A\", word]", "it.reviews not in xs",
    "it.price if it.in_stock else 2 * it.price", "it.price if flag else cost", "cost if flag else it.price",
    "floor(it.rating) + ceil(it.rating) + round(it.rating)", "clip(it.rating, 2, 3.5)", "abs(it.rating - 3)",
    "min(it.price, cost)", "max($0, cost - it.price)", "max(1, it.rating, x)", "mod(it.reviews, 7)", "score(it.in_stock)",
    "exp(-it.rating)", "log(it.rating)", "sqrt(it.reviews)", "sigmoid(it.rating - 3)",
    "share(it.reviews > k for k in xs)", "share([it.in_stock, it.reviews > 20])",
    "sum(it.rating * k for k in xs)", "mean([it.rating, x])", "max(it.reviews - k for k in xs)", "min([it.rating, 2])",
    "any(it.reviews > 10 * k for k in xs if k > 1)", "all([it.in_stock, flag])",
    "thrift(it, cost)", "twice(it.price)", "shifted(it.reviews)", "0.5 * thrift(it, $30) + 0.5 * it.rating / 5",
    "in_days(it, wait)", "share(in_days(it, wait) for k in xs)",
)  # fmt: skip


@pytest.mark.parametrize("text", COLUMNAR)
def test_a_column_is_its_rows(text: str, compiled: Compile) -> None:
    by_row = compiled(text, WITH_MORE, item=PRODUCT).bind(env())
    assert by_row.column is not None, text
    column = by_row.column(Table(ROWS))
    assert isinstance(column, np.ndarray)
    assert column.tolist() == [by_row.one(row) for row in ROWS]


@pytest.mark.parametrize(
    "text",
    [
        "it.attributes.watts >= 60", "by_hand(it.reviews)", "it == p", "it in pool", "xs[it.reviews] is known",
        "count(k for k in xs if k < it.reviews)", "it.brand if maybe is known else word",
    ],
)  # fmt: skip
def test_what_is_no_column_still_has_rows(text: str, compiled: Compile) -> None:
    expression = compiled(text, WITH_MORE, item=PRODUCT)
    by_row = expression.bind(env())
    rows = [by_row.one(row) for row in ROWS]
    assert len(rows) == len(ROWS)
    if by_row.column is not None:
        assert by_row.column(Table(ROWS)).tolist() == rows


E15 = "1000000000000000"
LARGE = (
    f"it.price * {E15} > $0", f"it.reviews * {E15} * 1000", f"it.reviews * {E15} - it.price / $1 * {E15}", f"it.reviews * {E15} / 7",
    f"it.reviews * {E15} + {E15} * 9 == it.reviews * {E15} + {E15} * 9 + 1", f"it.price * {E15} * 10 - $1 < it.price * {E15} * 10",
    f"sum(it.reviews * {E15} for k in xs)", f"mean([it.reviews * {E15}, it.reviews * {E15} + 1])", f"max(it.reviews, {E15} * 90)",
    f"it.reviews * {E15} + 1 > it.rating * {E15}", f"(it.reviews if it.in_stock else {E15} * 10000) * 2", f"it.price * 0.5 * {E15} * 100",
    f"floor(it.rating * {E15} * 100)", f"abs(0 - it.reviews * {E15} * 100)", "it.reviews * much", "it.reviews * many", "it.reviews / many",
    "(0 - many) * it.reviews", "it.reviews + many", "it.reviews - many", "clip(it.reviews, many, many + 1)", "it.rating < many + 1",
    "many + 1", "it.rating * many > many + 1", "-(it.reviews + many)", "mod(it.reviews * many, 7)", "it.reviews * many * many * many",
    f"it.rating * {E15} ^ 20", "many * many",
)  # fmt: skip


@pytest.mark.parametrize("many", [2**53, 2**53 + 1, 2**62 + 1, 2**63 - 1])
@pytest.mark.parametrize("text", LARGE)
def test_large_numbers_are_the_same_in_columns(text: str, many: int) -> None:
    """Numbers of numpy wrap around, or are rounded, where those of Python do not."""
    scope = WITH_MORE.extended({"many": INT, "much": REAL})
    expression = compile_expression(text, at(text), scope, found := Diagnostics(), item=PRODUCT)
    assert expression is not None, found.items
    by_row = expression.bind({**env(), "many": many, "much": many})
    assert by_row.column is not None

    def rows() -> list[Any]:
        return [by_row.one(row) for row in ROWS]

    try:
        wanted = rows()
    except EvaluationError as problem:
        with pytest.raises(EvaluationError) as caught:
            by_row.column(Table(ROWS))
        assert caught.value.reason == problem.reason
    else:
        assert by_row.column(Table(ROWS)).tolist() == wanted


def test_ordinary_columns_are_computed_at_once(compiled: Compile) -> None:
    """Not one row after the other, as those with large numbers."""
    for text in COLUMNAR:
        expression = compiled(text, WITH_MORE, item=PRODUCT)
        assert expression.column is not None
        expression.column.run(env())(Table(ROWS))  # raises no OverflowError


def test_items_that_may_be_unknown_have_no_column(compiled: Compile) -> None:
    assert compiled("it.variant is known and it.qty > 1", item=WANTED).bind(env()).column is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0 if it.ships_in == 0 days else it.price / $1 / (it.ships_in / 1 days)", None),
        ("it.ships_in > 0 days and 1 / (it.ships_in / 1 days) > 0.3", None),
        ("1 / (it.ships_in / 1 days)", EvaluationError),
        ("log(it.ships_in / 1 days)", EvaluationError),
    ],
)
def test_a_guarded_failure_in_one_row_spoils_no_other(
    text: str, wanted: type[Exception] | None, compiled: Compile
) -> None:
    assert any(row["ships_in"] == 0 for row in ROWS)
    by_row = compiled(text, item=PRODUCT).bind(env())
    assert by_row.column is not None
    if wanted is None:
        assert by_row.column(Table(ROWS)).tolist() == [by_row.one(row) for row in ROWS]
    else:
        with pytest.raises(wanted):
            by_row.column(Table(ROWS))


def test_a_binding_keeps_the_values_it_was_made_with(compiled: Compile) -> None:
    values = env()
    by_row = compiled("it.reviews + n", item=PRODUCT).bind(values)
    values["n"] = 1000
    assert by_row.one(product(1, reviews=5)) == 15
    assert "it" not in values


def test_two_bindings_do_not_meet(compiled: Compile) -> None:
    values = env()
    first, second = (compiled(text, item=PRODUCT).bind(values) for text in ("it.reviews", "it.price"))
    one, other = product(1, price=5, reviews=6), product(2, price=7, reviews=8)
    assert (first.one(one), second.one(other), first.one(other), second.one(one)) == (6, 7, 8, 5)


# Random expressions over a row --------------------------------------------------------------------------------------

REALS = st.sampled_from(["it.rating", "x", "0.3", "it.reviews / 7", "2"])
INTS = st.sampled_from(["it.reviews", "n", "3", "d"])
MONEYS = st.sampled_from(["it.price", "cost", "$4.20"])


def _op(*forms: str) -> Any:
    return st.sampled_from(forms)


def _grow(depth: int, leaf: st.SearchStrategy[str], bools: Any, forms: tuple[str, ...]) -> st.SearchStrategy[str]:
    if depth == 0:
        return leaf
    below = _grow(depth - 1, leaf, bools, forms)
    return st.one_of(
        leaf,
        st.builds(
            lambda f, a, b, c: f.replace("A", a).replace("B", b).replace("C", c), _op(*forms), below, below, bools
        ),
    )


FLAG = st.sampled_from(
    ["it.in_stock", "flag", "it.price > $30", "it.brand == word", "it.rating > 2.5", "it.reviews in xs"]
)
NUMBER_FORMS = (
    "(A + B)", "(A - B)", "(A * B)", "(A if C else B)", "min(A, B)", "max(A, B)", "clip(A, 0, B)", "abs(A)", "floor(A)",
    "sum(A * k for k in xs)", "mean([A, B])", "(A / (abs(B) + 1))", "twice(A)", "(score(C) * A)", "round(A)",
)  # fmt: skip
MONEY_FORMS = (
    "(A + B)",
    "(A - B)",
    "(A * 0.35)",
    "(A if C else B)",
    "max(A, B)",
    "(A / 3)",
    "twice(A)",
    "(2 * A)",
    "abs(A)",
)
BOOL_FORMS = ("(A and B)", "(A or not B)", "(not A)", "(A if C else B)", "(A == B)", "all([A, B])", "any([A, C])")
OVER_ROWS = st.one_of(
    _grow(3, REALS, FLAG, NUMBER_FORMS),
    _grow(3, INTS, FLAG, NUMBER_FORMS),
    _grow(3, MONEYS, FLAG, MONEY_FORMS),
    _grow(3, FLAG, FLAG, BOOL_FORMS),
)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(OVER_ROWS)
def test_any_column_is_its_rows(text: str) -> None:
    expression = compile_expression(text, at(text), SCOPE, diagnostics := Diagnostics(), item=PRODUCT)
    assert expression is not None, (text, diagnostics.items)
    by_row = expression.bind(env())
    assert by_row.column is not None, text
    assert by_row.column(Table(ROWS)).tolist() == [by_row.one(row) for row in ROWS], text


def test_a_function_gets_columns_from_a_table_within_an_expression() -> None:
    text = "top(2, pool, by=it.price)"
    expression = compile_expression(text, at(text), SCOPE, Diagnostics())
    assert expression is not None
    values = env()
    by_list = expression(values)

    asked: list[str] = []

    class Pool(Table):
        def __getitem__(self, place: int) -> Any:
            return self.rows[place]

        def column(self, name: str) -> Any:
            asked.append(name)
            return super().column(name)

    values["pool"] = Pool(values["pool"])
    assert expression(values) == by_list
    assert asked == ["price"]
