"""A small domain, written into the tests: members of a library, books and loans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rlve_dsl import files
from rlve_dsl.catalog import no_products
from rlve_dsl.compiler import CompiledDomain, compile_domain
from rlve_dsl.diagnostics import Diagnostic, Diagnostics
from rlve_dsl.plugins import default_registry
from rlve_dsl.policy import compile_policy
from rlve_dsl.rng import Stream
from rlve_dsl.values import Value
from rlve_dsl.world import TABLES, Governance, Journal, Row, Rows, Shop, State, Table, Tables

LENDING = """\
kind: Domain
name: lending
records:
  shelf: {room: text, board: int}
entities:
  member: {key: member_id, fields: {name: text, fines: money, notes: list of text, tutor: member id?}, says: "{name}"}
  book: {key: book_id, fields: {title: text, lent: bool, price: money, shelf: shelf}, says: "{title}"}
  loan: {key: loan_id, fields: {member_id: member id, book_id: book id, status: "one of open, closed"}, ids: "X-####"}
bind:
  member.fines: m.fines
  book.price: b.price
tools:
  lend:
    says: Lend a book to a member.
    takes: {member_id: member id, book_id: book id}
    let: {m: "members[member_id]", b: "books[book_id]"}
    refuse: [{when: b.lent, says: "{b.title} is lent."}]
    allow: lending_allowed
    fee: deposit
    does:
      - {create: loan, record: {member_id: member_id, book_id: book_id, status: open}}
      - {set: b.lent, to: "true"}
      - {add: m.fines, by: fee}
      - {append: m.notes, item: b.title}
    gives: {loan_id: created.loan_id, was_lent: b.lent, fines: m.fines, fee: fee}
  swap:
    says: Exchange the prices of two books.
    takes: {book_id: book id, other_id: book id}
    let: {b: "books[book_id]", c: "books[other_id]"}
    does:
      - {set: b.price, to: c.price}
      - {set: c.price, to: b.price}
    gives: {price: b.price, other: c.price}
  close:
    says: Close all loans of a member.
    takes: {member_id: member id, note: text?}
    let: {open_loans: "[x for x in loans if x.member_id == member_id and x.status == open]"}
    does:
      - for_each: x in open_loans
        do:
          - {set: x.status, to: closed}
          - {set: "books[x.book_id].lent", to: "false"}
      - {append: "members[member_id].notes", item: "surely(note)", if: note is known}
    gives: {closed: count(open_loans)}
  discard:
    says: Throw a book away.
    takes: {book_id: book id}
    let: {b: "books[book_id]"}
    does: [{remove: b}]
    gives: {title: b.title, left: count(books)}
  look:
    says: List the books in a room.
    takes: {room: text}
    gives:
      for_each: b in [b for b in books if b.shelf.room == room]
      record: {book_id: b.book_id, title: b.title, shelf: b.shelf}
"""

RULES = """\
kind: Policy
name: lending
facts:
  member.fines: {type: money, min: $0, max: $100, phrase: "the fines are {value}", says: "{value}.", ask: "What are the fines?"}
  book.price: {type: money, min: $0, max: $500, phrase: "the price is {value}", says: "{value}.", ask: "What is the price?"}
decisions:
  lending_allowed: {type: bool, noun: whether lending is allowed, ask: "Can I?"}
  deposit: {type: money, noun: the deposit, ask: "What is the deposit?"}
rules: |
  decide lending_allowed as yes
    but no when member.fines is over $20

  decide deposit as $0
    except $5 when book.price is at least $40
"""


def book(book_id: str, title: str, price: int, room: str = "A", *, lent: bool = False) -> Row:
    return {"book_id": book_id, "title": title, "lent": lent, "price": price, "shelf": {"room": room, "board": 1}}


MEMBERS = {
    "m1": {"member_id": "m1", "name": "Ana", "fines": 300, "notes": ["new"], "tutor": None},
    "m2": {"member_id": "m2", "name": "Ben", "fines": 2500, "notes": [], "tutor": "m1"},
}
BOOKS = {
    b["book_id"]: b
    for b in (book("b1", "Tides", 4500), book("b2", "Moss", 900, "B"), book("b3", "Salt", 700, lent=True))
}

Compile = Callable[[str], tuple[CompiledDomain | None, list[Diagnostic]]]


def rules() -> Governance:
    """The policy of the library."""
    spec = files.load_text(RULES, "policy.yaml").spec
    assert isinstance(spec, files.Policy)
    policy = compile_policy(spec, Diagnostics())
    assert policy is not None
    return Governance(policy, {})


def compiled(text: str, governance: Governance | None = None) -> tuple[CompiledDomain | None, list[Diagnostic]]:
    """The domain that a text declares, and what is said of it."""
    registry, found = default_registry(), Diagnostics()
    spec = files.load_text(text, "domain.yaml", registry.vocabulary()).spec
    assert isinstance(spec, files.Domain)
    return compile_domain(spec, governance, registry, found), found.items


def shop_of(
    domain: CompiledDomain, rows: Mapping[str, Mapping[str, Row]], governance: Governance | None = None
) -> Shop:
    """A store whose tables begin with these rows."""
    names = {**domain.tables, **{name: Table(Rows(of)) for name, of in rows.items()}}
    provided: dict[str, Any] = {TABLES: Tables(domain.kinds, names, Stream("ids"))}
    return Shop(State(no_products(), provided), Journal(), provided, {}, Stream("calls"), governance)


class Desk:
    """The library with its tools; `call` makes a call by the tool's short name."""

    def __init__(self, governance: Governance | None = None) -> None:
        domain, found = compiled(LENDING, governance)
        assert domain is not None and not found, found
        self.domain = domain
        self.shop = shop_of(domain, {"members": MEMBERS, "books": BOOKS}, governance)

    def call(self, name: str, **arguments: Value) -> Value:
        return self.domain.tools[f"lending.{name}"].call(self.shop, **arguments)

    def table(self, kind: str) -> Table:
        return self.shop.state.tables.of(kind)


@pytest.fixture
def desk() -> Desk:
    """The library without a policy: all is allowed and free."""
    return Desk()


@pytest.fixture
def ruled_desk() -> Desk:
    """The library with its policy."""
    return Desk(rules())
