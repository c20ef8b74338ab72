"""The loop between agents and episodes. Everything that plays an episode plays it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Protocol

from rlve_dsl.agents.repeating import Repeats
from rlve_dsl.episode import Action, Episode, Malformed, Observation, Outcome, Turn
from rlve_dsl.user import side_by_side

Script = tuple[Action, ...]
"""The actions of a whole episode, turn by turn."""


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


def play_together(
    episodes: Mapping[int, Episode],
    act: Callable[[Mapping[int, Episode]], Mapping[int, Action | Malformed]],
    failed: Callable[[int, Exception], None] | None = None,
    at_once: int = 1,
) -> None:
    """Play episodes side by side, one turn of each at a time, until all of them have ended.

    Args:
        episodes: The episodes, by a number of the caller's choice.
        act: Gives an action for each episode that still runs. An episode without an action is not played any further.
        failed: Called with the number of an episode whose step raised an exception; the others go on. Without it, the
            exception is raised.
        at_once: How many steps may be under way together, while users wait for something (`rlve_dsl.user.waiting`).
    """
    live = dict(episodes)
    while live := {number: episode for number, episode in live.items() if episode.outcome is None}:
        actions = act(live)
        live = {number: live[number] for number in actions}
        broken: dict[int, Exception] = {}
        side_by_side([partial(_step, live, number, action, broken) for number, action in actions.items()], at_once)
        for number in [number for number in actions if number in broken]:
            if failed is None:
                raise broken[number]
            failed(number, broken[number])
            del live[number]


def _step(live: Mapping[int, Episode], number: int, action: Action | Malformed, broken: dict[int, Exception]) -> None:
    """Play one turn; an exception goes to `broken`."""
    try:
        live[number].step(action)
    except Exception as error:  # noqa: BLE001 - the caller decides what becomes of it
        broken[number] = error


def play(episode: Episode, agent: Agent) -> Outcome:
    """Let `agent` act until the episode ends, which it does within its turn budget, and return the outcome."""
    while episode.outcome is None:
        episode.step(agent.act(episode.observation))
    return episode.outcome
