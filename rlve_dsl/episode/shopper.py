"""The user of one episode: made from what was drawn, its reactions weighed after each turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rlve_dsl.compiler import CompiledEnvironment, Drawn, FactPlan, ReactionPlan
from rlve_dsl.rules.types import Id, Record, required
from rlve_dsl.user import Shopper, Unprompted


def make_shopper(environment: CompiledEnvironment, drawn: Drawn) -> Shopper:
    """The simulated user, who can say what was drawn for them."""
    names = drawn.names
    return Shopper(
        opening=environment.opening.segments(names) if environment.opening else (),
        slots=drawn.slots,
        acts=environment.acts,
        noise=environment.noise(names) if environment.noise else 0.0,
        patience=environment.patience(names) if environment.patience else 1 << 30,
        stream=drawn.stream.child("user"),
    )


def unprompted(environment: CompiledEnvironment, names: dict[str, Any], state: Mapping[str, Any]) -> list[Unprompted]:
    """What the user would say by themselves now, in file order, then list order."""
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
                        id=(number, spoken_for),
                        act=plan.act,
                        says=plan.says.segments(outcome),
                        discloses=(plan.fact, key) if plan.fact is not None else None,
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
    """`said` as a solution sees it: facts by name, with the values that have been disclosed so far."""

    __slots__ = ("_facts", "_shopper")

    def __init__(self, facts: Sequence[FactPlan], shopper: Shopper) -> None:
        self._facts = {plan.name: plan.loop is not None for plan in facts}
        self._shopper = shopper

    def __getitem__(self, fact: str) -> Any:
        said = [s for s in self._shopper.disclosed if s.fact == fact]
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
