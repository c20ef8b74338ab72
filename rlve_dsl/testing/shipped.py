"""The scenarios that a plugin's package brings, and worlds of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from rlve_dsl.compiler import Loader, compile, draw_world
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import PluginFault, RlveError, ScenarioError
from rlve_dsl.files import Collection, load
from rlve_dsl.plugins import Registry, package_of
from rlve_dsl.testing.worlds import World

_SEEDS = (0, 1)
_MOST = 24


def shipped_scenarios(module: ModuleType, known: Registry, found: list[str]) -> list[Scenario]:
    """The collections in the folder `scenarios` of a plugin's package; none for a plugin without one.

    Args:
        module: The plugin.
        known: The primitives that they may use.
        found: Receives what is wrong with them.
    """
    package = package_of(Path(module.__file__).resolve()) if module.__file__ else None
    scenarios: list[Scenario] = []
    for file in sorted((package / "scenarios").rglob("*.yaml")) if package is not None else ():
        try:
            if isinstance(load(file).spec, Collection):
                scenarios.append(Scenario(compile(file, loader=Loader(known, try_levels=False))))
        except ScenarioError as problems:
            first = problems.diagnostics[0]
            found.append(f"`{file.name}` has errors, so no world of it is tried: {first.span}: {first.message}")
        except PluginFault as fault:
            found.append(str(fault))
        except RlveError as problem:
            found.append(f"`{file.name}` cannot be loaded, so no world of it is tried: {problem}")
    return scenarios


def worlds_of(scenarios: Sequence[Scenario], found: list[str]) -> list[World]:
    """Worlds of all environments of some scenarios, at several levels.

    Args:
        scenarios: The scenarios.
        found: Receives what primitives do wrong while worlds are drawn.
    """
    worlds: list[World] = []
    for scenario in scenarios:
        low, high = scenario.levels
        for name, task in scenario.compiled.environments.items():
            for level in sorted({low, (low + high) // 2, max(low, high - 2), high}):
                for seed in _SEEDS:
                    try:
                        drawn = draw_world(task, scenario.compiled.catalog, level, seed)
                    except PluginFault as fault:
                        found.append(str(fault))
                        continue
                    except RlveError:
                        continue  # `rlve-dsl validate` says what cannot be drawn
                    axes = dict(drawn.parts[0].axes)
                    worlds.append(World(f"worlds of `{name}`", scenario.compiled.catalog, drawn.provided, axes))
    return worlds[:: max(1, len(worlds) // _MOST)]
