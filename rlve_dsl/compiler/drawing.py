"""Drawing an episode's worlds, persona, goals and what its user can say from its seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlve_dsl.catalog import CATALOG, Catalog, Product, Products
from rlve_dsl.compiler.chain import CompiledChain
from rlve_dsl.compiler.conversation import FactPlan
from rlve_dsl.compiler.environment import CompiledEnvironment
from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.rng import Stream
from rlve_dsl.user import Slot
from rlve_dsl.world import Draws

ATTEMPTS = 16


@dataclass(frozen=True, slots=True)
class DrawnPart:
    """One environment of an episode: `names` as its expressions see them (axes, world, persona, goal), what the user can
    say of it, and how many turns it is worth."""

    environment: CompiledEnvironment
    names: dict[str, Any]
    slots: tuple[Slot, ...]
    turn_budget: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What an episode starts from: the axes, its parts in the order in which the user raises them (one, unless it is a
    chain), which of them are raised early, what tools read, the stream that the rest of the episode branches off, and its
    turns."""

    axes: Mapping[str, Any]
    parts: tuple[DrawnPart, ...]
    early: tuple[bool, ...]
    provided: Mapping[str, Any]
    stream: Stream
    turn_budget: int


def draw_world(environment: CompiledEnvironment | CompiledChain, catalog: Catalog, level: int, seed: int) -> Drawn:
    """The world of an episode; equal arguments give equal worlds in every process.

    The level is no part of a stream's path, so episodes of one seed share their draws across levels. A world that a
    sampler cannot complete is drawn afresh; raises Unsatisfiable when that fails `ATTEMPTS` times.
    """
    problem: Unsatisfiable | None = None
    for attempt in range(ATTEMPTS):
        stream = Stream(seed, environment.name, attempt)
        try:
            if isinstance(environment, CompiledChain):
                # which intents there are is no matter of attempts: they are the same at every level that has so many
                return _draw_chain(environment, catalog, level, Stream(seed, environment.name, "intents"), stream)
            return _draw_one(environment, catalog, level, stream)
        except Unsatisfiable as unsatisfiable:
            problem = unsatisfiable
    raise Unsatisfiable(f"{problem} (in each of {ATTEMPTS} attempts)")


def _draw_one(environment: CompiledEnvironment, catalog: Catalog, level: int, stream: Stream) -> Drawn:
    names = _axes(environment, catalog, level)
    draws = Draws(stream.child("world"), catalog, {}, environment.governance)
    for binding in environment.world:
        names[binding.name] = binding.build(names, draws, (binding.name,))
    names["persona"] = _persona(environment, names, draws, stream)
    part = _part(environment, names, draws, stream, 1)
    return Drawn(environment.axis_values(level), (part,), (False,), draws.provided, stream, part.turn_budget)


def _draw_chain(chain: CompiledChain, catalog: Catalog, level: int, intents: Stream, stream: Stream) -> Drawn:
    own: dict[str, Any] = chain.axis_values(level)
    chosen = _intents(chain, int(chain.count(own)), intents)
    streams = [stream.child("part", place) for place in range(len(chosen))]
    provided: dict[str, Any] = {}
    shared: dict[Any, Any] = {}
    worlds: list[tuple[dict[str, Any], Draws]] = []
    for environment, branch in zip(chosen, streams, strict=True):
        names = _axes(environment, catalog, level)
        draws = Draws(branch.child("world"), catalog, provided, environment.governance)
        for binding, step in zip(environment.world, chain.steps[environment.name], strict=True):
            # what an earlier part has drawn in the same words from the same values is not drawn again
            key = (step.text, tuple((axis, names[axis]) for axis in sorted(step.axes)))
            if key not in shared:
                shared[key] = binding.build(names, draws, (binding.name,))
            names[binding.name] = shared[key]
        worlds.append((names, draws))
    persona = _persona(chosen[0], *worlds[0], stream)  # once all wishes are known: one shopper has one persona
    parts = []
    for number, (environment, (names, draws), branch) in enumerate(zip(chosen, worlds, streams, strict=True), start=1):
        names["persona"] = persona
        parts.append(_part(environment, names, draws, branch, number))
    _keep_apart(parts)
    rate = chain.switch(own) if chain.switch else 0.0
    early = tuple(place > 0 and branch.child("switch").chance(rate) for place, branch in enumerate(streams))
    drawn = [{"name": part.environment.name, "turn_budget": part.turn_budget} for part in parts]
    turns = chain.turn_budget({**own, "parts": drawn})
    return Drawn(own, tuple(parts), early, provided, stream, turns)


