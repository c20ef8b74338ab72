"""An agent that makes legal calls at random: what an environment pays for activity alone."""

from __future__ import annotations

from collections.abc import Sequence

from rlve_dsl.agents.contexts import ShownIds
from rlve_dsl.agents.values import Choices, value_of
from rlve_dsl.episode import Action, Call, Episode, Observation
from rlve_dsl.expressions.types import BOOL, DAYS, INT, MONEY, REAL, Type
from rlve_dsl.rng import Stream
from rlve_dsl.values import Json, JsonObject

_FINISH_CHANCE = 0.2
_MOST_IN_A_LIST = 3


class RandomAgent:
    """Calls random tools with arguments of the right types and ids that it has been shown, and finishes at random."""

    def __init__(self, episode: Episode, stream: Stream | None = None) -> None:
        self._episode = episode
        self._stream = stream or Stream("random", episode.seed)
        self._shown = ShownIds()

    def act(self, observation: Observation) -> Action:
        """Return one to `tool_budget` random calls, or an answer made of random values."""
        if self._episode.turns:
            for result in self._episode.turns[-1].results:
                self._shown.add(result)
        choices = self._choices(observation)
        last = self._episode.turns_left <= 1
        if last or self._stream.chance(_FINISH_CHANCE):
            part = self._episode.open_parts[0]
            answer = {name: value_of(type_, choices) for name, type_ in part.environment.answer.items()}
            if all(value is not None for value in answer.values()):
                return Action(answer=self._episode.answer_to(part, answer))
        tools = list(self._episode.toolset.values())
        calls = []
        for _ in range(self._stream.integer(1, self._episode.tool_budget)):
            tool = self._stream.choice(tools)
            args: JsonObject = {}
            for parameter in tool.signature.parameters:
                if parameter.required or self._stream.chance(0.5):
                    args[parameter.name] = value_of(parameter.type, choices)
            if all(value is not None for value in args.values()):
                calls.append(Call(tool.name, args))
        return Action("" if calls else "What do you need?", tuple(calls))

    def _choices(self, observation: Observation) -> Choices:
        stream = self._stream

        def several(ids: Sequence[str]) -> list[str]:
            return list(dict.fromkeys(stream.choice(ids) for _ in range(_MOST_IN_A_LIST) if ids))

        def scalar(kind: Type) -> Json:
            if kind == BOOL:
                return stream.chance(0.5)
            if kind in (INT, DAYS):
                return stream.integer(1, 5)
            if kind in (REAL, MONEY):
                return round(stream.uniform() * 100, 2)
            words = observation.messages[-1]["content"].split() if observation.messages else ["hello"]
            return str(stream.choice(words)) if words else "hello"

        return Choices(lambda sort: self._shown.known.get(sort, []), stream.choice, several, scalar)
