"""The shopper of one episode: opens, answers, reacts, loses patience."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlve_dsl.rng import Stream
from rlve_dsl.rules import Segment
from rlve_dsl.user.matching import Matcher, is_request
from rlve_dsl.user.noise import typed


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that the shopper can say: a fact, and of which element of its list (`key`).

    `asks` are the questions that disclose it. `omitted` says that the opening leaves it out, `discountable` that the
    opening might not have.
    """

    fact: str
    key: int | None
    value: Any
    says: tuple[Segment, ...]
    asks: tuple[str, ...]
    omitted: bool
    discountable: bool


@dataclass(frozen=True, slots=True)
class Unprompted:
    """What the shopper would say by themselves now; said at most once for each `id`."""

    id: Hashable
    act: str
    says: tuple[Segment, ...]
    discloses: tuple[str, int | None] | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the shopper said. `disclosed` are the slots said for the first time; `discount` says that one of them was
    omitted from the opening by chance and has been asked for; `gave_up` that the conversation is over."""

    text: str
    acts: tuple[str, ...] = ()
    disclosed: tuple[Slot, ...] = ()
    discount: bool = False
    gave_up: bool = False


_SPACE = Segment(" ", False)


class Shopper:
    """A simulated shopper. `acts` are the wordings of each act, `noise` the chance of a slip at each letter outside a
    value, `patience` the number of unhelpful turns after which they leave."""

    __slots__ = (
        "_acts", "_askable", "_disclosed", "_matcher", "_noise", "_opening", "_patience", "_slots", "_spoken", "_stream",
        "_utterances",
    )  # fmt: skip

    def __init__(
        self,
        opening: Sequence[Segment],
        slots: Sequence[Slot],
        acts: Mapping[str, tuple[str, ...]],
        noise: float,
        patience: int,
        stream: Stream,
    ) -> None:
        self._opening = tuple(opening)
        self._slots = tuple(slots)
        self._acts = acts
        self._noise = noise
        self._patience = patience
        self._stream = stream
        self._askable = [i for i, slot in enumerate(self._slots) if slot.asks]
        self._matcher: Matcher | None = None
        self._disclosed: dict[int, None] = {}
        self._spoken: set[Hashable] = set()
        self._utterances = 0

    @property
    def disclosed(self) -> tuple[Slot, ...]:
        """The slots said so far, in the order in which they were first said."""
        return tuple(self._slots[i] for i in self._disclosed)

    @property
    def open_slots(self) -> tuple[Slot, ...]:
        """The slots not said yet."""
        return tuple(slot for i, slot in enumerate(self._slots) if i not in self._disclosed)

    def open(self) -> Utterance:
        """The first message: the opening's words, then every slot that it does not omit."""
        said = [i for i, slot in enumerate(self._slots) if not slot.omitted]
        self._disclosed.update(dict.fromkeys(said))
        text = self._type([self._opening, *(self._slots[i].says for i in said)])
        return Utterance(text, disclosed=tuple(self._slots[i] for i in said))

    def reply(self, message: str, *, progress: bool, unprompted: Sequence[Unprompted] = ()) -> Utterance:
        """The answer to a message: every slot that it asks for, then the first of `unprompted` not yet said.

        A slot already said is said again. When there is nothing to say, a question gets no preference and a statement
        leave to continue. `progress` is whether the turn did something; one that did not, and asked for nothing open,
        uses up patience.
        """
        asked = self._asked(message)
        fresh = [i for i in asked if i not in self._disclosed]
        if not fresh and not progress:
            self._patience -= 1
            if self._patience <= 0:
                return Utterance(self._type([self._phrase("ragequit")]), ("ragequit",), gave_up=True)
        self._disclosed.update(dict.fromkeys(fresh))
        acts, parts = [], []
        if asked:
            acts.append("clarify")
            parts += [self._phrase("clarify"), *(self._slots[i].says for i in asked)]
        discount = any(self._slots[i].omitted and self._slots[i].discountable for i in fresh)
        if (reaction := self._reaction(unprompted, fresh)) is not None:
            acts.append(reaction.act)
            parts += [self._phrase(reaction.act), reaction.says]
        if not acts:
            acts.append("no_preference" if is_request(message) else "continue")
            parts.append(self._phrase(acts[0]))
        return Utterance(self._type(parts), tuple(acts), tuple(self._slots[i] for i in fresh), discount)

    def _asked(self, message: str) -> list[int]:
        if self._matcher is None:
            slots = [self._slots[i] for i in self._askable]
            self._matcher = Matcher([slot.asks for slot in slots], [slot.fact for slot in slots])
        return sorted(self._askable[i] for i in self._matcher.asked(message))

    def _reaction(self, unprompted: Sequence[Unprompted], fresh: list[int]) -> Unprompted | None:
        """The first that has not been said; what it discloses is disclosed and joins `fresh`."""
        for reaction in unprompted:
            if reaction.id in self._spoken:
                continue
            slot = self._find(reaction.discloses)
            if reaction.act == "elaborate" and (slot is None or slot in self._disclosed):
                continue
            self._spoken.add(reaction.id)
            if slot is not None and slot not in self._disclosed:
                self._disclosed[slot] = None
                fresh.append(slot)
            return reaction
        return None

    def _find(self, which: tuple[str, int | None] | None) -> int | None:
        return next((i for i, slot in enumerate(self._slots) if (slot.fact, slot.key) == which), None)

    def _phrase(self, act: str) -> tuple[Segment, ...]:
        phrases = self._acts.get(act, ())
        if not phrases:
            return ()
        return (Segment(self._stream.child("phrase", self._utterances).choice(phrases), False),)

    def _type(self, parts: Sequence[Sequence[Segment]]) -> str:
        joined: list[Segment] = []
        for part in parts:
            if part:
                joined += (_SPACE, *part) if joined else part
        stream = self._stream.child("typing", self._utterances)
        self._utterances += 1
        return typed(joined, self._noise, stream)
