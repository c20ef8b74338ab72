"""Worlds of the scenarios that a plugin's package brings."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from rlve_dsl.compiler import Loader, compile, draw_world
from rlve_dsl.errors import PluginFault, RlveError, ScenarioError
from rlve_dsl.files import Collection, load
from rlve_dsl.plugins import package_of, registry
from rlve_dsl.testing.worlds import World

_SEEDS = (0, 1)
_MOST = 24


def shipped_worlds(module: ModuleType, found: list[str]) -> list[World]:
    """Worlds of the collections in the folder `scenarios` of a plugin's package; none for a plugin without one.

    Args:
        module: The plugin.
        found: Receives what primitives do wrong while worlds are drawn.
    """
    package = package_of(Path(module.__file__).resolve()) if module.__file__ else None
    worlds: list[World] = []
    for file in sorted((package / "scenarios").rglob("*.yaml")) if package is not None else ():
        try:
            if isinstance(load(file).spec, Collection):
                worlds += _worlds_of(file, module, found)
        except ScenarioError:
            continue  # `rlve-dsl validate` says what is wrong with files
        except PluginFault as fault:
            found.append(str(fault))
        except RlveError:
            continue
    return worlds[:: max(1, len(worlds) // _MOST)]


def _worlds_of(file: Path, module: ModuleType, found: list[str]) -> list[World]:
    loader = Loader(registry([module], discover=True).strict(), try_levels=False)
    scenario = compile(file, loader=loader)
    low, high = scenario.levels.low, scenario.levels.high
    worlds = []
    for task in scenario.environments.values():
        for level in sorted({low, (low + high) // 2, max(low, high - 2), high}):
            for seed in _SEEDS:
                try:
                    drawn = draw_world(task, scenario.catalog, level, seed)
                except PluginFault as fault:
                    found.append(str(fault))
                    continue
                axes = dict(drawn.parts[0].axes)
                worlds.append(World(scenario.catalog, drawn.provided, axes))
    return worlds
