"""From modules, files and installed distributions to plugins with their primitives."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.errors import PluginError
from rlve_dsl.files import distribution_name
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.packaged import NO_PLUGINS
from rlve_dsl.plugins.guard import guarded, quiet, reason_of
from rlve_dsl.plugins.hooks import HOOKS, Hook
from rlve_dsl.plugins.names import fault_of_name
from rlve_dsl.plugins.plugin import Plugin
from rlve_dsl.plugins.python_files import digest_of, is_given, package_of, unloadable

_PREFIX = "rlve_"
_MARK = f"{PROJECT}_impl"  # what pluggy's marker leaves on a function


def installed_plugins(without: Iterable[str] = ()) -> Iterator[Plugin]:
    """The plugins of installed distributions, each with what it gives or with why it cannot be used.

    Args:
        without: Names of distributions whose code is not loaded; `all` stands for every one.
    """
    left_out = {distribution_name(name) for name in without}
    announced: dict[str, list[EntryPoint]] = {}
    for entry in sorted(entry_points(group=PROJECT), key=lambda entry: (_owner_of(entry), entry.name)):
        announced.setdefault(_owner_of(entry), []).append(entry)
    for name, entries in announced.items():
        version = entries[0].dist.version if entries[0].dist else ""
        if left_out & {distribution_name(name), "all"}:
            why = f"the plugin `{name}` is left out of this run (`--no-plugin`, or {NO_PLUGINS})"
            yield Plugin(name, version, installed=True, problem=why, left_out=True)
            continue
        try:
            plugins = [_loaded(entry, name) for entry in dict.fromkeys(entries)]
            yield Plugin(name, version, installed=True, brings=_brought(plugins, name))
        except PluginError as problem:
            yield Plugin(name, version, installed=True, problem=str(problem))


def _owner_of(entry: EntryPoint) -> str:
    """The name of the distribution that announces a plugin; that of the entry where a damaged one has no name."""
    name: str | None = entry.dist.name if entry.dist else None
    return name or entry.name


def given_plugins(plugins: Iterable[object]) -> list[Plugin]:
    """Modules or objects with hooks, as plugins. Modules of one package are one plugin, which has the name of the package.

    Raises:
        PluginError: When a hook fails, does not exist, or gives something else than its primitives; or one is there twice.
    """
    parts: dict[str, list[object]] = {}
    for plugin in plugins:
        others = parts.setdefault(_name_of(plugin), [])
        if plugin in others or (others and not _has_package(plugin)):
            raise PluginError(f"plugin `{_name_of(plugin)}` is there twice")
        others.append(plugin)
    return [
        Plugin(name, digest=_digest_of(together[0]), brings=_brought(together, name), folder=_folder_of(together[0]))
        for name, together in sorted(parts.items())
    ]


def _name_of(plugin: object) -> str:
    """What messages call a module or an object: a module has the name of its package."""
    name = str(getattr(plugin, "__name__", type(plugin).__name__))
    if not isinstance(plugin, ModuleType) or _has_package(plugin):
        return name.partition(".")[0]
    if is_given(plugin) and plugin.__file__:
        file = Path(plugin.__file__).resolve()
        return file.parent.name if file.name == "__init__.py" else file.stem
    return name


def _has_package(plugin: object) -> bool:
    return isinstance(plugin, ModuleType) and "." in plugin.__name__


def _digest_of(plugin: object) -> str:
    file = _file_of(plugin)
    return digest_of(file) if file is not None else ""


def _folder_of(plugin: object) -> Path | None:
    file = _file_of(plugin)
    return package_of(file) if file is not None else None


def _file_of(plugin: object) -> Path | None:
    """The Python file that was given with `--plugin`; None for other plugins."""
    given = isinstance(plugin, ModuleType) and is_given(plugin) and plugin.__file__
    return Path(given).resolve() if given else None


def _loaded(entry: EntryPoint, name: str) -> object:
    try:
        with quiet(f"plugin `{name}`"):
            return entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as problem:
        raise unloadable(name, problem) from problem


def _brought(plugins: Sequence[object], owner: str) -> Mapping[str, Mapping[str, Any]]:
    """What these modules give together, by hook and name."""
    brought: dict[str, dict[str, Any]] = {}
    for plugin in {id(plugin): plugin for plugin in plugins}.values():
        for hook, function in _hooks_of(plugin, owner):
            named = brought.setdefault(hook.name, {})
            for primitive in _given_by(hook, function, owner):
                if primitive.name in named:
                    raise PluginError(f"`{primitive.name}` is declared twice by `{owner}` ({hook.name})")
                named[primitive.name] = guarded(primitive, hook.name, owner)
    return MappingProxyType(brought)


def _hooks_of(plugin: object, owner: str) -> Iterator[tuple[Hook, Any]]:
    """The hooks of a module or object. Raises PluginError for one that is misspelt or not marked, and where there is none."""
    found = 0
    for name in sorted(dir(plugin)):
        if not name.startswith(_PREFIX) or not callable(function := getattr(plugin, name, None)):
            continue
        marked = getattr(function, _MARK, None) is not None
        near = did_you_mean(name, HOOKS)
        if name not in HOOKS:
            if marked or (near and inspect.isroutine(function)):
                known = near or f"there are {', '.join(HOOKS)}"
                raise PluginError(f"plugin `{owner}` has the function `{name}`, and there is no such hook; {known}")
            continue
        if not marked:
            raise PluginError(f"hook `{name}` of plugin `{owner}` is not marked: write `@hookimpl` above it")
        found += 1
        yield HOOKS[name], function
    if not found:
        raise PluginError(
            f"plugin `{owner}` has no hook: a hook is a function such as `rlve_tools`, marked with `@hookimpl`"
        )


def _given_by(hook: Hook, function: Any, owner: str) -> Iterator[Any]:
    what = f"hook `{hook.name}` of plugin `{owner}`"
    try:
        wanted = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]
        if wanted:
            raise PluginError(f"{what} is called without arguments, and takes `{', '.join(wanted)}`")
        with quiet(f"plugin `{owner}`"):
            given = function()
            if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
                raise PluginError(f"{what} gave {given!r}, and a list of {hook.word}s is wanted")
            declared = list(given)
    except PluginError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as problem:
        raise PluginError(f"{what} failed: {reason_of(problem)}") from problem
    for primitive in declared:
        if not isinstance(primitive, hook.primitive):
            raise PluginError(f"{what} gave {primitive!r}, which is no {hook.word}: declare it with `{hook.made_with}`")
        if fault := fault_of_name(hook.name, getattr(primitive, "name", None)):
            raise PluginError(f"{what} gave a {hook.word} whose name is wrong: {fault}")
        yield primitive
