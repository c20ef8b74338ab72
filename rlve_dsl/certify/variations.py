"""The neighbourhood of a script: every play that one small change makes of it. Lazily, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from rlve_dsl.certify.cases import Script
from rlve_dsl.certify.contexts import Context
from rlve_dsl.certify.edits import (
    merged,
    near,
    other_arguments,
    other_ids,
    said_in_answers,
    tool_of,
    with_args,
    with_field,
)
from rlve_dsl.episode import Action, Call, Episode
from rlve_dsl.expressions.types import ListOf, required

_OTHERS = 2
Change = tuple[str, Script]


def variations(script: Script, episode: Episode, groups: list[list[Context]]) -> Iterator[Change]:
    """(what was changed, the script changed): a turn or call left out or repeated, turns put together, an early end, ids
    exchanged, numbers and words altered, optional arguments left out, lists cut, doubled, turned round.

    `episode` is a finished play of the same case (for tools and budgets), `groups` what it was shown.
    """
    yield from _turns(script, episode)
    yield from _calls(script, episode)
    yield from _arguments(script, episode, groups)
    yield from _answers(script, episode, groups)


def _turns(script: Script, episode: Episode) -> Iterator[Change]:
    last = len(script) - 1
    for turn in range(last):
        yield f"turn {turn + 1} left out", (*script[:turn], *script[turn + 1 :])
        if len(script) < episode.turn_budget:
            yield f"turn {turn + 1} twice", (*script[: turn + 1], *script[turn:])
        together = merged(script[turn], script[turn + 1])
        if len(together.calls) <= episode.tool_budget:
            yield f"turns {turn + 1} and {turn + 2} in one", (*script[:turn], together, *script[turn + 2 :])
    if script and script[last].answer is not None:
        for turn in range(last):
            early = replace(script[turn], answer=script[last].answer)
            yield f"the answer in turn {turn + 1}", (*script[:turn], early)
    if len(script) < episode.turn_budget and script:
        yield "small talk first", (Action("One moment, please."), *script)
        if script[0].message:
            yield "the first question alone, then again", (Action(script[0].message), *script)


def _calls(script: Script, episode: Episode) -> Iterator[Change]:
    for turn, action in enumerate(script):
        for place, call in enumerate(action.calls):
            fewer = (*action.calls[:place], *action.calls[place + 1 :])
            yield f"`{call.name}` left out of turn {turn + 1}", _with_calls(script, turn, fewer)
            if len(action.calls) < episode.tool_budget:
                yield f"`{call.name}` twice in turn {turn + 1}", _with_calls(script, turn, (*action.calls, call))
        if len(action.calls) > 1:
            yield f"the calls of turn {turn + 1} turned round", _with_calls(script, turn, action.calls[::-1])


def _with_calls(script: Script, turn: int, calls: tuple[Call, ...]) -> Script:
    return (*script[:turn], replace(script[turn], calls=calls), *script[turn + 1 :])


def _arguments(script: Script, episode: Episode, groups: list[list[Context]]) -> Iterator[Change]:
    for turn, action in enumerate(script):
        for place, call in enumerate(action.calls):
            tool = tool_of(call, episode)
            if tool is None or tool.writes is None:
                continue
            for args in islice(other_arguments(call, episode, groups), _OTHERS):
                yield f"`{call.name}` of turn {turn + 1} about something else", with_args(script, turn, place, args)
            for parameter in tool.signature.parameters:
                if parameter.name not in call.args:
                    continue
                for value in islice(near(call.args[parameter.name], parameter.type), _OTHERS):
                    changed = {**call.args, parameter.name: value}
                    yield f"`{parameter.name}` of `{call.name}` altered", with_args(script, turn, place, changed)
                if not parameter.required:
                    fewer = {name: value for name, value in call.args.items() if name != parameter.name}
                    yield f"`{parameter.name}` of `{call.name}` left out", with_args(script, turn, place, fewer)


def _answers(script: Script, episode: Episode, groups: list[list[Context]]) -> Iterator[Change]:
    for turn, name, type_, value in said_in_answers(script, episode):
        for changed in islice(near(value, type_), _OTHERS + 1):
            yield f"the answer's `{name}` altered", with_field(script, turn, name, changed)
        if (others := other_ids(value, type_, groups)) is not None:
            yield f"other ids in the answer's `{name}`", with_field(script, turn, name, others)
        if isinstance(required(type_), ListOf) and value:
            ids = list(value)
            lists: dict[str, list[Any]] = {
                "empty": [],
                "cut short": ids[:-1],
                "doubled": ids * 2,
                "turned round": ids[::-1],
                "one for all": ids[:1] * len(ids),
            }
            for how, changed in lists.items():
                yield f"the answer's `{name}` {how}", with_field(script, turn, name, changed)
