"""From hooks to an immutable registry of primitives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

import pluggy

from rlve_dsl import catalog, hookspecs, reward, rules, user, world
from rlve_dsl.errors import PluginError
from rlve_dsl.hookspecs import PROJECT, hookimpl
from rlve_dsl.spec import Vocabulary


class BuiltIn:
    """The first plugin: the primitives that the eight environments are made of."""

    @hookimpl
    def rlve_functions(self) -> Iterable[rules.Function]:
        return (*rules.FUNCTIONS, *catalog.FUNCTIONS)

    @hookimpl
    def rlve_measures(self) -> Iterable[rules.Function]:
        return reward.FUNCTIONS

    @hookimpl
    def rlve_samplers(self) -> Iterable[world.Sampler]:
        return world.SAMPLERS

    @hookimpl
    def rlve_tools(self) -> Iterable[world.Tool]:
        return world.TOOLS

    @hookimpl
    def rlve_events(self) -> Iterable[world.Event]:
        return world.EVENTS

    @hookimpl
    def rlve_acts(self) -> Iterable[user.Act]:
        return user.ACTS

    @hookimpl
    def rlve_embedders(self) -> Iterable[catalog.Embedder]:
        return catalog.EMBEDDERS.values()

    @hookimpl
    def rlve_catalog_sources(self) -> Iterable[catalog.CatalogSource]:
        return catalog.SOURCES.values()


@dataclass(frozen=True, slots=True)
class Registry:
    """Every primitive by name; pass one to `compile` to say what a scenario may use."""

    functions: Mapping[str, rules.Function]
    measures: Mapping[str, rules.Function]
    samplers: Mapping[str, world.Sampler]
    tools: Mapping[str, world.Tool]
    events: Mapping[str, world.Event]
    acts: Mapping[str, user.Act]
    embedders: Mapping[str, catalog.Embedder]
    sources: Mapping[str, catalog.CatalogSource]

    def vocabulary(self) -> Vocabulary:
        """The names and signatures that the source room needs for schemas and suggestions."""
        return Vocabulary(
            samplers={name: s.signature for name, s in self.samplers.items()},
            tools={name: t.signature for name, t in self.tools.items()},
            events={name: e.signature for name, e in self.events.items()},
            acts=tuple(self.acts),
            sources=tuple(self.sources),
        )


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def registry(plugins: Iterable[object] = (), *, discover: bool = False) -> Registry:
    """The built-in primitives and those of `plugins`; with `discover` also those that installed distributions announce.

    Raises PluginError when a plugin cannot be loaded, a hook fails or does not exist, or two plugins claim one name.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(BuiltIn(), "rlve_dsl")
    if discover:
        try:
            manager.load_setuptools_entrypoints(PROJECT)
        except Exception as problem:
            raise PluginError(f"a plugin of the entry point group `{PROJECT}` could not be loaded: {problem}") from problem
    for plugin in plugins:
        manager.register(plugin)
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as problem:
        raise PluginError(str(problem)) from problem
    functions = _collect(manager, "rlve_functions")
    measures = _collect(manager, "rlve_measures")
    if both := sorted(functions.keys() & measures.keys()):
        raise PluginError(f"`{both[0]}` is declared both as a function and as a measure")
    return Registry(
        functions=functions,
        measures=measures,
        samplers=_collect(manager, "rlve_samplers"),
        tools=_collect(manager, "rlve_tools"),
        events=_collect(manager, "rlve_events"),
        acts=_collect(manager, "rlve_acts"),
        embedders=_collect(manager, "rlve_embedders"),
        sources=_collect(manager, "rlve_catalog_sources"),
    )


@cache
def default_registry() -> Registry:
    """The built-in primitives and those of every installed plugin."""
    return registry(discover=True)


def _collect(manager: pluggy.PluginManager, hook: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    owners: dict[str, str] = {}
    implementations = getattr(manager.hook, hook).get_hookimpls()
    for implementation in sorted(implementations, key=lambda i: (i.plugin_name != "rlve_dsl", i.plugin_name)):
        owner = implementation.plugin_name
        try:
            declared = list(implementation.function())
        except Exception as problem:
            raise PluginError(f"hook `{hook}` of plugin `{owner}` failed: {problem}") from problem
        for primitive in declared:
            if primitive.name in found:
                raise PluginError(f"`{primitive.name}` is declared by `{owners[primitive.name]}` and by `{owner}` ({hook})")
            found[primitive.name] = primitive
            owners[primitive.name] = owner
    return MappingProxyType(found)
