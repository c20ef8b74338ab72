"""The scripted user: it states its request, answers questions about facts, reacts to mistakes and loses patience."""

from __future__ import annotations

import copy
from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace
from functools import partial

from rlve_dsl.expressions import Segment
from rlve_dsl.user.confirming import is_so
from rlve_dsl.user.consent import Proposal, may_announce
from rlve_dsl.user.contradicting import contradicted
from rlve_dsl.user.facts import FactId, Slot
from rlve_dsl.user.hearing import understood_with_proposal
from rlve_dsl.user.joining import as_one_message
from rlve_dsl.user.noise import noisy
from rlve_dsl.user.offering import without_offers
from rlve_dsl.user.patience import Patience
from rlve_dsl.user.protocol import (
    CONFIRM,
    MISSED,
    MORE,
    NOTED,
    NOTHING_MORE,
    REFUSE,
    RIGHT,
    UNCLEAR,
    WRONG,
    Heard,
    MakeEar,
    Objection,
    Reaction,
    Role,
    Utterance,
)
from rlve_dsl.user.recaps import Recap, question_after_a_recap, recap_of, recap_to_answer, with_first
from rlve_dsl.user.replies import REPLIES, beside_a_recap, better_act, reply_to
from rlve_dsl.user.understanding import Listener, Understood
from rlve_dsl.user.wording import Names, Words, goes_on, place_of, stated, without_repeats

SCRIPTED = "scripted"
_SPACE = Segment(" ", False)
_NOTHING = frozenset[Hashable]()


