"""What a message was understood as."""

from __future__ import annotations

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
class Understood:
    """What a message was understood as.

    Attributes:
        asked: The indices of the facts that it asks for, in the order in which it asks; those of one clause in the order of the facts.
        general: Whether it asks for whatever has not been said yet.
        go_ahead: Whether it asks for a go-ahead.
        no_view: Whether it asks about something that the shopper has no view on.
        unclear: Whether all of it that is meant for the shopper is not understood.
        missed: Which question was not understood, beside those that were; None where all were, or none.
        clauses: Its parts, for people.
    """

    asked: tuple[int, ...] = ()
    general: bool = False
    go_ahead: bool = False
    no_view: bool = False
    unclear: bool = False
    missed: Missed | None = None
    clauses: tuple[Clause, ...] = ()

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
