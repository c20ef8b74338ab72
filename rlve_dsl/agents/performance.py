"""How an agent played an episode, also when an exception ended it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping

from rlve_dsl.agents.play import Agent, Script, Scripted, play
from rlve_dsl.episode import Action, Episode, Malformed, Outcome, Turn, record
from rlve_dsl.errors import PluginError
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins import reason_of
from rlve_dsl.values import Json


@frozen
class Performance:
    """An episode that an agent has played. `problem` says what went wrong where no outcome was reached; `fault`
    says that a plugin is to blame."""

    episode: Episode | None
    problem: str = ""
    fault: bool = False

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, if there is one."""
        return self.episode.outcome if self.episode is not None and not self.problem else None

    @property
    def passed(self) -> bool:
        """Whether the task was done correctly."""
        return self.outcome is not None and self.outcome.correct

    @property
    def reward(self) -> float:
        """The reward; -1 where there is no outcome."""
        return self.outcome.reward if self.outcome is not None else -1.0

    @property
    def script(self) -> Script:
        """The actions, as far as they could be read, without the free turns in which calls were made again."""
        return tuple(turn.action for turn in self.turns if isinstance(turn.action, Action) and not turn.free)

    @property
    def turns(self) -> list[Turn]:
        """The turns played."""
        return self.episode.turns if self.episode is not None else []

    @property
    def trajectory(self) -> str:
        """The trajectory, as JSON lines."""
        return record(self.episode) if self.episode is not None else ""

    @property
    def end_state(self) -> str:
        """The answers, and what was changed in the world in any order: equal for two ways to the same end."""
        answers = [answer for action in self.script for answer in action.answers]
        kinds = self.episode.entities if self.episode is not None else {}
        numbers = {kind.key for kind in kinds.values() if kind.is_numbered}
        effects = [
            _in_any_order({**effect, "key": ""} if kind.key in numbers else effect, numbers)
            for turn in self.turns
            for effect in turn.effects
            if not (kind := kinds[str(effect["entity"])]).hidden
        ]
        return json.dumps([answers, sorted(effects)], sort_keys=True)


def _in_any_order(value: Json, numbers: Collection[str]) -> str:
    """The value as text, without ids that only say in which order things were made, and with lists in one order."""
    if isinstance(value, Mapping):
        kept = {name: _in_any_order(part, numbers) for name, part in value.items() if name not in numbers}
        return json.dumps(kept, sort_keys=True)
    if isinstance(value, list | tuple):
        return json.dumps(sorted(_in_any_order(part, numbers) for part in value))
    return json.dumps(value)


def perform(begin: Callable[[], Episode], agent_for: Callable[[Episode], Agent]) -> Performance:
    """Play an episode, and keep what is raised on the way as the performance's `problem`.

    Args:
        begin: Begins the episode.
        agent_for: Makes the agent for it.
    """
    episode = None
    try:
        episode = begin()
        play(episode, agent_for(episode))
    except PluginError as problem:
        return Performance(episode, str(problem), fault=True)
    except Exception as problem:  # noqa: BLE001 - a scenario may come with any plugin
        return Performance(episode, reason_of(problem))
    return Performance(episode)


def perform_script(begin: Callable[[], Episode], script: Iterable[Action | Malformed]) -> Performance:
    """Play an episode by a script, like `perform`."""
    return perform(begin, lambda episode: Scripted(script))