class ScriptedUser:
    """A user whose words are the scenario's templates; equal roles and turns give equal words.

    It agrees to a call that the agent proposes, or refuses it, also where that names another value than a fact has; it answers
    every question about a fact of an open request, also a second time, says whether what the agent wants to have confirmed is
    so, and answers a general question with the facts that it recalls; then it says the first reaction that it has not said yet. Where it missed a question of a message,
    it says that, too. Without anything to say, it lets the agent continue, notes what it is told, has no preference, is not
    sure, or asks what the agent means.

    Args:
        role: What was drawn for it.
        ear: Makes what understands messages.
    """

    __slots__ = (
        "_listener", "_make_ear", "_named", "_open", "_patience", "_pieces", "_role", "_slots", "_spoken", "_utterances",
    )  # fmt: skip

    def __init__(self, role: Role, ear: MakeEar = Listener) -> None:
        self._role = role
        self._make_ear = ear
        self._patience = Patience(role.patience)
        self._spoken: frozenset[Hashable] = _NOTHING
        self._named = Names()
        self._utterances = 0
        self._listen_for(())

    def respond(self, heard: Heard) -> Utterance:
        """The answer to the agent's message, then the request that is due; a user who gives up raises no request."""
        answer = self._answer(heard) if heard.message else None
        if heard.raises is None or (answer is not None and answer.gave_up):
            return answer or Utterance("", source=SCRIPTED)
        opening = self._raise(heard.raises, answer.text if answer is not None else "")
        if answer is None:
            return opening
        return Utterance(
            text="\n".join(part for part in (answer.text, opening.text) if part),
            acts=answer.acts,
            answered=answer.answered,
            volunteered=(*answer.volunteered, *opening.volunteered),
            source=SCRIPTED,
            parts=(*answer.parts, *opening.parts),
        )

    def get_ready(self) -> None:
        """Do now what the first message would have to wait for. The user says the same with it and without."""
        self._listen_for((1,))
        if isinstance(self._listener, Listener):
            self._listener.get_ready()

    def fork(self) -> ScriptedUser:
        """A user in the same state."""
        other = copy.copy(self)
        other._named = self._named.fork()
        return other

    def _raise(self, number: int, before: str) -> Utterance:
        """The opening words of a request, then every slot that they do not omit; the first request comes with a greeting."""
        request = self._role.request(number)
        told = tuple(slot for slot in request.slots if not slot.omitted)
        greeting = self._phrase("greet") if number == 1 else ()
        return self._utter([greeting, request.opening, *self._stated(told)], volunteered=told, before=before)

    def _answer(self, heard: Heard) -> Utterance:
        if self._open != heard.open_requests:
            self._listen_for(heard.open_requests)
        understood, proposal = self._understood(heard)
        recap = recap_to_answer(
            heard.message, self._slots, self._pieces.understand, heard.disclosed, understood, proposal
        )
        if recap is not None:
            understood = recap.without(understood, self._listener.understand)
        asked = [self._slots[index] for index in understood.asked]
        done: Collection[int] = ()
        offers = (rest := without_offers(heard.message)) != heard.message
        if offers:
            understood, done = self._with_offer(heard, understood, rest)
        left = partial(self._left, heard, done)
        if understood.general:
            asked += left(asked)[: self._role.recall]
        if recap is not None:
            asked = with_first(recap.told(heard.disclosed), asked)
        objection = self._objection(heard, proposal) if proposal.kind == "change" else None
        wrong = self._wrong(heard, proposal) if proposal.kind == "change" and objection is None else ()
        refused = objection is not None or bool(wrong) or bool(proposal.misnamed)
        if proposal.check == "wanted" and not refused and not proposal.rest:
            asked += self._also_confirmed(heard, asked)
        new = {slot.id for slot in asked if slot.id not in heard.disclosed}
        fresh = tuple(slot for slot in self._slots if slot.id in new)
        if not fresh and not heard.progress:
            self._patience = self._patience.after(heard.message, understood, proposal, wrong)
            if self._patience.is_over:
                return self._utter([self._phrase("ragequit")], ("ragequit",), gave_up=True)
        acts: list[str] = []
        parts: list[Words] = []
        known, disclosed = {*heard.disclosed, *(slot.id for slot in fresh)}, tuple[Slot, ...]()
        if proposal.kind == "change":
            acts.append(self._says_to(proposal, refused=refused))
            parts.append(self._phrase(acts[-1]))
            if proposal.check == "unwanted":
                pass  # "you don't want to return it, right?": yes or no is all there is to say
            elif objection is not None:
                parts.append(objection.says)
                disclosed = tuple(s for s in self._slots if s.id == objection.discloses and s.id not in known)
            elif wrong:
                parts += self._stated(wrong)
                disclosed = tuple(slot for slot in wrong if slot.id not in known)
                asked = [slot for slot in asked if slot not in wrong]
        if asked:
            told = without_repeats(asked, heard.disclosed, heard.message)
            if recap is not None and recap.wrong:
                told = with_first(recap.wrong, told)
            said = self._stated(told)
            if not acts:
                said_before = {(slot.part, slot.fact) for slot in asked if slot not in told}
                adds = (told[0].part, told[0].fact) in said_before
                # who missed a part cannot say that all of it is so
                is_whole = not understood.general and not self._says_what_it_missed(heard, understood, acts)
                is_whole |= recap is not None and recap.is_so is not None
                so = self._says_whether(heard.message, asked, recap) if is_whole else None
                if so is not None:
                    acts.append(so)
                    parts.append(self._phrase(so))
                else:
                    parts.append(self._lead("besides" if adds else "clarify" if new else "again", said))
            acts.append("clarify")
            parts += said
        elif recap is not None and recap.is_right and recap.rest and RIGHT in self._role.acts:
            acts.append(RIGHT)
            parts.append(self._phrase(RIGHT))
        reaction, more = self._react(heard, {*known, *(slot.id for slot in disclosed)})
        if reaction is not None:
            acts.append(reaction.act)
            parts += [self._phrase(reaction.act), reaction.says]
        elif recap is not None and recap.rest and (act := beside_a_recap(understood.kind)) in self._role.acts:
            acts.append(act)
            parts.append(self._phrase(act))
        elif understood.general and acts and not left(asked):
            acts.append(NOTHING_MORE)
            parts.append(self._phrase(NOTHING_MORE))
        elif understood.general and asked and understood.missed is None and MORE in self._role.acts:
            acts.append(MORE)
            parts.append(self._phrase(MORE))
        if self._says_what_it_missed(heard, understood, acts):
            acts.append(MISSED)
            parts.append(self._phrase(f"{MISSED}_{understood.missed}") or self._phrase(MISSED))
        if not acts and heard.raises is not None and (offers or reply_to(understood.kind, proposal) == UNCLEAR):
            return self._utter([])  # nobody asks back about a closing word, and goes on to something else
        if not acts:
            act = reply_to(understood.kind, proposal)
            acts.append(self._instead(act, heard, proposal, understood, recap))
            is_question = understood.unclear_question and acts[0] == UNCLEAR
            parts.append((self._phrase(f"{UNCLEAR}_question") if is_question else ()) or self._phrase(acts[0]))
        return self._utter(parts, tuple(acts), fresh, (*disclosed, *more))

    def _lead(self, act: str, said: Sequence[Words]) -> Words:
        """What comes before an answer: the phrase of its act, or of `clarify` where that does not fit or the user has none."""
        return (self._phrase(act) if goes_on(said[0], question=act != "again") else ()) or self._phrase("clarify")

    def _also_confirmed(self, heard: Heard, asked: Sequence[Slot]) -> list[Slot]:
        """The facts that are new, and that a check of what the user wants asks for: "you want your money back, right?"."""
        whole = (self._slots[index] for index in self._listener.understand(heard.message).asked)
        return [slot for slot in whole if slot.id not in heard.disclosed and slot not in asked]

    def _says_to(self, proposal: Proposal, *, refused: bool) -> str:
        """The act with which the user replies to a proposal. Who only checks what it wants gets no consent."""
        if not proposal.check:
            return REFUSE if refused else CONFIRM
        act = RIGHT if refused == (proposal.check == "unwanted") else WRONG
        return act if act in self._role.acts else NOTED if act == RIGHT else REFUSE

    def _wrong(self, heard: Heard, proposal: Proposal) -> tuple[Slot, ...]:
        """The facts of which a proposal, or a check of what the user wants, names another value."""
        wrong = contradicted(proposal, self._slots)
        if proposal.check != "wanted":
            return wrong
        recap = recap_of(heard.message, self._slots, self._pieces.understand, heard.disclosed)
        return wrong if recap is None else tuple(with_first(wrong, recap.wrong))

    def _says_whether(self, message: str, asked: Sequence[Slot], recap: Recap | None) -> str | None:
        """The act by which the user says whether what the agent wants to have confirmed is so, if it does and the user has words."""
        so = recap.is_so if recap is not None else is_so(message, asked)
        act = None if so is None else RIGHT if so else WRONG
        return act if act in self._role.acts else None

    def _says_what_it_missed(self, heard: Heard, understood: Understood, acts: Sequence[str]) -> bool:
        """Whether the user says that they missed a question: not when they go on to something else, or have said it all."""
        return (
            understood.missed is not None
            and MISSED in self._role.acts
            and heard.raises is None
            and NOTHING_MORE not in acts
        )

    def _with_offer(self, heard: Heard, understood: Understood, rest: str) -> tuple[Understood, Collection[int]]:
        """A message that offers more help, as a question for whatever is open; and the requests with which nobody wants more.

        These are the ones that are done, unless the rest of the message asks for whatever is open itself.
        """
        if rest.strip(" .?!") and self._listener.understand(rest).general:
            return understood, ()
        is_more = heard.raises is None  # else it is the next request that it brings out
        return replace(understood, general=is_more, no_view=False, unclear=False), heard.done()

    def _left(self, heard: Heard, done: Collection[int], asked: Sequence[Slot]) -> list[Slot]:
        """The facts that are still open after an answer with those asked for, in the order of the file; not of what is done."""
        known = {*heard.disclosed, *(slot.id for slot in asked)}
        return [slot for slot in self._slots if slot.id not in known and slot.part not in done]

    def _understood(self, heard: Heard) -> tuple[Understood, Proposal]:
        understood, proposal = understood_with_proposal(heard, self._role.actions, self._listener.understand)
        if understood.kind == "unclear":
            question = question_after_a_recap(heard.message, self._slots, self._pieces.understand, heard.disclosed)
            understood = self._listener.understand(question) if question else understood
        return understood, proposal

    def _instead(self, act: str, heard: Heard, proposal: Proposal, understood: Understood, recap: Recap | None) -> str:
        """The act by which the user replies, where another one fits the message better and the user has words for it."""
        better = better_act(
            act, heard.message, self._slots, recap, self._role.actions, of_no_fact=understood.of_no_fact
        )
        if better in self._role.acts:
            return better
        if act == REPLIES["talk"] and self._is_told_what_comes(heard, proposal):
            return NOTED
        return act

    def _is_told_what_comes(self, heard: Heard, proposal: Proposal) -> bool:
        """Whether the agent says that it will change something, without asking: "sounds good" could be taken for consent."""
        if NOTED not in self._role.acts or proposal.kind == "look" or not may_announce(heard.message):
            return False
        return heard.proposal().kind == "change"

    def _objection(self, heard: Heard, proposal: Proposal) -> Objection | None:
        """Why a proposal is refused: the first objection of an open request."""
        objections = (self._role.request(number).objection(proposal, heard.state) for number in heard.open_requests)
        return next((objection for objection in objections if objection is not None), None)

    def _listen_for(self, requests: tuple[int, ...]) -> None:
        """From now on questions about these requests are understood."""
        self._open = requests
        open_requests = [self._role.request(number) for number in requests]
        self._slots = [slot for request in open_requests for slot in request.slots]
        absent = [slot for request in open_requests for slot in request.absent()]
        self._listener = self._make_ear(self._slots, absent, self._role.words)
        # a model is not asked about each piece of a recap
        is_own = isinstance(self._listener, Listener)
        self._pieces = self._listener if is_own else Listener(self._slots, absent, self._role.words)

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
        text = self._role.stream.pick(phrases, place_of(self._utterances)) if phrases else ""
        return (Segment(text, False),) if text else ()

    def _stated(self, slots: Sequence[Slot]) -> list[Words]:
        return stated(slots, self._role.stream, self._utterances)

    def _utter(
        self,
        parts: Sequence[Words],
        acts: tuple[str, ...] = (),
        answered: tuple[Slot, ...] = (),
        volunteered: tuple[Slot, ...] = (),
        *,
        gave_up: bool = False,
        before: str = "",
    ) -> Utterance:
        """What these parts say, one after the other and after what was said before, with noises outside their values."""
        said = as_one_message((self._named.shorten(part) for part in parts), before)
        segments: list[Segment] = []
        for part in said:
            segments += (_SPACE, *part) if segments else part
        text = noisy(segments, self._role.noises, self._role.stream, self._utterances)
        self._utterances += 1
        return Utterance(text, acts, answered, volunteered, gave_up, SCRIPTED, said)
