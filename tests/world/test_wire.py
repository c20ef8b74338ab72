"""decode(encode(x)) == x for every type, and nothing ill-typed gets through."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.catalog import Constraint, Filter
from rlve_dsl.domains import store_tools
from rlve_dsl.expressions.types import (
    ANY,
    BOOL,
    DAYS,
    INT,
    MONEY,
    REAL,
    TEXT,
    Enum,
    Id,
    ListOf,
    Optional,
    Record,
    Type,
    type_of,
)
from rlve_dsl.world import WireError, decode, encode, schema_of
from rlve_dsl.world.scalars import structure

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
whole = st.integers(-(2**31), 2**31)
reals = st.floats(-1e9, 1e9)
SCALARS = {
    INT: whole,
    DAYS: st.integers(0, 400),
    REAL: reals,
    BOOL: st.booleans(),
    TEXT: texts,
    MONEY: st.integers(-(10**9), 10**9),
    Id("product"): texts,
    Enum(("is", "at_least")): st.sampled_from(["is", "at_least"]),
    ANY: st.one_of(st.none(), st.booleans(), whole, reals, texts, st.dictionaries(texts, st.lists(whole), max_size=3)),
}


def typed_values() -> st.SearchStrategy[tuple[Type, Any]]:
    def value_of(type_: Type) -> st.SearchStrategy[Any]:
        match type_:
            case ListOf(item):
                return st.lists(value_of(item), max_size=4)
            case Optional(item):
                return st.none() | value_of(item)
            case Record(fields=fields):
                return st.fixed_dictionaries({name: value_of(t) for name, t in fields})
        return SCALARS[type_]

    scalars = st.sampled_from(list(SCALARS))
    types = st.recursive(
        scalars,
        lambda inner: st.one_of(
            inner.map(ListOf),
            inner.filter(lambda t: t != ANY and not isinstance(t, Optional)).map(Optional),
            st.dictionaries(st.sampled_from("abcde"), inner, min_size=1, max_size=4).map(
                lambda fields: Record("R", tuple(fields.items()))
            ),
        ),
        max_leaves=6,
    )
    return types.flatmap(lambda t: st.tuples(st.just(t), value_of(t)))


@given(typed_values())
def test_decoding_what_was_encoded_gives_it_back(case: tuple[Type, Any]) -> None:
    type_, value = case
    sent = json.loads(json.dumps(encode(value, type_)))
    assert decode(sent, type_) == value
    if not _has_null(sent):
        jsonschema.validate(sent, schema_of(type_))


@given(typed_values(), typed_values())
def test_what_decodes_is_a_value_that_fits_the_schema(one: tuple[Type, Any], other: tuple[Type, Any]) -> None:
    sent = json.loads(json.dumps(encode(one[1], one[0])))
    try:
        value = decode(sent, other[0])
    except WireError:
        return
    proper = json.loads(json.dumps(encode(value, other[0])))
    assert decode(proper, other[0]) == value
    if not _has_null(proper):
        jsonschema.validate(proper, schema_of(other[0]))


def _has_null(data: Any) -> bool:
    if isinstance(data, dict):
        return any(_has_null(v) for v in data.values())
    return any(_has_null(v) for v in data) if isinstance(data, list) else data is None


def test_a_comparison_words_its_value_as_its_field() -> None:
    price = {"field": "price", "op": "at_most", "value": 2599}
    watts = {"field": "watts", "op": "at_least", "value": 45}
    filters = type_of(list[Filter])
    assert encode([price, watts], filters) == [{**price, "value": 25.99}, watts]
    assert decode([{**price, "value": 25.99}, watts], filters) == [price, watts]
    wish = {**price, "says": "for $25.99 or less"}
    assert encode(wish, type_of(Constraint))["value"] == 25.99
    assert encode(wish, type_of(Filter)) == {**price, "value": 25.99}, "a constraint may stand for a filter"


def test_unknown_fields_are_left_out() -> None:
    line = Record("Line", (("id", TEXT), ("label", Optional(TEXT))))
    assert encode({"id": "a", "label": None}, line) == {"id": "a"}
    assert decode({"id": "a"}, line) == {"id": "a", "label": None}


@pytest.mark.parametrize(
    ("data", "type_", "path"),
    [
        ([1, "b"], ListOf(INT), "[1]"),
        ([{"field": "a", "op": "has", "value": 1}], type_of(list[Filter]), "[0].op"),
        ([{"field": "a", "op": "is"}], type_of(list[Filter]), "[0].value"),
        ({"field": "a", "op": "is", "value": 1, "more": 2}, type_of(Filter), "more"),
        (float("inf"), REAL, ""),
        (float("nan"), REAL, ""),
        (float("nan"), MONEY, ""),
        (10**400, INT, ""),
        (10**400, REAL, ""),
        ([float("nan")], ANY, ""),
        (True, INT, ""),
        (1, BOOL, ""),
        ("\ud800", TEXT, ""),
        (None, TEXT, ""),
    ],
)
def test_an_error_says_where(data: Any, type_: Type, path: str) -> None:
    with pytest.raises(WireError) as caught:
        decode(data, type_)
    assert caught.value.path == path


def test_arguments_come_back_too() -> None:
    search = next(t for t in store_tools() if t.name == "catalog.search")
    given = {"query": "mug", "filters": [{"field": "price", "op": "at_most", "value": 999}], "top_k": 3}
    assert search.arguments(search.encode_arguments(given)) == given
    add = next(t for t in store_tools() if t.name == "cart.add")
    assert add.encode_arguments({"product_id": "a", "variant_id": None, "qty": 1}) == {"product_id": "a", "qty": 1}


@pytest.mark.parametrize("text", ['["\\ud800"]', '[{"\\udfff": 1}]', '{"a": ["b", "\\ud83d"]}'])
def test_a_text_with_half_a_character_in_it_is_not_read_as_json(text: str) -> None:
    assert structure(text) == text
    assert structure('["\\ud83d\\ude00"]') == ["\U0001f600"]
