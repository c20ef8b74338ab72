"""The shopper's ear: turns a message into the facts that it asks for and the other things that it may be."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from weakref import ReferenceType, ref

import numpy as np

from rlve_dsl.caching import LONGEST_KEPT
from rlve_dsl.user.facts import Slot
from rlve_dsl.user.understanding.deciding import ALONE, ALSO, asks_for_an_absent_one, decide, fact_of, how_near
from rlve_dsl.user.understanding.forms import (
    SOUNDS,
    asks_for_wishes,
    examples_in,
    has_no_content,
    is_courtesy,
    is_salad,
    is_sound,
)
from rlve_dsl.user.understanding.in_clauses import InClauses
from rlve_dsl.user.understanding.lexicon import STOP, Words
from rlve_dsl.user.understanding.network import KINDS
from rlve_dsl.user.understanding.reading import Prepared, Reading, prepared_for
from rlve_dsl.user.understanding.tokens import ITEM
from rlve_dsl.user.understanding.understood import Clause, Missed, Near, Understood

MISSED = 0.3
"""From here on a fact may be what a question means in which no other fact was heard: the shopper says that they missed it."""
ASSERTED = 0.7
"""From here on such a question, read by itself, asks for that fact."""
PERHAPS = 0.005
"""From here on a message may ask for whatever is open, beside a question for a fact: its last sentence decides."""
# who asks whether all is right that was said asks for nothing that has not been said
_CHECKED = re.compile(
    r"\b(?:(?:have|did|do) (?:i|we) (?:get|got|have|understand|understood)|(?:is|are)) (?:all (?:of )?)?"
    r"(?:that|this|it|these|everything)(?: all)? (?:right|correct(?:ly)?|accurate)\s*\?",
    re.IGNORECASE,
)
_SAID_OVER = 2  # times that a word without grammar is no message any more


class Listener:
    """Understands messages about some facts.

    Args:
        held: The facts that the shopper can state; `asked` holds their indices.
        absent: What could be asked but does not hold: the shopper has no view on it.
        words: More words that mean the same.
        prepared: The facts, if they are prepared already.
    """

    __slots__ = ("_absent", "_given", "_held", "_lent", "_words")

    def __init__(
        self,
        held: Sequence[Slot],
        absent: Sequence[Slot] = (),
        words: Words = (),
        prepared: Prepared | None = None,
    ) -> None:
        self._held, self._absent, self._words = tuple(held), tuple(absent), words
        self._given = prepared
        self._lent: ReferenceType[Prepared] | None = None

    @property
    def prepared(self) -> Prepared:
        """The facts, prepared when first needed, and again where much else was prepared since: thousands of listeners are alive."""
        prepared = self._given if self._lent is None else self._lent()
        if prepared is None:
            prepared = prepared_for(self._held, self._absent, self._words)
            self._lent = ref(prepared)
        return prepared

    def get_ready(self) -> None:
        """Prepare the facts now."""
        if self._held or self._absent:
            self.prepared.get_ready()

    def understand(self, message: str) -> Understood:
        """What a message asks for. Linear in its length; a pure function of the facts and the message."""
        if not self._held and not self._absent:
            return Understood(unclear=bool(message.strip()))
        if len(message) > LONGEST_KEPT:
            return self._understand(message)
        return self.prepared.understood.of(message, lambda: self._understand(message))

    def _understand(self, message: str) -> Understood:
        rest, slots = self.prepared.verbatim(message)
        reading = self.prepared.read(rest)
        understood = self._understood(rest, slots, reading)
        if not understood.asked and not understood.go_ahead:
            return understood
        if reading is None:
            return replace(understood, asked=self._as_asked(understood.asked, slots, None))
        clauses = self._in_clauses(rest, reading)
        asked, missed = self._with_nearly_heard(understood.asked, clauses, slots, reading)
        asked = self._without_examples(asked, rest, clauses)
        if not asked:  # it asks for a go-ahead, or for what is open: nothing that it says besides was missed
            return replace(understood, asked=())
        return replace(understood, asked=self._as_asked(asked, slots, clauses), missed=missed)

    def _in_clauses(self, rest: str, reading: Reading) -> InClauses:
        return InClauses(rest, reading, self.prepared.corrected)

    def _with_nearly_heard(
        self, asked: tuple[int, ...], clauses: InClauses, slots: Collection[int], reading: Reading
    ) -> tuple[tuple[int, ...], Missed | None]:
        """The facts, with those of clauses that ask for one when they are read by themselves; and which question was missed."""
        if not self._near_to(asked, slots, reading):  # most messages: their clauses are not looked at
            return tuple(sorted(asked)), None
        heard = set(clauses.homes(fact for fact in asked if fact not in slots).values())
        nearly = self._nearly_heard(asked, heard, clauses, slots, reading)
        also = {
            fact: home
            for fact, home in nearly.items()
            if home not in heard
            and (alone := self.prepared.read(clauses.pieces[home].text)) is not None
            and alone.read.asked[fact] >= ASSERTED
        }
        missed = [(fact, home) for fact, home in nearly.items() if fact not in also]
        if not missed:
            return tuple(sorted({*asked, *also})), None
        heard |= set(also.values())
        fact, home = missed[0]
        of_items = self._fact_at(fact) in {self._fact_at(one) for one in (*asked, *also)}
        is_plain = len(missed) == 1 and heard and home not in heard and not of_items and ITEM not in reading.tokens
        return tuple(sorted({*asked, *also})), clauses.place_of(home, heard) if is_plain else "other"

    def _understood(self, rest: str, slots: Mapping[int, int], reading: Reading | None) -> Understood:
        """What a message asks for; the facts in their own order."""
        asked = self._verbatim(rest, slots)
        if reading is None:
            return Understood(asked, no_view=not asked) if slots else Understood(unclear=bool(rest.strip()))
        if not slots and (is_salad(rest) or self._is_noise(reading.tokens)):
            return Understood(unclear=True)
        if not slots and is_sound(reading.tokens):
            return Understood()
        more = decide(reading, self._held)
        if more.asked and is_courtesy(reading.tokens):
            more = Understood(general=more.general, go_ahead=more.go_ahead)
        if (more.asked or more.unclear) and self._ends_generally(rest, reading):
            more = replace(more, general=True, unclear=False)
        if (more.asked or more.unclear) and examples_in(rest) is not None:
            more = replace(more, general=True, unclear=False)
        if not slots and asks_for_wishes(rest, self.prepared.said, plainly=bool(more.asked)):
            more = replace(more, general=True, no_view=False, unclear=False)
        if more.unclear and self._asks_for_an_absent_one(rest, reading):
            more = Understood(no_view=True)
        if more.general and (checked := _CHECKED.sub(" ", rest)) != rest:
            more = replace(more, general=self._is_general(checked))
        if not slots:
            return more
        if has_no_content(reading.tokens):  # ", please?", or "is there more to it?"
            more = Understood(general=more.general)
        return replace(more, asked=tuple(sorted({*asked, *more.asked})), no_view=more.no_view or not asked)

    def _asks_for_an_absent_one(self, message: str, reading: Reading) -> bool:
        """Whether a message that is not understood asks for a fact that does not hold."""
        if not self._absent:
            return False
        as_if_held = self.prepared.read_as_if_held(message)
        return as_if_held is not None and asks_for_an_absent_one(reading, as_if_held, len(self._held))

    def _is_noise(self, tokens: Sequence[str]) -> bool:
        """Whether a message has no word that anybody knows, or one word over and over ("foo foo foo"). A list of words may be one of values."""
        words = [token for token in tokens if token[0].isalnum()]
        if not STOP.isdisjoint(words) or not SOUNDS.isdisjoint(words) or (len(words) > 1 and "," in tokens):
            return False
        if len(words) >= _SAID_OVER and len(set(words)) == 1:
            return True
        return (len(words) == 1 or "?" not in tokens) and not any(map(self.prepared.knows, words))

    def _is_no_question(self, message: str, tokens: Sequence[str]) -> bool:
        """Whether a message asks for no fact, however likely that is for the networks."""
        return is_salad(message) or self._is_noise(tokens) or is_sound(tokens) or is_courtesy(tokens)

    def _as_asked(self, asked: Sequence[int], slots: Mapping[int, int], clauses: InClauses | None) -> tuple[int, ...]:
        """The facts in the order in which a message asks for them: by the clause that speaks most for each."""
        begins: dict[int, int] = dict(slots)
        if clauses is not None and len(asked) > 1:
            begins |= clauses.begins(fact for fact in asked if fact not in slots)
        return tuple(sorted(asked, key=lambda fact: (begins.get(fact, 0), fact)))

    def _without_examples(self, asked: tuple[int, ...], rest: str, clauses: InClauses) -> tuple[int, ...]:
        """The facts without those that an open question names as examples."""
        examples = examples_in(rest)
        if examples is None:
            return asked
        begins = clauses.begins(asked)
        return tuple(fact for fact in asked if begins.get(fact, -1) not in examples)

    def _nearly_heard(
        self,
        asked: Sequence[int],
        heard: Collection[int],
        clauses: InClauses,
        slots: Collection[int],
        reading: Reading,
    ) -> dict[int, int]:
        """The facts that were nearly heard, each with the number of its clause.

        Where another fact was heard in the same clause (one of `heard`), a fact must be likely to be asked for, too.
        """
        homes = clauses.homes(self._near_to(asked, slots, reading))
        return {fact: home for fact, home in homes.items() if home not in heard or reading.read.asked[fact] >= ALONE}

    def _near_to(self, asked: Sequence[int], slots: Collection[int], reading: Reading) -> list[int]:
        """The facts that are near to being asked for, beside those that are."""
        if reading.listed or (slots and has_no_content(reading.tokens)):
            return []
        likely = reading.read.asked[: len(self._held)]
        return [
            place for place in np.flatnonzero(likely >= MISSED).tolist() if place not in asked and place not in slots
        ]

    def _fact_at(self, place: int) -> tuple[int, str]:
        return fact_of(self._held[place])

    def _ends_generally(self, message: str, reading: Reading) -> bool:
        """Whether a message may ask for whatever is open, and its last sentence, read by itself, surely does."""
        if not PERHAPS <= reading.read.kinds[KINDS.index("general")] < ALSO:
            return False
        last = self._in_clauses(message, reading).last_sentence
        alone = None if last is None else self.prepared.read(f"{last}?")
        return alone is not None and decide(alone, self._held) == Understood(general=True)

    def _is_general(self, message: str) -> bool:
        """Whether a message, or the rest of one, asks for whatever is open."""
        reading = self.prepared.read(message)
        return reading is not None and decide(reading, self._held).general

    def _verbatim(self, rest: str, slots: Collection[int]) -> tuple[int, ...]:
        """The facts that are asked for word for word; where others stand beside them, those that have not been said."""
        asked = tuple(sorted(slot for slot in slots if slot < len(self._held)))
        if rest.strip() and len(asked) > 1 and len({self._fact_at(place) for place in asked}) == 1:
            return tuple(slot for slot in asked if self._held[slot].omitted) or asked
        return asked

    def explain(self, message: str) -> Understood:
        """The same as `understand`, with what people want to know of it.

        That is the clauses of the message, why each was understood as it was, how near each fact is, and which one is the next likeliest.
        """
        understood = self.understand(message)
        if not self._held and not self._absent:
            return understood
        rest, slots = self.prepared.verbatim(message)
        said = self._verbatim(rest, slots)
        reading = self.prepared.read(rest)
        clauses = [Clause(message.strip(), "question" if said else "no_view", said, "word for word")] if slots else []
        if reading is None:
            return replace(understood, clauses=tuple(clauses))
        near = self._near(rest, slots, reading)
        in_clauses = self._in_clauses(rest, reading)
        home = in_clauses.homes(fact for fact in understood.asked if fact not in slots)
        nearly = self._nearly_heard(understood.asked, set(home.values()), in_clauses, slots, reading)
        clauses += self._clauses(in_clauses, home, nearly, near, reading, understood)
        others = [one for fact, one in near.items() if fact not in understood.asked]
        likeliest = max(others, key=lambda one: one.likely, default=None) if understood.asked or not nearly else None
        return replace(understood, clauses=tuple(clauses), next_likeliest=likeliest, near=tuple(near.values()))

    def _near(self, rest: str, slots: Collection[int], reading: Reading) -> Mapping[int, Near]:
        """How near a message is to each fact, but for those that it asks for word for word."""
        if slots and has_no_content(reading.tokens):  # of ", please?" the networks are not asked
            return {}
        decided = decide(reading, self._held)
        places = [place for place in range(len(self._held)) if place not in slots]
        near = {place: how_near(place, reading, decided, self._held) for place in places}
        if not slots and self._is_no_question(rest, reading.tokens):
            return {place: replace(one, counts_from=None) for place, one in near.items()}
        if examples_in(rest) is not None:
            but = "an open question names it as an example"
            near |= {place: replace(near[place], but=but) for place in decided.asked if place in near}
        return near

    def _clauses(
        self,
        in_clauses: InClauses,
        home: Mapping[int, int],
        nearly: Mapping[int, int],
        near: Mapping[int, Near],
        reading: Reading,
        understood: Understood,
    ) -> Iterator[Clause]:
        """The clauses of a message; `home` and `nearly` have the clause of each fact that was heard, or nearly."""
        decided = decide(reading, self._held)
        for number, piece in enumerate(in_clauses.pieces):
            asked = tuple(sorted(fact for fact in home if home[fact] == number))
            if asked:
                yield Clause(piece.text, "question", asked, in_clauses.why(number, asked))
                continue
            heard = [near[fact] for fact in nearly if nearly[fact] == number]
            if heard:
                yield Clause(piece.text, "unclear", (), f"it nearly asks for {self._named(heard)}")
                continue
            alone = self.prepared.read(piece.text)
            kind = decide(alone, self._held).kind if alone is not None else "talk"
            meant = {"general": understood.general, "go_ahead": decided.go_ahead, decided.kind: not decided.asked}
            if kind == "unclear" and understood.no_view:
                yield Clause(piece.text, "no_view", (), "it asks for a fact that does not hold here")
            elif kind not in ("question", "talk") and meant.get(kind, False):
                yield Clause(piece.text, kind, (), "so it reads by itself")
            else:
                yield Clause(piece.text, "talk", (), "it asks for nothing of its own")

    def _named(self, heard: Sequence[Near]) -> str:
        """Facts that were nearly heard, in words; of one that several items have, the likeliest."""
        likeliest: dict[str, Near] = {}
        for one in heard:
            fact = self._held[one.fact].fact
            likeliest[fact] = max(likeliest.get(fact, one), one, key=lambda near: near.likely)
        return " and ".join(f"{fact} ({one})" for fact, one in likeliest.items())
