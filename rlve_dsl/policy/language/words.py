"""Values and facts in words: amounts as the language writes them, facts with the phrases of their author."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from rlve_dsl import files
from rlve_dsl.quantities import format_days, format_money, format_percent

Scalar: TypeAlias = bool | int | str
"""A value of a fact or decision: a bool, a word, a text, or whole cents, days, hundredths of a percent, or things."""
Facts: TypeAlias = "Mapping[str, Scalar | None]"
"""What is known of a situation, by the names of facts. An absent fact, or None, is unknown."""


class Worded(Protocol):
    """A fact or a decision: `labels` are words for its values."""

    @property
    def name(self) -> str: ...

    @property
    def type(self) -> files.PolicyType: ...

    @property
    def labels(self) -> Mapping[str, str]: ...


class Stated(Worded, Protocol):
    """A fact: `phrase` is the template that states it and `denied` the one that denies it; each may be empty."""

    @property
    def phrase(self) -> str: ...

    @property
    def denied(self) -> str: ...


def amount(type: str, value: Scalar) -> str:
    """A value as the language writes it.

    >>> amount("money", 1250), amount("money", 2000), amount("days", 1), amount("percent", 1550), amount("bool", True)
    ('$12.50', '$20', '1 day', '15.5%', 'yes')
    """
    match type:
        case "bool":
            return "yes" if value else "no"
        case "money":
            return format_money(int(value), short=True)
        case "days":
            return format_days(int(value))
        case "percent":
            return format_percent(int(value))
    return str(value)


def listed(parts: Sequence[str], word: str = "and") -> str:
    """Parts of a sentence as a list.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")
    ('a', 'a and b', 'a, b or c')
    """
    return f" {word} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def say(of: Worded, value: Scalar | None) -> str:
    """A value of a fact or decision in words: its label, a word without underscores, an amount, or `unknown`."""
    if value is None:
        return "unknown"
    if of.type == "enum":
        return of.labels.get(str(value), str(value).replace("_", " "))
    return amount(of.type, value)


def state(fact: Stated, value: Scalar | None) -> str:
    """A fact with its value as a part of a sentence: `the item is from books`."""
    if fact.type == "bool" and not value and fact.denied:
        return fact.denied
    if fact.phrase and (fact.type != "bool" or value):
        return fact.phrase.replace("{value}", say(fact, value))
    return f"{fact.name.replace('_', ' ').replace('.', ' ')} is {say(fact, value)}"
