"""Values and facts in words: amounts as the language writes them, facts by their authors' phrases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from rlve_dsl import files
from rlve_dsl.quantities import format_days, format_money, format_percent


class Worded(Protocol):
    """A fact or a decision."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def type(self) -> files.PolicyType:
        """Its type."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Words for its values."""


class Stated(Worded, Protocol):
    """A fact, with the phrases that state it."""

    @property
    def phrase(self) -> str:
        """With `{value}` in it; empty when not given."""

    @property
    def denied(self) -> str:
        """What is said where it does not hold; empty when not given."""


def amount(type_: str, value: Any) -> str:
    """A value as the language writes it.

    >>> amount("money", 1250), amount("money", 2000), amount("days", 1), amount("percent", 1550), amount("bool", True)
    ('$12.50', '$20', '1 day', '15.5%', 'yes')
    """
    match type_:
        case "bool":
            return "yes" if value else "no"
        case "money":
            return format_money(value, short=True)
        case "days":
            return format_days(value)
        case "percent":
            return format_percent(value)
    return str(value)


def say(of: Worded, value: Any) -> str:
    """A value of a fact or decision in words: by its label, its name with spaces, or as an amount."""
    if of.type == "enum":
        return of.labels.get(value, str(value).replace("_", " "))
    return amount(of.type, value)


def state(fact: Stated, value: Any) -> str:
    """The fact as a clause of a sentence: `the item is from books`."""
    if fact.type == "bool" and not value and fact.denied:
        return fact.denied
    if fact.phrase and (fact.type != "bool" or value):
        return fact.phrase.replace("{value}", say(fact, value))
    return f"{fact.name.replace('_', ' ').replace('.', ' ')} is {say(fact, value)}"
