"""The user of one episode: made from what was drawn, its reactions weighed after each turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlve_dsl.compiler import CompiledEnvironment, Drawn, DrawnPart, FactPlan, ReactionPlan
from rlve_dsl.expressions import Segment, Template
from rlve_dsl.expressions.types import Id, Record, required
from rlve_dsl.user import Shopper, Unprompted


def make_shopper(drawn: Drawn, announce: Template | None) -> Shopper:
    """The simulated user, who can say what was drawn for them; `announce` words that a request is raised."""
    first = drawn.parts[0]
    environment, names = first.environment, first.names
    return Shopper(
        openings=[_opening(part, number, announce) for number, part in enumerate(drawn.parts, start=1)],
        slots=[slot for part in drawn.parts for slot in part.slots],
        acts=environment.acts,
        noise=environment.noise(names) if environment.noise else 0.0,
        patience=environment.patience(names) if environment.patience else 1 << 30,
        stream=drawn.stream.child("user"),
        confirmations=environment.confirmations,
    )


def _opening(part: DrawnPart, number: int, announce: Template | None) -> tuple[Segment, ...]:
    opening = part.environment.opening.segments(part.names) if part.environment.opening else ()
    if announce is None:
        return opening
    # no slip of the hand may touch what the answer has to name
    announced = Segment(announce.render({**part.names, "part": number}), True)
    return (announced, Segment(" ", False), *opening) if opening else (announced,)


def unprompted(
    environment: CompiledEnvironment, names: dict[str, Any], state: Mapping[str, Any], part: int
) -> list[Unprompted]:
    """What the user would say of a request by themselves now, in file order, then list order."""
    outcome = {**names, **state}
    facts = {plan.name: plan for plan in environment.facts}
    found: list[Unprompted] = []
    for number, plan in enumerate(environment.reactions):
        items: Sequence[Any] = plan.loop.over(outcome) if plan.loop else (None,)
        for item in items:
            if plan.loop:
                outcome[plan.loop.name] = item
            for name, expression in plan.lets:
                outcome[name] = expression(outcome)
            if plan.when(outcome):
                key = _key_of(plan, facts, outcome)
                spoken_for = key if plan.fact is not None else _identity(item, plan)
                found.append(
                    Unprompted(
                        id=(part, number, spoken_for),
                        act=plan.act,
                        says=plan.says.segments(outcome),
                        discloses=(part, plan.fact, key) if plan.fact is not None else None,
                    )
                )
    return found


def _key_of(plan: ReactionPlan, facts: Mapping[str, FactPlan], names: dict[str, Any]) -> int | None:
    if plan.element is None or plan.fact is None:
        return None
    loop = facts[plan.fact].loop
    element = plan.element(names)
    assert loop is not None
    return next((i for i, item in enumerate(loop.over(names)) if item == element), None)


def _identity(item: Any, plan: ReactionPlan) -> str:
    """What stays the same of an item while it changes: its first id, or else the whole of it."""
    type_ = required(plan.loop.item) if plan.loop else None
    ids = [name for name, of in type_.fields if isinstance(of, Id)] if isinstance(type_, Record) else []
    return repr(item[ids[0]] if ids and item is not None else item)


class Said:
    """`said` as a solution sees it: the facts of one request by name, with the values that have been disclosed so far."""

    __slots__ = ("_count", "_facts", "_known", "_part", "_shopper")

    def __init__(self, facts: Sequence[FactPlan], shopper: Shopper, part: int) -> None:
        self._facts = {plan.name: plan.loop is not None for plan in facts}
        self._shopper = shopper
        self._part = part
        self._count = -1
        self._known: dict[str, Any] = {}

    def __getitem__(self, fact: str) -> Any:
        if self._shopper.disclosures != self._count:  # what has been said only grows
            self._count, self._known = self._shopper.disclosures, {}
        if fact not in self._known:
            self._known[fact] = self._read(fact)
        return self._known[fact]

    def _read(self, fact: str) -> Any:
        said = [s for s in self._shopper.disclosed if s.fact == fact and s.part == self._part]
        if self._facts[fact]:
            return Entries({"value": s.value, "key": s.key} for s in said)
        return {"value": said[0].value} if said else None

    def get(self, fact: str) -> Any:
        """The same as indexing."""
        return self[fact]


class Entries(tuple[Mapping[str, Any], ...]):
    """Disclosed items of one fact, also found by the key of the item they belong to."""

    __slots__ = ()

    def at(self, key: int) -> Mapping[str, Any] | None:
        """The entry for a key, or None when it has not been disclosed."""
        return next((entry for entry in self if entry["key"] == key), None)
