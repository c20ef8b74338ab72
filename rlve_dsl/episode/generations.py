"""What a model writes, read as an action: generated text, a chat message, or the JSON action form.

What can mean one thing only is read, and nothing that was written is left out. A generation that cannot be read is a
`Malformed`; no reader raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from reprlib import Repr
from typing import Protocol, runtime_checkable

from rlve_dsl.episode.actions import FINISH, Action, Call, Malformed
from rlve_dsl.episode.json_data import LONGEST_ACTION, TOO_LONG, Budget, Unreadable, plain_copy, read_json
from rlve_dsl.episode.tagged_calls import split
from rlve_dsl.readings import truth_of
from rlve_dsl.values import Json

_ARGUMENTS = ("arguments", "args", "parameters")
_AROUND = {"id", "type", "index"}  # what chat formats put around a call
_JSON_KEYS = {"assistant_message", "tool_calls", "answer", "answer_ids"}
_FENCE = "```"
_THOUGHT = "</think>"

_SHORT = Repr()
_SHORT.maxlevel = 4
_SHORT.maxstring = _SHORT.maxother = 400


@runtime_checkable
class Dumpable(Protocol):
    """An object that gives its fields as JSON data, as those of pydantic do: OpenAI's client returns messages as such objects."""

    def model_dump(self) -> Mapping[str, Json]:
        """The fields, by name."""


def parse_completion(text: str) -> Action | Malformed:
    """The action in a native generation: words, and calls as ``<tool_call>{"name": …, "arguments": …}</tool_call>``.

    The answer is a call of `finish`. A ``<think>`` block is dropped; one that is not closed, up to the end.

    >>> parse_completion('Done.<tool_call>{"name": "finish", "arguments": {}}</tool_call>').answer
    {}
    >>> parse_completion('<tool_call>{"name": ').reason
    'a <tool_call> is not closed'
    """
    try:
        words, calls, length = split(_text(text))
        _check_length(length)
        return _assemble(plain_copy(words, Budget()), [read_call(call) for call in calls])
    except Exception as problem:  # noqa: BLE001 - a text of a class of its own may raise anything where it is read
        return _malformed(problem, text)


def parse_message(message: Mapping[str, Json] | Dumpable) -> Action | Malformed:
    """The action in a chat-completions message with `content` and `tool_calls`, or the older `function_call`.

    The message, its calls and the parts of its content are objects of JSON, or objects of a client that have `model_dump`.
    """
    try:
        given = _fields_of(message)
        if not isinstance(given, Mapping):
            raise Unreadable(f"the message is not an object, but {type(message).__name__}")
        words, calls, length = split(_content(given))
        entries = _entries(given)
        if calls and entries:
            raise Unreadable("there are calls in the content and in tool_calls")
        _check_length(length)
        budget = Budget()
        said, made = plain_copy(words, budget), plain_copy(entries, budget)
        return _assemble(said, [*map(read_call, calls), *map(read_call, made)])
    except Exception as problem:  # noqa: BLE001 - an object of the caller's own may raise anything where it is read
        return _malformed(problem, message)


def parse_json_action(text: str) -> Action | Malformed:
    """The action in the JSON form, ``{"assistant_message": …, "tool_calls": […], "answer": null | {…, "done": true}}``.

    Thinking before it is dropped, and a fence of code around it is not part of it.

    >>> parse_json_action('{"assistant_message": "Hello", "tool_calls": [], "answer": null}').message
    'Hello'
    """
    try:
        written = _text(text).strip()
        if not written.startswith(("{", _FENCE)) and _THOUGHT in written:
            written = written.partition(_THOUGHT)[2].strip()
        _check_length(len(written))
        if written.startswith(_FENCE) and written.endswith(_FENCE):
            written = written.strip("`").removeprefix("json").strip()
        action = read_json_action(read_json(written))
        finishing = _assemble(action.message.strip(), action.calls)  # an answer may also be a call of `finish`
        ids = (*action.answer_ids, *finishing.answer_ids)
        return _with_answers(finishing.message, finishing.calls, [*action.answers, *finishing.answers], ids)
    except Exception as problem:  # noqa: BLE001 - a text of a class of its own may raise anything where it is read
        return _malformed(problem, text)


def read_json_action(value: object) -> Action:
    """The action that `Action.as_json` wrote, or that an agent wrote in this form; raises ValueError for anything else."""
    if not isinstance(value, dict):
        raise Unreadable("the action is not a JSON object")
    if unknown := sorted(value.keys() - _JSON_KEYS):
        raise Unreadable(f"the action has an unknown key `{unknown[0]}`")
    message = _given(value, "assistant_message", "")
    if not isinstance(message, str):
        raise Unreadable("assistant_message is not text")
    calls = _given(value, "tool_calls", [])
    if isinstance(calls, dict) and calls:
        calls = [calls]
    if not isinstance(calls, list):
        raise Unreadable("tool_calls is not a list")
    ids = _given(value, "answer_ids", [])
    if not isinstance(ids, list) or not all(isinstance(id_, str) for id_ in ids):
        raise Unreadable("answer_ids is not a list of texts")
    given = value.get("answer")
    answers = [_fields(answer) for answer in (given if isinstance(given, list) else [] if given is None else [given])]
    return _with_answers(message, [read_call(call) for call in calls], answers, tuple(map(str, ids)))


def _fields(answer: Json) -> dict[str, Json]:
    """The fields of an answer in the JSON form."""
    done = answer.get("done") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or (truth_of(done) if isinstance(done, str) else done) is not True:
        raise Unreadable("an answer is an object with `done: true`")
    return {name: value for name, value in answer.items() if name != "done"}


