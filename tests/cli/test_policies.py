"""`rlve-dsl fmt` and `rlve-dsl policy`, as a shell runs them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STORE = Path(__file__).parents[1] / "policy" / "store.yaml"
Run = Callable[..., Any]


@pytest.fixture
def store(workspace: Path) -> Path:
    path = workspace / "store.yaml"
    path.write_bytes(STORE.read_bytes())
    return path


def test_ask_prints_the_answer_and_what_it_follows_from(run: Run, store: Path) -> None:
    ran = run(
        "policy", "ask", "store.yaml", "return_eligible", "order.days_delivered=20", "days", "order.status=delivered",
        "item.category=books", "order.is_gift=yes", "customer.tier=none", "item.final_sale=no",
    )  # fmt: skip
    assert ran.code == 0
    assert (
        ran.out
        == """\
whether a return is possible: yes, as it was delivered 20 days ago, the order is delivered, the item is from books, it is a gift and the return window is 30 days

return_eligible: yes
  decide return_eligible as order.days_delivered <= return_window and order.status is delivered  (store.yaml:29)
    order.days_delivered: 20 days
    order.status: delivered
    return_window: 30 days
      decide return_window as 30 days  (store.yaml:22)
      except 14 days when item.category is one of books, beauty  (store.yaml:24)
        item.category: books
      except 30 days when order.is_gift  (store.yaml:25)
        order.is_gift: yes
