"""Edits of scripts: how a correct play is made wrong, one thing at a time, by the types of tools and answers alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from rlve_dsl.agents import Performance, Script
from rlve_dsl.episode import PART, Action, Call, Episode
from rlve_dsl.expressions import Parameter
from rlve_dsl.expressions.types import Type
from rlve_dsl.values import Json


def writes(call: Call, episode: Episode) -> bool:
    """Tell whether a call is one of a tool that changes something."""
    tool = episode.tool(call.name)
    return tool is not None and bool(tool.writes)


def without_writes(script: Script, episode: Episode) -> Script:
    """Leave out every call that changes something, and the turns that are empty then."""
    kept = (replace(a, calls=tuple(c for c in a.calls if not writes(c, episode))) for a in script)
    return tuple(a for a in kept if a.calls or a.message or a.answer is not None)


def acts_otherwise(script: Script, play: Performance) -> bool:
    """Tell whether a script makes a changing call that a play does not make, or makes one more often."""
    if (episode := play.episode) is None:
        return False
    ours, theirs = (Counter(repr(call) for *_, call in calls_that_write(s, episode)) for s in (script, play.script))
    return bool(ours - theirs)


def without_messages(script: Script, texts: Collection[str]) -> Script:
    """Leave out these messages, also where another one stands before, and the turns that are empty then."""
    kept = ((action, _without(action, texts)) for action in script)
    return tuple(new for old, new in kept if new is old or new.calls or new.message or new.answer is not None)


def _without(action: Action, texts: Collection[str]) -> Action:
    text = next((text for text in texts if action.message.endswith(text)), "")
    return replace(action, message=action.message.removesuffix(text).strip()) if text else action


def with_calls(script: Script, turn: int, calls: tuple[Call, ...]) -> Script:
    """Give a turn other calls."""
    return (*script[:turn], replace(script[turn], calls=calls), *script[turn + 1 :])


def without_call(script: Script, turn: int, place: int) -> Script:
    """Leave out one call."""
    calls = script[turn].calls
    return with_calls(script, turn, (*calls[:place], *calls[place + 1 :]))


def with_args(script: Script, turn: int, place: int, args: Mapping[str, Json]) -> Script:
    """Give one call other arguments."""
    calls = script[turn].calls
    return with_calls(script, turn, (*calls[:place], Call(calls[place].name, dict(args)), *calls[place + 1 :]))


def with_field(script: Script, turn: int, name: str, value: Json) -> Script:
    """Give one field of the answer of a turn another value."""
    action = script[turn]
    return (*script[:turn], replace(action, answer={**(action.answer or {}), name: value}), *script[turn + 1 :])


def merged(first: Action, second: Action) -> Action:
    """Put two turns into one."""
    words = " ".join(part for part in (first.message, second.message) if part)
    answer = second.answer if second.answer is not None else first.answer
    return Action(words, (*first.calls, *second.calls), answer)


def difference(script: Script, other: Script, episode: Episode) -> str:
    """What a script does otherwise than another one, in words: the first argument of a changing call or field of the answer that
    differs. Nothing where they do not make calls of the same tools and answer the same fields."""
    calls, others = ([call for _, _, call in calls_that_write(one, episode)] for one in (script, other))
    if [call.name for call in calls] == [call.name for call in others]:
        for mine, theirs in zip(calls, others, strict=True):
            if told := _differing(mine.args, theirs.args):
                return f"it calls `{mine.name}` with {told}"
    fields, right = ({name: value for _, name, _, value in answer_fields(one, episode)} for one in (script, other))
    told = _differing(fields, right)
    return f"it answers {told}" if told else ""


def _differing(mine: Mapping[str, Json], theirs: Mapping[str, Json]) -> str:
    """The first value that is not the same in both, with both values."""
    name = next((name for name in mine if name in theirs and mine[name] != theirs[name]), None)
    return "" if name is None else f"`{name}` {json.dumps(mine[name])} instead of {json.dumps(theirs[name])}"


def answer_fields(script: Script, episode: Episode) -> Iterator[tuple[int, str, Type, Json]]:
    """Yield (turn, field, type, value) of every field of the answers that a script gives to its requests."""
    for turn, action in enumerate(script):
        if action.answer is None:
            continue
        number = action.answer.get(PART, 1) if len(episode.parts) > 1 else 1
        types = episode.parts[number - 1].environment.answer
        yield from ((turn, name, types[name], value) for name, value in action.answer.items() if name in types)


def calls_that_write(script: Script, episode: Episode) -> list[tuple[int, int, Call]]:
    """Return (turn, place in the turn, call) of every call that changes something."""
    return [
        (t, p, call) for t, action in enumerate(script) for p, call in enumerate(action.calls) if writes(call, episode)
    ]


def arguments_that_write(script: Script, episode: Episode) -> Iterator[tuple[int, int, Call, Parameter]]:
    """Yield (turn, place in the turn, call, parameter) of every argument of a call that changes something."""
    for turn, place, call in calls_that_write(script, episode):
        tool = episode.tool(call.name)
        for parameter in tool.signature.parameters if tool else ():
            if parameter.name in call.args:
                yield turn, place, call, parameter
