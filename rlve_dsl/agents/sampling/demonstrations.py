"""Demonstrations: episodes played by the oracle, some of them with mistakes, as examples for supervised training.

There are two kinds. `demonstrate` gives plays that pass: a share of them has one wrong turn, which the oracle puts right
again. `demonstrate_imperfectly` gives good and bad conduct mixed, so that reward has something to choose between.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from itertools import chain, cycle, islice
from typing import Literal

from rlve_dsl.agents.contexts import contexts_in, other_arguments, shown, sort_of
from rlve_dsl.agents.oracle import OracleAgent
from rlve_dsl.agents.performance import Performance, perform, perform_script
from rlve_dsl.agents.play import Script, play
from rlve_dsl.agents.reading import possible_arguments
from rlve_dsl.agents.sampling.keys import EpisodeKey
from rlve_dsl.agents.values import near
from rlve_dsl.episode import FINISH, Action, Call, Episode, Scenario, wire_name
from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream, is_held_out
from rlve_dsl.user import MakeUser, ScriptedUser
from rlve_dsl.values import JsonObject
from rlve_dsl.world import Tool

RowForm = Literal["messages", "prompt-completion"]
ArgumentForm = Literal["objects", "text"]
"""How the arguments of a call are written: as an object, which chat templates want, or as JSON text, as OpenAI's API has it."""

_TRIES_PER_ROW = 30
_MOST_REPAIRS = 6


