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
from rlve_dsl.english import listed
from rlve_dsl.errors import NoSuchEntity, PluginFault, RlveError
from rlve_dsl.expressions import Function
from rlve_dsl.plugins import HOOKS, SLOW, NoNumber, Plugin, content_of, parts_of_package, replaced_part, watched_all
from rlve_dsl.rng import Stream
from rlve_dsl.testing.worlds import Values, World, made_up, small_catalog
from rlve_dsl.user import Noise
from rlve_dsl.world import (
    ENTITIES,
    TOOLS,
    Attempt,
    Disturbance,
    Draw,
    Event,
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

_SAID = ("I want a red one, please", "Mine is the ", "No, not that one: the 2nd of all 24.", " and never more than ")
"""The texts that noises are called with."""

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
        self._lacking: dict[int, str] = {}  # the worlds without an entity that the primitive being called asks for

    @property
    def results(self) -> dict[str, str]:
        """A hash of all that each primitive gave, by its kind and name."""
        return {name: digest.hexdigest() for name, digest in self._results.items()}

    def faults(self) -> Iterator[str]:
        """What goes wrong, call by call; of each primitive the first thing."""
        drawn: dict[int, dict[str, Any]] = {level: {} for level in _LEVELS}
        for sampler in self._named("rlve_samplers"):
            yield from self._first(self._of_sampler(sampler, drawn))
        for hook in ("rlve_functions", "rlve_measures"):
            for function in self._named(hook):
                yield from self._first(self._of_function(function, HOOKS[hook].word))
        for disturbance in self._named("rlve_disturbances"):
            yield from self._first(self._of_disturbance(disturbance))
        for noise in self._named("rlve_noises"):
            yield from self._first(self._of_noise(noise))
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
                yield from self._any(f"sampler `{sampler.name}`", calls)

    def _draw(self, sampler: Sampler, values: Values, seed: int, provided: dict[str, Any], again: bool) -> Any:
        for slot in () if again else sampler.provides:  # an earlier part of a chain may have filled its slots
            provided.pop(slot, None)
        draw = Draw(Stream("check_plugin", sampler.name, seed), self._catalog, provided)
        return sampler.call(draw, **values.arguments(sampler.signature))

    def _of_function(self, function: Function, word: str) -> Iterator[str]:
        signature = function.signatures[0]
        made = [Values(self._catalog, size, float(size)).arguments(signature) for size in _SIZES]
        calls = [partial(function.call, **arguments) for arguments in made]
        yield from self._any(f"{word} `{function.name}`", calls, each=True)

    def _of_disturbance(self, one: Disturbance) -> Iterator[str]:
        """A disturbance, with real numbers that are shares, or else larger ones."""
        for seed in _SEEDS:
            attempt = Attempt(TOOLS[0], {}, 0, 0, Stream("check_plugin", one.name, seed))
            calls = [partial(one.call, attempt, **arguments) for arguments in self._shares(one)]
            yield from self._any(f"disturbance `{one.name}`", calls)

    def _of_noise(self, one: Noise) -> Iterator[str]:
        for text, seed in product(_SAID, _SEEDS):
            stream = Stream("check_plugin", one.name, "text", seed)
            calls = [partial(one.call, text, stream, **arguments) for arguments in self._shares(one)]
            yield from self._any(f"noise `{one.name}`", calls)

    def _shares(self, one: Disturbance | Noise) -> list[dict[str, Any]]:
        return [Values(self._catalog, size, real).arguments(one.signature) for size, real in _SHARES]

    def _of_tool(self, tool: Tool, worlds: Sequence[World]) -> Iterator[str]:
        """A tool takes whatever fits its signature, as agents send anything: each exception but a refusal is a fault."""
        if (wrong := wrong_writes(tool, self._kinds)) is not None:
            entity, field = wrong
            near = did_you_mean(entity, self._kinds)
            if field:
                yield f"tool `{tool.name}` of {self._owner}: its `writes` names `{field}` of `{entity}`, which has no such field"
            elif near:
                yield f"tool `{tool.name}` of {self._owner}: its `writes` names `{entity}`, and there is no such entity; {near}"
        changes, what = 0, f"tool `{tool.name}`"
        self._lacking = {}
        for number, world in enumerate(worlds):
            known = world.known
            for pick in range(_PICKS):
                shop = self._shop(tool.name, world, number * _PICKS + pick, tool)
                size = _SIZES[(number + pick) % len(_SIZES)]
                arguments = Values(world.catalog, size, float(size), known, pick).arguments(tool.signature)
                for _ in range(2):  # what it has changed may not stop it
                    yield from self._once(what, partial(tool.call, shop, **arguments), world)
                changes += len(shop.journal)
        yield from self._lacks(worlds)
        if not changes and what in self._results and any(tool.writes.values()):
            named = next(name for name, what in tool.writes.items() if what)
            yield f"tool `{tool.name}` of {self._owner}: its `writes` names `{named}`, and no call changes anything"

    def _of_event(self, event: Event, worlds: Sequence[World]) -> Iterator[str]:
        self._lacking = {}
        for number, world in enumerate(worlds):
            known = world.known
            made = [Values(world.catalog, size, float(size), known, size).arguments(event.signature) for size in _SIZES]
            shops = (self._shop(event.name, world, number) for _ in made)
            calls = [partial(event.call, shop, **arguments) for shop, arguments in zip(shops, made, strict=True)]
            yield from self._any(f"event `{event.name}`", calls, world=world)
        yield from self._lacks(worlds)

    def _lacks(self, worlds: Sequence[World]) -> Iterator[str]:
        """That a primitive asks for an entity that no world has. In a world without the entity it is not tried."""
        if self._lacking and len(self._lacking) == len(worlds):
            names = listed([*dict.fromkeys(world.name for world in worlds)])
            yield f"{next(iter(self._lacking.values()))}; it was tried in {names}"

    def _shop(self, name: str, world: World, seed: int, caller: Tool | None = None) -> Shop:
        state = State(world.catalog, world.provided)
        stream = Stream("check_plugin", name, seed)
        return Shop(state, Journal(), world.provided, world.axes, stream, caller=caller)

    def _once(self, what: str, call: _Call, world: World) -> Iterator[str]:
        """What is wrong with one call."""
        try:
            self._keep(what, call())
        except PluginFault as fault:
            if isinstance(fault.__cause__, NoSuchEntity):
                self._lacking[id(world)] = str(fault)
            else:
                yield str(fault)
        except RlveError:
            pass  # it refuses these arguments, as it may

    def _any(
        self, what: str, calls: Sequence[_Call], *, each: bool = False, world: World | None = None
    ) -> Iterator[str]:
        """What is wrong with calls of which one must go well: an exception of the primitive counts if every call meets one.

        With `each`, calls are made after one that goes well, too.
        """
        raised, well = "", False
        for call in calls:
            try:
                self._keep(what, call())
            except NoNumber as problem:
                raised = raised or str(problem)
                continue
            except PluginFault as fault:
                if world is not None and isinstance(fault.__cause__, NoSuchEntity):
                    self._lacking[id(world)] = str(fault)
                    return
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

    def _keep(self, what: str, value: Any) -> None:
        shown = value
        if isinstance(value, list | dict | tuple):
            shown = json.loads(json.dumps(value, default=str))
        self._results.setdefault(what, sha256()).update(repr(content_of(shown)).encode())
