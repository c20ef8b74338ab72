"""The registry: the primitives that are known, who brings them, and what a file sees of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from rlve_dsl import __version__
from rlve_dsl.errors import PluginError
from rlve_dsl.files import PluginUse, Vocabulary, distribution_name
from rlve_dsl.frozen import frozen
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.packaged import NO_PLUGINS, bringer_of
from rlve_dsl.plugins.hooks import HOOKS, Primitives
from rlve_dsl.plugins.loading import given_plugins, installed_plugins
from rlve_dsl.plugins.plugin import Plugin, Used, fault_of_use
from rlve_dsl.plugins.python_files import check_file, plugin_module
from rlve_dsl.plugins.strict import watched_all


@frozen
class Registry(Primitives):
    """Every primitive by name. Pass one to `compile` to say what a scenario may use.

    Attributes:
        owners: The plugin that brings each primitive, by hook and name; `rlve_dsl` for the built-in ones.
        plugins: All plugins, the built-in one first; also those that cannot be used.
        listed: The plugins that a file lists, where this is what a file sees (`view`).
        elsewhere: What the file would see if it listed the plugin that each name is given with.
    """

    owners: Mapping[tuple[str, str], str] = field(default_factory=dict)
    plugins: tuple[Plugin, ...] = ()
    listed: frozenset[str] = frozenset()
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    _views: dict[frozenset[str], Registry] = field(default_factory=dict, repr=False, compare=False)

    def view(self, uses: Iterable[PluginUse] = ()) -> Registry:
        """What a file sees that lists these plugins: the built-in primitives, theirs, and those of plugins that were given.

        Raises:
            PluginError: When two of the plugins claim one name.
        """
        named = frozenset(distribution_name(use.name) for use in uses)
        if named not in self._views:
            seen = [p for p in self.plugins if not p.installed or distribution_name(p.name) in named]
            hidden = [p for p in self.plugins if p not in seen]
            self._views[named] = _registry_of(seen, self.plugins, named, _names_of(hidden))
        return self._views[named]

    def vocabulary(self) -> Vocabulary:
        """The names and signatures that reading files needs, for schemas and suggestions."""
        return Vocabulary(
            samplers={name: s.signature for name, s in self.samplers.items()},
            tools={name: t.signature for name, t in self.tools.items()},
            events={name: e.signature for name, e in self.events.items()},
            acts=tuple(self.acts),
            sources=tuple(self.sources),
            embedders=tuple(self.embedders),
            disturbances={name: d.signature for name, d in self.disturbances.items()},
            noises={name: n.signature for name, n in self.noises.items()},
            docs={
                (HOOKS[hook].word, name): _documented(HOOKS[hook].word, owner, _doc_of(self, hook, name))
                for (hook, name), owner in self.owners.items()
            },
            elsewhere=self.elsewhere,
            seen_with=self._seen_with,
        )

    def _seen_with(self, uses: Sequence[PluginUse]) -> Vocabulary:
        faults = {use.name: fault for use in uses if (fault := fault_of_use(use, self.plugins)) is not None}
        if not faults:
            try:
                return self.view(uses).vocabulary()
            except PluginError as problem:
                faults = {uses[-1].name: (str(problem), "a file cannot list both")}
        return Vocabulary(faults=faults)  # any name may stand: what is wrong is said where the plugins are listed

    def tools_of(self, pattern: str) -> dict[str, list[str]]:
        """The names of the tools that a name or a pattern such as `cart.*` matches, by the plugin that brings them.

        Where a pattern matches built-in tools, or those of plugins that the file lists, it means these alone: they are given
        together. A plugin that the file does not list adds no tool to it.
        """
        found: dict[str, list[str]] = {}
        for name in self.tools:
            if fnmatchcase(name, pattern):
                found.setdefault(self.owners["rlve_tools", name], []).append(name)
        listed = {p.name for p in self.plugins if any(p.is_called(name) for name in self.listed)}
        own = [owner for owner in found if owner == PROJECT or owner in listed]
        return {PROJECT: [name for owner in own for name in found[owner]]} if own else found

    def owner_of(self, hook: str, name: str) -> Plugin:
        """The plugin that brings a primitive."""
        owner = self.owners[hook, name]
        return next(plugin for plugin in self.plugins if plugin.name == owner)

    def used(self, hook: str, name: str) -> Used | None:
        """What the provenance of a scenario says of a primitive that it uses; None for a built-in one."""
        if self.owners[hook, name] == PROJECT:
            return None
        owner = self.owner_of(hook, name)
        return Used(owner.name, hook, name, owner.version, owner.digest)

    def bringer_of(self, file: str) -> Plugin | None:
        """The plugin whose package holds a scenario file; None for a file of this project or of no package."""
        path = Path(file).resolve()
        given = (plugin for plugin in self.plugins if plugin.folder is not None and path.is_relative_to(plugin.folder))
        installed = bringer_of(path)
        return next(given, Plugin(*installed, installed=True) if installed is not None else None)

    def strict(self) -> Registry:
        """The same with the calls of what plugins bring watched: what a sound primitive never does raises PluginFault."""
        return self.of([replace(plugin, brings=watched_all(plugin.brings)) for plugin in self.plugins[1:]])

    def of(self, plugins: Iterable[Plugin]) -> Registry:
        """The registry of the built-in primitives and of these plugins."""
        kept = [_built_in(), *plugins]
        return _registry_of(kept, kept, lenient=True)

    @property
    def problems(self) -> tuple[str, ...]:
        """Why plugins cannot be used, a sentence for each."""
        return tuple(plugin.problem for plugin in self.plugins if plugin.problem)


def _documented(word: str, owner: str, doc: str) -> str:
    """What an editor shows of a primitive: whose it is, unless it is built in, and its docstring."""
    return doc if owner == PROJECT else f"{word.capitalize()} of {owner}. {doc}".strip()


def _doc_of(known: Registry, hook: str, name: str) -> str:
    return str(getattr(getattr(known, HOOKS[hook].attribute)[name], "doc", ""))


def _names_of(plugins: Iterable[Plugin]) -> dict[str, str]:
    """The names that these plugins bring, each with its plugin; for tools also the patterns that match them."""
    found: dict[str, str] = {}
    for plugin in plugins:
        for named in plugin.brings.values():
            for name in named:
                found.setdefault(name, plugin.name)
                if "." in name:
                    found.setdefault(f"{name.split('.')[0]}.*", plugin.name)
    return found


def registry(plugins: Iterable[object] = (), *, discover: bool = False, without: Iterable[str] = ()) -> Registry:
    """Collect the built-in primitives and those of plugins.

    Args:
        plugins: Modules or objects with hooks. Every file sees what they give.
        discover: Whether the plugins of installed distributions join too. A file sees what they give if it lists them.
        without: Names of installed distributions to leave out.

    Raises:
        PluginError: When one of `plugins` fails, or two of them claim one name. An installed plugin that fails is kept with its
            problem.
    """
    given = [_built_in(), *given_plugins(plugins)]
    _registry_of(given, given)  # whether they go together
    found = []
    for plugin in installed_plugins(without) if discover else ():
        if any(other.is_called(plugin.name) for other in given[1:]):  # what is given stands for what is installed
            continue
        try:
            _registry_of([_built_in(), plugin], ())
            found.append(plugin)
        except PluginError as problem:  # it claims a built-in name
            found.append(replace(plugin, brings={}, problem=str(problem)))
    return _registry_of([*given, *found], [*given, *found], lenient=True)


def _registry_of(
    seen: Sequence[Plugin],
    plugins: Sequence[Plugin],
    listed: frozenset[str] = frozenset(),
    elsewhere: Mapping[str, str] = MappingProxyType({}),
    *,
    lenient: bool = False,
) -> Registry:
    """The registry of what some plugins give. With `lenient`, the first one that claims a name has it."""
    owners: dict[tuple[str, str], str] = {}
    collected: dict[str, dict[str, Any]] = {hook: {} for hook in HOOKS}
    for plugin in seen:
        for hook, named in plugin.brings.items():
            for name, primitive in named.items():
                fault = _clash(hook, name, plugin.name, owners)
                if fault and not lenient:
                    raise PluginError(fault)
                if not fault:
                    collected[hook][name] = primitive
                    owners[hook, name] = plugin.name
    fields: dict[str, Any] = {HOOKS[hook].attribute: MappingProxyType(named) for hook, named in collected.items()}
    return Registry(
        **fields, owners=MappingProxyType(owners), plugins=tuple(plugins), listed=listed, elsewhere=elsewhere
    )


def _clash(hook: str, name: str, owner: str, owners: Mapping[tuple[str, str], str]) -> str:
    """Why a plugin cannot bring a name beside what others have brought; empty when it can."""
    if (hook, name) in owners:
        return f"`{name}` is declared by `{owners[hook, name]}` and by `{owner}` ({hook})"
    other = {"rlve_functions": "rlve_measures", "rlve_measures": "rlve_functions"}.get(hook, "")
    if (other, name) in owners:
        return f"`{name}` is declared both as a function and as a measure, by `{owners[other, name]}` and by `{owner}`"
    if hook == "rlve_tools":
        for (theirs, same), who in owners.items():
            if theirs == hook and same.replace(".", "_") == name.replace(".", "_"):
                return f"the tools `{same}` and `{name}`, of `{who}` and `{owner}`, are one to an agent, who writes `_` for `.`"
    return ""


@cache
def _built_in() -> Plugin:
    """The built-in primitives, as a plugin. The tools of the store are compiled when they are first asked for."""
    brings = {hook.name: MappingProxyType({one.name: one for one in hook.built_in()}) for hook in HOOKS.values()}
    return Plugin(PROJECT, __version__, brings=MappingProxyType(brings))


def default_registry() -> Registry:
    """The built-in primitives and those of every installed plugin, without those that `NO_PLUGINS` names."""
    return _discovered(_left_out(()))


@cache
def _discovered(without: frozenset[str]) -> Registry:
    return registry(discover=True, without=without)


def forget_installed() -> None:
    """Look for installed plugins again when they are next asked for: after one has been installed in a running process."""
    _discovered.cache_clear()
    _with_files.cache_clear()


def _left_out(without: Iterable[str]) -> frozenset[str]:
    named = os.environ.get(NO_PLUGINS, "").split(",")
    return frozenset(name.strip() for name in (*named, *without) if name.strip())


def registry_with(files: Sequence[str], without: Sequence[str] = ()) -> Registry:
    """The default registry with the plugins in these Python files, and without some installed ones.

    Raises:
        PluginError: When a plugin in a file cannot be loaded.
        UsageError: When there is no such file.
    """
    left_out = _left_out(without)
    for file in files:
        check_file(file)
    return _with_files(tuple((file, Path(file).read_bytes()) for file in files), left_out)


@lru_cache(maxsize=4)
def _with_files(files: tuple[tuple[str, bytes], ...], without: frozenset[str]) -> Registry:
    """The registry with plugins in files, made again when a file changes."""
    if not files:
        return _discovered(without)
    return registry([plugin_module(file) for file, _ in files], discover=True, without=without)
