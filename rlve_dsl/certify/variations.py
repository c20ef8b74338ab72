"""The neighbourhood of a script: every script that differs from it in one small thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from rlve_dsl.agents import Groups, Script, near, other_arguments, with_other_ids
from rlve_dsl.certify.edits import answer_fields, merged, with_args, with_calls, with_field, without_call
from rlve_dsl.episode import Action, Episode
from rlve_dsl.expressions.types import ListOf, required

_MOST_VALUES = 2
Change = tuple[str, Script]


def variations(script: Script, episode: Episode, groups: Groups) -> Iterator[Change]:
    """Yield (what was changed, the changed script), one after another in a fixed order.

    A turn or a call is left out or repeated, turns are put together, the answer comes early, ids are exchanged, numbers and
    words altered, optional arguments left out, lists cut, doubled or reversed.

    Args:
        script: The script.
        episode: A finished play of the same case, for its tools and budgets.
        groups: What that play was shown.
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
            yield f"`{call.name}` left out of turn {turn + 1}", without_call(script, turn, place)
            if len(action.calls) < episode.tool_budget:
                yield f"`{call.name}` twice in turn {turn + 1}", with_calls(script, turn, (*action.calls, call))
        if len(action.calls) > 1:
            yield f"the calls of turn {turn + 1} turned round", with_calls(script, turn, action.calls[::-1])


def _arguments(script: Script, episode: Episode, groups: Groups) -> Iterator[Change]:
    for turn, action in enumerate(script):
        for place, call in enumerate(action.calls):
            tool = episode.tool(call.name)
            if tool is None or not tool.writes:
                continue
            for args in islice(other_arguments(call, episode, groups), _MOST_VALUES):
                yield f"`{call.name}` of turn {turn + 1} about something else", with_args(script, turn, place, args)
            for parameter in tool.signature.parameters:
                if parameter.name not in call.args:
                    continue
                for value in islice(near(call.args[parameter.name], parameter.type), _MOST_VALUES):
                    changed = {**call.args, parameter.name: value}
                    yield f"`{parameter.name}` of `{call.name}` altered", with_args(script, turn, place, changed)
                if not parameter.required:
                    fewer = {name: value for name, value in call.args.items() if name != parameter.name}
                    yield f"`{parameter.name}` of `{call.name}` left out", with_args(script, turn, place, fewer)


def _answers(script: Script, episode: Episode, groups: Groups) -> Iterator[Change]:
    for turn, name, type_, value in answer_fields(script, episode):
        for other in islice(near(value, type_), _MOST_VALUES + 1):
            yield f"the answer's `{name}` altered", with_field(script, turn, name, other)
        if (others := with_other_ids(value, type_, groups)) is not None:
            yield f"other ids in the answer's `{name}`", with_field(script, turn, name, others)
        if isinstance(required(type_), ListOf) and isinstance(value, list) and value:
            lists = {
                "empty": [],
                "cut short": value[:-1],
                "doubled": value * 2,
                "turned round": value[::-1],
                "one for all": value[:1] * len(value),
            }
            for how, changed in lists.items():
                yield f"the answer's `{name}` {how}", with_field(script, turn, name, changed)