def _axes(environment: CompiledEnvironment, catalog: Catalog, level: int) -> dict[str, Any]:
    """What a world may read before anything of it is drawn."""
    return {**environment.axis_values(level), "catalog": {part: getattr(catalog, part) for part in CATALOG.names}}


def _keep_apart(parts: list[DrawnPart]) -> None:
    """Raises Unsatisfiable where what befalls the world of one part befalls products that another is about: each is graded
    by what it knows of."""
    about = [_rows([part.names[b.name] for b in part.environment.world]) for part in parts]
    for place, part in enumerate(parts):
        befallen = _rows([plan.arguments.values(part.names) for plan in part.environment.events])
        others = about[:place] + about[place + 1 :]
        if any(befallen & rows for rows in others):
            raise Unsatisfiable("two requests were about the same products")


def _rows(values: list[Any]) -> set[int]:
    """The rows of all products in the values, however deep."""
    found: set[int] = set()
    below = list(values)
    while below:
        value = below.pop()
        if isinstance(value, Product):
            found.add(value.row)
        elif isinstance(value, Products):
            found.update(value.rows.tolist())
        elif isinstance(value, Mapping):
            below += value.values()
        elif isinstance(value, Sequence) and not isinstance(value, str):
            below += value
    return found


def _intents(chain: CompiledChain, count: int, stream: Stream) -> list[CompiledEnvironment]:
    """The environments of an episode; those of a smaller count are the first of a larger one."""
    chosen: list[str] = []
    for place in range(count):
        drawn = stream.child(place).shuffled(list(chain.parts))
        name = next((name for name in drawn if chain.may_join(name, chosen)), None)
        if name is None:
            raise Unsatisfiable(f"{count} intents were wanted, and only {place} of the environments go together")
        chosen.append(name)
    return [chain.parts[name] for name in chosen]


def _persona(environment: CompiledEnvironment, names: dict[str, Any], world: Draws, stream: Stream) -> dict[str, Any]:
    draws = Draws(stream.child("persona"), world.catalog, world.provided, environment.governance)
    return {b.name: b.build(names, draws, (b.name,)) for b in environment.persona}


def _part(
    environment: CompiledEnvironment, names: dict[str, Any], draws: Draws, stream: Stream, number: int
) -> DrawnPart:
    names["goal"] = {b.name: b.build(names, draws, ("goal", b.name)) for b in environment.goal}
    said = stream.child("user")
    slots = tuple(slot for plan in environment.facts for slot in _slots(plan, names, said, number))
    return DrawnPart(environment, names, slots, environment.turn_budget(names))


def _slots(plan: FactPlan, names: dict[str, Any], stream: Stream, part: int) -> Iterator[Slot]:
    if plan.loop is None:
        if plan.condition is None or plan.condition(names):
            yield _slot(plan, None, names, stream, part)
        return
    for index, item in enumerate(plan.loop.over(names)):
        names[plan.loop.name] = item
        if plan.condition is None or plan.condition(names):
            yield _slot(plan, index, names, stream, part)
    names.pop(plan.loop.name, None)


def _slot(plan: FactPlan, key: int | None, names: dict[str, Any], stream: Stream, part: int) -> Slot:
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
        part=part,
    )
    del names["value"]
    return slot
