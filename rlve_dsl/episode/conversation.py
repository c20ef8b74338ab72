"""The conversation with the user: which request is raised when, what has been disclosed, and what makes a turn free."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from rlve_dsl.compiler import Drawn
from rlve_dsl.episode.actions import PART
from rlve_dsl.episode.outcome import IllegalCall
from rlve_dsl.episode.part import Part
from rlve_dsl.expressions.types import INT
from rlve_dsl.user import NOTHING_STATED, Heard, Proposal, Role, Thing, User, Utterance, Wording, read_proposal
from rlve_dsl.values import Json, JsonObject, Names
from rlve_dsl.world import WireError, decode

_Given: TypeAlias = tuple[str, str, tuple[Wording, ...], Callable[[], Sequence[Thing]]]


class _Read:
    """What a message proposes, read when it is first asked for. Forks share it: it is what was said then."""

    __slots__ = ("_given", "_read")

    def __init__(
        self, message: str, before: str, actions: tuple[Wording, ...], things: Callable[[], Sequence[Thing]]
    ) -> None:
        self._given: _Given | None = message, before, actions, things
        self._read = NOTHING_STATED

    def __call__(self) -> Proposal:
        if self._given is not None:
            message, before, actions, things = self._given
            self._read, self._given = read_proposal(message, before, actions, things()), None
        return self._read


class Conversation:
    """One user with one request or several.

    Args:
        user: The user.
        role: What was drawn for the user.
        drawn: What the episode starts from.

    Attributes:
        parts: The requests, in the order in which they are raised.
        proposal: What the agent's last message proposes.
    """

    __slots__ = ("_actions", "_early", "_message", "_user", "parts", "proposal")

    def __init__(self, user: User, role: Role, drawn: Drawn) -> None:
        for method in ("respond", "fork"):
            if not callable(getattr(user, method, None)):
                raise TypeError(f"a user has the methods `respond` and `fork`; {type(user).__name__} has no `{method}`")
        self._user = user
        self._actions = role.actions
        self._message = ""
        self.proposal: Callable[[], Proposal] = _nothing
        self._early = drawn.early
        self.parts = tuple(Part(number, part) for number, part in enumerate(drawn.parts, start=1))

    @property
    def open_parts(self) -> tuple[Part, ...]:
        """The requests that have been raised and wait for an answer."""
        return tuple(part for part in self.parts if part.is_open)

    @property
    def is_over(self) -> bool:
        """Whether every request has its answer."""
        return all(part.answer is not None for part in self.parts)

    def open(self) -> Utterance:
        """The user begins the conversation with the first request."""
        return self._speak(Heard(0, raises=1))

    def reply(
        self,
        turn: int,
        message: str,
        effects: tuple[JsonObject, ...],
        state: Names,
        things: Callable[[], Sequence[Thing]],
        done: Callable[[], Collection[int]],
        *,
        progress: bool,
        may_raise: bool = True,
    ) -> Utterance | None:
        """What the user says after a turn; None when the agent said nothing and no request is due.

        `things()` are the things that a message may name, `done()` the open requests that are as the user wants them. No request is due where `may_raise` is false.
        """
        self.proposal = self._reading(message, things)
        raises = self._next_due() if may_raise else None
        if not message and raises is None:
            return None
        open_requests = tuple(part.number for part in self.open_parts)
        disclosed = {slot.id for part in self.parts for slot in part.disclosed}
        return self._speak(
            Heard(turn, message, raises, open_requests, disclosed, progress, effects, state, self.proposal, done)
        )

    def _reading(self, message: str, things: Callable[[], Sequence[Thing]]) -> Callable[[], Proposal]:
        """Reads what a message proposes, when it is asked to: most messages propose nothing."""
        if not message:
            return _nothing
        before, self._message = self._message, message
        return _Read(message, before, self._actions, things)

    def _speak(self, heard: Heard) -> Utterance:
        utterance = self._user.respond(heard)
        if not isinstance(utterance, Utterance):
            raise TypeError(f"`respond` of a user gives an Utterance, not {type(utterance).__name__}")
        for slot in utterance.disclosed:
            self.parts[slot.part - 1].disclosed.append(slot)
        if heard.raises is not None and not utterance.gave_up:
            self.parts[heard.raises - 1].raised_after = heard.turn
        return utterance

    def _next_due(self) -> int | None:
        """The request that the user raises now: when the last one is answered, or early if that was drawn."""
        raised = sum(part.raised_after is not None for part in self.parts)
        if raised == len(self.parts):
            return None
        is_due = self.parts[raised - 1].answer is not None or self._early[raised]
        return raised + 1 if is_due else None

    def discount(self, reply: Utterance) -> bool:
        """Whether the turn is free: it asked for something that a request had omitted. One turn is, for each request."""
        for slot in reply.answered:
            part = self.parts[slot.part - 1]
            if slot.earns_discount and not part.discounted:
                part.discounted = True
                return True
        return False

    def part_for(self, answer: Mapping[str, Json]) -> tuple[Part, dict[str, Json]]:
        """The request that an answer is for where there are several, and the answer's other fields.

        An answer without a number is for the only request that waits for one.

        Raises:
            IllegalCall: When the answer names no open request.
        """
        given, waiting = answer.get(PART), self.open_parts
        try:
            number = waiting[0].number if given is None and len(waiting) == 1 else decode(given, INT)
        except WireError:
            number = None
        part = next((p for p in waiting if p.number == number), None)
        if part is None:
            listed = ", ".join(str(p.number) for p in waiting)
            raise IllegalCall(f"the answer's `{PART}` is the number of a request that waits for one: {listed}")
        return part, {name: value for name, value in answer.items() if name != PART}

    def fork(self) -> Conversation:
        """An independent conversation in the same state."""
        other = copy.copy(self)
        other._user = self._user.fork()
        other.parts = tuple(part.fork() for part in self.parts)
        return other


def _nothing() -> Proposal:
    return NOTHING_STATED
