"""The types of values in rules, and how messages name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from rlve_dsl import files
from rlve_dsl.diagnostics import Span
from rlve_dsl.frozen import frozen

QUANTITIES = ("money", "days", "percent", "number")

_WITH_ARTICLE: Mapping[str, str] = {
    "bool": "yes or no", "enum": "one of a list of values", "money": "an amount of money", "days": "a number of days",
    "percent": "a percentage", "number": "a number", "text": "a text",
}  # fmt: skip


@frozen
class Sort:
    """The type of a value.

    Attributes:
        values: The values of an enum.
        of: The fact or decision that declares the values or unit.
        unit: The words for what a number counts.
    """

    type: files.PolicyType
    values: tuple[str, ...] = ()
    of: str = ""
    unit: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return _WITH_ARTICLE[self.type]

    @property
    def short(self) -> str:
        """Its name in a message like `cannot compare days with a number`."""
        if self.type == "enum" and self.of:
            return f"`{self.of}`"
        return {"money": "money", "days": "days", "number": "a number", "percent": "a percentage"}.get(
            self.type, _WITH_ARTICLE[self.type]
        )

    @property
    def is_quantity(self) -> bool:
        """Whether its values have an order and can be added and multiplied."""
        return self.type in QUANTITIES


@frozen
class Declared:
    """A fact or decision that rules may name, and where it is declared."""

    name: str
    sort: Sort
    span: Span
    is_fact: bool


def comparable(a: Sort, b: Sort) -> bool:
    """Whether two values may be compared: they have the same type, and enums have a value in common."""
    if a.type == "enum" and b.type == "enum":
        return bool(set(a.values) & set(b.values))
    return a.type == b.type
