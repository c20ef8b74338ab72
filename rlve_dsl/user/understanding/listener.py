"""The shopper's ear: turns a message into the facts that it asks for and the other things that it may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rlve_dsl.english import stem
from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.choice import Choice, Kind
from rlve_dsl.user.understanding.choosing import Chooser
from rlve_dsl.user.understanding.forms import is_salad
from rlve_dsl.user.understanding.items import named_in
from rlve_dsl.user.understanding.lexicon import STOP, Words
from rlve_dsl.user.understanding.reading import Prepared, Reading, prepared_for

_NEAR = 0.05  # from here on a clause that is not understood may ask for a fact
_HIT = 0.35  # the same for its best word
_SHORT = 8
_EVERY = frozenset(["all", "list", "kinds", "products", "everything", "what", "which", "buy"])
_OPEN = """else last third fourth fifth sixth other another rest remaining missing further more additional besides left apart aside beyond too well mentioned"""
_IS_SO = re.compile(
    r"^(?:(?:and|or|so|but|also) )*(?:is|are|was|were|does|do|did|should|must|has|have|will) (?!you|i|we)\b"
)
_FURTHER = frozenset(["other", "another", "additional", "further"])
_REPEATS = frozenset(["repeat", "mentioned", "already"])
_MORE = frozenset(stem(word) for word in _OPEN.split())


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
        words: More words that mean the same.
        prepared: The facts, if they are prepared already.
    """

    __slots__ = ("_absent", "_held", "_omitted", "_prepared", "_words")

    def __init__(
        self,
        held: Sequence[Slot],
        absent: Sequence[Slot] = (),
        words: Words = (),
        prepared: Prepared | None = None,
    ) -> None:
        self._held, self._absent = tuple(held), tuple(absent)
        self._omitted = [slot.omitted for slot in held]
        self._prepared, self._words = prepared, words

    @property
    def prepared(self) -> Prepared:
        """The facts, prepared when first needed."""
        if self._prepared is None:
            self._prepared = prepared_for(self._held, self._absent, self._words)
        return self._prepared

    def understand(self, message: str) -> Understood:
        """What a message asks for. Linear in its length; a pure function of the facts and the message."""
        if not self._held and not self._absent:
            return Understood(unclear=bool(message.strip()))
        rest, slots = self.prepared.verbatim(message)
        asked = tuple(sorted(slot for slot in slots if slot < len(self._held)))
        if (
            rest.strip()
            and len(asked) > 1
            and len({(self._held[slot].part, self._held[slot].fact) for slot in asked}) == 1
        ):
            asked = tuple(slot for slot in asked if self._omitted[slot]) or asked
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
        if is_salad([span.piece for span in reading.spans if not span.whole]):
            return Understood(unclear=True)
        choices = Chooser(self.prepared, reading).choices()
        if _is_scattered(choices):
            return Understood(unclear=True)
        asked, nothing = self._asked(reading, choices)
        kinds = {choice.kind for choice in choices}
        if asked or "general" in kinds or "go_ahead" in kinds:
            return Understood(tuple(sorted(asked)), "general" in kinds, "go_ahead" in kinds)
        near = any(
            choice.kind == "unclear" and (self.prepared.profiles.shared or choice.near > _NEAR or choice.hit > _HIT)
            for choice in choices
        )
        no_view = (nothing or "no_view" in kinds) and not near
        return Understood(no_view=no_view, unclear=not no_view and kinds != {"talk"})

    def _asked(self, reading: Reading, choices: Sequence[Choice]) -> tuple[set[int], bool]:
        """The slots asked for, and whether the message asks for something that is known not to hold."""
        asked: set[int] = set()
        nothing = False
        spans = reading.spans
        named = named_in(spans, self.prepared.items, self.prepared.subjects)
        also = self._items_alone(choices)
        said: dict[int, list[str]] = {}
        for choice in choices:
            said.setdefault(choice.span.piece.sentence, []).extend(choice.span.words)
        for choice in choices:
            for place in choice.subjects:
                row = choice.row
                about = named[row] | (also.get(row, frozenset()) if named[row] else frozenset())
                sentence = said[choice.span.piece.sentence]
                slots = self._meant(place, sentence, choice.span.words, about)
                asked.update(slots)
                nothing = nothing or not slots
        return asked, nothing

    def _items_alone(self, choices: Sequence[Choice]) -> dict[int, frozenset[int]]:
        """For clauses that ask for something, the items of the clauses beside them that only name items.

        They belong to the clause before them or, where there is none, to the one after them.
        """
        found: dict[int, frozenset[int]] = {}
        asking = [choice for choice in choices if choice.subjects]
        for choice in choices:
            span = choice.span
            if choice.subjects or len(span.words) > _SHORT or _IS_SO.search(" ".join(span.words)) is not None:
                continue
            own = named_in([span], self.prepared.items, self.prepared.subjects)[0]
            if not own:
                continue
            beside = [a.row for a in asking if a.span.sentence == span.sentence or "same" in span.words]
            if "same" in span.words:  # "same question for the mug" asks all of it again
                for row in beside:
                    found[row] = found.get(row, frozenset()) | own
                continue
            before = [row for row in beside if row < choice.row]
            if beside:
                to = before[-1] if before else beside[0]
                found[to] = found.get(to, frozenset()) | own
        return found

    def _meant(self, place: int, words: Sequence[str], own: Sequence[str], named: frozenset[int]) -> list[int]:
        """The slots of a subject that hold, of those items that a clause is about.

        `words` are those of its sentence, `own` its own. Others than those that were said are asked for only if there are any.
        """
        subject = self.prepared.subjects[place]
        pairs = list(zip(subject.slots, subject.items, strict=True))
        if named and any(item >= 0 for item in subject.items):
            pairs = [(slot, item) for slot, item in pairs if item in named]
        held = [slot for slot, _ in pairs if slot < len(self._held)]
        if (
            held
            and place not in self.prepared.profiles.weighed
            and not _FURTHER.isdisjoint(own)
            and _REPEATS.isdisjoint(words)
            and not any(self._omitted[slot] for slot in held)
        ):
            return []
        listed = all(item < 0 for item in subject.items) and _EVERY.isdisjoint(words)
        if (
            not named
            and len(held) > 1
            and not _REPEATS.isdisjoint(words)
            and "not" not in words
            and any(not self._omitted[slot] for slot in held)
        ):
            return [slot for slot in held if not self._omitted[slot]]
        if not named and len(held) > 1 and (listed or not _MORE.isdisjoint(map(stem, words))):
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
        for choice in Chooser(self.prepared, reading).choices():
            asked = self._asked(reading, [choice])[0]
            yield Clause(choice.span.piece.text, choice.kind, tuple(sorted(asked)), choice.why)


def _is_scattered(choices: Sequence[Choice]) -> bool:
    """Whether a message is three or more scraps of one or two words with question marks, and few of them ask for a fact."""
    scraps = [choice for choice in choices if choice.span.piece.mark == "?" and len(choice.span.words) < 3]
    single = sum(len(choice.span.words) == 1 for choice in scraps)
    alone = len({choice.span.piece.sentence for choice in choices}) == len(choices) and not choices[0].span.piece.item
    if len(choices) < 3 or len(scraps) < len(choices) or single < 2 or not alone:
        return False
    return 2 * sum(choice.kind == "question" for choice in choices) < len(choices)
