"""The user of one episode: its slots filled from the drawn world, its reactions weighed after each turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rlve_dsl.compiler import CompiledEnvironment, Drawn, FactPlan, ReactionPlan
from rlve_dsl.rng import Stream
from rlve_dsl.user import Shopper, Slot, Unprompted


def make_shopper(environment: CompiledEnvironment, drawn: Drawn) -> Shopper:
    """The simulated user, with a slot for every fact that holds in this world."""
    names = drawn.names
    stream = drawn.stream.child("user")
    slots = [slot for plan in environment.facts for slot in _slots(plan, names, stream)]
    return Shopper(
        opening=environment.opening.segments(names) if environment.opening else (),
        slots=slots,
        acts=environment.acts,
        noise=environment.noise(names) if environment.noise else 0.0,
        patience=environment.patience(names) if environment.patience else 1 << 30,
        stream=stream,
    )


def _slots(plan: FactPlan, names: dict[str, Any], stream: Stream) -> Iterator[Slot]:
    if plan.loop is None:
        if plan.condition is None or plan.condition(names):
            yield _slot(plan, None, names, stream)
        return
    for index, item in enumerate(plan.loop.over(names)):
        names[plan.loop.name] = item
        if plan.condition is None or plan.condition(names):
            yield _slot(plan, index, names, stream)
    names.pop(plan.loop.name, None)


def _slot(plan: FactPlan, key: int | None, names: dict[str, Any], stream: Stream) -> Slot:
    omit = plan.omit(names) if plan.omit is not None else 0.0
    names["value"] = value = plan.value(names)
    slot = Slot(
        fact=plan.name,
        key=key,
        value=value,
        says=plan.says.segments(names),
        asks=tuple(ask.render(names) for ask in plan.asks),
        omitted=omit > 0 and stream.child("omit", plan.name, key).chance(omit),
        discountable=omit < 1,
    )
    del names["value"]
    return slot


def unprompted(
    environment: CompiledEnvironment, names: dict[str, Any], state: Mapping[str, Any]
) -> list[Unprompted]:
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
                spoken_for = key if plan.fact is not None else _item_id(item)
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


def _item_id(item: Any) -> str:
    return repr(item)


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
