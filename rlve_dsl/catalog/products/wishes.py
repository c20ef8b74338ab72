"""What a shopper may want of a product: constraints, how they are worded, and whether a product meets them.

Every wording completes “it should be …”: *in black*, *at least 45 W*, *priced at $24.99 or less*. Attributes bring their
own from the catalog file; the five wishes that every product allows are worded here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypedDict

from rlve_dsl.catalog.products.product import NO_PRICE, Products
from rlve_dsl.errors import RlveError
from rlve_dsl.expressions import function, show
from rlve_dsl.expressions.types import ANY, DAYS, INT, MONEY, REAL, TEXT, Record

Op = Literal["is", "at_least", "at_most"]
COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {"is": operator.eq, "at_least": operator.ge, "at_most": operator.le}


def comparable(op: str, value: Any, wanted: Any) -> bool:
    """Whether a value can be compared so: numbers in any way, texts with texts and truths with truths by `is`.

    >>> comparable("at_least", 3, 2.5), comparable("at_least", "high", 2), comparable("is", True, 1)
    (True, False, False)
    """
    if isinstance(value, str | bool) or isinstance(wanted, str | bool):
        return op == "is" and type(value) is type(wanted)
    return op in COMPARE and isinstance(value, int | float) and isinstance(wanted, int | float)


class Constraint(TypedDict):
    """A wish: `field` is brand, price, rating, ships_in, reviews or an attribute; money is cents, time days.

    `says` completes “it should be …”.
    """

    field: str
    op: Op
    value: Annotated[Any, ANY]
    says: str


class Filter(TypedDict):
    """A condition of a search; the same meaning as a constraint's, over more fields."""

    field: str
    op: Op
    value: Annotated[Any, ANY]


class FilterError(RlveError):
    """A filter that cannot be applied; the message says why."""


class UnknownField(FilterError):
    """A filter names a field that no product has; `known` lists those there are."""

    def __init__(self, field: str, known: Sequence[str]) -> None:
        super().__init__(f"unknown filter field `{field}`")
        self.field = field
        self.known = tuple(known)


class WrongValue(FilterError):
    """A filter compares a field with a value, or in a way, that it does not have."""

    def __init__(self, field: str, op: str, value: object, wanted: str) -> None:
        super().__init__(f"`{field}` takes {wanted}, not `{op}` {value!r}")
        self.field = field


def says_price(cents: int) -> str:
    """How a wish for a price of at most this is worded."""
    return f"priced at {show(cents, MONEY)} or less"


def says_rating(rating: float) -> str:
    """How a wish for a rating of at least this is worded."""
    return f"rated {rating:.1f} or better"


def says_ships_in(days: int) -> str:
    """How a wish for shipping within this many days is worded."""
    return f"shipped within {show(days, DAYS)}"


def says_reviews(reviews: int) -> str:
    """How a wish for at least this many reviews is worded."""
    return f"reviewed at least {reviews} time" + ("" if reviews == 1 else "s")


def says_brand(brand: str) -> str:
    """How a wish for a brand is worded."""
    return f"from {brand}"


STANDING: Mapping[str, tuple[Op, Callable[[Any], str]]] = {
    "brand": ("is", says_brand),
    "price": ("at_most", says_price),
    "rating": ("at_least", says_rating),
    "ships_in": ("at_most", says_ships_in),
    "reviews": ("at_least", says_reviews),
}
"""The wishes that every product allows, in the order in which `Catalog.wishes` gives them."""

_UNKNOWN: Mapping[str, object] = {"price": NO_PRICE, "rating": 0}

WISHED = Record(
    "Wished",
    (
        ("brand", TEXT),
        ("price", MONEY),
        ("rating", REAL),
        ("reviews", INT),
        ("ships_in", DAYS),
        ("attributes", ANY),
    ),
)
"""What a record must have for `meets` to judge it: a product or a row of a search."""


@function(columns=True)
def meets(it: Annotated[Any, WISHED], c: Constraint) -> bool:
    """Whether a product, or a row that a tool showed, is what a constraint wants; what it does not have it does not meet."""
    if isinstance(it, Products):
        return it.catalog.meeting(it.rows, c)  # type: ignore[return-value]  # a column for a table, as `columns` says
    field = c["field"]
    value = it[field] if field in STANDING else it["attributes"].get(field)
    if value == _UNKNOWN.get(field, ...):
        return False
    return comparable(c["op"], value, c["value"]) and bool(COMPARE[c["op"]](value, c["value"]))
