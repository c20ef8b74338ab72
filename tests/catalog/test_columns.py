"""The parts of a large catalog: tables of texts, sets of rows, inverted lists, scans block by block."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.catalog import Catalog, generate
from rlve_dsl.catalog import catalog as catalog_module
from rlve_dsl.catalog.products import row_set as row_sets
from rlve_dsl.catalog.products import table
from rlve_dsl.catalog.products.row_lists import RowLists
from rlve_dsl.catalog.products.row_set import RowSet
from rlve_dsl.catalog.products.string_table import NameList, StringTable
from rlve_dsl.catalog.search import filters
from rlve_dsl.expressions import Lambda
from rlve_dsl.files import kinds

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), unique=True)


@given(TEXTS, st.text())
def test_a_string_table_is_its_list(texts: list[str], other: str) -> None:
    strings, names = StringTable.of(texts), NameList(texts)
    assert list(strings) == list(names) == texts and len(strings) == len(names) == len(texts)
    assert strings[1:3] == texts[1:3]
    for one in (strings, names):
        assert [one.find(text) for text in texts] == list(range(len(texts)))
        assert one.find(other) == (texts.index(other) if other in texts else None)
    assert [strings.raw(i) for i in strings.order] == sorted(text.encode() for text in texts)


@given(st.lists(st.booleans(), max_size=3_000), st.integers(0, 5), st.booleans())
def test_rows_of_a_set_are_those_of_the_mask(flags: list[bool], shift: int, listed: bool) -> None:
    mask = np.array(flags * shift, dtype=bool)
    row_set, rows = RowSet(mask), np.flatnonzero(mask)
    assert len(row_set) == len(rows) and row_set.rows().tolist() == rows.tolist()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_sets, "_LISTED", len(mask) if listed else -1)
        for place in {0, len(rows) // 2, len(rows) - 1} & set(range(len(rows))):
            assert row_set[place] == rows[place]
    assert row_set.contains(np.arange(len(mask))).tolist() == mask.tolist()
    with pytest.raises(IndexError):
        row_set[len(rows)]


@given(st.lists(st.integers(-1, 6)))
def test_inverted_lists_find_the_rows_of_a_code(codes: list[int]) -> None:
    column = np.array(codes, dtype=np.int32)
    lists = RowLists.of(column, 7)
    assert all(lists.rows(code).tolist() == np.flatnonzero(column == code).tolist() for code in range(7))
    assert lists.rows(None).tolist() == []


CONDITIONS: list[Any] = [
    {"field": "price", "op": "at_most", "value": 2_000},
    {"field": "in_stock", "op": "is", "value": True},
    {"field": "color", "op": "is", "value": "black"},
    {"field": "watts", "op": "at_least", "value": 30},
    {"field": "has_price", "op": "is", "value": True},
]


def test_blocks_do_not_show(general_spec: kinds.Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    where = Lambda(one=lambda p: p["peers"] > 4, column=lambda t: t.column("peers") > 4, key="peers")
    kettles = Lambda(one=lambda p: p["kind"] == "kettle", column=lambda t: t.column("kind") == "kettle")
    found = []
    for block in (1 << 16, 37):
        for module in (table, filters, catalog_module):
            monkeypatch.setattr(module, "BLOCK", block)
        catalog = generate(general_spec, 1_000)
        rows = [catalog.select(w).rows.tolist() for w in (where, kettles)]
        found.append(
            [*rows, *(catalog.filter([c]).tolist() for c in CONDITIONS), catalog.filter(CONDITIONS[:2]).tolist()]
        )
    assert found[0] == found[1] and all(found[0][:2])


def test_what_is_selected_costs_a_bit_a_product(general_spec: kinds.Catalog) -> None:
    catalog = generate(general_spec, 50_000)
    peers = [_at_least(n) for n in range(9, 29)]
    catalog.select(peers[0])
    tracemalloc.start()
    kept = [catalog.select(where) for where in peers]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len({len(found) for found in kept}) > 1
    assert size < len(peers) * catalog.size / 8 * 1.5


def _at_least(peers: int) -> Lambda:
    return Lambda(one=lambda p: p["peers"] >= peers, column=lambda t: t.column("peers") >= peers, key=("peers", peers))


def test_expressions_that_pick_the_same_share_what_they_pick(made: Callable[..., Catalog]) -> None:
    catalog = made()
    one, other = (
        catalog.select(Lambda(one=lambda p: True, column=lambda t: t.column("price") > 0, key=key))
        for key in ("a", "b")
    )
    assert one._rows is other._rows and len(one) == catalog.size
