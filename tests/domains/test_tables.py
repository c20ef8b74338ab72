"""Tables: what an episode changes lies over rows that all episodes share, and the state is the fold of its journal."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.rng import Stream
from rlve_dsl.world import Effect, Refusal, Rows, Table, effect_from_json, replay
from tests.domains.conftest import BOOKS, MEMBERS, Desk, book

ids = st.sampled_from(["b1", "b2", "b3", "b4"])
people = st.sampled_from(["m1", "m2", "m3"])
calls = st.lists(
    st.one_of(
        st.tuples(st.just("lend"), st.fixed_dictionaries({"member_id": people, "book_id": ids})),
        st.tuples(st.just("swap"), st.fixed_dictionaries({"book_id": ids, "other_id": ids})),
        st.tuples(
            st.just("close"), st.fixed_dictionaries({"member_id": people}, optional={"note": st.text(max_size=3)})
        ),
        st.tuples(st.just("discard"), st.fixed_dictionaries({"book_id": ids})),
    ),
    max_size=12,
)
DESK = Desk()


@given(calls)
def test_the_state_is_the_fold_of_its_journal_and_shared_rows_never_change(
    made: list[tuple[str, dict[str, Any]]],
) -> None:
    desk = copy.copy(DESK)
    desk.shop = Desk().shop
    before = copy.deepcopy((MEMBERS, BOOKS))
    for name, arguments in made:
        length = len(desk.shop.journal)
        try:
            desk.call(name, **arguments)
        except Refusal:
            assert len(desk.shop.journal) == length, "a refused call changes nothing"
        shop = desk.shop
        assert replay(shop.journal, shop.catalog, shop.provided) == shop.state
        written = json.loads(json.dumps(shop.journal.as_json()))
        again = [effect_from_json(entry) for entry in written]
        assert again == list(shop.journal)
        assert replay(again, shop.catalog, shop.provided) == shop.state
    assert (MEMBERS, BOOKS) == before


rows = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2), max_size=6)
writes = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.none() | st.integers(0, 2)), max_size=8)


@given(rows, writes, st.integers(0, 2))
def test_an_index_finds_what_a_scan_finds_in_the_same_order(
    base: dict[str, int], changes: list[tuple[str, int | None]], wanted: int
) -> None:
    table = Table(Rows({key: {"id": key, "of": value} for key, value in base.items()}))
    for key, value in changes:
        table = table.changed(key, None if value is None else {"id": key, "of": value})

    def of(row: dict[str, Any]) -> int:
        return int(row["of"])

    assert list(table.where(of, wanted)) == [row for row in table if row["of"] == wanted]
    assert [table.at(row["id"]) for row in table] == list(table) and len(table) == len(list(table))


def test_equality_compares_what_differs_from_the_shared_rows() -> None:
    shared = Rows(BOOKS)
    table = Table(shared)
    other = table.changed("b1", {**BOOKS["b1"], "lent": True})
    assert other != table and other.changed("b1", dict(BOOKS["b1"])) == table
    created = table.changed("b9", book("b9", "New", 100))
    assert created != table and created.changed("b9", None) == table
    assert not created.changed("b9", None).is_free("b9"), "an id is never used again"
    assert Table(Rows(BOOKS)) != table, "tables over other rows are other tables"


def test_a_table_reads_what_was_read_before_as_it_was() -> None:
    desk = Desk()
    before = desk.table("book")
    desk.call("swap", book_id="b1", other_id="b2")
    first, now = before.at("b1"), desk.table("book").at("b1")
    assert first is not None and now is not None and (first["price"], now["price"]) == (4500, 900)


def test_an_effect_shares_nothing_with_what_it_is_written_as() -> None:
    effect = Effect("create", "loan", "X1", "", {"notes": ["a"]})
    written = effect.as_json()
    assert effect_from_json(written) == effect
    assert isinstance(written["value"], dict) and isinstance(written["value"]["notes"], list)
    written["value"]["notes"].append("b")
    assert effect.value == {"notes": ["a"]}


def test_a_drawn_id_is_one_that_nothing_has() -> None:
    desk = Desk()
    taken = {f"X-{number}" for number in range(1000, 10000)} - {"X-4711"}
    tables = desk.shop.state.tables
    full = tables.with_table("loan", Table(Rows({id_: {} for id_ in taken})))
    assert full.drawn_id("loan", Stream("any")) == "X-4711"


def test_where_all_ids_are_taken_none_is_drawn() -> None:
    desk = Desk()
    full = desk.shop.state.tables.with_table("loan", Table(Rows({f"X-{n}": {} for n in range(1000, 10000)})))
    with pytest.raises(Unsatisfiable, match="all ids of the form X-#### are taken"):
        full.drawn_id("loan", Stream("any"))
