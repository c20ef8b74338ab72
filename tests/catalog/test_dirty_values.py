"""Dirty values: a clear one is taken, an unclear one is left out with a reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.catalog.imports.normalise import normaliser
from rlve_dsl.catalog.imports.values import Doubt, at_path, number_of, price_of, real_of, text_of, truth_of, whole_of
from rlve_dsl.diagnostics import Span
from rlve_dsl.files import ImportedAttribute, Name, TemplateText

HERE = Span("x.yaml", 1, 1, 1, 2)


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        (14.99, 1499), (15, 1500), ("14.99", 1499), ("$14.99", 1499), ("$ 14.99", 1499), ("14.99$", 1499), ("14.99 USD", 1499), ("US$14.99", 1499), ("US $ 14.99", 1499), ("12,99", 1299),
        ("1,299.00", 129900), ("1.299,00", 129900), ("1,299", 129900), ("$1,234,567.89", 123456789), (".99", 99), ("0.5", 50),
        (None, None), ("None", None), ("", None), ("  ", None), ("nan", None), (float("nan"), None), ("—", None), ([], None),
    ],
)  # fmt: skip
def test_a_price_is_read_or_missing(value: Any, cents: int | None) -> None:
    assert price_of(value, "$") == cents


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("from 14.99", "words beside"), ("$10.00 - $20.00", "range"), ("10–20", "range"), ("€15", "another currency"),
        ("15 EUR", "another currency"), ("£3", "another currency"), ("about $5", "words beside"), ("free", "not a price"),
        ("-5", "not above nothing"), ("- $5.00", "not above nothing"), ("1e3", "several numbers"), ("1 299,00", "several numbers"),
        ("1'299.00", "several numbers"), ("2 for $5", "several numbers"), ("10 to 20", "range"), ("$10.00-$20.00", "range"), ("1e-3", "several numbers"), ("1" + "-" * 100_000, "words beside"), ("$10 - $20", "range"),
        ("CA$15", "words beside"), (-5.0, "not above nothing"), (0, "not above nothing"), ("0.00", "not above nothing"), (True, "not a price"),
        (float("inf"), "beyond"), (1e12, "beyond"), ("1.299", "two ways"), ("1.2.3", "two ways"), (1.2345, "parts of a cent"),
        ("1,2,3", "two ways"), ({"amount": 3}, "not a price"),
    ],
)  # fmt: skip
def test_a_price_that_does_not_say_is_left_out(value: Any, reason: str) -> None:
    found = price_of(value, "$")
    assert isinstance(found, Doubt) and reason in found.reason


@given(st.integers(0, 10**9), st.sampled_from([(",", "."), (".", ","), ("", "."), ("", ",")]))
def test_a_number_with_cents_is_read_whichever_way_it_is_grouped(cents: int, signs: tuple[str, str]) -> None:
    group, point = signs
    text = f"{cents // 100:,}".replace(",", group) + f"{point}{cents % 100:02d}"
    assert number_of(text) == cents / 100


@given(st.from_regex(r"[0-9]+([.,][0-9]+)*", fullmatch=True).filter(lambda t: len(t) < 40))
def test_no_number_is_read_that_has_other_digits(text: str) -> None:
    found = number_of(text)
    digits = "".join(c for c in text if c.isdigit()).strip("0")
    if found is not None and len(digits) <= 15:  # what a float holds exactly
        assert f"{Decimal(repr(found)):f}".replace(".", "").strip("0") == digits


@given(st.one_of(st.none(), st.text(), st.floats(), st.integers(), st.booleans(), st.lists(st.text()), st.binary()))
def test_no_value_breaks_a_reader(value: Any) -> None:
    assert isinstance(text_of(value), str)
    text_of(value).encode()  # no half characters
    price = price_of(value, "$")
    assert price is None or isinstance(price, Doubt) or 0 < price < 2**31
    for found in (whole_of(value, 0, 9), real_of(value, 0, 9)):
        assert found is None or isinstance(found, Doubt) or 0 <= found <= 9
    assert truth_of(value) in (True, False, None) or isinstance(truth_of(value), Doubt)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("<p>Soft &amp; <b>warm</b></p>", "Soft & warm"), ("a\n\tb\x00c", "a b c"), ("5 < 6 > 4", "5 < 6 > 4"),
        ("&lt;b&gt;bold&lt;/b&gt;", "bold"), ("caffè ☕ 😀", "caffè ☕ 😀"), ("half \ud83d a face", "half \ufffd a face"),
        ("&#" + "1" * 5000 + ";", "\ufffd"), ("&#" + "0" * 9 + "65;", "A"), ("&#99999999;", "\ufffd"),
        ("a<!-- b -->c<!-- d", "a c<!-- d"), ("<!--><b>-->x<!-- <i>", "x<!--"), ("<!-->", "<!-->"), ("<!-- --> <a -->y", "y"),
        (["a", None, " ", "<br>b"], "a b"), ("NULL", ""), ("<script>x</script>", "x"), (12, "12"),
    ],
)  # fmt: skip
def test_text_has_no_markup(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("title", "T"), ("details.Color", "red"), ("details.Item Weight", "3 oz"), ("details.a.b", 1), ("list.0", "x"),
        ("list.-1", "y"), ("list.5", None), ("list.x", None), ("nothing.at.all", None), ("text.Color", "blue"),
        ("broken.Color", None), ("details.Color.more", None), ("dotted.key", "whole"),
    ],
)  # fmt: skip
def test_a_path_leads_through_mappings_lists_and_json_in_text(path: str, found: Any) -> None:
    record = {
        "title": "T", "details": {"Color": "red", "Item Weight": "3 oz", "a.b": 1}, "list": ["x", "y"],
        "text": '{"Color": "blue"}', "broken": '{"Color": ', "dotted.key": "whole",
    }  # fmt: skip
    assert at_path(record, path) == found


def attribute(**more: Any) -> ImportedAttribute:
    return ImportedAttribute(
        name=Name("a", HERE), columns=("x",), says=TemplateText("{value}", HERE), span=HERE, **more
    )


WEIGHT = attribute(
    type="int", units={"g": 1, "kg": 1000, "oz": 28.349523, "lb": 453.59237, "pounds": 453.59237}, within=True
)
COLOR = attribute(type="enum", values={"grey": ("gray", "dark grey"), "navy": (), "red": ("scarlet",)})
CLOTH = attribute(type="enum", values={"wool": ("merino",), "cotton": ()}, within=True)
BARE = attribute(type="real", units={"": 1, "m": 1, "cm": 0.01})


@pytest.mark.parametrize(
    ("declared", "value", "read"),
    [
        (WEIGHT, "250 g", 250), (WEIGHT, "1.5kg", 1500), (WEIGHT, "1,200 g", 1200), (WEIGHT, "8 OZ", 227), (WEIGHT, "2 pounds", 907),
        (WEIGHT, "15 x 12 x 0.33 inches; 8 oz", 227), (WEIGHT, "3 gallons", "table"), (WEIGHT, "250", "table"),
        (WEIGHT, "1 kg (1000 g)", 1000), (WEIGHT, "1 kg or 2 kg", "several"), (WEIGHT, "1.2.3 kg", "two ways"), (WEIGHT, None, None),
        (COLOR, "Gray", 0), (COLOR, " NAVY ", 1), (COLOR, "navy blue", "table"), (COLOR, ["?", "Scarlet"], 2), (COLOR, "", None),
        (CLOTH, "100% Merino", 0), (CLOTH, "woollen", "table"), (CLOTH, "60% cotton, 40% wool", "several"), (CLOTH, "cotton Cotton", 1),
        (BARE, "2,50", 2.5), (BARE, "30 cm", 0.3), (BARE, "long", "table"), (BARE, 3, 3.0), (BARE, "3 m long", "table"),
    ],
)  # fmt: skip
def test_an_attribute_is_normalised_by_its_table(declared: ImportedAttribute, value: Any, read: Any) -> None:
    found = normaliser(declared).read({"x": value})
    if isinstance(read, str):
        assert isinstance(found, Doubt) and read in found.reason
    else:
        assert found == read


def test_the_first_column_that_says_something_known_is_taken() -> None:
    declared = ImportedAttribute(
        name=Name("a", HERE),
        type="enum",
        columns=("x", "y"),
        says=TemplateText("{value}", HERE),
        span=HERE,
        values={"red": (), "blue": ()},
    )
    assert normaliser(declared).read({"x": "ultramarine", "y": "blue"}) == 1
    assert normaliser(declared).read({"x": "red", "y": "blue"}) == 0
