"""The loop between an agent and an episode. What writes turns slowly, as a model does, plays in `sampling/playing.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from rlve_dsl.agents.repeating import Repeats
from rlve_dsl.episode import Action, Episode, Malformed, Observation, Outcome, Turn

Script = tuple[Action, ...]
"""The actions of a whole episode, turn by turn."""


class LeftEpisode(Exception):
    """An agent leaves the episode before its end."""


class Agent(Protocol):
    """Anything that turns an observation into an action."""

    def act(self, observation: Observation) -> Action | Malformed:
        """Return the action for the turn that `observation` opens."""
        ...


class Scripted:
    """An agent that follows a script. After its last action it takes empty turns until the episode ends.

    The script says nothing of disturbances: between its turns, the agent makes calls again that were left unfinished.
    """

    def __init__(self, script: Iterable[Action | Malformed]) -> None:
        self._left = iter(script)
        self._repeats = Repeats()

    def act(self, observation: Observation) -> Action | Malformed:
        """Return the next action of the script, or the unfinished calls of the last."""
        if isinstance(observation.after, Turn) and (again := self._repeats.after(observation.after)) is not None:
            return again
        return next(self._left, Action())


def play(episode: Episode, agent: Agent) -> Outcome:
    """Let `agent` act until the episode ends, which it does within its turn budget, and return the outcome.

    When the agent leaves, the episode is cut off.
    """
    while episode.outcome is None:
        try:
            action = agent.act(episode.observation)
        except LeftEpisode as leaving:
            episode.cut_off(str(leaving))
        else:
            episode.step(action)
    return episode.outcome
