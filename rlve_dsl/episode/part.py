"""A part of an episode: one environment's request, from when the user raises it to its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from rlve_dsl.compiler import CompiledEnvironment, DrawnPart, Grade
from rlve_dsl.episode.ids import ids_in
from rlve_dsl.episode.outcome import IllegalCall, PartOutcome
from rlve_dsl.expressions.types import Optional
from rlve_dsl.readings import name_of
from rlve_dsl.reward import explain
from rlve_dsl.user import Said, Slot
from rlve_dsl.values import Json, Names
from rlve_dsl.world import WireError, decode

UNANSWERED = Grade(-1.0, False, "the episode ended without an answer")


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
        discounted: Whether it has made a turn free.
    """

    number: int
    drawn: DrawnPart
    raised_after: int | None = None
    disclosed: list[Slot] = field(default_factory=list)
    answer: Names | None = None
    grade: Grade = UNANSWERED
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

    def questions(self, facts: Iterable[str] | None = None) -> list[tuple[str, int | None, str]]:
        """The first question for each open slot, as (fact, key, question); `facts` selects some. Not for agents."""
        wanted = None if facts is None else set(facts)
        return [
            (slot.fact, slot.key, "".join(segment.text for segment in slot.asks[0]))
            for slot in self.open_slots
            if slot.asks and (wanted is None or slot.fact in wanted)
        ]

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
        """The product ids in an answer."""
        return [id_ for name, type_ in self.environment.answer.items() for id_ in ids_in(answer[name], type_)]

    def close(self, answer: Names, outcome: Names) -> None:
        """Grade an answer by the outcome so far: the state of the store, and how its rules of conduct were kept."""
        self.answer = answer
        environment = self.environment
        names = {**self.names, **outcome, "answer": answer}
        task, correct = environment.graded(names)
        public = {*environment.axes, *(name for name, _ in environment.measures)}  # the goal stays hidden
        reason = explain(environment.task, {name: names[name] for name in public})
        self.grade = Grade(task, correct, reason)

    @property
    def outcome(self) -> PartOutcome:
        """How it ended."""
        grade = self.grade
        answered = self.answer is not None
        return PartOutcome(self.environment.name, answered, round(grade.task, 9), grade.correct, grade.reason)

    def fork(self) -> Part:
        """An independent part in the same state."""
        return replace(self, disclosed=list(self.disclosed))
