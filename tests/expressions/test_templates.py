"""Templates and the wording of values."""

from __future__ import annotations

from typing import Any

import pytest

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import Scope, Segment, Template, compile_template, show
from rlve_dsl.expressions.types import ANY, BOOL, DAYS, INT, MONEY, REAL, TEXT, Enum, ListOf, Optional, Record, Type
from tests.expressions.conftest import SCOPE, at, env


def template(text: str) -> Template:
    found = Diagnostics()
    compiled = compile_template(text, at(text), SCOPE, found)
    assert compiled is not None, found.items
    return compiled


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain words", "plain words"), ("", ""), ("{d}", "3"), ("{cost} in {wait}", "$19.99 in 15 days"),
        ("{p.price / 3} or {x}", "$5 or 0.25"), ("in {joined(words)}: {words}", "in a and b: a, b"),
        ('{"{" + word + "}"}!', "{hello}!"), ("{flag}", "yes"), ("two\nlines of {word}", "two\nlines of hello"),
    ],
)  # fmt: skip
def test_a_template_is_filled(text: str, wanted: str) -> None:
    assert template(text).render(env()) == wanted


def test_segments_tell_words_from_values() -> None:
    compiled = template("I need {word}, {d} of it")
    assert compiled.segments(env()) == (
        Segment("I need ", False), Segment("hello", True), Segment(", ", False), Segment("3", True), Segment(" of it", False),
    )  # fmt: skip
    assert compiled.free == {"word", "d"}
    assert "".join(s.text for s in compiled.segments(env())) == compiled.render(env())


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("a {d", "S205", 3), ("a d} b", "S205", 4), ("{}", "S201", 1), ("see {dd} there", "R101", 6), ("{d +}", "S201", 4),
        ("the {p}", "R112", 6), ("all {pool}", "R112", 6), ("{d} and {cost + 5}", "R105", 10), ("{{d}}", "S205", 1),
    ],
)  # fmt: skip
def test_a_mistake_in_a_template_is_reported_at_its_place(text: str, code: str, column: int) -> None:
    found = Diagnostics()
    assert compile_template(text, at(text), SCOPE, found) is None
    assert (found.errors[0].code, found.errors[0].span and found.errors[0].span.column) == (code, column)


def test_where_a_text_of_several_lines_is_wrong_all_of_it_is_marked() -> None:
    span = Span("a.yaml", 3, 5, 6, 1)
    found = Diagnostics()
    assert compile_template("first\nsecond {dd}", span, SCOPE, found) is None
    assert found.errors[0].span == span


@pytest.mark.parametrize(
    ("value", "type_", "wanted"),
    [
        (1299, MONEY, "$12.99"), (-5, MONEY, "-$0.05"), (100000, MONEY, "$1000"), (1, DAYS, "1 day"), (0, DAYS, "0 days"),
        (15, DAYS, "15 days"), (1 / 3, REAL, "0.333333"), (2.0, REAL, "2"), (1e6, REAL, "1000000"), (12345678.0, REAL, "12345700"),
        (0.00001, REAL, "0.00001"), (-0.0, REAL, "0"), (True, BOOL, "yes"), (False, ANY, "no"), ([1, 2], ListOf(INT), "1, 2"),
        ([199, 1], ListOf(MONEY), "$1.99, $0.01"), ({"says": "under $5"}, Record("C", (("says", TEXT),)), "under $5"),
        ("plain", Enum(("plain",)), "plain"), (3, Optional(INT), "3"), (None, Optional(INT), "unknown"), (0.5, ANY, "0.5"),
    ],
)  # fmt: skip
def test_a_value_has_words(value: Any, type_: Type, wanted: str) -> None:
    assert show(value, type_) == wanted


def test_of_a_record_that_is_a_sentence_only_what_it_shows_is_the_value() -> None:
    sentence = Record("Sentence", (("says", TEXT), ("shown", TEXT)))
    scope = Scope({"s": sentence})
    compiled = compile_template("Well, {s}", at("Well, {s}"), scope, Diagnostics())
    assert compiled is not None

    def values(says: str, shown: str) -> list[tuple[str, bool]]:
        return [(s.text, s.is_value) for s in compiled.segments({"s": {"says": says, "shown": shown}})]

    assert values("It cost $5.", "$5") == [("Well, ", False), ("It cost ", False), ("$5", True), (".", False)]
    assert values("I'm not.", "I'm not.") == [("Well, ", False), ("I'm not.", True)]
    assert values("It cost $5.", "") == values("It cost $5.", "$6") == [("Well, ", False), ("It cost $5.", True)]
