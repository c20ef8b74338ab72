"""From hooks to an immutable registry of primitives."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import pluggy

from rlve_dsl import catalog, expressions, hookspecs, reward, user, world
from rlve_dsl.errors import PluginError, UsageError
from rlve_dsl.files import Vocabulary
from rlve_dsl.hookspecs import PROJECT, hookimpl


class BuiltIn:
    """The first plugin: the primitives that the eight environments are made of."""

    @hookimpl
    def rlve_functions(self) -> Iterable[expressions.Function]:
        return (*expressions.FUNCTIONS, *catalog.FUNCTIONS)

    @hookimpl
    def rlve_measures(self) -> Iterable[expressions.Function]:
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

    functions: Mapping[str, expressions.Function]
    measures: Mapping[str, expressions.Function]
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
            embedders=tuple(self.embedders),
        )


# What each hook gives: the registry's field, the hook, and the class of its primitives.
_HOOKS: tuple[tuple[str, str, type[Any]], ...] = (
    ("functions", "rlve_functions", expressions.Function),
    ("measures", "rlve_measures", expressions.Function),
    ("samplers", "rlve_samplers", world.Sampler),
    ("tools", "rlve_tools", world.Tool),
    ("events", "rlve_events", world.Event),
    ("acts", "rlve_acts", user.Act),
    ("embedders", "rlve_embedders", catalog.Embedder),
    ("sources", "rlve_catalog_sources", catalog.CatalogSource),
)


def registry(plugins: Iterable[object] = (), *, discover: bool = False) -> Registry:
    """The built-in primitives and those of `plugins`; with `discover` also those that installed distributions announce.

    Raises PluginError when a plugin cannot be loaded, a hook fails or does not exist, or two plugins claim one name.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    _register(manager, BuiltIn(), "rlve_dsl")
    for entry in entry_points(group=PROJECT) if discover else ():
        name = f"{entry.name} of {entry.dist.name}" if entry.dist else entry.name
        try:
            plugin = entry.load()
        except Exception as problem:
            raise PluginError(f"plugin `{name}` could not be loaded: {problem}") from problem
        _register(manager, plugin, name)
    for plugin in plugins:
        _register(manager, plugin, getattr(plugin, "__name__", type(plugin).__name__))
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as problem:
        raise PluginError(str(problem)) from problem
    found = {field: _collect(manager, hook, kind) for field, hook, kind in _HOOKS}
    if both := sorted(found["functions"].keys() & found["measures"].keys()):
        raise PluginError(f"`{both[0]}` is declared both as a function and as a measure")
    by_wire: dict[str, str] = {}
    for tool in found["tools"]:
        same = by_wire.setdefault(tool.replace(".", "_"), tool)
        if same != tool:
            raise PluginError(f"the tools `{same}` and `{tool}` are one to an agent, who writes `_` for `.`")
    return Registry(**found)


def _register(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    try:
        manager.register(plugin, name)
    except ValueError as problem:
        raise PluginError(f"plugin `{name}` is there twice") from problem
    except pluggy.PluginValidationError as problem:
        raise PluginError(str(problem)) from problem


@cache
def default_registry() -> Registry:
    """The built-in primitives and those of every installed plugin."""
    return registry(discover=True)


def _collect(manager: pluggy.PluginManager, hook: str, kind: type[Any]) -> Mapping[str, Any]:
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
            if not isinstance(primitive, kind):
                raise PluginError(f"hook `{hook}` of plugin `{owner}` gave {primitive!r}, which is no {kind.__name__}")
            if primitive.name in found:
                raise PluginError(
                    f"`{primitive.name}` is declared by `{owners[primitive.name]}` and by `{owner}` ({hook})"
                )
            found[primitive.name] = primitive
            owners[primitive.name] = owner
    return MappingProxyType(found)


def plugin_module(path: str) -> ModuleType:
    """The module in a Python file that holds a plugin, imported in this process.

    Raises:
        UsageError: When there is no such file.
        PluginError: When it cannot be imported; the message names the file.
    """
    if not Path(path).is_file():
        raise UsageError(f"there is no file `{path}`")
    name = f"rlve_plugin_{sha256(str(Path(path).resolve()).encode()).hexdigest()[:12]}"
    described = importlib.util.spec_from_file_location(name, path)
    if described is None or described.loader is None:
        raise PluginError(f"`{path}` is no Python file")
    module = importlib.util.module_from_spec(described)
    sys.modules[name] = module  # where annotations look their names up
    try:
        described.loader.exec_module(module)
    except Exception as problem:
        raise PluginError(f"plugin `{path}` could not be loaded: {problem}") from problem
    return module