@frozen
class Demonstration:
    """An episode that has been played to its end. `mistakes` says which turns (from 0) were wrong, and why."""

    key: EpisodeKey
    episode: Episode
    mistakes: Mapping[int, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the episode was passed."""
        return self.episode.outcome is not None and self.episode.outcome.correct

    def row(self, form: RowForm = "messages", arguments: ArgumentForm = "objects") -> JsonObject:
        """Return a row of a dataset for TRL's SFT trainer: `messages` (or `prompt` and `completion`) and `tools`.

        `tools` is a JSON text, as schemas differ from row to row; the trainer reads it. A message of the assistant that is
        wrong says why in `mistake`. In the form `prompt-completion` the prompt reaches up to the last mistake, which is
        therefore never a target.
        """
        outcome = self.episode.outcome
        assert outcome is not None
        messages = self.messages(arguments)
        wrong = [number for number, message in enumerate(messages) if message.get("mistake")]
        about: JsonObject = {
            "tools": json.dumps(self.episode.tools, ensure_ascii=False),
            "environment": self.key.environment,
            "level": self.key.level,
            "seed": self.key.seed,
            "reward": outcome.reward,
            "mistakes": [*wrong],
        }
        if form == "messages":
            return {"messages": [*messages], **about}
        last = max(wrong, default=-1)
        start = next(n for n, m in enumerate(messages) if m["role"] == "assistant" and n > last)
        return {"prompt": [*messages[:start]], "completion": [*messages[start:]], **about}

    def messages(self, arguments: ArgumentForm = "objects") -> list[JsonObject]:
        """Return the conversation: system, user, then assistant, tool and user messages. The answer is a call too."""
        episode = self.episode
        messages: list[JsonObject] = [
            {"role": "system", "content": episode.system_prompt},
            {"role": "user", "content": episode.opening},
        ]
        calls_before = 0
        for number, turn in enumerate(episode.turns):
            assert isinstance(turn.action, Action)
            calls = _calls_of(turn.action, arguments)
            ids = [f"call_{calls_before + i}" for i in range(len(calls))]
            calls_before += len(calls)
            message: JsonObject = {"role": "assistant", "content": turn.action.message}
            if calls:
                message["tool_calls"] = [
                    {"id": id_, "type": "function", "function": function}
                    for id_, function in zip(ids, calls, strict=True)
                ]
            if number in self.mistakes:
                message["mistake"] = self.mistakes[number]
            messages.append(message)
            results = iter(ids)
            for reply in turn.messages:
                named = {"name": reply["name"], "tool_call_id": next(results)} if reply["role"] == "tool" else {}
                messages.append({"role": reply["role"], "content": reply["content"], **named})
        return messages


def _calls_of(action: Action, form: ArgumentForm) -> list[JsonObject]:
    calls = [(wire_name(call.name), call.args) for call in action.calls]
    calls += [(FINISH, answer) for answer in action.answers]
    if form == "text":
        return [{"name": name, "arguments": json.dumps(args, ensure_ascii=False)} for name, args in calls]
    return [{"name": name, "arguments": {**args}} for name, args in calls]


def demonstrate_imperfectly(
    scenario: Scenario, keys: Iterable[EpisodeKey], mistakes: Mapping[str, float]
) -> Iterator[Demonstration]:
    """Play each episode by an oracle that makes mistakes at these rates. Each episode has a random stream of its own."""
    for key in keys:
        episode = key.reset(scenario)
        play(episode, OracleAgent(episode, mistakes=mistakes, stream=Stream("demonstration", *key)))
        yield Demonstration(key, episode)


def demonstrate(
    scenario: Scenario,
    episodes: int,
    levels: tuple[int, ...],
    seed: int,
    mistaken: float,
    user: MakeUser = ScriptedUser,
) -> Iterator[Demonstration]:
    """Yield demonstrations that pass, the environments and levels in turn.

    When the last round is not whole, it has each level and each environment as often as any other, or once more.

    Args:
        scenario: The scenario.
        episodes: How many.
        levels: The levels.
        seed: The first seed, an even one, so that no demonstration is a held-out episode. Each episode has a seed of its own,
            two after the one before, so that no level plays what another has played.
        mistaken: The share of demonstrations with a mistake.
        user: Makes the user of each episode.

    Raises:
        UsageError: When the seed is odd, or there are too few, as where no play has a turn left for a mistake.
    """
    if is_held_out(seed):
        raise UsageError(
            f"the first seed is even, not {seed}: odd seeds are those of held-out episodes, of which there are no demonstrations"
        )
    made, done, problem = 0, 0, ""
    places = _in_turn(scenario.environments, levels, episodes)
    stream = Stream("demonstrations", seed)
    for number in range(episodes * _TRIES_PER_ROW):
        if done == episodes:
            return
        key = EpisodeKey(*next(places), seed + 2 * number)
        begin = partial(key.reset, scenario, user)
        oracle = perform(begin, OracleAgent)
        if not oracle.passed or oracle.episode is None:
            problem = problem or oracle.problem
            continue
        # as many mistakes so far as the share asks for, rounded to the nearest number
        if made < round(mistaken * (done + 1)):
            demonstration = _with_mistake(key, begin, oracle, stream.child(number))
            if demonstration is None:
                continue
            made += 1
        else:
            demonstration = Demonstration(key, oracle.episode)
        done += 1
        yield demonstration
    why = f"; the oracle cannot play: {problem}" if problem else ""
    raise UsageError(f"only {done} of {episodes} demonstrations could be made, {made} of them with a mistake{why}")


def _in_turn(environments: Sequence[str], levels: Sequence[int], episodes: int) -> Iterator[tuple[str, int]]:
    """Where episodes are played: in whole rounds of all places, then the part of a round that is left, then more rounds."""
    places = [(environment, level) for level in levels for environment in environments]
    rounds, left = divmod(episodes, len(places))
    return chain(places * rounds, _part_of_round(environments, levels, left), cycle(places))


def _part_of_round(environments: Sequence[str], levels: Sequence[int], episodes: int) -> Iterator[tuple[str, int]]:
    """So many places, spread over the levels. Each level goes on with the environments that the level before has left out."""
    each, more = divmod(episodes, len(levels))
    once_more = {number * (len(levels) - 1) // max(more - 1, 1) for number in range(more)}
    names = cycle(environments)
    for at, level in enumerate(levels):
        for _ in range(each + (at in once_more)):
            yield next(names), level


def _with_mistake(
    key: EpisodeKey, begin: Callable[[], Episode], oracle: Performance, stream: Stream
) -> Demonstration | None:
    """The oracle's play with one wrong turn and, where that is needed, a turn that repairs it."""
    episode, right = oracle.episode, oracle.script
    if episode is None or len(right) >= episode.turn_budget:
        return None
    for turn, wrong, why in stream.shuffled(list(_wrong_turns(right, episode, _forgetful(begin(), stream)))):
        for repair in _repairs(begin, (*right[:turn], wrong)):
            script = (*right[:turn], wrong, *repair, *right[turn:])
            played = perform_script(begin, script)
            places = _places(played)
            if played.passed and played.episode is not None and len(places) == len(script):
                # the repair is worth learning: only the wrong turn is marked
                return Demonstration(key, played.episode, {places[turn]: why})
    return None


def _places(played: Performance) -> list[int]:
    """The places, among all turns of a play, of those that the script says: the others make calls again."""
    return [place for place, turn in enumerate(played.turns) if not turn.free]


def _forgetful(episode: Episode, stream: Stream) -> str:
    """What an oracle says first that forgets some of its questions."""
    oracle = OracleAgent(episode, mistakes={"forget_to_ask": 0.5}, stream=stream.child("forgetful"))
    return oracle.act(episode.observation).message


def _wrong_turns(script: Script, episode: Episode, asks_less: str) -> Iterator[tuple[int, Action, str]]:
    """(turn, the wrong turn that comes before it, what is wrong with it). `asks_less` is a message that forgets a question."""
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
    if asks_less and script and len(asks_less) < len(script[0].message):
        yield 0, Action(asks_less), "a question is forgotten"


def _repairs(begin: Callable[[], Episode], begun: Script) -> Iterator[Script]:
    """No turn at all, and each call that may undo what the last turn of `begun` changed."""
    yield ()
    played = perform_script(begin, begun)
    places = _places(played)
    if played.episode is None or len(places) < len(begun):
        return
    for result in played.turns[places[len(begun) - 1]].results:
        if result.refused is not None or not result.tool.writes:
            continue
        group = contexts_in(result.value, result.tool.signature.result)
        tools = [
            t for t in played.episode.toolset.values() if t.writes and t != result.tool and _are_kin(t, result.tool)
        ]
        calls = [Call(tool.name, args) for tool in tools for args in possible_arguments(tool, [group])]
        yield from ((Action("", (call,)),) for call in calls[:_MOST_REPAIRS])


def _are_kin(one: Tool, other: Tool) -> bool:
    """Whether two tools have one domain in their names, as `cart.add` and `cart.remove` have."""
    return one.name.partition(".")[0] == other.name.partition(".")[0]
