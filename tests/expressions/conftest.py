"""A small world for expressions: a scope, values for its names, and a table of products."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from rlve_dsl.diagnostics import Diagnostic, Diagnostics, Span
from rlve_dsl.expressions import FUNCTIONS, Definition, Expression, Scope, Type, compile_expression
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
    Keyed,
    ListOf,
    Optional,
    Record,
)

TONE = Enum(("plain", "chatty", "terse"), "tone")
PRODUCT = Record(
    "Product",
    (
        ("id", Id("product")), ("price", MONEY), ("rating", REAL), ("reviews", INT), ("ships_in", DAYS), ("brand", TEXT),
        ("in_stock", BOOL), ("attributes", ANY),
    ),
)  # fmt: skip
VARIANT = Record("Variant", (("id", Id("variant")), ("label", TEXT)))
WANTED = Record("Wanted", (("product", PRODUCT), ("variant", Optional(VARIANT)), ("qty", INT)))
SAID = Record("Said", (("key", INT), ("value", TEXT)))


def at(text: str, file: str = "a.yaml") -> Span:
    """The span of a text that is all of a file's first line."""
    return Span(file, 1, 1, 1, len(text) + 1)


def definitions(**texts: tuple[tuple[str, ...], str]) -> Mapping[str, Definition]:
    """Definitions by name: their parameters and text."""
    return {name: Definition(name, p, text, at(text, f"{name}.yaml")) for name, (p, text) in texts.items()}


SCOPE = Scope(
    {
        "d": INT, "n": INT, "x": REAL, "maybe": Optional(INT), "flag": BOOL, "tone": TONE, "word": TEXT, "cost": MONEY,
        "wait": DAYS, "xs": ListOf(INT), "reals": ListOf(REAL), "words": ListOf(TEXT), "flags": ListOf(BOOL), "p": PRODUCT,
        "pool": ListOf(PRODUCT), "w": WANTED, "wanted": ListOf(WANTED), "said": Record("said", (("item", Keyed(INT, SAID)),)),
        "perhaps": Optional(ListOf(INT)), "nothing_said": Optional(VARIANT), "given": ANY,
    },
    {f.name: f for f in FUNCTIONS},
    definitions(
        twice=(("a",), "a * 2"),
        thrift=(("p", "expected"), "clip(1 - p.price / (2 * expected), 0, 1)"),
        total=(("list",), "sum(v for v in list)"),
        shifted=(("a",), "a + n"),
        around=(("a",), "around(a)"),
        there=(("a",), "back(a)"),
        back=(("a",), "there(a)"),
        misspelt=(("a",), "a + nn"),
        malformed=(("a",), "a +"),
    ),
)  # fmt: skip


class Said(list[Any]):
    """A keyed list: `at(key)`."""

    def at(self, key: Any) -> Any:
        return next((item for item in self if item["key"] == key), None)


class Table:
    """Rows as columns, and as a sequence of records."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Any:
        return iter(self.rows)

    def column(self, name: str) -> Any:
        return np.array([row[name] for row in self.rows])


def product(
    number: int, price: int = 1299, rating: float = 4.5, reviews: int = 12, brand: str = "Acme"
) -> dict[str, Any]:
    return {
        "id": f"P{number}", "price": price, "rating": rating, "reviews": reviews, "ships_in": number % 7, "brand": brand,
        "in_stock": number % 3 != 0, "attributes": {"color": "black", "watts": 65},
    }  # fmt: skip


def env() -> dict[str, Any]:
    """Values for the scope's names."""
    pool = [product(n, 500 + 333 * n, 2.5 + n / 4, 7 * n, "AB"[n % 2]) for n in range(1, 8)]
    wanted = [
        {"product": pool[0], "variant": {"id": "v1", "label": "black"}, "qty": 2},
        {"product": pool[1], "variant": None, "qty": 1},
    ]
    return {
        "d": 3, "n": 10, "x": 0.25, "maybe": None, "flag": True, "tone": "chatty", "word": "hello", "cost": 1999, "wait": 15,
        "xs": [3, 1, 2, 3], "reals": [0.5, 0.25], "words": ["a", "b"], "flags": [True, False, True], "p": pool[2],
        "pool": pool, "w": wanted[0], "wanted": wanted, "said": {"item": Said([{"key": 1, "value": "one"}])},
        "perhaps": None, "nothing_said": None, "given": 7,
    }  # fmt: skip


Compile = Callable[..., Expression]


def problems_of(text: str, *, expected: Type | None = None, item: Type | None = None) -> list[Diagnostic]:
    """The problems of an expression."""
    diagnostics = Diagnostics()
    compile_expression(text, at(text), SCOPE, diagnostics, expected, item)
    return diagnostics.items


@pytest.fixture
def compiled() -> Compile:
    """Compile an expression that has no errors."""

    def compile_(text: str, scope: Scope = SCOPE, **more: Any) -> Expression:
        diagnostics = Diagnostics()
        expression = compile_expression(text, at(text), scope, diagnostics, **more)
        assert expression is not None, [d.message for d in diagnostics.items]
        return expression

    return compile_


@pytest.fixture
def value(compiled: Compile) -> Callable[[str], Any]:
    """Compile and evaluate."""
    return lambda text: compiled(text)(env())
