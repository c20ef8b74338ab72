"""Calls of everything that a plugin brings, and what goes wrong with them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from itertools import product
from typing import Any

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.errors import PluginFault, RlveError
from rlve_dsl.expressions import LARGEST_INT, Function
from rlve_dsl.plugins import SLOW, Plugin, content_of, parts_of_package, replaced_part, watched_all
from rlve_dsl.rng import Stream
from rlve_dsl.testing.worlds import Values, World, made_up, small_catalog
from rlve_dsl.user import Noise
from rlve_dsl.world import (
    ENTITIES,
    TOOLS,
    Attempt,
    Cut,
    Delay,
    Disturbance,
    Draw,
    Event,
    Failure,
    Journal,
    Sampler,
    Shop,
    State,
    Tool,
    wrong_writes,
)

_LEVELS = (3, 1, 6, 10, 12)
"""The numbers that samplers are called with, and the values of all axes of the worlds that they make."""

_SIZES = (3, 1, 12, 0, 5, 100)
"""The numbers that functions, tools and events are called with; an event until one fits. So long are the lists, too."""

_SHARES = ((3, 0.5), (1, 1.0), (10, 10.0))
"""The numbers and the real numbers that disturbances and noises are called with."""

_SAID = "I want a red one, please"
_SEEDS = range(4)
_PICKS = 4
_Call = Callable[[], Any]


class Calls:
    """Calls of what a plugin brings, in worlds that are given or else made up. `results` says by name what they gave."""

    def __init__(self, plugin: Plugin, slow: float = SLOW, worlds: Sequence[World] = ()) -> None:
        self._brings = watched_all(plugin.brings, slow)
        self._owner = plugin.name
        self._catalog = small_catalog()
        self._given = worlds
        self._kinds = {kind.name: kind for kind in (*ENTITIES, *self._named("rlve_entities"))}
        self._results: dict[str, Any] = {}

    @property
    def results(self) -> dict[str, str]:
        """A hash of all that each primitive gave, by name."""
        return {name: digest.hexdigest() for name, digest in self._results.items()}

    def faults(self) -> Iterator[str]:
        """What goes wrong, call by call; of each primitive the first thing."""
        drawn: dict[int, dict[str, Any]] = {level: {} for level in _LEVELS}
        for sampler in self._named("rlve_samplers"):
            yield from self._first(self._of_sampler(sampler, drawn))
        for hook in ("rlve_functions", "rlve_measures"):
            for function in self._named(hook):
                yield from self._first(self._of_function(function))
        for one in (*self._named("rlve_disturbances"), *self._named("rlve_noises")):
            yield from self._first(self._of_trouble(one))
        own = self._named("rlve_entities")
        made = [made_up(own, self._catalog, provided, level) for level, provided in drawn.items()]
        for tool in self._named("rlve_tools"):
            yield from self._first(self._of_tool(tool, self._worlds_for(tool, made)))
        for event in self._named("rlve_events"):
            yield from self._first(self._of_event(event, self._worlds_for(event, made)))

    def _named(self, hook: str) -> list[Any]:
        return [*self._brings.get(hook, {}).values()]

    def _worlds_for(self, primitive: Tool | Event, made: Sequence[World]) -> list[World]:
        """The given worlds that have what it needs, or else such of those that were made up."""
        needs = set(getattr(primitive, "needs", ()))
        return [w for w in self._given if needs <= w.provided.keys()] or [w for w in made if needs <= w.provided.keys()]

    def _first(self, faults: Iterator[str]) -> Iterator[str]:
        """The first thing that is wrong with a primitive, and whether its calls have replaced a part of this package."""
        before = parts_of_package()
        yield from [fault for fault in [next(faults, "")] if fault]
        if (replaced := replaced_part(before)) is not None:
            module, name = replaced
            setattr(sys.modules[module], name, before[replaced])
            yield f"plugin `{self._owner}` replaces `{name}` of `{module}`, which all plugins use"

    def _of_sampler(self, sampler: Sampler, drawn: Mapping[int, dict[str, Any]]) -> Iterator[str]:
        """A sampler must draw something at every level, or say that nothing fits. Real numbers are shares, or else as large."""
        for level, provided in drawn.items():
            for seed, again in product(_SEEDS, (False, True) if sampler.reuses else (False,)):
                calls = [
                    partial(self._draw, sampler, Values(self._catalog, level, real), seed, provided, again)
                    for real in (level / 12, float(level))
                ]
                yield from self._any(sampler.name, calls)

    def _draw(self, sampler: Sampler, values: Values, seed: int, provided: dict[str, Any], again: bool) -> Any:
        for slot in () if again else sampler.provides:  # an earlier part of a chain may have filled its slots
            provided.pop(slot, None)
        draw = Draw(Stream("check_plugin", sampler.name, seed), self._catalog, provided)
        return sampler.call(draw, **values.arguments(sampler.signature))

    def _of_function(self, function: Function) -> Iterator[str]:
        signature = function.signatures[0]
        made = [Values(self._catalog, size, float(size)).arguments(signature) for size in _SIZES]
        yield from self._any(function.name, [partial(function.call, **arguments) for arguments in made], each=True)

    def _of_trouble(self, one: Disturbance | Noise) -> Iterator[str]:
        """A disturbance or a noise, with real numbers that are shares, or else larger ones."""
        stream = Stream("check_plugin", one.name)
        first = _SAID if isinstance(one, Noise) else Attempt(TOOLS[0], {}, 0, 0, stream)
        more = (stream.child("text"),) if isinstance(one, Noise) else ()
        made = [Values(self._catalog, size, real).arguments(one.signature) for size, real in _SHARES]
        yield from self._any(one.name, [partial(one.call, first, *more, **arguments) for arguments in made])

    def _of_tool(self, tool: Tool, worlds: Sequence[World]) -> Iterator[str]:
        """A tool takes whatever fits its signature, as agents send anything: each exception but a refusal is a fault."""
        if (wrong := wrong_writes(tool, self._kinds)) is not None:
            entity, field = wrong
            near = did_you_mean(entity, self._kinds)
            if field:
                yield f"tool `{tool.name}` of {self._owner}: its `writes` names `{field}` of `{entity}`, which has no such field"
            elif near:
                yield f"tool `{tool.name}` of {self._owner}: its `writes` names `{entity}`, and there is no such entity; {near}"
        changes = 0
        for number, world in enumerate(worlds):
            known = world.known
            for pick in range(_PICKS):
                shop = self._shop(tool.name, world, number * _PICKS + pick, tool)
                size = _SIZES[(number + pick) % len(_SIZES)]
                arguments = Values(world.catalog, size, float(size), known, pick).arguments(tool.signature)
                for _ in range(2):  # what it has changed may not stop it
                    yield from self._once(tool.name, partial(tool.call, shop, **arguments))
                changes += len(shop.journal)
        if not changes and tool.name in self._results and any(tool.writes.values()):
            named = next(name for name, what in tool.writes.items() if what)
            yield f"tool `{tool.name}` of {self._owner}: its `writes` names `{named}`, and no call changes anything"

    def _of_event(self, event: Event, worlds: Sequence[World]) -> Iterator[str]:
        for number, world in enumerate(worlds):
            known = world.known
            made = [Values(world.catalog, size, float(size), known, size).arguments(event.signature) for size in _SIZES]
            shops = (self._shop(event.name, world, number) for _ in made)
            calls = [partial(event.call, shop, **arguments) for shop, arguments in zip(shops, made, strict=True)]
            yield from self._any(event.name, calls)

    def _shop(self, name: str, world: World, seed: int, caller: Tool | None = None) -> Shop:
        state = State(world.catalog, world.provided)
        stream = Stream("check_plugin", name, seed)
        return Shop(state, Journal(), world.provided, world.axes, stream, caller=caller)

    def _once(self, name: str, call: _Call) -> Iterator[str]:
        """What is wrong with one call."""
        try:
            self._keep(name, call())
        except PluginFault as fault:
            yield str(fault)
        except RlveError:
            pass  # it refuses these arguments, as it may

    def _any(self, name: str, calls: Sequence[_Call], *, each: bool = False) -> Iterator[str]:
        """What is wrong with calls of which one must go well: an exception of the primitive counts if every call meets one.

        With `each`, calls are made after one that goes well, too.
        """
        raised, well = "", False
        for call in calls:
            try:
                value = call()
                self._keep(name, value)
                if each and isinstance(value, int) and abs(value) > LARGEST_INT:
                    raised = raised or f"`{name}` of {self._owner} gave a number that is too large for the language"
                    continue
            except PluginFault as fault:
                if fault.__cause__ is None:  # it is no exception of the primitive itself
                    yield str(fault)
                    return
                raised = raised or str(fault)
                continue
            except RlveError:
                pass
            well = True
            if not each:
                return
        if raised and not well:
            yield raised

    def _keep(self, name: str, value: Any) -> None:
        shown = repr(value) if isinstance(value, Failure | Delay | Cut) else value
        if isinstance(value, list | dict | tuple):
            shown = json.loads(json.dumps(value, default=str))
        self._results.setdefault(name, sha256()).update(repr(content_of(shown)).encode())
