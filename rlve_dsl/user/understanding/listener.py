"""The shopper's ear: turns a message into the facts that it asks for and the other things that it may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.arrays import Floats
from rlve_dsl.user.understanding.forms import is_general, is_go_ahead, is_salad
from rlve_dsl.user.understanding.items import named_in
from rlve_dsl.user.understanding.lexicon import STOP
from rlve_dsl.user.understanding.reading import Prepared, Reading, kinds_of, prepared_for, scores_of
from rlve_dsl.user.understanding.scorer import Scorer, scorer
from rlve_dsl.user.understanding.subjects import Subject

Kind = Literal["question", "general", "go_ahead", "no_view", "talk", "unclear"]
"""What a message is, first of all."""

_SURE = 0.7
_CLEAR = 1.5
_NEAR = 4.0
_GAP = 1.0
_LIKELY = 0.5
_LEAST = -2.5
_NO_VIEW = -0.5
_APART = 1.0
_NEVER = -99.0
_SHORT = 8
_MORE = frozenset(
    [
        "else",
        "other",
        "others",
        "another",
        "rest",
        "remaining",
        "missing",
        "further",
        "more",
        "additional",
        "besides",
        "apart",
        "aside",
        "beyond",
        "too",
    ]
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
            self._prepared = prepared_for(self._held, self._absent)
        return self._prepared

    def understand(self, message: str) -> Understood:
        """What a message asks for. Linear in its length; a pure function of the facts and the message."""
        if not self._held and not self._absent:
            return Understood(unclear=bool(message.strip()))
        rest, slots = self.prepared.verbatim(message)
        asked = tuple(sorted(slot for slot in slots if slot < len(self._held)))
        clauses = (
            (Clause(message.strip(), "question" if asked else "no_view", asked, "word for word"),) if slots else ()
        )
        reading = self.prepared.read(rest)
        if slots and not any(any(word not in STOP for word in span.words) for span in reading.spans):
            return Understood(asked, no_view=not asked, clauses=clauses)
        if not reading.spans or not self.prepared.subjects:
            return Understood(unclear=bool(message.strip()))
        more = self.decide(reading)
        if not slots:
            return more
        together = tuple(sorted({*asked, *more.asked}))
        return replace(more, asked=together, no_view=more.no_view or not asked, clauses=(*clauses, *more.clauses))

    def decide(self, reading: Reading) -> Understood:
        """What a message that has been read asks for."""
        by = self._by or scorer()
        if is_salad([span.piece for span in reading.spans if not span.whole]):
            return Understood(unclear=True)
        scores = scores_of(reading, self.prepared, by)
        kinds = kinds_of(reading, scores, self.prepared.subjects)
        scores = np.where(reading.quiet[:, None], _NEVER, scores)  # what only states or announces discloses nothing
        general, go_ahead, other, asks = (net(kinds) for net in (by.general, by.go_ahead, by.other, by.asks))
        usual = np.array([is_general(span.words) for span in reading.spans]) & (scores.max(axis=1) < _CLEAR)
        general = np.where(usual, np.maximum(general, _CLEAR), general)
        proposes = np.array([not span.asks and span.piece.mark == "?" and is_go_ahead(span.words) for span in reading.spans])
        go_ahead = np.where(proposes & (go_ahead > other - _NEAR), np.maximum(go_ahead, _CLEAR), go_ahead)
        # a clause is one thing: what it is most surely
        rival = np.maximum(np.maximum(general, go_ahead), np.maximum(other, 0))
        silent = not any(span.asks for span in reading.spans)
        scores = np.where(scores < scores.max(axis=1, keepdims=True) - _GAP, np.minimum(scores, 0), scores)
        asked, nothing = self._asked(reading, np.where(scores > rival[:, None], scores, np.minimum(scores, 0)))
        found = float(general.max()) > 0, float(go_ahead.max()) > 0
        if not asked and not nothing and not any(found) and asks.max() > max(_LIKELY, float(other.max())):
            asked, nothing = self._likeliest(reading, scores)
        if asked or any(found):
            return Understood(tuple(sorted(asked)), *found)
        no_view = not silent and (nothing or float(other.max()) > max(_NO_VIEW, float(asks.max()) + _APART))
        return Understood(no_view=no_view, unclear=not no_view and not silent)

    def _likeliest(self, reading: Reading, scores: Floats) -> tuple[set[int], bool]:
        """The slots of the subject that a message asks for most likely, where it asks for something but for nothing surely."""
        held = np.array([subject.held > 0 for subject in self.prepared.subjects])
        stated = reading.empty
        among = np.where(held[None] & ~stated[:, None], scores, _NEVER)
        row, place = np.unravel_index(int(among.argmax()), among.shape)
        if among[row, place] < _LEAST:
            return set(), False
        only = np.full(scores.shape, _NEVER)
        only[row, place] = 1
        return self._asked(reading, only)

    def _asked(self, reading: Reading, scores: Floats) -> tuple[set[int], bool]:
        """The slots asked for, and whether the message asks for something that is known not to hold."""
        asked: set[int] = set()
        nothing = False
        spans, parents = reading.spans, reading.parents
        named = named_in(spans, self.prepared.items, self.prepared.subjects)
        also = self._items_alone(reading, scores)
        said: dict[int, list[str]] = {}
        for span in spans:
            said.setdefault(span.piece.sentence, []).extend(span.words)
        clause_best: dict[int, float] = {}
        for row, span in enumerate(spans):
            if not span.whole:
                clause_best[parents[row]] = max(clause_best.get(parents[row], 0.0), float(scores[row].max()))
        for place, subject in enumerate(self.prepared.subjects):
            rows = [int(row) for row in np.flatnonzero(scores[:, place] > _SURE)]
            parts = [row for row in rows if not spans[row].whole]
            saying = {parents[row] for row in parts}
            rows = parts + [
                row for row in rows if spans[row].whole and row not in saying and scores[row, place] > clause_best[row]
            ]
            for row in rows:
                about = named[row] | (also.get(row, frozenset()) if named[row] else frozenset())
                slots = self._meant(subject, said[spans[row].piece.sentence], about)
                asked.update(slots)
                nothing = nothing or not slots
        return asked, nothing

    def _items_alone(self, reading: Reading, scores: Floats) -> dict[int, frozenset[int]]:
        """For clauses that ask for something, the items of the clauses beside them that only name items.

        They belong to the clause before them or, where there is none, to the one after them.
        """
        found: dict[int, frozenset[int]] = {}
        sure = [bool(row.any()) for row in scores > _SURE]
        asking = [row for row, span in enumerate(reading.spans) if not span.whole and sure[row]]
        for row, span in enumerate(reading.spans):
            if span.whole or sure[row] or len(span.words) > _SHORT:
                continue
            own = named_in([span], self.prepared.items, self.prepared.subjects)[0]
            if not own:
                continue
            beside = [a for a in asking if reading.parents[a] == reading.parents[row] or "same" in span.words]
            before = [a for a in beside if a < row]
            if beside:
                to = before[-1] if before else beside[0]
                found[to] = found.get(to, frozenset()) | own
        return found

    def _meant(self, subject: Subject, words: Sequence[str], named: frozenset[int]) -> list[int]:
        """The slots of a subject that hold, of those items that a clause is about; `words` are those of its sentence."""
        pairs = list(zip(subject.slots, subject.items, strict=True))
        if named and any(item >= 0 for item in subject.items):
            pairs = [(slot, item) for slot, item in pairs if item in named]
        held = [slot for slot, _ in pairs if slot < len(self._held)]
        if not named and len(held) > 1 and not _MORE.isdisjoint(words):
            held = [slot for slot in held if self._omitted[slot]] or held
        return held

    def explain(self, message: str) -> Understood:
        """The same as `understand`, with the clauses of the message and why each was understood as it was."""
        understood = self.understand(message)
        reading = self.prepared.read(self.prepared.verbatim(message)[0])
        if not reading.spans or not self.prepared.subjects:
            return understood
        return replace(understood, clauses=(*understood.clauses, *self._clauses(reading)))

    def _clauses(self, reading: Reading) -> Iterator[Clause]:
        by, subjects = self._by or scorer(), self.prepared.subjects
        scores = scores_of(reading, self.prepared, by)
        kinds = kinds_of(reading, scores, subjects)
        nets: tuple[tuple[Kind, Floats], ...] = (
            ("general", by.general(kinds)), ("go_ahead", by.go_ahead(kinds)), ("no_view", by.other(kinds)),
        )  # fmt: skip
        for row, span in enumerate(reading.spans):
            if span.whole:
                continue
            best = sorted(range(len(subjects)), key=lambda place: (-scores[row, place], place))[:3]
            values = [(f"the fact {subjects[place].fact[1]}", float(scores[row, place])) for place in best]
            values += [(name.replace("_", " "), float(net[row])) for name, net in nets]
            asked = self._asked(reading, np.where(np.arange(len(scores))[:, None] == row, scores, _NEVER))[0]
            kind = next((name for name, net in nets if net[row] > max(0.0, float(scores[row].max()))), None)
            why = ", ".join(f"{name} {value:.1f}" for name, value in values)
            yield Clause(span.piece.text, kind or ("question" if asked else "talk"), tuple(sorted(asked)), why)


def _asks(reading: Reading) -> bool:
    return any(span.piece.mark == "?" for span in reading.spans)
