"""What a call of a declared tool does: look-ups, refusals, rulings, effects and results."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.values import Value
from rlve_dsl.world import Refusal, Shop, Table, WireError, replay, tool_schema
from tests.domains.conftest import BOOKS, LENDING, MEMBERS, Desk, compiled, shop_of


def test_a_lookup_that_finds_nothing_refuses_the_call_by_the_name_of_the_entity(desk: Desk) -> None:
    with pytest.raises(Refusal, match="^Member not found$"):
        desk.call("lend", member_id="m9", book_id="b1")
    with pytest.raises(Refusal, match="^Book not found$"):
        desk.call("lend", member_id="m1", book_id="b9")
    assert len(desk.shop.journal) == 0


def test_a_refusal_says_why_and_nothing_changes(desk: Desk) -> None:
    with pytest.raises(Refusal, match="^Salt is lent\\.$"):
        desk.call("lend", member_id="m1", book_id="b3")
    assert len(desk.shop.journal) == 0


def test_all_effects_of_a_call_happen_and_gives_is_read_after_them(desk: Desk) -> None:
    result = desk.call("lend", member_id="m1", book_id="b2")
    (loan,) = desk.table("loan")
    assert result == {"loan_id": loan["loan_id"], "was_lent": True, "fines": 300, "fee": 0}
    assert loan == {"loan_id": loan["loan_id"], "member_id": "m1", "book_id": "b2", "status": "open"}
    assert desk.table("member").at("m1") == {**MEMBERS["m1"], "notes": ["new", "Moss"]}
    assert MEMBERS["m1"]["notes"] == ["new"], "shared rows stay as they are"


def test_every_value_is_read_before_anything_changes(desk: Desk) -> None:
    assert desk.call("swap", book_id="b1", other_id="b2") == {"price": 900, "other": 4500}


def test_two_writes_that_meet_in_one_field_refuse_the_call(desk: Desk) -> None:
    with pytest.raises(Refusal, match="change book b1 in two ways at once"):
        desk.call("swap", book_id="b1", other_id="b1")
    assert len(desk.shop.journal) == 0


def test_a_loop_changes_each_item_and_a_condition_leaves_out_an_effect(desk: Desk) -> None:
    for id_ in ("b1", "b2"):
        desk.call("lend", member_id="m1", book_id=id_)
    assert desk.call("close", member_id="m1") == {"closed": 2}
    assert {loan["status"] for loan in desk.table("loan")} == {"closed"}
    assert not any(book["lent"] for book in desk.table("book") if book["book_id"] != "b3")
    desk.call("close", member_id="m1", note="all back")
    member = desk.table("member").at("m1")
    assert member is not None and member["notes"][-1] == "all back"


def test_what_is_created_on_a_condition_may_be_unknown() -> None:
    text = LENDING.replace("status: open}}", "status: open}, if: b.price > $10}")
    domain, found = compiled(text)
    assert domain is not None and not found
    shop = Desk().shop
    lend = domain.tools["lending.lend"]
    assert lend.call(shop, member_id="m1", book_id="b2")["loan_id"] is None
    assert lend.call(shop, member_id="m1", book_id="b1")["loan_id"].startswith("X-")
    unsure, found = compiled(text.replace("loan_id: created.loan_id", "loan_id: surely(created).loan_id"))
    assert unsure is not None and not found


def test_what_an_effect_looks_up_must_be_there_too(desk: Desk) -> None:
    with pytest.raises(Refusal, match="^Member not found$"):
        desk.call("close", member_id="m9", note="nobody")


def test_a_removed_entity_is_gone_and_gives_still_knows_what_it_was(desk: Desk) -> None:
    assert desk.call("discard", book_id="b2") == {"title": "Moss", "left": 2}
    assert desk.table("book").at("b2") is None
    with pytest.raises(Refusal, match="^Book not found$"):
        desk.call("discard", book_id="b2")


def test_the_policy_allows_refuses_with_its_reason_and_says_the_fee(ruled_desk: Desk) -> None:
    assert ruled_desk.call("lend", member_id="m1", book_id="b1")["fee"] == 500
    with pytest.raises(Refusal, match=r"the fines are \$25"):
        ruled_desk.call("lend", member_id="m2", book_id="b2")


def test_ids_of_new_entities_look_as_declared_and_do_not_follow_from_one_another(desk: Desk) -> None:
    for _ in range(3):
        desk.call("lend", member_id="m1", book_id="b2")
        desk.call("close", member_id="m1")
    numbers = [int(loan["loan_id"].removeprefix("X-")) for loan in desk.table("loan")]
    assert len(set(numbers)) == 3 and all(1000 <= number <= 9999 for number in numbers)
    assert abs(numbers[1] - numbers[0]) != 1 or abs(numbers[2] - numbers[1]) != 1


def test_agents_see_a_typed_signature(desk: Desk) -> None:
    schema = tool_schema(desk.domain.tools["lending.close"], "lending_close")["function"]
    assert isinstance(schema, dict) and schema["description"] == "Close all loans of a member."
    parameters = schema["parameters"]
    assert isinstance(parameters, dict) and parameters["required"] == ["member_id"]
    assert list(parameters["properties"]) == ["member_id", "note"]  # type: ignore[arg-type]
    with pytest.raises(WireError, match="there is no such argument"):
        desk.domain.tools["lending.close"].arguments({"who": "m1"})


def test_results_are_copies_with_money_in_dollars(desk: Desk) -> None:
    look = desk.domain.tools["lending.look"]
    shown = look.encode(desk.call("look", room="B"))
    assert shown == [{"book_id": "b2", "title": "Moss", "shelf": {"room": "B", "board": 1}}]
    copied = look.copy(desk.call("look", room="B"))
    copied[0]["shelf"]["room"] = "changed"
    assert BOOKS["b2"]["shelf"]["room"] == "B"


def test_what_changes_something_needs_consent_and_what_does_not_does_not(desk: Desk) -> None:
    writes = {name.split(".")[1]: tool.writes for name, tool in desk.domain.tools.items()}
    assert writes == {
        "lend": {"loan": ("create",), "book": ("lent",), "member": ("fines", "notes")},
        "swap": {"book": ("price",)},
        "close": {"loan": ("status",), "book": ("lent",), "member": ("notes",)},
        "discard": {"book": ("remove",)},
        "look": {},
    }


def test_arguments_that_make_an_expression_fail_are_a_refusal(desk: Desk) -> None:
    domain, _ = compiled(
        LENDING.replace("gives: {closed: count(open_loans)}", "gives: {closed: 1 / count(open_loans)}")
    )
    assert domain is not None
    with pytest.raises(Refusal, match="cannot be done: division by zero"):
        domain.tools["lending.close"].call(desk.shop, member_id="m1", note="a note")
    assert len(desk.shop.journal) == 0, "its effects do not happen either"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["m1", "b1", "b3", "", "x", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "room"]), inner, max_size=2),
    max_leaves=4,
)
names = st.sampled_from(["member_id", "book_id", "other_id", "note", "room", "zz"])


@given(st.sampled_from(["lend", "swap", "close", "discard", "look"]), st.dictionaries(names, json_values, max_size=4))
def test_whatever_an_agent_sends_is_a_result_or_a_reason(name: str, arguments: dict[str, Any]) -> None:
    desk = Desk()
    tool = desk.domain.tools[f"lending.{name}"]
    try:
        result = tool.call(desk.shop, **tool.arguments(arguments))
    except (WireError, Refusal) as problem:
        assert str(problem) and len(desk.shop.journal) == 0
    else:
        json.dumps(tool.encode(result))


def test_what_is_created_in_a_loop_leaves_alone_what_was_created_before() -> None:
    more = "      - {for_each: k in range(2), create: loan, record: {member_id: m.member_id, book_id: b.book_id, status: closed}}\n"
    create = next(line for line in LENDING.splitlines(keepends=True) if "create: loan" in line)
    domain, found = compiled(LENDING.replace(create, create + more))
    assert domain is not None and not found
    desk = Desk()
    result = domain.tools["lending.lend"].call(desk.shop, member_id="m1", book_id="b2")
    first, *others = desk.table("loan")
    assert (result["loan_id"], first["status"]) == (first["loan_id"], "open")
    assert [loan["status"] for loan in others] == ["closed", "closed"]


DEBTS = """\
kind: Domain
name: debts
entities:
  person: {key: person_id, fields: {owes: money, points: real}}
  note: {key: note_id, fields: {number: int}, ids: "N#####"}
