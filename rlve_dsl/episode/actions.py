"""Actions: what one assistant generation says, calls and answers. They are read from two forms.

A generation that cannot be read is a `Malformed`, which the episode takes like an action; it never raises.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any, TypeVar, cast

from rlve_dsl.frozen import frozen
from rlve_dsl.values import Json, JsonObject

T = TypeVar("T")

FINISH = "finish"
PART = "part"  # the field of an answer that says which of several requests it is for
LONGEST_ACTION = 100_000
"""The most characters of one generation that are read as an action; its thinking does not count."""

_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_JSON_KEYS = {"assistant_message", "tool_calls", "answer"}
_MAX_DEPTH = 32
_MAX_BITS = 1024  # a larger whole number is beyond every float
_TOO_DEEP = f"JSON nested deeper than {_MAX_DEPTH}"


@frozen
class Call:
    """A call of a tool, by its name or its wire name (`cart.add`, `cart_add`), with the arguments that the agent wrote."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Action:
    """One turn of the agent: an optional message, calls in order, and an optional answer (which may have no fields)."""

    message: str = ""
    calls: tuple[Call, ...] = ()
    answer: Mapping[str, Any] | None = None

    def as_json(self) -> JsonObject:
        """The JSON action form."""
        return {
            "assistant_message": self.message,
            "tool_calls": [{"name": c.name, "args": dict(c.args)} for c in self.calls],
            "answer": None if self.answer is None else {**self.answer, "done": True},
        }


@frozen
class Malformed:
    """A generation that cannot be read as an action, and why."""

    reason: str
    text: str = ""

    def as_json(self) -> JsonObject:
        """The form in a trajectory."""
        return {"malformed": self.reason, "text": self.text}


class _Unreadable(ValueError):
    pass


def wire_name(tool: str) -> str:
    """A tool's name in native calls, which allow no dot."""
    return tool.replace(".", "_")


def parse_completion(text: str) -> Action | Malformed:
    """The action in a native generation: words, and calls as ``<tool_call>{"name": …, "arguments": …}</tool_call>``.

    The answer is a call of `finish`. A ``<think>`` block is dropped; one that is not closed, up to the end.

    >>> parse_completion('Done.<tool_call>{"name": "finish", "arguments": {}}</tool_call>')
    Action(message='Done.', calls=(), answer={})
    >>> parse_completion('<tool_call>{"name": ').reason
    'a <tool_call> is not closed'
    """
    words, blocks = _split(_THINKING.sub("", text))
    if _OPEN in words or _CLOSE in words:
        return Malformed("a <tool_call> is not closed", text)
    try:
        _room_after(len(words) + sum(map(len, blocks)))
        _plain(words)
        return _assemble(words, [_called(_read_json(block), "arguments") for block in blocks])
    except _Unreadable as problem:
        return Malformed(str(problem), text)


def parse_message(message: Mapping[str, Json]) -> Action | Malformed:
    """The action in a chat-completions message with `content` and `tool_calls`."""
    try:
        entries = message.get("tool_calls") or ()
        if not isinstance(entries, Sequence):
            raise _Unreadable("tool_calls is not a list")
        content = message.get("content")
        words = content.strip() if isinstance(content, str) else ""
        room = _room_after(len(words))
        calls = []
        for entry in entries:
            function = entry.get("function") if isinstance(entry, Mapping) else None
            if not isinstance(function, Mapping):
                raise _Unreadable("a tool call has no function")
            arguments = function.get("arguments", {})
            if isinstance(arguments, str):
                room = _room_after(len(arguments), room)
            parsed = _read_json(arguments) if isinstance(arguments, str) else arguments
            calls.append(_called(_plain({"name": function.get("name"), "arguments": parsed}), "arguments"))
        return _assemble(_plain(words), calls)
    except _Unreadable as problem:
        return Malformed(str(problem), _text_of(message))


def _text_of(message: Mapping[str, Json]) -> str:
    try:
        return str(message)
    except (ValueError, RecursionError):  # it holds a number, or a depth, that Python does not write
        return ""


def parse_json_action(text: str) -> Action | Malformed:
    """The action in the JSON form, ``{"assistant_message": …, "tool_calls": […], "answer": null | {…, "done": true}}``.

    >>> parse_json_action('{"assistant_message": "Hello", "tool_calls": [], "answer": null}')
    Action(message='Hello', calls=(), answer=None)
    """
    try:
        _room_after(len(text))
        action = read_json_action(_read_json(text))
        return replace(action, message=action.message.strip())
    except _Unreadable as problem:
        return Malformed(str(problem), text)


