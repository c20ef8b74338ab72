"""Expressions: trees and texts agree, code computes what is written, columns agree with items, nothing ever crashes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import (
    FUNCTIONS,
    Definition,
    EvaluationError,
    Scope,
    compile_expression,
    format_expression,
    parse,
)
from rlve_dsl.expressions.evaluation import MOST_STEPS, one_budget, spend
from rlve_dsl.expressions.text_functions import has_words
from rlve_dsl.expressions.types import BOOL, INT, MONEY, REAL, TEXT, ListOf, Optional, Record

ROW = Record("Row", (("price", MONEY), ("rating", REAL), ("in_stock", BOOL), ("note", Optional(TEXT))))
SCOPE = Scope(
    {"d": INT, "xs": ListOf(INT), "row": ROW, "maybe": Optional(ROW), "rows": ListOf(ROW)},
    {f.name: f for f in FUNCTIONS},
)
ENV = {
    "d": 5,
    "xs": [3, 1, 2],
    "row": {"price": 500, "rating": 4.5, "in_stock": True, "note": None},
    "maybe": None,
    "rows": [],
}


def span(text: str) -> Span:
    return Span("x.yaml", 1, 1, 1, len(text) + 1)


def value(text: str) -> object:
    found = Diagnostics()
    expression = compile_expression(text, span(text), SCOPE, found)
    assert expression is not None, found.items
    return expression(dict(ENV))


def problem(text: str) -> str:
    found = Diagnostics()
    assert compile_expression(text, span(text), SCOPE, found) is None
    return found.errors[0].code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + floor(d / 2)", 4),
        ('has_words("In two days, at Dr. Eklund\'s.", "2 DAYS")', True),
        ('has_words("at Dr. Eklund\'s", "Dr. Eklund")', True),
        ('has_words("the gift-card, please", "gift card")', True),
        ('has_words("Is she asking?", "skin")', False),
        ('has_words("two more days", "2 days")', False),
        ('has_words("days", "2 days")', False),
        ('has_words("anything", "")', False),
        ("2 ^ 3 ^ 0", 2.0),
        ("0 < d <= 5", True),
        ("[x * 2 for x in xs if x > 1]", [6, 4]),
        ("sum(x for x in xs)", 6),
        ("top(2, xs, by=it)", [3, 2]),
        ("row.price + $5.50", 1050),
        ("row.price / 3", 167),
        ("row.note is unknown", True),
        ("maybe.price", None),
        ("maybe.price if maybe is known else $2", 200),
        ("maybe is known and maybe.price > $1", False),
        ("xs[0]", 3),
        ("xs[9]", None),
        ("mean([])", 0.0),
        ("share([])", 0.0),
        ("distinct([1, 2, 1])", [1, 2]),
        ("without(xs, [1])", [3, 2]),
        ("flat([xs, [4], []])", [3, 1, 2, 4]),
        ("flat([xs, [7], []])", [3, 1, 2, 7]),
        ("flat([x, x] for x in xs if x > 1)", [3, 3, 2, 2]),
        ("flat([])", []),
        ("percent(0.4)", "40%"),
        ('joined(["a", "b", "c"])', "a, b and c"),
        ("counted(3)", "three"),
        ('counted(2, "pair of jeans")', "two pairs of jeans"),
        ("ago(0 days)", "today"),
        ("ago(1 day)", "yesterday"),
        ("ago(12 days)", "12 days ago"),
        ("ago(731 days)", "731 days ago to the day"),
        ('by_share(["price", "rating", "brand"], [30%, 70%, 0%])', "70% on rating and 30% on price"),
        ('by_share(["price", "rating"], [50%, 50%])', "50% on price and 50% on rating"),
        ('by_share(["price"], [0%])', ""),
        ("[select(xs, where=it > y) for y in [1, 2]]", [[3, 2], [3]]),
        ("count(select(xs, where=count(select(xs, where=it > 2)) == 1 and it > 1))", 2),
    ],
)
def test_an_expression_computes_what_is_written(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "S201"),
        ("d && 1", "S202"),
        ("d = 3", "S202"),
        ("lambda: 0", "S202"),
        ("__import__('os')", "S202"),
        ("().__class__", "S203"),
        ("(1", "S202"),
        ("3 weeks", "S202"),
        ("dd", "R101"),
        ("__builtins__", "R101"),
        ("row.price + 5", "R105"),
        ("row.price < 5", "R106"),
        ("row.prise", "R104"),
        ("maybe.price + $1", "R103"),
        ("mn(1)", "R109"),
        ("floor(1, 2)", "R110"),
        ("not d", "R102"),
        ("[d for d in xs]", "R108"),
    ],
)
def test_a_mistake_has_a_code(text: str, code: str) -> None:
    assert problem(text) == code


@pytest.mark.parametrize("text", ["d / 0", "max([])", "2 ^ 1000", "sqrt(-1)", "count(range(100000))", "log(0)"])
def test_what_has_no_value_is_an_evaluation_error(text: str) -> None:
    with pytest.raises(EvaluationError):
        value(text)


@pytest.mark.parametrize(
    "name", ["order", "island", "format", "knowns", "in_stock", "notes", "iffy", "android", "isin"]
)
def test_a_name_may_begin_like_a_keyword(name: str) -> None:
    found = Diagnostics()
    expression = compile_expression(f"{name} + 1", span(name), Scope({name: INT}), found)
    assert expression is not None and expression({name: 1}) == 2


ATOMS = st.sampled_from(["d", "1", "2.5", "xs[0]", "row.rating", "sum(xs)", "-d", "$3", "15 days", "true", '"a b"'])
TREES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "^", "<", "==", "and", "or", "in"]), inner).map(
            lambda t: f"({t[0]}) {t[1]} ({t[2]})"
        ),
        inner.map(lambda t: f"not ({t})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]}) if ({t[1]}) else ({t[2]})"),
        inner.map(lambda t: f"[y for y in ({t}) if y is known]"),
        inner.map(lambda t: f"f({t}, by=({t}))"),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_formatting_and_parsing_again_gives_the_same_tree(text: str) -> None:
    tree = parse(text, span(text), Diagnostics())
    assert tree is not None
    again = format_expression(tree)
    assert parse(again, span(again), Diagnostics()) == tree


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="dxs()[]+-*/^<>=!.,\"'${}% 0123456789 ifelsenotand", max_size=60))
def test_no_text_makes_a_traceback(text: str) -> None:
    found = Diagnostics()
    compiled = compile_expression(text, span(text), SCOPE, found)
    assert (compiled is None) == bool(found.errors)


@pytest.mark.parametrize(
    "text", ["(" * 500 + "d" + ")" * 500, "not " * 1000 + "true", "-" * 1000 + "d", "d+" * 1500 + "d"]
)
def test_depth_is_bounded_with_a_diagnostic(text: str) -> None:
    found = Diagnostics()
    compiled = compile_expression(text, span(text), SCOPE, found)
    assert compiled is not None or found.errors[0].code in ("S204", "R102")


LONG = 'joined(["a " for k in range(2400)])'
"""A text of some 9,600 characters."""


class Table:
    """Three rows as columns."""

    columns: ClassVar = {
        "price": np.array([100, 500, 900]),
        "rating": np.array([4.0, 3.5, 5.0]),
        "in_stock": np.array([True, False, True]),
    }

    def column(self, name: str) -> np.ndarray:
        return self.columns[name]

    def __len__(self) -> int:
        return 3


@pytest.mark.parametrize(
    "text",
    [
        "it.price > $2 and it.in_stock",
        "not it.in_stock or it.rating >= 4",
        "it.rating * 2 + d",
        "clip(1 - it.price / (2 * $5), 0, 1)",
        "max(it.rating, 4)",
        "score(it.in_stock) if d > 3 else 0",
        "it.rating if it.in_stock else 0.0",
        "share(it.rating > x for x in xs)",
        "1 < it.rating <= 4",
        "it.price in [$1, $9]",
        "3.5",
    ],
)
def test_columns_agree_with_items(text: str) -> None:
    found = Diagnostics()
    expression = compile_expression(text, span(text), SCOPE, found, item=ROW)
    assert expression is not None, found.items
    bound = expression.bind(dict(ENV))
    assert bound.column is not None
    rows = [{name: column[i] for name, column in Table.columns.items()} for i in range(3)]
    assert np.allclose(bound.column(Table()).astype(float), [float(bound.one(row)) for row in rows])


@pytest.mark.parametrize(
    "text",
    [
        "sum(sum(sum(k for k in range(1000)) for j in range(1000)) for i in range(1000))",
        "count([[[k for k in range(1000)] for j in range(1000)] for i in range(1000)])",
        "count([1 for i in range(9000) if count(1 for j in range(9000)) > 0])",
        "count(select(range(9000), count(x for x in range(9000)) > 0))",
        "sum(count(select(range(9000), it > 1)) for i in range(9000))",
        "sum(count(top(1, range(9000), by=it)) for i in range(9000))",
        "count(flat([range(9000), range(9000)]))",
        "count([x for x in range(9000)] + [x for x in range(9000)])",
        " * ".join(["1000000000000"] * 10),
        "sum(max(range(10000)) for k in range(10000))",
        "sum(count(distinct(range(10000))) for k in range(9000))",
        "sum(1 for k in range(10000) if range(10000) == range(10000))",
        "sum(1 for k in range(10000) if range(10000) != range(10000))",
        "sum(1 for k in range(10000) if 0 - 1 in range(10000))",
        "sum(1 for k in range(10000) if k not in range(10000))",
        "sum(1 for k in range(1000) if index_of(range(10000), 9999) is known)",
        "sum(1 for k in range(100) if count(without(range(10000), [9999 for j in range(100)])) > 0)",
        "sum(count(distinct(range(100), by=range(1000))) for k in range(100))",
        "count([[j for j in range(1000)] for k in range(200)])",
        "sum(count(take(range(9000), 8000)) for k in range(1000))",
        "sum(sum(count(range(10000)) for j in range(10)) for i in range(10000))",
        "sum(1 for i in range(10000) if first(range(1000)) is known)",
        "sum(1 for i in range(10000) if range(1000)[0] is known)",
        f'sum(1 for i in range(10000) if has_words({LONG} + counted(i), "x"))',
        f'sum(1 for i in range(10000) if contains({LONG} + "x", "x"))',
        f'joined(["" for i in range(10000)], by={LONG})',
        f"by_share([{LONG} for i in range(10000)], [50% for i in range(10000)])",
        "[[xs, xs], [xs, xs]] == [[[k for k in range(900)] for j in range(40)] for i in range(40)]",
    ],
)
def test_an_evaluation_ends(text: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        value(text)
    assert caught.value.span == span(text)
    assert any(
        words in caught.value.reason
        for words in ("1,000,000 items", "10,000 items", "10,000 characters", "100,000 items", "too large")
    )


def two_records_of_lists(deep: int) -> tuple[Record, dict[str, object], dict[str, object]]:
    """A type, and two equal values: 3 ^ deep records, most of them the same one."""
    type_, one, other = Record("leaf", (("x", INT),)), {"x": 1}, {"x": 1}
    for _ in range(deep):
        type_ = Record("node", (("x", ListOf(type_)),))
        one, other = {"x": [one] * 3}, {"x": [other] * 3}
    return type_, one, other


@pytest.mark.parametrize(
    "text",
    ["r == s", "r != s", "r in [s]", "[r] == [s]", "[r] in [[s]]", "index_of([s], r) is known", "count(without([s], [r])) > 0",
     "count(distinct([r, s])) > 1", "r == s == r"],
)  # fmt: skip
def test_comparing_records_takes_a_step_for_each_of_their_parts(text: str) -> None:
    for deep, fine in ((3, True), (40, False)):
        type_, r, s = two_records_of_lists(deep)
        scope = Scope({"r": type_, "s": type_}, {f.name: f for f in FUNCTIONS})
        expression = compile_expression(text, span(text), scope, Diagnostics())
        assert expression is not None
        if fine:
            assert expression({"r": r, "s": s}) is (
                text not in ("r != s", "count(distinct([r, s])) > 1", "count(without([s], [r])) > 0")
            )
        else:
            with pytest.raises(EvaluationError, match="1,000,000 items"):
                expression({"r": r, "s": s})


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("count(range(50))", 50), ("count([k for k in range(50)])", 50), ("max(range(50))", 50), ("49 in range(50)", 50),
        ("range(50) == [0]", 50), ("sum(count(range(10)) for k in range(5))", 55), ("count(take(range(50), 2))", 50),
        ("count(xs)", 0), ('[lower(joined(["a" for i in range(39)])) for k in xs]', 3 * (1 + 39 + 118 // 20)),
    ],
)  # fmt: skip
def test_a_list_that_is_made_costs_a_step_for_each_item(text: str, steps: int) -> None:
    with one_budget():
        value(text)
        spend(MOST_STEPS - steps)  # so many are left
        with pytest.raises(EvaluationError):
            spend(1)


@pytest.mark.parametrize("times", [1, 2000])
def test_words_are_found_anywhere_in_a_long_text(times: int) -> None:
    said, looked_for = "a " * 2 * times, "a " * times
    assert has_words.call(f"{said} b", f"{looked_for} B")
    assert not has_words.call(said, f"{looked_for} b") and not has_words.call(f"{said}b", "a a b a")


def test_a_budget_is_for_one_evaluation() -> None:
    found, text = Diagnostics(), "sum(sum(k for k in range(1000)) for j in range(900))"
    expression = compile_expression(text, span(text), SCOPE, found)
    assert expression is not None
    assert {expression(dict(ENV)) for _ in range(3)} == {900 * 499_500}
    with one_budget():
        assert expression(dict(ENV)) == 900 * 499_500
        with one_budget(), pytest.raises(EvaluationError):  # what is within a larger whole has no budget of its own
            expression(dict(ENV))
    assert expression(dict(ENV)) == 900 * 499_500


def test_what_is_kept_of_a_condition_has_a_budget_of_its_own() -> None:
    found, text = Diagnostics(), "sum(k for k in range(9000)) > it"
    expression = compile_expression(text, span(text), SCOPE, found, item=INT)
    assert expression is not None
    with one_budget():
        kept = expression.bind(ENV, key="kept")
        assert all(kept.one(1) for _ in range(100))
        with pytest.raises(EvaluationError):
            all(kept.one(1) for _ in range(100))
        bound = expression.bind(ENV)
        spend(MOST_STEPS - 9000)  # nothing has been taken
        assert bound.one(1)
        with pytest.raises(EvaluationError):
            spend(1)


def test_lists_and_records_have_duplicates() -> None:
    assert value("distinct([[1, 2], [1], [1, 2]])") == [[1, 2], [1]]
    assert value("count(distinct([range(2), [0, 1], [1]]))") == 2
    assert value("count(distinct([row, row]))") == 1


def test_numbers_do_not_grow_without_end() -> None:
    """Each name could stand for a product of many of the one before."""
    product = " * ".join(["x"] * 20)
    power = Definition("power", ("x",), product, span(product))
    scope = Scope(SCOPE.names, SCOPE.functions, {"power": power})
    loops = "d"
    for depth in range(8):
        loops = f"sum({product.replace('x', f'x{depth}')} for x{depth} in [{loops}])"
    for text in ("power(power(power(power(power(power(d)))))) > 1", f"{loops} > 1"):
        found = Diagnostics()
        expression = compile_expression(text, span(text), scope, found)
        assert expression is not None, found.items
        with pytest.raises(EvaluationError, match="a number is too large"):
            expression(dict(ENV))


@pytest.mark.parametrize(
    "bodies",
    [
        [f"d{n}(x) + d{n}(x)" for n in range(25)],
        [f"d{n}(x * x)" for n in range(25)],
        [f"d{n}(x)" for n in range(600)],
        [f"{'-(' * 50}d{n}(x){')' * 50}" for n in range(11)],
    ],
)
def test_definitions_do_not_grow_without_end(bodies: list[str]) -> None:
    definitions = [Definition("d0", ("x",), "x + 1", span("x + 1"))]
    definitions += [Definition(f"d{n}", ("x",), body, span(body)) for n, body in enumerate(bodies, start=1)]
    scope = Scope(SCOPE.names, SCOPE.functions, {d.name: d for d in definitions})
    found, text = Diagnostics(), f"d{len(bodies)}(d)"
    expression = compile_expression(text, span(text), scope, found)
    if expression is None:
        assert {d.code for d in found.errors} == {"R227"}
    else:
        with pytest.raises(EvaluationError):
            expression(dict(ENV))
