"""Arguments and answers in other forms: the tables of docs/language.md are true."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.catalog import Filter
from rlve_dsl.expressions import Signature, signature_of
from rlve_dsl.expressions.types import BOOL, DAYS, INT, MONEY, REAL, TEXT, Enum, Id, ListOf, Optional, Type, type_of
from rlve_dsl.reward.rulings import ruling_score, same_ruling
from rlve_dsl.world import WireError, decode
from rlve_dsl.world.arguments import argument_decoder

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("### What counts as the same value")[2].partition("\n## ")[0]
STATUS = Enum(("delivered", "out_for_delivery", "shipped"))
TYPES: dict[str, Type] = {
    "int": INT, "real": REAL, "days": DAYS, "money": MONEY, "bool": BOOL, "text": TEXT, "product id": Id("product"),
    f"one of {', '.join(STATUS.values)}": STATUS, "list of product id": ListOf(Id("product")), "list of int": ListOf(INT),
    "list of list of int": ListOf(ListOf(INT)), "filters": type_of(list[Filter]), "int?": Optional(INT), "text?": Optional(TEXT),
}  # fmt: skip


def rows(columns: int) -> list[list[str]]:
    found = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in SECTION.splitlines() if "`" in line]
    return [row for row in found if len(row) == columns and row[0] in TYPES]


def values(cell: str) -> list[Any]:
    return [json.loads(written) for written in re.findall(r"`([^`]*)`", cell)]


READ = [(name, written, values(proper)[0]) for name, cell, proper in rows(3) for written in values(cell)]
NOT_READ = [(name, written) for name, cell in rows(2) for written in values(cell)]


def test_the_tables_are_found() -> None:
    assert len(READ) > 40 and len(NOT_READ) > 35
    assert {name for name, *_ in READ} | {"list of list of int"} == TYPES.keys()


@pytest.mark.parametrize(("name", "written", "proper"), READ)
def test_what_is_read_is_the_value_itself(name: str, written: Any, proper: Any) -> None:
    value = decode(written, TYPES[name])
    assert value == decode(proper, TYPES[name])
    assert type(value) is type(decode(proper, TYPES[name]))


@pytest.mark.parametrize(("name", "written"), NOT_READ)
def test_what_could_mean_two_things_is_not_read(name: str, written: Any) -> None:
    with pytest.raises(WireError):
        decode(written, TYPES[name])


def number(product_id: str, note: str = "", qty: int = 1, tags: Sequence[str] = ()) -> int:
    """A call with three arguments that may be left out."""
    return qty


SIGNATURE: Signature = signature_of(number, skip=0)


def test_null_leaves_an_argument_out_where_it_may_be_left_out() -> None:
    arguments = argument_decoder(SIGNATURE)
    assert arguments({"product_id": "a", "note": None, "qty": None, "tags": None}) == {"product_id": "a"}
    with pytest.raises(WireError, match="product_id"):
        arguments({"product_id": None})


def test_the_name_of_an_argument_is_read_in_other_forms() -> None:
    arguments = argument_decoder(SIGNATURE)
    assert arguments({"Product-ID": "a", "QTY": 2}) == {"product_id": "a", "qty": 2}
    for twice in ({"product_id": "a", "Product ID": "a"}, {"product id": "a", "product-id": "a"}, {"product": "a"}):
        with pytest.raises(WireError):
            arguments(twice)


@given(st.integers(-(10**6), 10**6))
def test_a_number_in_words_and_signs_is_the_number(number: int) -> None:
    assert decode(str(number), INT) == decode(f"{number:,}", INT) == decode(float(number), INT) == number
    assert decode(f"{number} days", DAYS) == number
    assert decode(f"{number}%", REAL) == number / 100
    dollars = decode(number, MONEY)
    for text in ("{} dollars", "{} USD", "${}", "The fee is ${}.", "{} dollars in all"):
        assert decode(text.format(number), MONEY) == dollars


@given(st.text(max_size=40), st.sampled_from(list(TYPES.values())))
def test_a_text_is_read_or_refused_and_never_read_in_part(text: str, type_: Type) -> None:
    try:
        value = decode(text, type_)
    except WireError:
        return
    if type_ in (INT, REAL, DAYS, MONEY):
        assert value == 0 or re.search(r"\d|[a-z]{3}", text.casefold())
    if type_ in (TEXT, Id("product")):
        assert value == text


@pytest.mark.parametrize("length", [301, 100_000])
def test_a_long_text_is_no_number(length: int) -> None:
    for type_ in (INT, REAL, MONEY, BOOL, STATUS):
        with pytest.raises(WireError):
            decode("5" + " " * length + "x", type_)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("two percent", "2%"), ("39 dollars", "$39"), ("39.00 USD", "$39"), ("50 cents", "$0.50"), ("The fee is 15%.", "15%"),
        ("Customers have 30 days to return it.", "30 days"), ("Yes, it is allowed.", "yes"), ("No, it is not.", "no"),
        ("true", "yes"), ("full-refund", "full refund"), ("Store_credit.", "store credit"),
    ],
)  # fmt: skip
def test_a_verdict_is_read_out_of_the_words_around_it(given: str, wanted: str) -> None:
    assert same_ruling.call(given, wanted) and ruling_score.call(given, wanted) == 1


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("15% within 30 days", "15%"), ("15% within 30 days", "30 days"), ("15% or 20%", "15%"), ("not 15%", "15%"),
        ("Yes, but no refund.", "yes"), ("yes or no", "yes"), ("yes or no", "no"), ("Yes. No.", "no"), ("The fee is 15.", "15%"),
        ("store credit or refund", "store credit"), ("class 2 parcel", "2"), ("up to $39", "$39"),
    ],
)  # fmt: skip
def test_a_verdict_among_others_is_not_read(given: str, wanted: str) -> None:
    assert not same_ruling.call(given, wanted) and ruling_score.call(given, wanted) == -1