def read_json_action(value: object) -> Action:
    """The action that `Action.as_json` wrote; raises ValueError for anything else."""
    if not isinstance(value, dict):
        raise _Unreadable("the action is not a JSON object")
    if unknown := sorted(value.keys() - _JSON_KEYS):
        raise _Unreadable(f"the action has an unknown key `{unknown[0]}`")
    message = _given(value, "assistant_message", "")
    if not isinstance(message, str):
        raise _Unreadable("assistant_message is not text")
    calls = _given(value, "tool_calls", [])
    if not isinstance(calls, list):
        raise _Unreadable("tool_calls is not a list")
    answer = value.get("answer")
    if answer is not None and (not isinstance(answer, dict) or answer.get("done") is not True):
        raise _Unreadable("an answer is an object with `done: true`")
    fields = None if answer is None else {name: given for name, given in answer.items() if name != "done"}
    return Action(message, tuple(_called(call, "args") for call in calls), fields)


def owned(action: Action | Malformed) -> Action | Malformed:
    """A copy of an action that shares nothing with the agent; Malformed when it holds what is no JSON.

    >>> owned(Action(calls=(Call("cart.add", {"qty": float("nan")}),))).reason
    'nan is not a number'
    """
    if isinstance(action, Malformed):
        return action
    try:
        calls = tuple(Call(call.name, _plain(call.args)) for call in action.calls)
        return Action(_plain(action.message), calls, None if action.answer is None else _plain(action.answer))
    except _Unreadable as problem:
        return Malformed(str(problem))


def render_completion(action: Action) -> str:
    """The native text of an action, with wire names; `parse_completion` reads it."""
    calls = [(wire_name(c.name), dict(c.args)) for c in action.calls]
    if action.answer is not None:
        calls.append((FINISH, dict(action.answer)))
    blocks = [
        "<tool_call>\n" + json.dumps({"name": name, "arguments": args}, ensure_ascii=False) + "\n</tool_call>"
        for name, args in calls
    ]
    return "\n".join([action.message, *blocks] if action.message else blocks)


def _split(text: str) -> tuple[str, list[str]]:
    """The words of a native generation, and what is in its blocks of calls."""
    words, blocks, start = [], [], 0
    while (opening := text.find(_OPEN, start)) >= 0 and (closing := text.find(_CLOSE, opening + len(_OPEN))) >= 0:
        words.append(text[start:opening])
        blocks.append(text[opening + len(_OPEN) : closing])
        start = closing + len(_CLOSE)
    return "".join([*words, text[start:]]).strip(), blocks


def _room_after(length: int, room: int = LONGEST_ACTION) -> int:
    """How many characters may still follow."""
    if length > room:
        raise _Unreadable(f"more than {LONGEST_ACTION:,} characters")
    return room - length


def _assemble(words: str, calls: list[Call]) -> Action:
    answers = [call.args for call in calls if call.name == FINISH]
    if len(answers) > 1:
        raise _Unreadable("there are two answers")
    return Action(words, tuple(call for call in calls if call.name != FINISH), answers[0] if answers else None)


def _called(value: Json, arguments: str) -> Call:
    """A call whose arguments stand under this key."""
    if not isinstance(value, dict) or not isinstance(name := value.get("name"), str):
        raise _Unreadable("a tool call needs a name")
    args = value.get(arguments, {})
    if not isinstance(args, dict) or value.keys() - {"name", arguments}:
        raise _Unreadable(f"a tool call has a name and {arguments}, and nothing else")
    return Call(name, args)


def _given(value: Mapping[str, Json], key: str, absent: Json) -> Json:
    return absent if value.get(key) is None else value[key]


def _read_json(text: str) -> Json:
    try:
        value: Json = json.loads(text, object_pairs_hook=_no_duplicates)
    except _Unreadable:
        raise
    except RecursionError:
        raise _Unreadable(_TOO_DEEP) from None
    except ValueError as problem:
        raise _Unreadable(f"not JSON: {problem}") from None
    return _plain(value)


def _no_duplicates(pairs: list[tuple[str, Json]]) -> JsonObject:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise _Unreadable("a JSON object has a key twice")
    return value


def _plain(value: T, depth: int = 0) -> T:
    """A copy of the value, when it is JSON that every reader understands."""
    kind = type(value)
    if value is None or kind is bool or (kind is str and value.isascii()):  # type: ignore[attr-defined]
        return value
    if kind is int and value.bit_length() <= _MAX_BITS:  # type: ignore[attr-defined]
        return value
    copied: object = value
    if depth > _MAX_DEPTH:
        raise _Unreadable(_TOO_DEEP)
    match value:
        case str():
            if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
                raise _Unreadable("a broken character (half of a surrogate pair)")
        case None | bool():
            pass
        case int():
            if value.bit_length() > _MAX_BITS:
                raise _Unreadable("a number beyond all bounds")
        case float():
            if not math.isfinite(value):
                raise _Unreadable(f"{value} is not a number")
        case dict() | Mapping():
            if not all(isinstance(key, str) for key in value):
                raise _Unreadable("a JSON object has keys that are not text")
            copied = {key if key.isascii() else _plain(key): _plain(entry, depth + 1) for key, entry in value.items()}
        case list() | tuple():
            copied = [_plain(entry, depth + 1) for entry in value]
        case _:
            raise _Unreadable(f"{type(value).__name__} is not JSON")
    return cast(T, copied)
