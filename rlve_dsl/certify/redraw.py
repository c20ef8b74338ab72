"""Worlds that differ in one draw: the same episode in which one sampler, and nothing before it, drew something else.

Every draw has an address (`docs/architecture.md`); a redrawn world reads one address from another stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from rlve_dsl.compiler import Binding, CompiledEnvironment, Drawn, Task, draw_world
from rlve_dsl.episode import Scenario
from rlve_dsl.world import Draw, Draws

Site = tuple[str, ...]
"""The address of a draw without indices: ``("wanted", "variant")``."""


@dataclass(frozen=True, slots=True)
class _Listening(Draws):
    """Draws that note their addresses, and read those of one site from a stream of their own."""

    prefix: Site = ()
    heard: dict[Site, None] | None = None
    site: Site = ()
    again: int = 0

    def at(self, path: tuple[object, ...]) -> Draw:
        site = (*self.prefix, *_site(path))
        if self.heard is not None:
            self.heard[site] = None
        elsewhere = ("drawn again", self.again) if site == self.site else ()
        return Draw(self.stream.child(*path, *elsewhere), self.catalog, self.provided, self.governance)


def _site(path: tuple[object, ...]) -> Site:
    return tuple(str(step) for step in path if not isinstance(step, int))


def _through(task: Task, heard: dict[Site, None] | None, site: Site, again: int) -> Task:
    """The task whose draws are listened to. Where it has several parts, addresses begin with the name of the part."""
    parts = {}
    for name, part in task.parts.items():
        prefix = (name,) if task.numbered else ()
        elsewhere = site != () and site[: len(prefix)] != prefix
        parts[name] = part if elsewhere else _listened(part, prefix, heard, site, again)
    return replace(task, parts=MappingProxyType(parts))


def _listened(
    environment: CompiledEnvironment, prefix: Site, heard: dict[Site, None] | None, site: Site, again: int
) -> CompiledEnvironment:
    def bound(binding: Binding) -> Binding:
        def build(env: dict[str, Any], draws: Draws, path: tuple[object, ...]) -> Any:
            shared = (draws.stream, draws.catalog, draws.provided, draws.governance)
            return binding.build(env, _Listening(*shared, prefix, heard, site, again), path)

        return replace(binding, build=build)

    return replace(
        environment,
        world=tuple(map(bound, environment.world)),
        persona=tuple(map(bound, environment.persona)),
        goal=tuple(map(bound, environment.goal)),
    )


def sites(scenario: Scenario, environment: str, level: int, seed: int) -> list[Site]:
    """Every address that is drawn from in an episode, in order."""
    heard: dict[Site, None] = {}
    compiled = scenario.compiled
    draw_world(_through(compiled.environments[environment], heard, (), 0), compiled.catalog, level, seed)
    return list(heard)


def redrawn(scenario: Scenario, environment: str, site: Site, again: int) -> Scenario:
    """The scenario whose episodes draw something else at one site; `again` says which something."""
    return with_environment(scenario, _through(scenario.compiled.environments[environment], None, site, again))


def with_environment(scenario: Scenario, environment: Task) -> Scenario:
    """The scenario with one environment put in the place of its namesake."""
    environments = {**scenario.compiled.environments, environment.name: environment}
    return Scenario(replace(scenario.compiled, environments=MappingProxyType(environments)))


def drawn(scenario: Scenario, environment: str, level: int, seed: int) -> Drawn:
    """What an episode starts from; raises Unsatisfiable where it cannot be drawn."""
    compiled = scenario.compiled
    return draw_world(compiled.environments[environment], compiled.catalog, level, seed)


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """(path, scalar) of everything in a value made of lists and mappings; a product stands for its id."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from leaves(part, f"{path}[]")
    elif isinstance(value, str | int | float | bool):
        yield path, value
    elif value is not None and hasattr(value, "get") and value.get("id") is not None:
        yield f"{path}.id", value["id"]
