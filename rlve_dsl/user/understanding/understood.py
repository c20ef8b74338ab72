"""What a message was understood as."""

from __future__ import annotations

from math import floor
from typing import Literal

from rlve_dsl.frozen import frozen

Kind = Literal["question", "general", "go_ahead", "no_view", "talk", "unclear"]
"""What a message or a clause is, first of all."""

Missed = Literal["first", "last", "other"]
"""Which question of a message was not understood; `other` where its place cannot be told."""


@frozen
class Clause:
    """A part of a message, what it was understood as, and why.

    Attributes:
        text: The words.
        kind: What it is.
        asked: The indices of the facts that it asks for.
        why: The reason, for people.
    """

    text: str
    kind: Kind
    asked: tuple[int, ...] = ()
    why: str = ""


@frozen
class Near:
    """How near a message is to asking for a fact.

    Attributes:
        fact: Its index.
        likely: How likely it is asked for.
        counts_from: From which likelihood on it would be; None where that does not decide.
        but: What decides then.
    """

    fact: int
    likely: float
    counts_from: float | None
    but: str = "the message is no question as a whole"

    @property
    def digits(self) -> str:
        """The likelihood in two digits, rounded down: one below a limit is never shown as the limit."""
        return f"{_hundredths(self.likely):.2f}"

    def __str__(self) -> str:
        if self.counts_from is None:
            return f"{self.digits}, but {self.but}"
        limit = -_hundredths(-self.counts_from)
        return f"{self.digits}, and it counts from {limit:.2f} on"


def _hundredths(number: float) -> float:
    return floor(round(number * 100, 6)) / 100


@frozen
class Understood:
    """What a message was understood as.

    Attributes:
        asked: The indices of the facts that it asks for, in the order in which it asks; those of one clause in the order of the facts.
        general: Whether it asks for whatever has not been said yet.
        go_ahead: Whether it asks for a go-ahead.
        no_view: Whether it asks about something that the shopper has no view on.
        unclear: Whether all of it that is meant for the shopper is not understood.
        unclear_question: Whether it is unclear and yet reads as a question: perhaps about something that the shopper has no view on.
        of_no_fact: Whether it is such a question, and hardly about any fact that holds.
        missed: Which question was not understood, beside those that were; None where all were, or none.
        clauses: Its parts, for people.
        next_likeliest: The likeliest fact that it does not ask for, unless its parts name those that it nearly asks for; for people.
        near: How near it is to each fact, whether it asks for it or not, but for those that it asks for word for word; for people.
    """

    asked: tuple[int, ...] = ()
    general: bool = False
    go_ahead: bool = False
    no_view: bool = False
    unclear: bool = False
    unclear_question: bool = False
    of_no_fact: bool = False
    missed: Missed | None = None
    clauses: tuple[Clause, ...] = ()
    next_likeliest: Near | None = None
    near: tuple[Near, ...] = ()

    @property
    def kind(self) -> Kind:
        """What it is, first of all: the first of these that holds."""
        if self.asked:
            return "question"
        if self.general:
            return "general"
        if self.go_ahead:
            return "go_ahead"
        if self.no_view:
            return "no_view"
        return "unclear" if self.unclear else "talk"
