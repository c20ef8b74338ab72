"""A part of an episode: one environment's request, from when the user raises it to its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rlve_dsl.compiler import CompiledEnvironment, DrawnPart, Grade, absent_slots
from rlve_dsl.episode.ids import ids_in
from rlve_dsl.episode.outcome import IllegalCall, PartOutcome
from rlve_dsl.expressions.types import Optional
from rlve_dsl.frozen import frozen
from rlve_dsl.readings import name_of
from rlve_dsl.user import Said, Slot
from rlve_dsl.values import Json, Names
from rlve_dsl.world import VARIANT, WireError, decode

UNANSWERED = Grade(-1.0, False, "the episode ended without an answer")


@frozen
class Asked:
    """A question as an agent can ask it.

    Attributes:
        fact: The fact that it asks for; empty for the question whether there is anything else.
        key: The index of the item that it is about.
        about: What it names: items of a list, or attributes.
        text: The question in the file's own words.
    """

    fact: str
    key: int | None = None
    about: tuple[str, ...] = ()
    text: str = ""


@dataclass(slots=True)
class Part:
    """A request of the user.

    Attributes:
        number: What an answer names it by, from 1.
        drawn: What was drawn for it.
        raised_after: How many turns had been played when it was raised; None before.
        disclosed: What the user has disclosed about it, in order; it only grows.
        answer: The answer to it.
        grade: What the answer was worth.
        measured: The values of the environment's measures; not for agents.
        discounted: Whether it has made a turn free.
    """

    number: int
    drawn: DrawnPart
    raised_after: int | None = None
    disclosed: list[Slot] = field(default_factory=list)
    answer: Names | None = None
    grade: Grade = UNANSWERED
    measured: Names = field(default_factory=dict)
    discounted: bool = False

    @property
    def environment(self) -> CompiledEnvironment:
        """The environment that it belongs to."""
        return self.drawn.environment

    @property
    def names(self) -> Names:
        """The names of its world; not for agents."""
        return self.drawn.names

    @property
    def is_open(self) -> bool:
        """Whether it has been raised and waits for an answer."""
        return self.raised_after is not None and self.answer is None

    @property
    def said(self) -> Said:
        """The facts disclosed so far, as a solution reads them."""
        return Said({plan.name: plan.loop is not None for plan in self.environment.facts}, self.disclosed)

    @property
    def open_slots(self) -> tuple[Slot, ...]:
        """What the user can still disclose about it; nothing while it is not open. Not for agents."""
        known = {slot.id for slot in self.disclosed}
        return tuple(slot for slot in self.drawn.slots if slot.id not in known) if self.is_open else ()

    @property
    def absent(self) -> tuple[Slot, ...]:
        """The facts that do not hold in this episode, as slots without a value. Not for agents."""
        return absent_slots(self.drawn, self.number)

    def questions(self, facts: Iterable[str] | None = None) -> list[tuple[str, int | None, str]]:
        """The first question for each open slot, as (fact, key, question); `facts` selects some. Not for agents."""
        wanted = None if facts is None else set(facts)
        return [
            (slot.fact, slot.key, "".join(segment.text for segment in slot.asks[0]))
            for slot in self.open_slots
            if slot.asks and (wanted is None or slot.fact in wanted)
        ]

    def knowable_questions(self, facts: Iterable[str] | None = None) -> list[Asked]:
        """The questions that an agent can know to ask, whether or not the fact holds in this episode.

        A question is known when it names nothing, or when the user has said all that it names. `facts` selects some. Nobody
        asks for what every opening states.
        """
        open_facts = {plan.name for plan in self.environment.facts if not plan.always_said}
        wanted = open_facts if facts is None else open_facts & set(facts)
        said = {segment.text for slot in self.disclosed for segment in slot.says if segment.is_value}
        # nobody but the user knows whether a list is complete, so a question for more of it stays open
        answered = {text for slot in self.disclosed for about, text in _read(slot) if about or slot.key is None}
        found: dict[str, Asked] = {}  # facts that one question brings out are asked for once
        for slot in self._slots_by_fact():
            for about, text in _read(slot) if slot.fact in wanted else ():
                if said.issuperset(about):
                    if text not in answered:
                        found.setdefault(text, Asked(slot.fact, slot.key if about else None, about, text))
                    break
        return list(found.values())

    def _slots_by_fact(self) -> list[Slot]:
        """The facts that hold in this episode and those that do not, in the order of the file and of their lists."""
        order = {plan.name: place for place, plan in enumerate(self.environment.facts)}
        return sorted(
            (*self.drawn.slots, *self.absent), key=lambda slot: (order[slot.fact], -1 if slot.key is None else slot.key)
        )

    def read_answer(self, fields: Mapping[str, Json]) -> Names:
        """The typed values of an answer's fields.

        Raises:
            IllegalCall: When a field is unknown, missing or ill-typed.
        """
        wanted = self.environment.answer
        if unknown := sorted(name for name in fields if name_of(name, wanted) is None):
            raise IllegalCall(f"the answer has no field `{unknown[0]}`")
        given = {name if name in wanted else name_of(name, wanted): value for name, value in fields.items()}
        if len(given) < len(fields):
            raise IllegalCall("the answer has a field twice")
        if missing := [name for name, of in wanted.items() if name not in given and not isinstance(of, Optional)]:
            raise IllegalCall(f"the answer lacks `{missing[0]}`")
        try:
            return {name: decode(given.get(name), type_) for name, type_ in wanted.items()}
        except WireError as problem:
            raise IllegalCall(f"the answer: {problem}") from None

    def ids_in(self, answer: Names) -> list[str]:
        """The ids in an answer: of products, and of entities."""
        return [id_ for sort, id_ in self.sorted_ids_in(answer) if sort != VARIANT]

    def sorted_ids_in(self, answer: Names) -> list[tuple[str, str]]:
        """The sort and the id of each id in an answer."""
        environment = self.environment
        typed = [(answer[name], type_) for name, type_ in environment.answer.items()]
        return [
            (sort, id_) for value, type_ in typed for sort in environment.sorts for id_ in ids_in(value, type_, sort)
        ]

    def close(self, answer: Names, outcome: Names, unshown: Sequence[str]) -> None:
        """Grade an answer by the outcome so far.

        Args:
            answer: The typed fields of the answer.
            outcome: The state of the store, and how its rules of conduct were kept, by name.
            unshown: The ids of the catalog that the agent has chosen and no tool has shown.
        """
        self.answer = answer
        names = {**self.names, **outcome, "answer": answer}
        self.grade = self.environment.graded(names, unshown)
        self.measured = {name: names[name] for name, _ in self.environment.measures}

    def is_done(self, outcome: Names) -> bool:
        """Whether it is as the user wants it, with nothing left to say: no answer is wanted, and the outcome so far is correct.

        Args:
            outcome: As for `close`.
        """
        environment = self.environment
        return not environment.answer and environment.graded({**self.names, **outcome, "answer": {}}, ()).correct

    def outcome(self, lost: float | None) -> PartOutcome:
        """How it ended, with what the episode lost by it."""
        grade = self.grade
        return PartOutcome(
            environment=self.environment.name,
            reached=self.raised_after is not None,
            answered=self.answer is not None,
            task=round(grade.task, 9),
            correct=grade.correct,
            lost=lost,
            reason=grade.reason,
        )

    def fork(self) -> Part:
        """An independent part in the same state."""
        return replace(self, disclosed=list(self.disclosed))


def _read(slot: Slot) -> list[tuple[tuple[str, ...], str]]:
    """The questions of a slot: what each names, and its text."""
    return [(tuple(s.text for s in ask if s.is_value), "".join(s.text for s in ask)) for ask in slot.asks]