tools:
  owe:
    says: Owe much.
    takes: {person_id: person id, n: int}
    let: {p: "people[person_id]"}
    does: [{add: p.owes, by: EFFECT}]
    gives: {owes: p.owes}
"""


def debtor(does: str) -> tuple[Shop, Callable[..., Value]]:
    """A store in which one person owes nothing, and a tool that does this."""
    text = DEBTS.replace("{key: person_id", "{key: person_id, table: people").replace(
        "[{add: p.owes, by: EFFECT}]", does
    )
    domain, found = compiled(text)
    assert domain is not None and not [one for one in found if one.severity == "error"], found
    shop = shop_of(domain, {"people": {"p1": {"person_id": "p1", "owes": 0, "points": 0.0}}})
    return shop, lambda n: domain.tools["debts.owe"].call(shop, person_id="p1", n=n)


@pytest.mark.parametrize(
    "does",
    [
        "[{for_each: i in range(n), do: [{for_each: j in range(n), add: p.owes, by: $1}]}]",
        "[{for_each: i in range(n), do: [{for_each: j in range(n), create: note, record: {number: j}}]}]",
        "[{for_each: i in range(n), add: p.owes, by: $1}, {for_each: i in range(99 * n), add: p.points, by: 0.5}]",
        "[{for_each: i in range(10 * n), do: [{for_each: j in range(10 * n), add: p.owes, by: $1, if: n < 0}]}]",
        "[{for_each: i in range(n), do: [{for_each: j in people, do: [{for_each: k in range(99 * n), add: p.owes, by: $1, if: n < 0}]}]}]",
    ],
)  # fmt: skip
def test_all_loops_of_a_call_have_one_limit(does: str) -> None:
    shop, call = debtor(does)
    assert call(9)["owes"] in (0, 900, 8100)
    before = shop.state.tables, len(shop.journal)
    with pytest.raises(Refusal, match=r"more than 10,000 things|1,000,000 items"):
        call(101)
    assert (shop.state.tables, len(shop.journal)) == before, "a refused call changes nothing"


def test_a_table_is_copied_once_for_all_effects_of_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    usual = Table.__init__

    def noted(self: Table, *of: Any) -> None:
        made.append(self)
        usual(self, *of)

    shop, call = debtor(
        "[{for_each: i in range(n), create: note, record: {number: i}}, {for_each: i in range(n), add: p.owes, by: $1}]"
    )
    monkeypatch.setattr(Table, "__init__", noted)
    call(500)
    assert len(made) == 2
    assert [row["number"] for row in shop.state.tables.of("note")] == list(range(500))
    assert shop.state == replay(shop.journal, shop.catalog, shop.provided)


@pytest.mark.parametrize(
    ("does", "n"),
    [
        ("[{add: p.owes, by: $1 * n * n * n}]", 2**53),
        ("[{set: p.owes, to: $1 * n * n * n}]", 2**53),
        ("[{for_each: i in range(n), add: p.owes, by: $10 * 1000000000000000}]", 100),
        ("[{for_each: i in range(n), add: p.points, by: 10^64 * 10^64 * 10^64 * 10^64 * 10^52}]", 100),
    ],
)
def test_no_number_in_a_table_is_too_large(does: str, n: int) -> None:
    shop, call = debtor(does)
    call(1)
    before = shop.state.tables, len(shop.journal)
    with pytest.raises(Refusal, match="too large"):
        call(n)
    assert (shop.state.tables, len(shop.journal)) == before, "a refused call changes nothing"


def test_numbers_that_grow_from_call_to_call_have_a_limit() -> None:
    _, call = debtor("[{add: p.owes, by: $1 * 1000000000000000 * 10 * n}]")
    for _ in range(9):
        call(1)
    with pytest.raises(Refusal, match="owes of person p1 would be too large a number"):
        call(1)