"""
    )


def test_ask_says_what_it_took_as_unknown_and_what_cannot_be(run: Run, store: Path) -> None:
    ran = run("policy", "ask", "store.yaml", "return_window", "order.days_delivered=3", "order.status=shipped")
    assert ran.code == 0
    assert "taken as unknown: item.category, item.final_sale, customer.tier" in ran.out
    assert "there is no such case: the policy assumes `order.days_delivered is known only when" in ran.out


def test_ask_names_a_decision_that_is_unknown_on_the_way(run: Run, workspace: Path) -> None:
    (workspace / "gifts.yaml").write_text(
        "kind: Policy\nname: gifts\nfacts:\n  a.days: {type: days}\n  a.gift: {type: bool}\n"
        "decisions:\n  window: {type: days}\n  allowed: {type: bool}\n"
        "rules: |\n  decide window as a.days\n  decide allowed as window > 5 days or a.gift\n"
    )
    ran = run("policy", "ask", "gifts.yaml", "allowed", "a.gift=yes")
    assert (ran.code, "window: unknown\n" in ran.out, "None" in ran.out) == (0, True, False)


def test_ask_as_json_gives_whole_numbers_and_the_tree(run: Run, store: Path) -> None:
    ran = run("policy", "ask", "store.yaml", "shipping_fee", "order.total=$300", "customer.tier=premium", "--json")
    told = json.loads(ran.out)
    assert (told["value"], told["says"], told["facts"]) == (
        2000,
        "$20",
        {"order.total": 30000, "customer.tier": "premium"},
    )
    base, free, plus = told["derivation"]["clauses"]
    assert (base["replaced"], base["facts"]) == (True, {})
    assert free["text"] == "except $0 when order.total is at least $35 or customer.tier is not none"
    assert plus["uses"][0]["clauses"][1]["line"] == 42


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["restocking_fe"], "did you mean `restocking_fee`?"),
        (["restocking_fee", "order.total"], "`order.total` has no value here: write `order.total=$20`"),
        (["restocking_fee", "soon"], "write `name=value`"),
        (["restocking_fee", "order.totl=$4"], "did you mean `order.total`?"),
        (["restocking_fee", "order.total=4 days"], "`4 days` is not a value of `order.total`: written like `$20`"),
        (["restocking_fee", "order.total=$6000"], "`order.total` is at least $0 and at most $5000, not $6000"),
        (["restocking_fee", "customer.tier=premum"], "did you mean `premium`?"),
        (["restocking_fee", "order.is_gift=maybe"], "`order.is_gift` is yes or no, not `maybe`"),
        (["restocking_fee", "order.total=$4", "order.total=$5"], "`order.total` is given twice"),
        (["restocking_fee", "order.days_delivered=20"], "is not known without item.price: add item.price=$20"),
        (["restocking_fee", "order.days_delivered=20", "item.price=unknown"], "is not known without item.price"),
    ],
)
def test_what_cannot_be_asked_is_said_with_what_can(run: Run, store: Path, words: list[str], said: str) -> None:
    ran = run("policy", "ask", "store.yaml", *words)
    assert ran.code == 2 and said in ran.err and not ran.out


def test_ask_of_a_policy_with_mistakes_tells_them(run: Run, store: Path) -> None:
    store.write_text(store.read_text().replace("as 30 days", "as 30"), encoding="utf-8")
    ran = run("policy", "ask", "store.yaml", "return_window")
    assert ran.code == 3 and "error[P207]" in ran.err


def test_validate_checks_a_policy_by_itself(run: Run, store: Path) -> None:
    assert run("validate", "store.yaml").code == 0
    store.write_text(store.read_text().replace("order.is_gift\n", "order.is_gft\n"), encoding="utf-8")
    ran = run("validate", "store.yaml")
    assert ran.code == 3 and "--> store.yaml:25:27" in ran.out


def test_fmt_changes_the_rules_and_not_a_byte_else(run: Run, store: Path) -> None:
    store.chmod(0o640)
    before = store.read_bytes()
    head, opening, rest = before.partition(b"rules: |\n")
    rules, closing, rest = rest.partition(b"conduct:")
    wide = re.sub(rb"(?m)^  ( *)(?=\S)", rb"  \1\1\1", rules).replace(b" when ", b"   when  ")
    messy = b"# caf\xc3\xa9\n" + head + opening + wide + closing + rest
    messy = messy.replace(b"\n", b"\r\n")
    store.write_bytes(messy)
    ran = run("fmt", "store.yaml")
    assert (ran.code, ran.out) == (0, "reformatted store.yaml\n")
    after = store.read_bytes()
    assert after.startswith("# café\r\nkind: Policy\r\n".encode()) and after.count(b"\n") == after.count(b"\r\n")
    canonical = before.replace(b"return_window\n    and", b"return_window and").replace(
        b"total between", b"total is between"
    )
    assert after.replace(b"\r\n", b"\n").removeprefix("# café\n".encode()) == canonical
    assert os.stat(store).st_mode & 0o777 == 0o640
    again = run("fmt", "store.yaml")
    assert (again.code, again.out, again.wrote) == (0, "", False)


def test_fmt_check_writes_nothing(run: Run, store: Path) -> None:
    ran = run("fmt", "--check", ".")
    assert (ran.code, ran.out, ran.wrote) == (3, "would reformat store.yaml\n", False)
    run("fmt", ".")
    assert run("fmt", "--check", ".").code == 0


def test_fmt_leaves_a_file_with_mistakes_alone(run: Run, store: Path) -> None:
    store.write_text(store.read_text().replace("  but 0 days when", "  but 0 days if"), encoding="utf-8")
    ran = run("fmt", "store.yaml")
    assert ran.code == 3 and "write `when`" in ran.err and not ran.wrote


def test_fmt_touches_only_the_rules_of_the_file_itself(run: Run, store: Path, workspace: Path) -> None:
    over = workspace / "over.yaml"
    over.write_text("kind: Policy\nextends: store.yaml\nconduct: |\n  forbid   cart.add\n", encoding="utf-8")
    ran = run("fmt", "over.yaml")
    assert ran.out == "reformatted over.yaml\n" and store.read_bytes() == STORE.read_bytes()
    assert over.read_text() == "kind: Policy\nextends: store.yaml\nconduct: |\n  forbid cart.add\n"


def test_fmt_takes_policies_only(run: Run, workspace: Path) -> None:
    assert run("fmt", "notes.txt").code == 2
    assert run("fmt", "nowhere.yaml").code == 2
    assert run("fmt").code == 2


def test_read_prints_passages_and_how_many_answers_there_are(run: Run, store: Path) -> None:
    ran = run("policy", "read", "store.yaml", "return_window")
    assert ran.code == 0
    assert ran.out.splitlines()[:3] == [
        "the return window (return_window; different answers: 1 at depth 0, 5 at depth 1, 3 at depth 2)",
        "  return_window.0  By default, the return window is 30 days.",
        "  return_window.1  The return window is 15 days instead if the item is from electronics or automotive.",
    ]
    assert run("policy", "read", "store.yaml").out.count("By default") == 4
    assert "did you mean `return_window`?" in run("policy", "read", "store.yaml", "return_windou").err


def test_edges_prints_where_a_decision_changes(run: Run, store: Path) -> None:
    case = (
        "order.status=delivered",
        "item.category=books",
        "item.final_sale=no",
        "order.is_gift=no",
        "customer.tier=none",
    )
    ran = run("policy", "edges", "store.yaml", "return_eligible", "order.days_delivered", *case)
    assert (ran.code, ran.out) == (0, "0 days to 14 days: yes\n15 days to 365 days: no\n")
    ran = run("policy", "edges", "store.yaml", "restocking_fee", "item.price", "order.days_delivered=20")
    assert ran.code == 2 and "it changes at 5,000 of its values" in ran.err
    assert "is no number" in run("policy", "edges", "store.yaml", "return_window", "order.is_gift").err


@pytest.mark.parametrize(
    "action",
    [
        ["read"],
        ["ask", "cancelling_fee", "appointment.days_ahead=1", "days", "patient.missed=0", "doctor.specialist=no"],
    ],
)
def test_a_policy_whose_conduct_names_tools_of_a_domain_can_be_asked(run: Run, action: list[str]) -> None:
    ran = run("policy", action[0], "scenarios/examples/clinic/policy.yaml", *action[1:])
    assert ran.code == 0, ran.err
    assert ("$15" if action[0] == "ask" else "$25") in ran.out
