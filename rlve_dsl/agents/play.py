"""The loop between an agent and an episode."""

from __future__ import annotations

from typing import Protocol

from rlve_dsl.episode import Action, Episode, Malformed, Observation, Outcome


class Agent(Protocol):
    """Anything that turns an observation into an action."""

    def act(self, observation: Observation) -> Action | Malformed:
        """The action for the turn that `observation` opens."""
        ...


def play(episode: Episode, agent: Agent) -> Outcome:
    """The outcome of letting `agent` act until the episode ends; it ends within its turn budget."""
    while episode.outcome is None:
        episode.step(agent.act(episode.observation))
    return episode.outcome
