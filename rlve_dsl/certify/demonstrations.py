"""Demonstrations: the oracle's plays as chat conversations with tool calls, some with a mistake that it mends on the way.

A mistake is made of the right play, as `edits` make them, in a turn of its own: a call about something else, a number one
off, a question forgotten. Where it has changed something, a call that changes it back follows. Whatever comes of it is
played; only what passes in the end is a demonstration.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from rlve_dsl.certify.cases import Case, Performance, Script
from rlve_dsl.certify.contexts import contexts_in, shown
from rlve_dsl.certify.edits import near, other_arguments, sort_of
from rlve_dsl.certify.reader import arguments, open_questions
from rlve_dsl.episode import FINISH, Action, Call, Episode, Scenario, wire_name
from rlve_dsl.errors import UsageError
from rlve_dsl.rng import Stream

Form = Literal["messages", "prompt-completion"]

_TRIES_A_ROW = 30
_MENDS = 6


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A play that passed. `mistakes` are the turns (from 0) that went wrong, and what was wrong."""

    environment: str
    level: int
    seed: int
    play: Performance
    mistakes: Mapping[int, str]

    def row(self, form: Form = "messages") -> dict[str, Any]:
        """A row of a dataset: `messages` (or `prompt` and `completion`) and `tools` as TRL's SFT trainer reads them.

        `tools` and the arguments of calls are JSON texts, so that every row has the same columns. A message of the
        assistant says in `mistake` what is wrong with it, where something is. As prompt and completion, everything up to
        the last mistake is prompt, and so no target.
        """
        messages = chat(self.play, self.mistakes)
        episode = self.play.episode
        assert episode is not None and episode.outcome is not None
        about: dict[str, Any] = {
            "tools": json.dumps(episode.tools, ensure_ascii=False),
            "environment": self.environment,
            "level": self.level,
            "seed": self.seed,
            "reward": episode.outcome.reward,
            "mistakes": [number for number, message in enumerate(messages) if message.get("mistake")],
        }
        if form == "messages":
            return {"messages": messages, **about}
        wrong: list[int] = about["mistakes"]
        last = max(wrong, default=-1)
        start = next(n for n, m in enumerate(messages) if m["role"] == "assistant" and n > last)
        return {"prompt": messages[:start], "completion": messages[start:], **about}


def chat(play: Performance, mistakes: Mapping[int, str]) -> list[dict[str, Any]]:
    """The conversation: system, user, then assistant, tool and user messages, turn by turn; the answer is a call too."""
    episode = play.episode
    assert episode is not None
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": episode.system_prompt},
        {"role": "user", "content": episode.opening},
    ]
    number = 0
    for place, turn in enumerate(episode.turns):
        action = turn.action
        assert isinstance(action, Action)
        calls = [(wire_name(call.name), call.args) for call in action.calls]
        calls += [(FINISH, action.answer)] if action.answer is not None else []
        said: dict[str, Any] = {"role": "assistant", "content": action.message}
        ids = [f"call_{number + i}" for i in range(len(calls))]
        number += len(calls)
        if calls:
            said["tool_calls"] = [
                {
                    "id": i,
                    "type": "function",
                    "function": {"name": name, "arguments": json.dumps(args, ensure_ascii=False)},
                }
                for i, (name, args) in zip(ids, calls, strict=True)
            ]
        if place in mistakes:
            said["mistake"] = mistakes[place]
        messages.append(said)
        results = iter(ids)
        for message in turn.messages:
            told = {"role": message["role"], "content": message["content"]}
            if message["role"] == "tool":
                told |= {"name": message["name"], "tool_call_id": next(results)}
            messages.append(told)
    return messages


def demonstrate(
    scenario: Scenario, episodes: int, levels: tuple[int, ...], seed: int, mistaken: float
) -> Iterator[Demonstration]:
    """So many demonstrations, the environments and levels in turn; a share `mistaken` of them with a mistake.

    Seeds count up from `seed`, by twos, so that an even one never meets what is held out (odd). Raises UsageError when the
    share cannot be reached: a play needs turns to spare for a mistake.
    """
    made = done = 0
    places = [(environment, level) for level in levels for environment in scenario.environments]
    stream = Stream("demonstrations", seed)
    for number in range(episodes * _TRIES_A_ROW):
        if done == episodes:
            return
        environment, level = places[number % len(places)]
        case = Case(scenario, environment, level, seed + 2 * (number // len(places)))
        if not case.oracle.passed:
            continue
        # as many mistakes so far as the share wants, rounded to the nearest
        if made < round(mistaken * (done + 1)):
            demonstration = _with_mistake(case, stream.child(number))
            if demonstration is None:
                continue
            made += 1
        else:
            demonstration = Demonstration(environment, level, case.seed, case.oracle, {})
        done += 1
        yield demonstration
    raise UsageError(f"only {done} of {episodes} demonstrations could be made, {made} of them with a mistake")


def _with_mistake(case: Case, stream: Stream) -> Demonstration | None:
    episode = case.oracle.episode
    if episode is None or len(case.oracle.script) >= episode.turn_budget:
        return None
    for turn, wrong, why in stream.shuffled(list(_mistakes(case, case.oracle.script, episode))):
        for mend in _mends(case, turn, wrong):
            script = (*case.oracle.script[:turn], wrong, *mend, *case.oracle.script[turn:])
            play = case.act_out(script)
            if play.passed and len(play.turns) == len(script):
                # what puts it right is worth learning: only the wrong turn itself is marked
                return Demonstration(case.environment, case.level, case.seed, play, {turn: why})
    return None


def _mistakes(case: Case, script: Script, episode: Episode) -> Iterator[tuple[int, Action, str]]:
    """(turn, the wrong turn that comes before it, what is wrong with it)."""
    groups = shown(episode)
    for turn, action in enumerate(script):
        for call in action.calls:
            tool = episode.tool(call.name)
            if tool is None:
                continue
            for args in islice(other_arguments(call, episode, groups), 2):
                yield turn, Action("", (Call(call.name, args),)), f"{call.name} about something else"
            for parameter in tool.signature.parameters:
                if parameter.name in call.args and sort_of(parameter.type) is None:
                    for value in islice(near(call.args[parameter.name], parameter.type), 1):
                        args = {**call.args, parameter.name: value}
                        yield turn, Action("", (Call(call.name, args),)), f"a wrong {parameter.name} for {call.name}"
    questions = open_questions(case.reset())
    if len(questions) > 1 and script and script[0].message:
        yield 0, Action(" ".join(questions[:-1])), "a question is forgotten"


def _mends(case: Case, turn: int, wrong: Action) -> Iterator[Script]:
    """Nothing, and each call that may change back what the wrong turn changed."""
    yield ()
    begun = case.act_out((*case.oracle.script[:turn], wrong))
    if begun.episode is None or len(begun.turns) <= turn:
        return
    for result in begun.turns[turn].results:
        if result.refused is not None or result.tool.writes is None:
            continue
        group = contexts_in(result.value, result.tool.signature.result)
        tools = [t for t in begun.episode.toolset.values() if t.writes == result.tool.writes and t != result.tool]
        calls = [Call(tool.name, args) for tool in tools for args in arguments(tool, [group], ())]
        yield from ((Action("", (call,)),) for call in calls[:_MENDS])
