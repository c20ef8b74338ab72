"""A part of an episode: one environment's request, from when the user raises it to its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rlve_dsl.compiler import CompiledEnvironment, DrawnPart, Grade
from rlve_dsl.episode.shopper import Said
from rlve_dsl.reward import explain
from rlve_dsl.user import Shopper

UNANSWERED = Grade(-1.0, False, "the episode ended without an answer")


@dataclass(slots=True)
class Part:
    """A request of the user. `number` is what an answer names it by (from 1), `raised_after` how many turns had been
    played when it was raised (None before), `answer` and `grade` what it was answered and what that was worth.

    `discounted` says that a turn has been given back for what this request had left out.
    """

    number: int
    drawn: DrawnPart
    shopper: Shopper
    raised_after: int | None = None
    answer: Mapping[str, Any] | None = None
    grade: Grade = UNANSWERED
    discounted: bool = False

    @property
    def environment(self) -> CompiledEnvironment:
        """The environment that the request is of."""
        return self.drawn.environment

    @property
    def names(self) -> dict[str, Any]:
        """The names of its world; not for agents."""
        return self.drawn.names

    @property
    def is_open(self) -> bool:
        """Whether it has been raised and waits for an answer."""
        return self.raised_after is not None and self.answer is None

    @property
    def said(self) -> Said:
        """The facts disclosed so far, as a solution reads them."""
        return Said(self.environment.facts, self.shopper, self.number)

    def questions(self, facts: Iterable[str] | None = None) -> list[tuple[str, int | None, str]]:
        """The exemplar questions for facts that have not been disclosed: (fact, key, question). Not for agents."""
        wanted = None if facts is None else set(facts)
        return [
            (slot.fact, slot.key, slot.asks[0])
            for slot in self.shopper.open_slots
            if slot.part == self.number and slot.asks and (wanted is None or slot.fact in wanted)
        ]

    def close(self, answer: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        """The request has been answered, and is graded on that and on the state as it now is."""
        self.answer = answer
        self.shopper.close_request(self.number)
        environment = self.environment
        names = {**self.names, **state, "answer": answer}
        for name, measure in environment.measures:
            names[name] = measure(names)
        names["task"] = task = float(environment.task(names))
        public = {*environment.axes, *(name for name, _ in environment.measures)}  # the goal stays hidden
        reason = explain(environment.task, {name: names[name] for name in public})
        self.grade = Grade(task, bool(environment.correct_when(names)), reason)
