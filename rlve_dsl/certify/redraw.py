"""Worlds that differ in one draw: the same episode, in which one value was drawn again.

Every draw has an address (`docs/architecture.md`). A redrawn world draws at one address from another random stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from rlve_dsl.compiler import Binding, CompiledEnvironment, Drawn, Task, draw_world
from rlve_dsl.episode import Scenario
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names, Value
from rlve_dsl.world import Draw, Draws

Site = tuple[str, ...]
"""The address of a draw, without indices: ``("wanted", "variant")``."""


@frozen
class _TracedDraws(Draws):
    """Draws that note their addresses, and use another stream at one site."""

    prefix: Site = ()
    visited: dict[Site, None] | None = None
    site: Site = ()
    again: int = 0

    def at(self, path: tuple[object, ...]) -> Draw:
        site = (*self.prefix, *_site(path))
        if self.visited is not None:
            self.visited[site] = None
        elsewhere = ("drawn again", self.again) if site == self.site else ()
        return Draw(self.stream.child(*path, *elsewhere), self.catalog, self.provided, self.governance)


def _site(path: tuple[object, ...]) -> Site:
    return tuple(str(step) for step in path if not isinstance(step, int))


def _traced(task: Task, visited: dict[Site, None] | None, site: Site, again: int) -> Task:
    """The task with traced draws. Where it has several parts, an address begins with the name of the part."""
    parts = {}
    for name, part in task.parts.items():
        prefix = (name,) if task.numbered else ()
        elsewhere = site != () and site[: len(prefix)] != prefix
        parts[name] = part if elsewhere else _traced_part(part, prefix, visited, site, again)
    return replace(task, parts=MappingProxyType(parts))


def _traced_part(
    environment: CompiledEnvironment, prefix: Site, visited: dict[Site, None] | None, site: Site, again: int
) -> CompiledEnvironment:
    def bound(binding: Binding) -> Binding:
        def build(env: Names, draws: Draws, path: tuple[object, ...]) -> Value:
            shared = (draws.stream, draws.catalog, draws.provided, draws.governance, draws.left)
            return binding.build(env, _TracedDraws(*shared, prefix, visited, site, again), path)

        return replace(binding, build=build)

    return replace(
        environment,
        world=tuple(map(bound, environment.world)),
        persona=tuple(map(bound, environment.persona)),
        goal=tuple(map(bound, environment.goal)),
    )


def sites(scenario: Scenario, environment: str, level: int, seed: int) -> list[Site]:
    """Return the address of every draw of an episode, in order."""
    visited: dict[Site, None] = {}
    compiled = scenario.compiled
    draw_world(_traced(compiled.environments[environment], visited, (), 0), compiled.catalog, level, seed)
    return list(visited)


def redrawn(scenario: Scenario, environment: str, site: Site, again: int) -> Scenario:
    """Return the scenario whose episodes draw another value at one site. `again` numbers the possible values."""
    return with_environment(scenario, _traced(scenario.compiled.environments[environment], None, site, again))


def with_environment(scenario: Scenario, environment: Task) -> Scenario:
    """Return the scenario with this environment in place of the one of the same name."""
    environments = {**scenario.compiled.environments, environment.name: environment}
    return Scenario(replace(scenario.compiled, environments=MappingProxyType(environments)))


def drawn(scenario: Scenario, environment: str, level: int, seed: int) -> Drawn:
    """Draw what an episode starts from; raises Unsatisfiable where that cannot be drawn."""
    compiled = scenario.compiled
    return draw_world(compiled.environments[environment], compiled.catalog, level, seed)


def leaves(value: Value, path: str) -> Iterator[tuple[str, Value]]:
    """Yield (path, scalar) of everything in a value made of lists and mappings. A product is its id."""
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
