"""Drawing an episode's world, persona, goal and what its user can say from its seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rlve_dsl.catalog import CATALOG, Catalog
from rlve_dsl.compiler.conversation import FactPlan
from rlve_dsl.compiler.environment import CompiledEnvironment
from rlve_dsl.errors import Unsatisfiable
from rlve_dsl.rng import Stream
from rlve_dsl.user import Slot
from rlve_dsl.world import Draws

ATTEMPTS = 16


@dataclass(frozen=True, slots=True)
class Drawn:
    """What an episode starts from: `names` as expressions see them (axes, world, persona, goal), what tools read, what
    the user can say, and the stream that the rest of the episode branches off."""

    names: dict[str, Any]
    provided: Mapping[str, Any]
    slots: tuple[Slot, ...]
    stream: Stream


def draw_world(environment: CompiledEnvironment, catalog: Catalog, level: int, seed: int) -> Drawn:
    """The world of an episode; equal arguments give equal worlds in every process.

    The level is no part of a stream's path, so episodes of one seed share their draws across levels. A world that a
    sampler cannot complete is drawn afresh; raises Unsatisfiable when that fails `ATTEMPTS` times.
    """
    problem: Unsatisfiable | None = None
    for attempt in range(ATTEMPTS):
        try:
            return _draw(environment, catalog, level, Stream(seed, environment.name, attempt))
        except Unsatisfiable as unsatisfiable:
            problem = unsatisfiable
    raise Unsatisfiable(f"{problem} (in each of {ATTEMPTS} attempts)")


def _draw(environment: CompiledEnvironment, catalog: Catalog, level: int, stream: Stream) -> Drawn:
    names: dict[str, Any] = environment.axis_values(level)
    names["catalog"] = {part: getattr(catalog, part) for part in CATALOG.names}
    provided: dict[str, Any] = {}
    draws = Draws(stream.child("world"), catalog, provided)
    for binding in environment.world:
        names[binding.name] = binding.build(names, draws, (binding.name,))
    persona = Draws(stream.child("persona"), catalog, provided)
    names["persona"] = {b.name: b.build(names, persona, (b.name,)) for b in environment.persona}
    names["goal"] = {b.name: b.build(names, draws, ("goal", b.name)) for b in environment.goal}
    said = stream.child("user")
    slots = tuple(slot for plan in environment.facts for slot in _slots(plan, names, said))
    return Drawn(names, provided, slots, stream)


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
