"""An agent that makes legal calls at random: what an environment pays for activity alone."""

from __future__ import annotations

from typing import Any

from rlve_dsl.episode import Action, Call, Episode, Observation, ids_in
from rlve_dsl.expressions.types import BOOL, DAYS, INT, MONEY, REAL, Enum, Id, ListOf, Type, required
from rlve_dsl.rng import Stream

_FINISH_CHANCE = 0.2


class RandomAgent:
    """Calls random tools with arguments of the right types, ids among those it has been shown, and finishes at random."""

    def __init__(self, episode: Episode, stream: Stream | None = None) -> None:
        self._episode = episode
        self._stream = stream or Stream("random", episode.seed)
        self._ids: dict[str, list[str]] = {}

    def act(self, observation: Observation) -> Action:
        """One to `tool_budget` random calls, or an answer made of random values."""
        self._remember()
        last = len(self._episode.turns) + 1 >= self._episode.turn_budget
        if last or self._stream.chance(_FINISH_CHANCE):
            part = self._episode.open_parts[0]
            answer = {name: self._value(type_, observation) for name, type_ in part.environment.answer.items()}
            if all(value is not None for value in answer.values()):
                return Action(answer=self._episode.answer_to(part, answer))
        tools = list(self._episode.toolset.values())
        calls = []
        for _ in range(self._stream.integer(1, self._episode.tool_budget)):
            tool = self._stream.choice(tools)
            args: dict[str, Any] = {}
            for parameter in tool.signature.parameters:
                if parameter.required or self._stream.chance(0.5):
                    args[parameter.name] = self._value(parameter.type, observation)
            if all(value is not None for value in args.values()):
                calls.append(Call(tool.name, args))
        return Action("" if calls else "What do you need?", tuple(calls))

    def _remember(self) -> None:
        turns = self._episode.turns
        for result in (r for r in (turns[-1].results if turns else ()) if r.refused is None):
            for sort in ("product", "variant", "line", "order"):
                known = self._ids.setdefault(sort, [])
                known += [id_ for id_ in ids_in(result.value, result.tool.signature.result, sort) if id_ not in known]

    def _value(self, type_: Type, observation: Observation) -> Any:
        match required(type_):
            case Id(of=sort):
                known = self._ids.get(sort)
                return self._stream.choice(known) if known else None
            case Enum(values=values):
                return self._stream.choice(values)
            case ListOf(item=Id() as item):
                known = [self._value(item, observation) for _ in range(3)]
                return [id_ for id_ in dict.fromkeys(known) if id_ is not None]
            case ListOf():
                return []
            case t if t == BOOL:
                return self._stream.chance(0.5)
            case t if t in (INT, DAYS):
                return self._stream.integer(1, 5)
            case t if t in (REAL, MONEY):
                return round(self._stream.uniform() * 100, 2)
        words = observation.messages[-1]["content"].split() if observation.messages else ["hello"]
        return self._stream.choice(words) if words else "hello"
