"""Agents that are known by a name: the built-in ones, and those of plugins."""

from __future__ import annotations

from collections.abc import Callable

from rlve_dsl.agents.human import HumanAgent
from rlve_dsl.agents.oracle import OracleAgent
from rlve_dsl.agents.play import Agent
from rlve_dsl.agents.random import RandomAgent
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.episode import Action, Episode, Malformed, Observation, fault_of_action
from rlve_dsl.errors import PluginFault, UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins import Guarded, Registry, shown


@frozen
class AgentKind:
    """An agent by its name: `make(episode)` makes one that plays the episode."""

    name: str
    make: Callable[[Episode], Agent]
    doc: str = ""


AGENTS = (
    AgentKind("oracle", OracleAgent, "plays the solution of the file"),
    AgentKind("random", RandomAgent, "makes random calls"),
    AgentKind("human", HumanAgent, "asks a person in the terminal"),
)
"""The built-in agents."""


def agent_named(name: str, registry: Registry) -> Callable[[Episode], Agent]:
    """What makes the agent of this name, built in or of a plugin.

    Raises:
        UsageError: When there is no such agent.
    """
    built_in = {kind.name: kind.make for kind in AGENTS}
    if name in built_in:
        return built_in[name]
    if name not in registry.agents:
        known = [*built_in, *registry.agents]
        raise UsageError(f"there is no agent `{name}`; {did_you_mean(name, known) or 'there are ' + ', '.join(known)}")
    make, owner = registry.agents[name].make, registry.owners["rlve_agents", name]
    return lambda episode: _guarded(make(episode), f"agent `{name}` of {owner}")


def _guarded(agent: object, what: str) -> _Guarded:
    act = getattr(agent, "act", None)
    if not callable(act):
        raise PluginFault(f"{what} gave {shown(agent)}, and an object with `act(observation)` is wanted")
    return _Guarded(act, what)


class _Guarded:
    """An agent of a plugin. What it raises is a sentence that names it."""

    def __init__(self, act: Callable[[Observation], object], what: str) -> None:
        self._act = Guarded(act, what)

    def act(self, observation: Observation) -> Action | Malformed:
        action = self._act(observation)
        if not isinstance(action, Action | Malformed):
            raise PluginFault(f"{self._act.what} gave {shown(action)}, and a `rlve_dsl.episode.Action` is wanted")
        if isinstance(action, Action) and (fault := fault_of_action(action)):
            raise PluginFault(f"{self._act.what} gave an action that cannot be played: {fault}")
        return action
