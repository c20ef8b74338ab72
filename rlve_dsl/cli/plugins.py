"""`rlve-dsl plugins`: the plugins that are installed, what each gives, and what is wrong with them."""

from __future__ import annotations

import argparse
import json

from rlve_dsl.cli.sources import add_plugins, registry_of
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.packaged import folders, missing_folders
from rlve_dsl.plugins import HOOKS, Plugin, Registry
from rlve_dsl.values import JsonObject


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_plugins(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, with the documentation of each primitive")


def run(arguments: argparse.Namespace) -> int:
    """0, also when plugins have problems."""
    registry = registry_of(arguments)
    plugins = [plugin for plugin in registry.plugins if plugin.name != PROJECT]
    if arguments.json:
        clashes: list[JsonObject] = [
            {"hook": hook, "name": name, "plugins": [*owners]} for hook, name, owners in _clashes(registry)
        ]
        told: JsonObject = {
            "plugins": [_as_json(plugin) for plugin in plugins],
            "clashes": [*clashes],
            "missing": {**missing_folders()},
        }
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    for plugin in plugins:
        _show(plugin)
    for problem in missing_folders().values():
        print(f"problem: {problem}")
    for hook, name, owners in _clashes(registry):
        print(
            f"{HOOKS[hook].word} `{name}` is brought by {' and by '.join(f'`{o}`' for o in owners)}: a file can list one of them"
        )
    if not plugins:
        print("no plugin is installed")
    return 0


def _as_json(plugin: Plugin) -> JsonObject:
    gives: JsonObject = {
        hook: [{"name": name, "doc": _doc(primitive)} for name, primitive in named.items()]
        for hook, named in plugin.brings.items()
        if named
    }
    return {
        "name": plugin.name, "version": plugin.version, "digest": plugin.digest, "installed": plugin.installed,
        "gives": gives, "scenarios": str(folders().get(plugin.name, "")), "problem": plugin.problem,
    }  # fmt: skip


def _show(plugin: Plugin) -> None:
    print(
        plugin.identity
        + ("" if plugin.installed else " (given with --plugin; it has no version, so it meets all bounds)")
    )
    if plugin.problem:
        print(f"  problem: {plugin.problem}")
    for hook, named in plugin.brings.items():
        if named:
            print(f"  {HOOKS[hook].attribute}: {', '.join(named)}")
    if (folder := folders().get(plugin.name)) is not None:
        print(f"  scenarios: {folder}")


def _doc(primitive: object) -> str:
    return str(getattr(primitive, "doc", "")).partition("\n")[0]


def _clashes(registry: Registry) -> list[tuple[str, str, list[str]]]:
    """The names that several plugins bring, with these plugins."""
    owners: dict[tuple[str, str], list[str]] = {}
    for plugin in registry.plugins:
        for hook, named in plugin.brings.items():
            for name in named:
                owners.setdefault((hook, name), []).append(plugin.name)
    return [(hook, name, named) for (hook, name), named in owners.items() if len(named) > 1]
