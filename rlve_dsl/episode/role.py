"""The user's role in an episode: the compiled plans of facts and reactions, as the user's room reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from rlve_dsl.compiler import Drawn, DrawnPart, FactPlan, ReactionPlan
from rlve_dsl.expressions import Segment, Template
from rlve_dsl.expressions.types import Id, Record, required
from rlve_dsl.user import Reaction, Request, Role
from rlve_dsl.values import Names, Value

_UNLIMITED = 1 << 30


def role_of(drawn: Drawn, announce: Template | None) -> Role:
    """What was drawn for the user; `announce` words that a request is raised, where there are several."""
    first = drawn.parts[0]
    environment, names = first.environment, first.names
    return Role(
        requests=tuple(_request(part, number, announce) for number, part in enumerate(drawn.parts, start=1)),
        persona=names["persona"],
        acts=environment.acts,
        noise=environment.noise(names) if environment.noise else 0.0,
        patience=environment.patience(names) if environment.patience else _UNLIMITED,
        confirmations=environment.confirmations,
        stream=drawn.stream.child("user"),
    )


def _request(part: DrawnPart, number: int, announce: Template | None) -> Request:
    reactions = partial(_reactions, part, number)
    return Request(number, _opening(part, number, announce), part.slots, reactions)


def _opening(part: DrawnPart, number: int, announce: Template | None) -> tuple[Segment, ...]:
    opening = part.environment.opening.segments(part.names) if part.environment.opening else ()
    if announce is None:
        return opening
    # a value, as no typing slip may change the number that the answer has to give
    announced = Segment(announce.render({**part.names, "part": number}), True)
    return (announced, Segment(" ", False), *opening) if opening else (announced,)


def _reactions(part: DrawnPart, number: int, state: Names) -> list[Reaction]:
    """What the user would say now by itself about a request, in the order of the file, then of the list."""
    environment = part.environment
    if not environment.reactions:
        return []
    outcome = {**part.names, **state}
    facts = {plan.name: plan for plan in environment.facts}
    found: list[Reaction] = []
    for place, plan in enumerate(environment.reactions):
        items: Sequence[Value] = plan.loop.over(outcome) if plan.loop else (None,)
        for item in items:
            if plan.loop:
                outcome[plan.loop.name] = item
            for name, expression in plan.lets:
                outcome[name] = expression(outcome)
            if plan.when(outcome):
                key = _key_of(plan, facts, outcome)
                about = key if plan.fact is not None else _identity(item, plan)
                discloses = (number, plan.fact, key) if plan.fact is not None else None
                found.append(Reaction((number, place, about), plan.act, plan.says.segments(outcome), discloses))
    return found


def _key_of(plan: ReactionPlan, facts: Mapping[str, FactPlan], names: Names) -> int | None:
    """The index of the item whose fact a reaction discloses."""
    if plan.element is None or plan.fact is None:
        return None
    loop = facts[plan.fact].loop
    element = plan.element(names)
    assert loop is not None
    return next((i for i, item in enumerate(loop.over(names)) if item == element), None)


def _identity(item: Value, plan: ReactionPlan) -> str:
    """What stays the same when an item changes: its first id, or else the whole item."""
    type_ = required(plan.loop.item) if plan.loop else None
    ids = [name for name, of in type_.fields if isinstance(of, Id)] if isinstance(type_, Record) else []
    return repr(item[ids[0]] if ids and item is not None else item)
