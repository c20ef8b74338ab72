"""For the tests of a plugin: `check_plugin(module)` uses each of its primitives, and says what a sound one never does.

from rlve_dsl.testing import check_plugin
import my_shop.rlve

def test_my_plugin_is_sound():
    assert check_plugin(my_shop.rlve) == []
"""

from __future__ import annotations

from types import ModuleType

from rlve_dsl.errors import PluginError, UsageError
from rlve_dsl.plugins import SLOW, given_plugins, plugin_module, registry
from rlve_dsl.testing.calls import Calls
from rlve_dsl.testing.players import faults_of_players
from rlve_dsl.testing.processes import differences
from rlve_dsl.testing.shipped import shipped_scenarios, worlds_of

__all__ = ["check_plugin"]


def check_plugin(plugin: object, *, slow: float = SLOW, agents: bool = True) -> list[str]:
    """What is wrong with a plugin, a sentence for each fault; an empty list for a sound one.

    Functions, measures, samplers, tools, events, disturbances and noises are called with arguments that are made from their
    annotations, as at several levels and with several seeds; pure ones twice with the same stream, and also in two other processes
    that order sets in other ways. Tools and events are called in worlds of the collections in the folder `scenarios` of the
    plugin's package. Without such worlds, they are called in some that hold what the plugin's samplers give and some rows of each of
    its entities; a primitive whose slots no sampler of the plugin fills is not called then. Ids and texts are some that are there.
    Each agent plays one episode, and each check and probe looks at one case, of the first of these collections or of a packaged one.

    Args:
        plugin: The module or object with hooks, or the path of its file.
        slow: The seconds that one call may take.
        agents: Whether agents play: one that needs a server or a person cannot.
    """
    try:
        module = plugin_module(plugin) if isinstance(plugin, str) else plugin
        (made,) = given_plugins([module])
        known = registry([module], discover=True).strict()
        registry([module])  # no other primitive has its names
    except (PluginError, UsageError) as problem:
        return [str(problem)]
    found: list[str] = []
    scenarios = shipped_scenarios(module, known, found) if isinstance(module, ModuleType) else []
    found += Calls(made, slow, worlds_of(scenarios, found)).faults()
    found += faults_of_players(made, known, scenarios[0] if scenarios else None, agents)
    if isinstance(module, ModuleType) and module.__file__ and not found:
        found += differences(module)
    return list(dict.fromkeys(found))
