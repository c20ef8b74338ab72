"""A recorded user: it gives back what a user said in a recorded episode, and simulates nothing."""

from __future__ import annotations

from collections.abc import Sequence

from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.user.facts import FactId, Slot
from rlve_dsl.user.protocol import Heard, Role, Utterance
from rlve_dsl.values import JsonObject


class RecordingMismatch(UsageError):
    """A recorded reply does not fit the episode; the message names the turn and says why."""


@frozen
class RecordedTurn:
    """What the user heard and said in one recorded turn.

    Attributes:
        text: The user's words; None when the user was silent.
        message: The agent's words.
        effects: What the turn changed in the store.
        acts: The names of the dialogue acts.
        disclosed: The slots that were disclosed for the first time, those that the agent asked for first; None stands for
            all that the opening of the first request states.
        discounted: Whether the turn was free, because it asked for something that a request had omitted.
        gave_up: Whether the user left.
        source: Who worded it.
    """

    text: str | None
    message: str = ""
    effects: tuple[JsonObject, ...] = ()
    acts: tuple[str, ...] = ()
    disclosed: tuple[FactId, ...] | None = ()
    discounted: bool = False
    gave_up: bool = False
    source: str = "custom"


class RecordedUser:
    """Says in each turn what the recording has; `turns[0]` is the opening.

    Raises:
        RecordingMismatch: From `respond`, when the turn is not the one that was recorded.
    """

    def __init__(self, role: Role, turns: Sequence[RecordedTurn]) -> None:
        self._turns = tuple(turns)
        self._slots = {slot.id: slot for request in role.requests for slot in request.slots}
        self._stated = tuple(slot.id for slot in role.requests[0].slots if not slot.omitted)
        self._discounted: frozenset[int] = frozenset()

    def respond(self, heard: Heard) -> Utterance:
        """The recorded reply to this turn."""
        turn = self._turn(heard)
        assert turn.text is not None
        ids = self._stated if turn.disclosed is None else turn.disclosed
        if unknown := [id_ for id_ in ids if id_ not in self._slots]:
            part, fact, _ = unknown[0]
            raise _mismatch(heard, f"the user disclosed `{fact}` of request {part}, which this episode does not have")
        slots = tuple(self._slots[id_] for id_ in ids)
        asked = self._asked(slots) if turn.discounted else 0
        return Utterance(turn.text, turn.acts, slots[:asked], slots[asked:], turn.gave_up, turn.source)

    def fork(self) -> RecordedUser:
        """A user in the same state."""
        other = RecordedUser.__new__(RecordedUser)
        vars(other).update(vars(self))  # everything that it holds is immutable
        return other

    def _turn(self, heard: Heard) -> RecordedTurn:
        if heard.turn >= len(self._turns):
            raise _mismatch(heard, f"the recording has {len(self._turns) - 1} turns")
        turn = self._turns[heard.turn]
        if turn.message != heard.message:
            raise _mismatch(heard, f"the agent says `{heard.message}`, and the user had answered `{turn.message}`")
        if turn.effects != heard.effects:
            raise _mismatch(heard, "the turn changes something else in the store than it did")
        if turn.text is None:
            raise _mismatch(heard, "the user was silent, and now it has to speak")
        return turn

    def _asked(self, slots: Sequence[Slot]) -> int:
        """How many of the slots the agent must have asked for, up to the one for which the turn was free."""
        for count, slot in enumerate(slots, start=1):
            if slot.earns_discount and slot.part not in self._discounted:
                self._discounted |= {slot.part}
                return count
        return 0


def _mismatch(heard: Heard, reason: str) -> RecordingMismatch:
    turn = f"turn {heard.turn}" if heard.turn else "the opening"
    return RecordingMismatch(f"{turn} does not fit the recording: {reason}")
