"""The shopper of one episode: opens, answers, reacts, loses patience."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlve_dsl.expressions import Segment
from rlve_dsl.rng import Stream
from rlve_dsl.user.matching import Matcher, is_request
from rlve_dsl.user.noise import typed


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that the shopper can say: a fact, and of which element of its list (`key`).

    `asks` are the questions that disclose it. `omitted` says that the opening leaves it out, `discountable` that the
    opening might not have. `part` is the number of the request that it belongs to.
    """

    fact: str
    key: int | None
    value: Any
    says: tuple[Segment, ...]
    asks: tuple[str, ...]
    omitted: bool
    discountable: bool
    part: int = 1


@dataclass(frozen=True, slots=True)
class Unprompted:
    """What the shopper would say by themselves now; said at most once for each `id`. `discloses` is a request's number, a
    fact of it and the element."""

    id: Hashable
    act: str
    says: tuple[Segment, ...]
    discloses: tuple[int, str, int | None] | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the shopper said. `disclosed` are the slots said for the first time; `discounts` are the requests of which one
    of them was omitted from the opening by chance and has been asked for; `gave_up` says that the conversation is over."""

    text: str
    acts: tuple[str, ...] = ()
    disclosed: tuple[Slot, ...] = ()
    discounts: tuple[int, ...] = ()
    gave_up: bool = False

    def then(self, more: Utterance) -> Utterance:
        """This and, on a line of its own, what is said right after."""
        text = "\n".join(part for part in (self.text, more.text) if part)
        acts, disclosed = (*self.acts, *more.acts), (*self.disclosed, *more.disclosed)
        return Utterance(text, acts, disclosed, self.discounts, self.gave_up or more.gave_up)


_SPACE = Segment(" ", False)
CONFIRM = "confirm"


class Shopper:
    """A simulated shopper with one request or several. `openings` are the first words of each request, `acts` the wordings
    of each act, `noise` the chance of a slip at each letter outside a value, `patience` the number of unhelpful turns after
    which they leave, `confirmations` the questions that they answer with the act `confirm`."""

    __slots__ = (
        "_acts", "_askable", "_confirmations", "_disclosed", "_matcher", "_noise", "_open", "_openings", "_patience",
        "_slots", "_spoken", "_stream", "_utterances",
    )  # fmt: skip

    def __init__(
        self,
        openings: Sequence[Sequence[Segment]],
        slots: Sequence[Slot],
        acts: Mapping[str, tuple[str, ...]],
        noise: float,
        patience: int,
        stream: Stream,
        confirmations: Sequence[str] = (),
    ) -> None:
        self._openings = tuple(tuple(opening) for opening in openings)
        self._slots = tuple(slots)
        self._acts = acts
        self._noise = noise
        self._patience = patience
        self._stream = stream
        self._confirmations = tuple(confirmations)
        self._open: set[int] = set()
        self._askable: list[int] = []
        self._matcher: Matcher | None = None
        self._disclosed: dict[int, None] = {}
        self._spoken: set[Hashable] = set()
        self._utterances = 0

    @property
    def disclosed(self) -> tuple[Slot, ...]:
        """The slots said so far, in the order in which they were first said."""
        return tuple(self._slots[i] for i in self._disclosed)

    @property
    def disclosures(self) -> int:
        """How many slots have been said so far."""
        return len(self._disclosed)

    @property
    def open_slots(self) -> tuple[Slot, ...]:
        """The slots of open requests that have not been said yet."""
        return tuple(slot for i, slot in enumerate(self._slots) if slot.part in self._open and i not in self._disclosed)

    def raise_request(self, part: int = 1) -> Utterance:
        """Begin a request: its opening words, then every slot of it that they do not omit."""
        self._open.add(part)
        self._matcher = None
        said = [i for i, slot in enumerate(self._slots) if slot.part == part and not slot.omitted]
        self._disclosed.update(dict.fromkeys(said))
        text = self._type([self._openings[part - 1], *(self._slots[i].says for i in said)])
        return Utterance(text, disclosed=tuple(self._slots[i] for i in said))

    def close_request(self, part: int) -> None:
        """A request has been answered: nothing more is said of it."""
        self._open.discard(part)
        self._matcher = None

    def reply(self, message: str, *, progress: bool, unprompted: Sequence[Unprompted] = ()) -> Utterance:
        """The answer to a message: every slot that it asks for, then the first of `unprompted` not yet said.

        A slot already said is said again. When there is nothing to say, a question gets no preference and a statement
        leave to continue; one that asks whether to go ahead is confirmed. `progress` is whether the turn did something; one
        that did not, and asked for nothing open, uses up patience.
        """
        asked, confirmed = self._asked(message)
        fresh = [i for i in asked if i not in self._disclosed]
        if not fresh and not progress and not confirmed:
            self._patience -= 1
            if self._patience <= 0:
                return Utterance(self._type([self._phrase("ragequit")]), ("ragequit",), gave_up=True)
        self._disclosed.update(dict.fromkeys(fresh))
        acts, parts = [], []
        if asked:
            acts.append("clarify")
            parts += [self._phrase("clarify"), *(self._slots[i].says for i in asked)]
        if confirmed:
            acts.append(CONFIRM)
            parts.append(self._phrase(CONFIRM))
        supplied = {self._slots[i].part: None for i in fresh if self._slots[i].omitted and self._slots[i].discountable}
        if (reaction := self._reaction(unprompted, fresh)) is not None:
            acts.append(reaction.act)
            parts += [self._phrase(reaction.act), reaction.says]
        if not acts:
            acts.append("no_preference" if is_request(message) else "continue")
            parts.append(self._phrase(acts[0]))
        return Utterance(self._type(parts), tuple(acts), tuple(self._slots[i] for i in fresh), tuple(supplied))

    def _asked(self, message: str) -> tuple[list[int], bool]:
        """The slots that a message asks for, and whether it asks to be told to go ahead."""
        if self._matcher is None:
            self._askable = [i for i, slot in enumerate(self._slots) if slot.asks and slot.part in self._open]
            slots = [self._slots[i] for i in self._askable]
            asks, facts = [slot.asks for slot in slots], [f"{slot.part} {slot.fact}" for slot in slots]
            if self._confirmations:
                asks, facts = [*asks, self._confirmations], [*facts, CONFIRM]
            self._matcher = Matcher(asks, facts)
        found = self._matcher.asked(message)
        confirmed = len(self._askable) in found
        return sorted(self._askable[i] for i in found if i < len(self._askable)), confirmed

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

    def _find(self, which: tuple[int, str, int | None] | None) -> int | None:
        return next((i for i, slot in enumerate(self._slots) if (slot.part, slot.fact, slot.key) == which), None)

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
