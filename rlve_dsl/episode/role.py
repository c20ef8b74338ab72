"""The user's role in an episode: the compiled plans of facts and reactions, as the user's room reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from rlve_dsl.compiler import (
    ACTION,
    LEVEL,
    Drawn,
    DrawnPart,
    FactPlan,
    NoisePlan,
    ReactionPlan,
    RefusalPlan,
    absent_slots,
    needs_consent,
)
from rlve_dsl.episode.things import names_of
from rlve_dsl.expressions import Segment, Template, one_budget
from rlve_dsl.expressions.types import Id, Record, required
from rlve_dsl.frozen import frozen
from rlve_dsl.user import Objection, Proposal, Reaction, Request, Role, Slot, Stated, Wording, after, applied
from rlve_dsl.values import Names, Value
from rlve_dsl.world import Tool

_UNLIMITED = 1 << 30
_SAID = 4_000  # characters of a message that conditions read


@one_budget()
def role_of(drawn: Drawn, level: int, announce: Template | None, noises: Sequence[NoisePlan] = ()) -> Role:
    """What was drawn for the user; `announce` words that a request is raised, where there are several.

    `noises` are those that a chain adds to those of its first part.
    """
    first = drawn.parts[0]
    tools = {name: tool for part in drawn.parts for name, tool in part.environment.tools.items()}
    environment, names = first.environment, first.names
    return Role(
        requests=tuple(_request(part, number, announce) for number, part in enumerate(drawn.parts, start=1)),
        persona=names["persona"],
        acts=environment.acts[drawn.tone],
        noises=applied(
            [
                *((plan.noise, plan.arguments.values({LEVEL: level, **drawn.axes})) for plan in noises),
                *((plan.noise, plan.arguments.values({LEVEL: level, **first.axes})) for plan in environment.noises),
            ]
        ),
        patience=environment.patience(names) if environment.patience else _UNLIMITED,
        recall=max(1, environment.recall(names)) if environment.recall else _UNLIMITED,
        actions=tuple(_wording(tool) for tool in tools.values() if needs_consent(tool, environment.governance)),
        stream=drawn.stream.child("user"),
        tone=drawn.tone,
        words=tuple(dict.fromkeys(entry for part in drawn.parts for entry in part.environment.words)),
    )


def _wording(tool: Tool) -> Wording:
    """What a person calls a tool, and the sorts of ids that it takes."""
    sorts = (required(parameter.type) for parameter in tool.signature.parameters)
    return _shared(Wording(tool.name, tool.says, frozenset(sort.of for sort in sorts if isinstance(sort, Id))))


@lru_cache(maxsize=1 << 10)
def _shared(wording: Wording) -> Wording:
    """The same wording; equal ones are one object for all episodes."""
    return wording


@frozen
class _Drawn:
    """What was drawn for a request, as the user reads it. Methods of one object take less memory than three partial functions."""

    part: DrawnPart
    number: int

    def reactions(self, state: Names) -> list[Reaction]:
        return _reactions(self.part, self.number, state)

    def absent(self) -> tuple[Slot, ...]:
        return absent_slots(self.part, self.number)

    def objection(self, proposal: Proposal, state: Names) -> Objection | None:
        return _objection(self.part, self.number, proposal, state)


def _request(part: DrawnPart, number: int, announce: Template | None) -> Request:
    drawn = _Drawn(part, number)
    opening = _opening(part, number, announce)
    return Request(number, opening, part.slots, drawn.reactions, drawn.absent, drawn.objection)


def _opening(part: DrawnPart, number: int, announce: Template | None) -> tuple[Segment, ...]:
    opening = part.opening
    if announce is None:
        return opening
    # a value, as no typing slip may change the number that the answer has to give
    announced = Segment(announce.render({**part.names, "part": number}), True)
    return (announced, Segment(" ", False), *after(announced.text, opening)) if opening else (announced,)


def _reactions(part: DrawnPart, number: int, state: Names) -> list[Reaction]:
    """What the user would say now by itself about a request, in the order of the file, then of the list."""
    environment = part.environment
    if not environment.reactions:
        return []
    outcome = {**part.axes, **part.own, **state}
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


def _objection(part: DrawnPart, number: int, proposal: Proposal, state: Names) -> Objection | None:
    """Why the user refuses what the agent proposes, for the first of its calls that something is said against."""
    environment = part.environment
    said = " ".join((*proposal.said, proposal.rest))[:_SAID]
    for stated in proposal.actions:
        for plan in environment.refusals:
            if plan.before and stated.tool not in plan.before:
                continue
            readings = [{**part.axes, **part.own, **state, ACTION: action} for action in _readings(stated, said)]
            # where words may mean several things, only what holds whichever is meant is an objection
            if all(plan.when(reading) for reading in readings):
                key = _key_of(plan, {fact.name: fact for fact in environment.facts}, readings[0])
                discloses = (number, plan.fact, key) if plan.fact is not None else None
                return Objection(plan.says.segments(readings[0]), discloses)
    return None


def _readings(stated: Stated, said: str) -> Iterator[Names]:
    """A stated call as `action` in expressions, once for each thing that its words may mean."""
    for choice in range(max((len(mention) for mention in stated.about), default=1)):
        things = [mention[min(choice, len(mention) - 1)] for mention in stated.about]
        yield {
            "tool": stated.tool,
            "about": [names_of(thing) for thing in things],
            "called": list(stated.called),
            "whole": stated.whole,
            "said": said,
        }


def _key_of(plan: ReactionPlan | RefusalPlan, facts: Mapping[str, FactPlan], names: Names) -> int | None:
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
