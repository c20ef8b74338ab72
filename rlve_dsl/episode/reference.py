"""A scenario by reference: small enough to send to another process, which compiles it again."""

from __future__ import annotations

from dataclasses import dataclass

from rlve_dsl.episode.scenario import Scenario, load
from rlve_dsl.plugins import Registry, registry_with


@dataclass(frozen=True, slots=True)
class ScenarioReference:
    """A scenario's file and the plugin files that it is compiled with, beside those that are installed.

    Args:
        path: The Collection or Environment file.
        plugins: Python files of plugins that are not installed.
    """

    path: str
    plugins: tuple[str, ...] = ()

    def registry(self) -> Registry:
        """The primitives that the scenario may use.

        Raises:
            PluginError: When a plugin cannot be loaded.
            UsageError: When there is no such plugin file.
        """
        return registry_with(self.plugins)

    def load(self) -> Scenario:
        """The scenario, compiled in this process; raises what `rlve_dsl.load` and `registry` raise."""
        return load(self.path, self.registry())
