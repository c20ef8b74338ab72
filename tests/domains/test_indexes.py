"""Looking for rows by a value reads those rows alone, and finds what a scan finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.expressions import FUNCTIONS, Definition, Expression, Scope, compile_expression
from rlve_dsl.expressions.types import INT, TEXT, Id, Keyed, Record, optional
from rlve_dsl.world import Rows, Table

USER = Record("user", (("user_id", Id("user")), ("name", TEXT), ("age", INT), ("of", optional(TEXT))))
ROWS = {
    str(n): {"user_id": str(n), "name": name, "age": age, "of": of}
    for n, (name, age, of) in enumerate([("Ana", 30, None), ("Ben", 40, "x"), ("ANA", 50, "x"), ("Cy", 0, "y")])
}
AT = Span("a.yaml", 1, 1, 1, 80)


class NeverScanned(Table):
    """A table that fails when all its rows are read."""

    is_small = False  # as if it had many rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        raise AssertionError("all rows were read")


def compiled(text: str) -> Expression:
    names = {"users": Keyed(Id("user"), USER), "wanted": TEXT, "least": INT, "maybe": optional(TEXT)}
    definitions = {"same": Definition("same", ("u",), "u.name == wanted", AT)}
    found = Diagnostics()
    made = compile_expression(text, AT, Scope(names, {f.name: f for f in FUNCTIONS}, definitions), found)
    assert made is not None, found.items
    return made


def env(table: Table) -> dict[str, Any]:
    return {"users": table, "wanted": "ana", "least": 40, "maybe": None}


@pytest.mark.parametrize(
    "text",
    [
        "[u.age for u in users if lower(u.name) == wanted]",
        "[u.age for u in users if wanted == lower(u.name)]",
        "[u.age for u in users if u.age >= least and lower(u.name) == wanted]",
        "count(u for u in users if lower(u.name) == lower(wanted) and u.of is known)",
        "first(u for u in users if u.of == maybe)",
        "[u.age for u in users if u.age == 120 / least]",
    ],
)
def test_an_equation_narrows_what_is_read(text: str) -> None:
    expression = compiled(text)
    assert expression(env(NeverScanned(Rows(ROWS)))) == expression(env(Table(Rows(ROWS))))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[u.age for u in users if u.age > least]", [50]),
        ("[u.age for u in users if u.name == wanted or u.age == least]", [40]),
        ("[u.age for u in users if same(u)]", []),
        ("[u.age for u in users if u.name == u.of]", []),
        ("[u.age for u in users if not (lower(u.name) == wanted)]", [40, 0]),
    ],
)
def test_other_conditions_are_tried_on_every_row(text: str, value: object) -> None:
    assert compiled(text)(env(Table(Rows(ROWS)))) == value


def test_a_part_that_another_part_guards_does_not_fail_before_it() -> None:
    guarded = compiled("[u.age for u in users if maybe is known and u.of == lower(maybe)]")
    assert guarded(env(Table(Rows(ROWS)))) == []
    zero = {**env(Table(Rows(ROWS))), "least": 0}
    assert compiled("[u.age for u in users if u.age > 60 and u.age == 120 / least]")(zero) == []


def test_a_changed_row_is_found_by_its_new_value() -> None:
    expression = compiled("[u.user_id for u in users if lower(u.name) == wanted]")
    table = Table(Rows(ROWS))
    assert expression(env(table)) == ["0", "2"]
    assert expression(env(table.changed("3", {**ROWS["3"], "name": "Ana"}))) == ["0", "2", "3"]
    assert expression(env(table.changed("0", None))) == ["2"]


def test_a_small_table_is_read_without_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Table, "where", lambda *_: pytest.fail("an index was asked"))
    assert compiled("[u.age for u in users if lower(u.name) == wanted]")(env(Table(Rows(ROWS)))) == [30, 50]
