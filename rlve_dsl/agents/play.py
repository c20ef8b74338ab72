"""The loop between agents and episodes. Everything that plays an episode plays it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from rlve_dsl.episode import Action, Episode, Malformed, Observation, Outcome

Script = tuple[Action, ...]
"""The actions of a whole episode, turn by turn."""


class Agent(Protocol):
    """Anything that turns an observation into an action."""

    def act(self, observation: Observation) -> Action | Malformed:
        """Return the action for the turn that `observation` opens."""
        ...


class Scripted:
    """An agent that follows a script. After its last action it takes empty turns until the episode ends."""

    def __init__(self, script: Iterable[Action | Malformed]) -> None:
        self._left = iter(script)

    def act(self, observation: Observation) -> Action | Malformed:
        """Return the next action of the script."""
        return next(self._left, Action())


def play_together(
    episodes: Mapping[int, Episode],
    act: Callable[[Mapping[int, Episode]], Mapping[int, Action | Malformed]],
    failed: Callable[[int, Exception], None] | None = None,
) -> None:
    """Play episodes side by side, one turn of each at a time, until all of them have ended.

    Args:
        episodes: The episodes, by a number of the caller's choice.
        act: Gives an action for each episode that still runs. An episode without an action is not played any further.
        failed: Called with the number of an episode whose step raised an exception; the others go on. Without it, the
            exception is raised.
    """
    live = dict(episodes)
    while live := {number: episode for number, episode in live.items() if episode.outcome is None}:
        actions = act(live)
        live = {number: live[number] for number in actions}
        for number, action in actions.items():
            try:
                live[number].step(action)
            except Exception as error:
                if failed is None:
                    raise
                failed(number, error)
                del live[number]


def play(episode: Episode, agent: Agent) -> Outcome:
    """Let `agent` act until the episode ends, which it does within its turn budget, and return the outcome."""
    while episode.outcome is None:
        episode.step(agent.act(episode.observation))
    return episode.outcome
