"""The scripted user: it states its request, answers questions about facts, reacts to mistakes and loses patience."""

from __future__ import annotations

import copy
from collections.abc import Collection, Hashable, Mapping, Sequence

from rlve_dsl.expressions import Segment
from rlve_dsl.user.facts import FactId, Slot
from rlve_dsl.user.noise import typed
from rlve_dsl.user.protocol import CONFIRM, NOTHING_MORE, UNCLEAR, Heard, Reaction, Role, Utterance
from rlve_dsl.user.understanding import Kind, Listener, Understood

SCRIPTED = "scripted"
_SPACE = Segment(" ", False)
_FREE_UNCLEAR = 2  # messages that are not understood cost no patience the first times
_REPLIES: Mapping[Kind, str] = {
    "question": "clarify",
    "general": NOTHING_MORE,
    "go_ahead": "continue",
    "no_view": "no_preference",
    "talk": "continue",
    "unclear": UNCLEAR,
}


class ScriptedUser:
    """A user whose words are the scenario's templates; equal roles and turns give equal words.

    It answers every question about a fact of an open request, also a second time, and a general question with the facts
    that it recalls; then it says the first reaction that it has not said yet. Without anything to say, it lets the agent
    continue, has no preference, or asks what the agent means.
    """

    __slots__ = ("_listener", "_open", "_patience", "_role", "_slots", "_spoken", "_unclear", "_utterances")

    def __init__(self, role: Role) -> None:
        self._role = role
        self._patience = role.patience
        self._spoken: set[Hashable] = set()
        self._utterances = 0
        self._unclear = 0
        self._listen_for(())

    def respond(self, heard: Heard) -> Utterance:
        """The answer to the agent's message, then the request that is due; a user who gives up raises no request."""
        answer = self._answer(heard) if heard.message else None
        if heard.raises is None or (answer is not None and answer.gave_up):
            return answer or Utterance("", source=SCRIPTED)
        opening = self._raise(heard.raises)
        if answer is None:
            return opening
        return Utterance(
            text="\n".join(part for part in (answer.text, opening.text) if part),
            acts=answer.acts,
            answered=answer.answered,
            volunteered=(*answer.volunteered, *opening.volunteered),
            source=SCRIPTED,
        )

    def fork(self) -> ScriptedUser:
        """A user in the same state."""
        other = copy.copy(self)
        other._spoken = set(self._spoken)
        return other

    def _raise(self, number: int) -> Utterance:
        """The opening words of a request, then every slot that they do not omit."""
        request = self._role.request(number)
        stated = tuple(slot for slot in request.slots if not slot.omitted)
        text = self._type([request.opening, *(slot.says for slot in stated)])
        return Utterance(text, volunteered=stated, source=SCRIPTED)

    def _answer(self, heard: Heard) -> Utterance:
        if self._open != heard.open_requests:
            self._listen_for(heard.open_requests)
        understood = self._listener.understand(heard.message)
        confirmed = understood.go_ahead and bool(self._role.confirmations)
        asked = [self._slots[index] for index in understood.asked]
        if understood.general:
            asked += self._recalled(heard, asked)
        fresh = tuple(slot for slot in asked if slot.id not in heard.disclosed)
        if not fresh and not heard.progress and not confirmed and not self._bears(understood):
            self._patience -= 1
            if self._patience <= 0:
                return Utterance(self._type([self._phrase("ragequit")]), ("ragequit",), gave_up=True, source=SCRIPTED)
        acts: list[str] = []
        parts: list[Sequence[Segment]] = []
        if asked:
            acts.append("clarify")
            parts += [self._phrase("clarify"), *(slot.says for slot in asked)]
        if confirmed:
            acts.append(CONFIRM)
            parts.append(self._phrase(CONFIRM))
        reaction, disclosed = self._react(heard, {*heard.disclosed, *(slot.id for slot in fresh)})
        if reaction is not None:
            acts.append(reaction.act)
            parts += [self._phrase(reaction.act), reaction.says]
        elif understood.general and acts and not self._left(heard, asked):
            acts.append(NOTHING_MORE)
            parts.append(self._phrase(NOTHING_MORE))
        if not acts:
            acts.append(_REPLIES[understood.kind])
            parts.append(self._phrase(acts[0]))
        return Utterance(self._type(parts), tuple(acts), fresh, disclosed, source=SCRIPTED)

    def _recalled(self, heard: Heard, asked: Sequence[Slot]) -> list[Slot]:
        """The open facts that a general question brings out, in the order of the file, as many as the user recalls at once."""
        return self._left(heard, asked)[: self._role.recall]

    def _left(self, heard: Heard, asked: Sequence[Slot]) -> list[Slot]:
        """The facts that are still open after an answer with those asked for."""
        known = {*heard.disclosed, *(slot.id for slot in asked)}
        return [slot for slot in self._slots if slot.id not in known]

    def _bears(self, understood: Understood) -> bool:
        """Whether a message that leads nowhere is borne: one that is not understood is, as often as `_FREE_UNCLEAR`."""
        if understood.kind != "unclear":
            return False
        self._unclear += 1
        return self._unclear <= _FREE_UNCLEAR

    def _listen_for(self, requests: tuple[int, ...]) -> None:
        """From now on questions about these requests are understood."""
        self._open = requests
        open_requests = [self._role.request(number) for number in requests]
        self._slots = [slot for request in open_requests for slot in request.slots]
        self._listener = Listener(self._slots, [slot for request in open_requests for slot in request.absent()])

    def _react(self, heard: Heard, known: Collection[FactId]) -> tuple[Reaction | None, tuple[Slot, ...]]:
        """The first reaction that has not been said, and the slot that it discloses, if that is new."""
        for number in heard.open_requests:
            request = self._role.request(number)
            for reaction in request.reactions(heard.state):
                if reaction.id in self._spoken:
                    continue
                slots = tuple(s for s in request.slots if s.id == reaction.discloses and s.id not in known)
                if reaction.act == "elaborate" and not slots:
                    continue
                self._spoken.add(reaction.id)
                return reaction, slots
        return None, ()

    def _phrase(self, act: str) -> tuple[Segment, ...]:
        phrases = self._role.acts.get(act)
        if not phrases:
            return ()
        return (Segment(self._role.stream.child("phrase", self._utterances).choice(phrases), False),)

    def _type(self, parts: Sequence[Sequence[Segment]]) -> str:
        segments: list[Segment] = []
        for part in parts:
            if part:
                segments += (_SPACE, *part) if segments else part
        stream = self._role.stream.child("typing", self._utterances)
        self._utterances += 1
        return typed(segments, self._role.noise, stream)
