"""Cases and performances: one episode's beginning, and how an agent fared in it. The oracle plays each case once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rlve_dsl.agents import Agent, OracleAgent, play
from rlve_dsl.episode import Action, Episode, Malformed, Observation, Outcome, Scenario, record
from rlve_dsl.world import EFFECTS

Script = tuple[Action, ...]
"""The actions of a whole play, turn by turn."""


@dataclass(frozen=True, slots=True)
class Performance:
    """How an agent played a case; `problem` says what went wrong where no outcome was reached."""

    episode: Episode | None
    problem: str = ""

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, if there is one."""
        return self.episode.outcome if self.episode is not None and not self.problem else None

    @property
    def passed(self) -> bool:
        """Whether the task was done right."""
        return self.outcome is not None and self.outcome.correct

    @property
    def reward(self) -> float:
        """The reward; -1 where there was no outcome."""
        return self.outcome.reward if self.outcome is not None else -1.0

    @property
    def script(self) -> Script:
        """The actions, as far as they could be read."""
        return tuple(turn.action for turn in self.turns if isinstance(turn.action, Action))

    @property
    def turns(self) -> list[Any]:
        """The turns played."""
        return self.episode.turns if self.episode is not None else []

    @property
    def lines(self) -> str:
        """The trajectory."""
        return record(self.episode) if self.episode is not None else ""

    @property
    def deed(self) -> str:
        """What the play came to, whatever the way there: the answer, and what it changed in the world, in any order."""
        answers = [t.action.answer for t in self.turns if isinstance(t.action, Action) and t.action.answer is not None]
        effects = [
            json.dumps({key: value for key, value in effect.items() if key != "line_id"}, sort_keys=True)
            for turn in self.turns
            for effect in turn.effects
            if (kind := EFFECTS.get(effect["effect"])) is None or kind.tangible
        ]
        return json.dumps([answers, sorted(effects)], sort_keys=True)


def perform(begin: Callable[[], Episode], agent_for: Callable[[Episode], Agent]) -> Performance:
    """The performance of the agent that `agent_for` makes for the episode that `begin` resets.

    Whatever is raised on the way becomes the performance's problem: what cannot be played is a finding about the
    scenario, not the end of the certification.
    """
    episode = None
    try:
        episode = begin()
        play(episode, agent_for(episode))
    except Exception as problem:  # noqa: BLE001 - a scenario may come with any plugin
        return Performance(episode, f"{type(problem).__name__}: {problem}")
    return Performance(episode)


class Acting:
    """Acts a script out; when it is over, empty turns follow until the episode ends."""

    def __init__(self, script: Iterable[Action | Malformed]) -> None:
        self._left = iter(script)

    def act(self, observation: Observation) -> Action | Malformed:
        """The next action of the script."""
        return next(self._left, Action())


@dataclass
class Case:
    """An environment of a scenario at a level and seed. `siblings` are the cases of a block, which share their plays."""

    scenario: Scenario
    environment: str
    level: int
    seed: int
    siblings: dict[int, Case] = field(default_factory=dict, repr=False)

    def reset(self) -> Episode:
        """A fresh episode of the case."""
        return self.scenario.reset(self.environment, level=self.level, seed=self.seed)

    @cached_property
    def oracle(self) -> Performance:
        """The oracle's performance."""
        return perform(self.reset, OracleAgent)

    def perform(self, agent_for: Callable[[Episode], Agent]) -> Performance:
        """An agent's performance."""
        return perform(self.reset, agent_for)

    def act_out(self, script: Iterable[Action | Malformed]) -> Performance:
        """The performance of a script."""
        return perform(self.reset, lambda episode: Acting(script))

    def sibling(self, seed: int) -> Case:
        """The case of the same level with another seed; it is made, and played, once a block."""
        self.siblings.setdefault(self.seed, self)
        if seed not in self.siblings:
            self.siblings[seed] = Case(self.scenario, self.environment, self.level, seed, self.siblings)
        return self.siblings[seed]
