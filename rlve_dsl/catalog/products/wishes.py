"""What a shopper may want of a product: constraints, their wording, and how values are compared.

Every wording completes “it should be …”: *in black*, *at least 45 W*, *priced at $24.99 or less*. Attributes bring their
own wording from the catalog file. The five wishes that every product allows are worded here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Literal, TypedDict

from rlve_dsl.errors import RlveError
from rlve_dsl.expressions import show
from rlve_dsl.expressions.types import ANY, DAYS, MONEY
from rlve_dsl.values import Value

Op = Literal["is", "at_least", "at_most"]
COMPARE: Mapping[str, Callable[[Value, Value], Value]] = {
    "is": operator.eq,
    "at_least": operator.ge,
    "at_most": operator.le,
}

_NUMBERS = frozenset({int, float})


def comparable(op: str, value: object, wanted: object) -> bool:
    """Whether an op compares these values: numbers with numbers by any op, texts or truth values with their like by `is`.

    >>> comparable("at_least", 3, 2.5), comparable("at_least", "high", 2), comparable("is", True, 1)
    (True, False, False)
    """
    if type(value) in _NUMBERS and type(wanted) in _NUMBERS:
        return op in COMPARE
    if isinstance(value, str | bool) or isinstance(wanted, str | bool):
        return op == "is" and type(value) is type(wanted)
    return op in COMPARE and isinstance(value, int | float) and isinstance(wanted, int | float)


class Constraint(TypedDict):
    """A wish: `field` is brand, price, rating, ships_in, reviews or an attribute; money is in cents, time in days.

    `says` completes “it should be …”.
    """

    field: str
    op: Op
    value: Annotated[Value, ANY]
    says: str


class Filter(TypedDict):
    """A condition of a search: as a constraint, but over more fields."""

    field: str
    op: Op
    value: Annotated[Value, ANY]


class Weights(TypedDict):
    """How much each thing counts for a shopper. What is not given does not count."""

    price: float | None
    rating: float | None
    ships_in: float | None
    brand: float | None
    match: float | None
    wishes: float | None


class FilterError(RlveError):
    """A filter that cannot be applied; the message says why."""


class UnknownField(FilterError):
    """A filter names a field that no product has; `known` lists the fields that there are."""

    def __init__(self, field: str, known: Sequence[str]) -> None:
        super().__init__(f"unknown filter field `{field}`")
        self.field = field
        self.known = tuple(known)


class WrongValue(FilterError):
    """A filter compares a field with a value, or by an op, that the field does not take; `ops` and `values` say what it takes."""

    def __init__(self, field: str, op: str, value: object, ops: Sequence[Op], values: str) -> None:
        super().__init__(f"`{field}` takes {either_of(ops)} and {values}, not `{op}` {value!r}")
        self.field = field
        self.ops = tuple(ops)
        self.values = values


def either_of(names: Sequence[str]) -> str:
    """Names as a choice.

    >>> either_of(["is"]), either_of(["is", "at_least", "at_most"])
    ('`is`', '`is`, `at_least` or `at_most`')
    """
    *others, last = [f"`{name}`" for name in names]
    return f"{', '.join(others)} or {last}" if others else last


STANDING: Mapping[str, tuple[Op, Callable[[Value], str]]] = {
    "brand": ("is", lambda brand: f"from {brand}"),
    "price": ("at_most", lambda cents: f"priced at {show(cents, MONEY)} or less"),
    "rating": ("at_least", lambda stars: f"rated {stars:.1f} or better"),
    "ships_in": ("at_most", lambda days: f"shipped within {show(days, DAYS)}"),
    "reviews": ("at_least", lambda count: f"reviewed at least {count} time" + ("" if count == 1 else "s")),
}
"""The wishes that every product allows, each with its op and its wording, in the order of `Catalog.wishes`."""

ASKED_BY: Mapping[str, Sequence[str]] = {
    "brand": ("which make", "maker", "manufacturer", "favourite brand"),
    "price": ("how much it may cost", "budget", "price limit", "most to spend"),
    "rating": ("how many stars", "how well it is rated", "customer rating", "lowest score"),
    "ships_in": ("how soon it is sent", "how fast it ships", "days until it leaves", "shipping time", "how urgent"),
    "reviews": ("number of reviews", "how many people have rated it", "how many buyers have judged it"),
}
"""Words by which people ask for one of these."""