def read_call(value: object) -> Call:
    """The call in one of the forms that models and chat formats write; raises Unreadable.

    >>> read_call({"type": "function", "id": "c1", "function": {"name": "x", "arguments": '{"a": 1}'}})
    Call(name='x', args={'a': 1}, id='c1')
    """
    if not isinstance(value, dict):
        raise Unreadable("a tool call needs a name")
    id_ = value.get("id")
    if isinstance(inner := value.get("function"), dict) and not value.keys() - {"function", *_AROUND}:
        call = read_call(inner)
        return replace(call, id=id_) if isinstance(id_, str) else call
    if not isinstance(name := value.get("name"), str):
        raise Unreadable("a tool call needs a name")
    given = [key for key in _ARGUMENTS if key in value and not _is_empty(value[key])]
    args = _arguments(value[given[0]]) if given else {}
    if len(given) > 1 or args is None or value.keys() - {"name", *_AROUND, *_ARGUMENTS}:
        raise Unreadable("a tool call has a name and arguments, which are an object, and nothing else")
    return Call(name, args, id_ if isinstance(id_, str) else None)


def _is_empty(arguments: Json) -> bool:
    return arguments is None or arguments in ([], {}) or (isinstance(arguments, str) and not arguments.strip())


def _arguments(given: Json) -> dict[str, Json] | None:
    """Arguments as an object; they may be JSON in a text. None for anything else."""
    read = read_json(given) if isinstance(given, str) else given
    return {} if _is_empty(read) else read if isinstance(read, dict) else None


def _fields_of(value: object) -> object:
    """The fields of an object of a client; any other value as it is."""
    return value.model_dump() if isinstance(value, Dumpable) and not isinstance(value, Mapping) else value


def _content(message: Mapping[str, Json]) -> str:
    """The words of a chat message, whose content is a text or a list of parts."""
    content = message.get("content")
    if content is None:
        content = message.get("refusal")
    if content is None or isinstance(content, str):
        return "" if content is None else _text(content)
    if not isinstance(content, list | tuple):
        raise Unreadable("the content is neither a text nor a list of texts")
    return "".join(map(_text_of_part, content))


def _text_of_part(given: object) -> str:
    if isinstance(given, str):
        return _text(given)
    part = _fields_of(given)
    kind = part.get("type") if isinstance(part, Mapping) else None
    text = part.get("refusal" if kind == "refusal" else "text") if isinstance(part, Mapping) else None
    if kind not in ("text", "output_text", "refusal") or not isinstance(text, str):
        raise Unreadable("a part of the content is not text")
    return _text(text)


def _entries(message: Mapping[str, Json]) -> list[object]:
    """The calls of a chat message."""
    entries = _fields_of(message.get("tool_calls"))
    if isinstance(entries, Mapping):
        entries = [dict(entries)] if entries else []
    if entries is None or isinstance(entries, str | bool | int | float) and not entries:
        entries = []
    if not isinstance(entries, list | tuple):
        raise Unreadable("tool_calls is not a list")
    older = message.get("function_call")
    if older is not None and entries:
        raise Unreadable("there are calls in function_call and in tool_calls")
    _check_length(len(entries))
    return [_entry(entry) for entry in entries] if older is None else [_fields_of(older)]


def _entry(given: object) -> Mapping[str, object]:
    """An entry of `tool_calls`."""
    entry = _fields_of(given)
    function = _fields_of(entry.get("function")) if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(function, Mapping):
        raise Unreadable("a tool call has no function")
    return entry if function is entry.get("function") else {**entry, "function": function}


def _text(generation: object) -> str:
    if not isinstance(generation, str):
        raise Unreadable(f"the generation is not text, but {type(generation).__name__}")
    return str.__str__(generation)  # of a class of its own, it may say anything about itself


def _malformed(problem: Exception, generation: object) -> Malformed:
    why = str(problem) if isinstance(problem, Unreadable) else f"it cannot be read: {type(problem).__name__}"
    return Malformed(why, _kept(generation))


def _kept(generation: object) -> str:
    """What a Malformed keeps of a generation: a text, or a chat message of a sane size."""
    try:
        if isinstance(generation, str):
            return str.__str__(generation)
        fields = _fields_of(generation)
        return str(plain_copy(fields, Budget())) if isinstance(fields, Mapping) else ""
    except Exception:  # noqa: BLE001, S110 - it is too long, no JSON, or raises where it is read
        pass
    try:
        return _SHORT.repr(generation)
    except Exception:  # noqa: BLE001 - it holds a number that Python does not write, or raises again
        return ""


def _check_length(length: int) -> None:
    if length > LONGEST_ACTION:
        raise Unreadable(TOO_LONG)


def _assemble(words: str, calls: Sequence[Call]) -> Action:
    """The action with these calls; calls of `finish` are its answers."""
    finishing = [call for call in calls if call.name == FINISH]
    ids = tuple(call.id for call in finishing if call.id is not None)
    others = [call for call in calls if call.name != FINISH]
    return _with_answers(words, others, [call.args for call in finishing], ids)


def _with_answers(
    words: str, calls: Sequence[Call], answers: Sequence[Mapping[str, Json]], ids: tuple[str, ...]
) -> Action:
    return Action(words, tuple(calls), answers[0] if answers else None, tuple(answers[1:]), ids)


def _given(value: Mapping[str, Json], key: str, absent: Json) -> Json:
    return absent if value.get(key) is None else value[key]
