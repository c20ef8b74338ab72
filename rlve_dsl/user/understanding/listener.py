"""The shopper's ear: turns a message into the facts that it asks for and the other things that it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rlve_dsl.catalog.arrays import Floats
from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.forms import is_salad, states
from rlve_dsl.user.understanding.items import named_in
from rlve_dsl.user.understanding.reading import Prepared, Reading, kinds_of, scores_of
from rlve_dsl.user.understanding.scorer import Scorer, scorer
from rlve_dsl.user.understanding.subjects import Subject

Kind = Literal["question", "general", "go_ahead", "no_view", "talk", "unclear"]
"""What a message is, first of all."""

_SURE = 0.0
_MORE = frozenset("else other others another rest remaining missing further more additional besides apart aside beyond too".split())


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
        by: The networks; the shipped ones when None.
        prepared: The facts, if they are prepared already.
    """

    __slots__ = ("_absent", "_by", "_held", "_omitted", "_prepared")

    def __init__(
        self,
        held: Sequence[Slot],
        absent: Sequence[Slot] = (),
        by: Scorer | None = None,
        prepared: Prepared | None = None,
    ) -> None:
        self._held, self._absent = tuple(held), tuple(absent)
        self._omitted = [slot.omitted for slot in held]
        self._prepared = prepared
        self._by = by

    @property
    def prepared(self) -> Prepared:
        """The facts, prepared when first needed."""
        if self._prepared is None:
            self._prepared = Prepared(self._held, self._absent)
        return self._prepared

    def understand(self, message: str) -> Understood:
        """What a message asks for. Linear in its length; a pure function of the facts and the message."""
        prepared = self.prepared
        reading = prepared.read(message)
        if not reading.spans or not prepared.subjects:
            return Understood(unclear=bool(message.strip()))
        return self.decide(reading)

    def decide(self, reading: Reading) -> Understood:
        """What a message that has been read asks for."""
        by = self._by or scorer()
        if is_salad([span.piece for span in reading.spans if not span.whole]):
            return Understood(unclear=True)
        scores = scores_of(reading, self.prepared, by)
        kinds = kinds_of(reading, scores, self.prepared.subjects)
        general, go_ahead = by.general(kinds), by.go_ahead(kinds)
        # a clause is one thing: what it is most surely
        rival = np.maximum(np.maximum(general, go_ahead), 0)
        scores = np.where(scores > rival[:, None], scores, np.minimum(scores, 0))
        asked, nothing = self._asked(reading, scores)
        found = float(general.max()) > 0, float(go_ahead.max()) > 0
        if asked or any(found):
            return Understood(tuple(sorted(asked)), *found, clauses=self._clauses(reading, scores))
        other = float(by.other(kinds).max()) > 0
        return Understood(no_view=nothing or other, unclear=not (nothing or other) and _asks(reading))

    def _asked(self, reading: Reading, scores: Floats) -> tuple[set[int], bool]:
        """The slots asked for, and whether the message asks for something that is known not to hold."""
        asked: set[int] = set()
        nothing = False
        named = named_in(reading.spans, self.prepared.items, self.prepared.subjects)
        for place, subject in enumerate(self.prepared.subjects):
            rows = [int(row) for row in np.flatnonzero(scores[:, place] > _SURE)]
            parts = [row for row in rows if not reading.spans[row].whole]
            saying = {reading.parents[row] for row in parts}
            rows = parts + [row for row in rows if reading.spans[row].whole and row not in saying]
            rows = [row for row in rows if not states(reading.spans[row])] or rows
            for row in rows:
                slots = self._meant(subject, reading.spans[row].words, named[row])
                asked.update(slots)
                nothing = nothing or not slots
        return asked, nothing

    def _meant(self, subject: Subject, words: Sequence[str], named: frozenset[int]) -> list[int]:
        """The slots of a subject that hold, of those items that a clause is about."""
        pairs = list(zip(subject.slots, subject.items, strict=True))
        if named and any(item >= 0 for item in subject.items):
            pairs = [(slot, item) for slot, item in pairs if item in named]
        held = [slot for slot, _ in pairs if slot < len(self._held)]
        if not named and len(held) > 1 and not _MORE.isdisjoint(words):
            held = [slot for slot in held if self._omitted[slot]] or held
        return held

    def _clauses(self, reading: Reading, scores: Floats) -> tuple[Clause, ...]:
        return ()


def _asks(reading: Reading) -> bool:
    return any(span.piece.mark == "?" for span in reading.spans)
