"""The shopper's ear: turns a message into the facts that it asks for and the other things that it may be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.matching import Matcher, is_request

Kind = Literal["question", "general", "go_ahead", "no_view", "talk", "unclear"]
"""What a message is, first of all."""

_GENERAL = re.compile(
    r"\b(?:anything|something|nothing) else\b|\bother (?:requirements|preferences|wishes)\b", re.IGNORECASE
)
_GO_AHEAD = re.compile(
    r"\b(?:go ahead|proceed|shall i|should i|would you like me to|do you want me to)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message was understood as.

    Attributes:
        asked: The indices of the facts that it asks for, in the order of the facts.
        general: Whether it asks for whatever has not been said yet.
        go_ahead: Whether it asks for a go-ahead.
        no_view: Whether it asks about something that the shopper has no view on.
        unclear: Whether something in it is meant for the shopper and not understood.
        clauses: Its parts, for people.
    """

    asked: tuple[int, ...] = ()
    general: bool = False
    go_ahead: bool = False
    no_view: bool = False
    unclear: bool = False
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


class Listener:
    """Understands messages about some facts.

    Args:
        held: The facts that the shopper can state; `asked` holds their indices.
        absent: What could be asked but does not hold: the shopper has no view on it.
    """

    __slots__ = ("_held", "_matcher")

    def __init__(self, held: Sequence[Slot], absent: Sequence[Slot] = ()) -> None:
        self._held = tuple(held)
        slots = (*held, *absent)
        asks = [["".join(s.text for s in question) for question in slot.asks] for slot in slots]
        self._matcher = Matcher(asks, [f"{slot.part} {slot.fact}" for slot in slots])

    def understand(self, message: str) -> Understood:
        """What a message asks for. Linear in its length; a pure function of the facts and the message."""
        found = self._matcher.asked(message)
        asked = tuple(sorted(index for index in found if index < len(self._held)))
        general = _GENERAL.search(message) is not None
        go_ahead = _GO_AHEAD.search(message) is not None
        other = is_request(message) and not (asked or general or go_ahead)
        no_view = other and bool(found)
        return Understood(asked, general, go_ahead, no_view, other and not no_view)
