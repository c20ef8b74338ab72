"""The scripted user: it states its request, answers questions about facts, reacts to mistakes and loses patience."""

from __future__ import annotations

import copy
from collections.abc import Collection, Hashable, Sequence
from sys import intern

from rlve_dsl.expressions import Segment
from rlve_dsl.user.facts import FactId, Slot
from rlve_dsl.user.matching import Matcher, is_request
from rlve_dsl.user.noise import typed
from rlve_dsl.user.protocol import CONFIRM, Heard, Reaction, Role, Utterance

SCRIPTED = "scripted"
_SPACE = Segment(" ", False)
_NOTHING = frozenset[Hashable]()


class ScriptedUser:
    """A user whose words are the scenario's templates; equal roles and turns give equal words.

    It answers every question about a fact of an open request, also a second time, then says the first reaction that it has
    not said yet. Without anything to say, it has no preference (after a question) or lets the agent continue.
    """

    __slots__ = ("_confirmation", "_matcher", "_open", "_patience", "_role", "_slots", "_spoken", "_utterances")

    def __init__(self, role: Role) -> None:
        self._role = role
        self._patience = role.patience
        self._spoken: frozenset[Hashable] = _NOTHING
        self._utterances = 0
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
        return copy.copy(self)

    def _raise(self, number: int) -> Utterance:
        """The opening words of a request, then every slot that they do not omit."""
        request = self._role.request(number)
        stated = tuple(slot for slot in request.slots if not slot.omitted)
        text = self._type([request.opening, *(slot.says for slot in stated)])
        return Utterance(text, volunteered=stated, source=SCRIPTED)

    def _answer(self, heard: Heard) -> Utterance:
        asked, confirmed = self._asked(heard)
        fresh = tuple(slot for slot in asked if slot.id not in heard.disclosed)
        if not fresh and not heard.progress and not confirmed:
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
        if not acts:
            acts.append("no_preference" if is_request(heard.message) else "continue")
            parts.append(self._phrase(acts[0]))
        return Utterance(self._type(parts), tuple(acts), fresh, disclosed, source=SCRIPTED)

    def _asked(self, heard: Heard) -> tuple[list[Slot], bool]:
        """The slots that the message asks for, and whether it asks for a confirmation."""
        if self._open != heard.open_requests:
            self._listen_for(heard.open_requests)
        found = self._matcher.asked(heard.message)
        return [slot for index, slot in enumerate(self._slots) if index in found], self._confirmation in found

    def _listen_for(self, requests: tuple[int, ...]) -> None:
        """From now on questions about these requests are understood; the confirmation comes after their slots."""
        self._open = requests
        self._slots = [slot for number in requests for slot in self._role.request(number).slots if slot.asks]
        self._confirmation = len(self._slots)
        asks: list[tuple[str, ...]] = [slot.asks for slot in self._slots]
        facts = [intern(f"{slot.part} {slot.fact}") for slot in self._slots]  # one text for all episodes
        if self._role.confirmations:
            asks.append(self._role.confirmations)
            facts.append(CONFIRM)
        self._matcher = Matcher(asks, facts)

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
                self._spoken |= {reaction.id}
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
