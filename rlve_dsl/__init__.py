"""A declarative language for reinforcement-learning environments.

>>> import rlve_dsl
>>> scenario = rlve_dsl.load("scenarios/c1.yaml")           # doctest: +SKIP
>>> episode = scenario.reset(scenario.environments[0], level=4, seed=7)  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rlve_dsl.episode import Action, Call, Scenario, load

__version__ = "0.1.0"
PLUGIN_API = 1
"""The version of the interface for plugins: `docs/plugins.md` says what belongs to it, and when it rises."""

__all__ = ["PLUGIN_API", "Action", "Call", "Scenario", "__version__", "load"]


def __getattr__(name: str) -> object:
    # imported on first use, so that `import rlve_dsl` is fast
    if name in ("load", "Scenario", "Action", "Call"):
        from rlve_dsl import episode

        return getattr(episode, name)
    raise AttributeError(f"module `rlve_dsl` has no attribute `{name}`")
