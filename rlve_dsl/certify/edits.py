"""Edits of scripts: how a right play is made wrong, one thing at a time. Everything goes by the types of tools and answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rlve_dsl.certify.cases import Script
from rlve_dsl.certify.contexts import Context, alternatives, ids_of
from rlve_dsl.episode import PART, Action, Call, Episode
from rlve_dsl.expressions.types import BOOL, DAYS, INT, MONEY, REAL, TEXT, Enum, Id, ListOf, Type, required
from rlve_dsl.world import Tool

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def tool_of(call: Call, episode: Episode) -> Tool | None:
    """The tool that a call names."""
    return episode.tool(call.name)


def writes(call: Call, episode: Episode) -> bool:
    """Whether a call is meant to change something."""
    tool = tool_of(call, episode)
    return tool is not None and tool.writes is not None


def without_writes(script: Script, episode: Episode) -> Script:
    """The script with every call that changes something left out, and turns that are empty then."""
    kept = (replace(a, calls=tuple(c for c in a.calls if not writes(c, episode))) for a in script)
    return tuple(a for a in kept if a.calls or a.message or a.answer is not None)


def with_args(script: Script, turn: int, place: int, args: Mapping[str, Any]) -> Script:
    """The script with other arguments for one call."""
    action = script[turn]
    calls = (*action.calls[:place], Call(action.calls[place].name, dict(args)), *action.calls[place + 1 :])
    return (*script[:turn], replace(action, calls=calls), *script[turn + 1 :])


def said_in_answers(script: Script, episode: Episode) -> list[tuple[int, str, Type, Any]]:
    """(turn, field, type, value) of everything that the script's answers say, of whichever request each is for."""
    found = []
    for turn, action in enumerate(script):
        if action.answer is None:
            continue
        number = action.answer.get(PART, 1) if len(episode.parts) > 1 else 1
        types = episode.parts[number - 1].environment.answer
        found += [(turn, name, types[name], value) for name, value in action.answer.items() if name in types]
    return found


def with_field(script: Script, turn: int, name: str, value: Any) -> Script:
    """The script with another value in one field of the answer of a turn."""
    action = script[turn]
    return (*script[:turn], replace(action, answer={**(action.answer or {}), name: value}), *script[turn + 1 :])


def calls_that_write(script: Script, episode: Episode) -> list[tuple[int, int, Call]]:
    """(turn, place in the turn, call) of every call that changes something."""
    return [
        (t, p, call) for t, action in enumerate(script) for p, call in enumerate(action.calls) if writes(call, episode)
    ]


def other_arguments(call: Call, episode: Episode, groups: list[list[Context]]) -> Iterator[dict[str, Any]]:
    """The call's arguments about something else that was shown: first all ids exchanged together, then one at a time,
    the optional ids of other sorts left out or kept."""
    tool = tool_of(call, episode)
    if tool is None:
        return
    sorts = ids_of(call.args, tool.signature)
    right = {sort: call.args[name] for name, sort in sorts.items()}
    for context in alternatives(right, groups):
        yield {**call.args, **{name: context[sort] for name, sort in sorts.items()}}
    optional = {p.name for p in tool.signature.parameters if not p.required}
    for name, sort in sorts.items() if len(sorts) > 1 else ():
        for context in alternatives({sort: call.args[name]}, groups):
            kept = {
                other: value
                for other, value in call.args.items()
                if other == name or other not in optional & sorts.keys()
            }
            yield {**call.args, name: context[sort]}
            if len(kept) < len(call.args):
                yield {**kept, name: context[sort]}


def near(value: Any, type_: Type) -> Iterator[Any]:
    """Values that look like this one and are not it: numbers one off or of the other sign, words with such numbers in
    them, another member of an enum, the opposite of a truth. Lists are changed item by item."""
    match required(type_):
        case Enum(values=values):
            yield from (other for other in values if other != value)
        case t if t == BOOL:
            yield not value
        case t if t in (INT, DAYS):
            yield from (value + 1, value - 1, *((-value,) if value else ()))
        case t if t in (REAL, MONEY):
            yield from (round(value + 1, 6), round(value - 1, 6), *((-value,) if value else ()))
        case t if t == TEXT and isinstance(value, str):
            yield from _near_words(value)


def _near_words(text: str) -> Iterator[str]:
    found = _NUMBER.search(text)
    if found is None:
        return
    start, end = found.span()
    for changed in (float(found[0]) + 1, float(found[0]) - 1):
        digits = f"{changed:.2f}" if "." in found[0] else f"{changed:.0f}"
        yield text[:start] + digits + text[end:]
    if float(found[0]):
        sign = start - text[:start].endswith("$")
        yield text[:sign] + "-" + text[sign:]


def sort_of(type_: Type) -> str | None:
    """The sort of id that a field holds, one or a list of them."""
    bare = required(type_)
    item = required(bare.item) if isinstance(bare, ListOf) else bare
    return item.of if isinstance(item, Id) else None


def other_ids(value: Any, type_: Type, groups: list[list[Context]]) -> Any | None:
    """A field's ids, each exchanged for another that was shown and is not among them; None where there are too few."""
    sort = sort_of(type_)
    if sort is None:
        return None
    right = list(value) if isinstance(value, list | tuple) else [value]
    known = dict.fromkeys(c[sort] for group in groups for c in group if sort in c)
    others = [id_ for id_ in known if id_ not in right]
    if not others or not right:
        return None
    return others[: len(right)] if isinstance(value, list | tuple) else others[0]


def merged(first: Action, second: Action) -> Action:
    """Two turns in one."""
    words = " ".join(part for part in (first.message, second.message) if part)
    answer = second.answer if second.answer is not None else first.answer
    return Action(words, (*first.calls, *second.calls), answer)
