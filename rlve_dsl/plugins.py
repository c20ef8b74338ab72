"""From hooks to an immutable registry of primitives."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from hashlib import sha256
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Protocol, TypeVar

import pluggy

from rlve_dsl import catalog, expressions, hookspecs, reward, user, world
from rlve_dsl.errors import PluginError, UsageError
from rlve_dsl.files import Vocabulary
from rlve_dsl.hookspecs import PROJECT, hookimpl


class BuiltIn:
    """The first plugin: the built-in primitives."""

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
    """Every primitive by name. Pass one to `compile` to say what a scenario may use.

    Attributes:
        owners: The plugin that brings each primitive, by hook and name; `rlve_dsl` for the built-in ones.
    """

    functions: Mapping[str, expressions.Function]
    measures: Mapping[str, expressions.Function]
    samplers: Mapping[str, world.Sampler]
    tools: Mapping[str, world.Tool]
    events: Mapping[str, world.Event]
    acts: Mapping[str, user.Act]
    embedders: Mapping[str, catalog.Embedder]
    sources: Mapping[str, catalog.CatalogSource]
    owners: Mapping[tuple[str, str], str]

    def vocabulary(self) -> Vocabulary:
        """The names and signatures that reading files needs, for schemas and suggestions."""
        return Vocabulary(
            samplers={name: s.signature for name, s in self.samplers.items()},
            tools={name: t.signature for name, t in self.tools.items()},
            events={name: e.signature for name, e in self.events.items()},
            acts=tuple(self.acts),
            sources=tuple(self.sources),
            embedders=tuple(self.embedders),
            docs={(sort, p.name): p.doc for sort, primitives in self._documented() for p in primitives},
        )

    def _documented(self) -> Iterable[tuple[str, Iterable[_Documented]]]:
        """The primitives that files name by keys and words, by sort."""
        yield "sampler", self.samplers.values()
        yield "tool", self.tools.values()
        yield "event", self.events.values()
        yield "act", self.acts.values()

    def tools_of(self, pattern: str) -> dict[str, list[str]]:
        """The names of the tools that a name or a pattern such as `cart.*` matches, by the plugin that brings them.

        Where a pattern matches built-in tools, it means these alone: a plugin that is installed later must not add a tool
        to an environment that does not name it.
        """
        found: dict[str, list[str]] = {}
        for name in self.tools:
            if fnmatchcase(name, pattern):
                found.setdefault(self.owners["rlve_tools", name], []).append(name)
        return {PROJECT: found[PROJECT]} if PROJECT in found else found


def registry(plugins: Iterable[object] = (), *, discover: bool = False) -> Registry:
    """Collect the built-in primitives and those of plugins.

    Args:
        plugins: Modules or objects with hooks.
        discover: Whether the plugins of installed distributions join too.

    Raises:
        PluginError: When a plugin cannot be loaded, a hook fails or does not exist, or two plugins claim one name.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    _register(manager, BuiltIn(), PROJECT)
    for entry in entry_points(group=PROJECT) if discover else ():
        name = f"{entry.name} of {entry.dist.name}" if entry.dist else entry.name
        try:
            plugin = entry.load()
        except (Exception, SystemExit) as problem:
            raise _unloadable(name, problem) from problem
        _register(manager, plugin, name)
    for plugin in plugins:
        _register(manager, plugin, getattr(plugin, "__name__", type(plugin).__name__))
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as problem:
        raise PluginError(str(problem)) from problem
    return _collected(manager)


@cache
def default_registry() -> Registry:
    """The built-in primitives and those of every installed plugin."""
    return registry(discover=True)


def registry_with(files: Sequence[str]) -> Registry:
    """The default registry with the plugins in these Python files.

    Raises:
        PluginError: When a plugin cannot be loaded.
        UsageError: When there is no such file.
    """
    return registry([plugin_module(file) for file in files], discover=True) if files else default_registry()


def plugin_module(path: str) -> ModuleType:
    """The module in a Python file that holds a plugin, imported in this process.

    Raises:
        PluginError: When it cannot be imported; the message names the file.
        UsageError: When there is no such file.
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
    except (Exception, SystemExit) as problem:
        raise _unloadable(path, problem) from problem
    return module


def _unloadable(name: str, problem: BaseException) -> PluginError:
    reason = str(problem).strip().partition("\n")[0] or type(problem).__name__
    return PluginError(f"plugin `{name}` could not be loaded: {reason}")


def _register(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    try:
        manager.register(plugin, name)
    except ValueError as problem:
        raise PluginError(f"plugin `{name}` is there twice") from problem
    except pluggy.PluginValidationError as problem:
        raise PluginError(str(problem)) from problem


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _Documented(_Named, Protocol):
    @property
    def doc(self) -> str: ...


Primitive = TypeVar("Primitive", bound=_Named)


def _collected(manager: pluggy.PluginManager) -> Registry:
    """The registry of all plugins that are registered."""
    owners: dict[tuple[str, str], str] = {}

    def collect(hook: str, kind: type[Primitive]) -> Mapping[str, Primitive]:
        found: dict[str, Primitive] = {}
        implementations = getattr(manager.hook, hook).get_hookimpls()
        for implementation in sorted(implementations, key=lambda i: (i.plugin_name != PROJECT, i.plugin_name)):
            owner = implementation.plugin_name
            try:
                declared = list(implementation.function())
            except Exception as problem:
                raise PluginError(f"hook `{hook}` of plugin `{owner}` failed: {problem}") from problem
            for primitive in declared:
                if not isinstance(primitive, kind):
                    raise PluginError(
                        f"hook `{hook}` of plugin `{owner}` gave {primitive!r}, which is no {kind.__name__}"
                    )
                name = primitive.name
                if name in found:
                    raise PluginError(f"`{name}` is declared by `{owners[hook, name]}` and by `{owner}` ({hook})")
                found[name] = primitive
                owners[hook, name] = owner
        return MappingProxyType(found)

    collected = Registry(
        functions=collect("rlve_functions", expressions.Function),
        measures=collect("rlve_measures", expressions.Function),
        samplers=collect("rlve_samplers", world.Sampler),
        tools=collect("rlve_tools", world.Tool),
        events=collect("rlve_events", world.Event),
        acts=collect("rlve_acts", user.Act),
        embedders=collect("rlve_embedders", catalog.Embedder),
        sources=collect("rlve_catalog_sources", catalog.CatalogSource),
        owners=MappingProxyType(owners),
    )
    if both := sorted(collected.functions.keys() & collected.measures.keys()):
        raise PluginError(f"`{both[0]}` is declared both as a function and as a measure")
    by_wire: dict[str, str] = {}
    for tool in collected.tools:
        same = by_wire.setdefault(tool.replace(".", "_"), tool)
        if same != tool:
            raise PluginError(f"the tools `{same}` and `{tool}` are one to an agent, who writes `_` for `.`")
    return collected
