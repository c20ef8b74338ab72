"""The calls in generated text: `<tool_call>` with JSON, or the XML form of newer Qwen models. Reading takes linear time."""

from __future__ import annotations

import re

from rlve_dsl.episode.json_data import Unreadable, after_space, read_json_at
from rlve_dsl.values import Json, JsonObject

_THOUGHT = "</think>"
_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_FUNCTION_END, _PARAMETER_END = "</function>", "</parameter>"
_MARK = re.compile("</?think>|</?tool_call>|<function=")
_FUNCTION = re.compile(r"<function=([^<>\n]{1,200})>")
_PARAMETER = re.compile(r"<parameter=([^<>\n]{1,200})>")
_NEXT = re.compile(r"\s*(?:<parameter=|</function>)")
_BETWEEN = re.compile(r"(?:[\s,;]|```(?:json)?)*")
_NOT_CLOSED = "a <tool_call> is not closed"


def split(text: str) -> tuple[str, list[Json], int]:
    """The words of a generation without its thinking, the calls in it as JSON data, and how many characters were read.

    A thinking block that is not closed goes up to the end. One that a chat template has opened goes from the start.

    Raises:
        Unreadable: When a call cannot be read.
    """
    words: list[str] = []
    calls: list[Json] = []
    at = written = 0
    opened = False
    while True:
        found = _MARK.search(text, at)
        start = len(text) if found is None else found.start()
        words.append(text[at:start])
        if found is None:
            break
        at = found.end()
        match found[0]:
            case "<think>":
                opened = True
                end = text.find(_THOUGHT, at)
                at = len(text) if end < 0 else end + len(_THOUGHT)
            case "</think>":
                if opened:
                    words.append(_THOUGHT)
                else:
                    words.clear()
                    calls.clear()
                    written = 0
                opened = True
            case "<function=":
                if _FUNCTION.match(text, start) is None:
                    words.append(found[0])
                    continue
                call, at = _function(text, start)
                calls.append(call)
                close = _BETWEEN.match(text, at)
                if close is not None and text.startswith(_CLOSE, close.end()):  # the model left out the opening tag
                    at = close.end() + len(_CLOSE)
                written += at - start
            case "<tool_call>":
                read, at = _block(text, at)
                calls += read
                written += at - start
            case _:
                raise Unreadable(_NOT_CLOSED)
    said = "".join(words).strip()
    return said, calls, written + len(said)


def _block(text: str, at: int) -> tuple[list[Json], int]:
    """The calls in a `<tool_call>` that begins there, and where it ends: one object, several, or a list."""
    calls: list[Json] = []
    while True:
        between = _BETWEEN.match(text, at)
        assert between is not None
        at = between.end()
        if text.startswith(_CLOSE, at):
            if not calls:
                raise Unreadable("not JSON: a <tool_call> is empty")
            return calls, at + len(_CLOSE)
        # whoever stops at the closing tag may cut it off, and the next call may stand in its place
        if calls and (at == len(text) or text.startswith(_OPEN, at)):
            return calls, at
        if text.startswith("<function=", at) and _FUNCTION.match(text, at) is not None:
            call, at = _function(text, at)
            calls.append(call)
            continue
        try:
            value, at = read_json_at(text, at)
        except Unreadable:
            if text.find(_CLOSE, at) < 0:
                raise Unreadable(_NOT_CLOSED) from None
            raise
        if value == []:
            raise Unreadable("a tool call needs a name")
        calls += value if isinstance(value, list) else [value]


def _function(text: str, at: int) -> tuple[JsonObject, int]:
    """The call `<function=name><parameter=x>value</parameter></function>` that begins there, and where it ends.

    The values are texts, as the form has no types; `null` is null.
    """
    name = _FUNCTION.match(text, at)
    assert name is not None
    args: JsonObject = {}
    at = name.end()
    while True:
        at = after_space(text, at)
        if text.startswith(_FUNCTION_END, at):
            return {"name": _bare(name[1]), "arguments": args}, at + len(_FUNCTION_END)
        parameter = _PARAMETER.match(text, at)
        if parameter is None:
            raise Unreadable("a <function=…> is not closed, or holds something else than parameters")
        end = _end_of_parameter(text, parameter.end())
        key = _bare(parameter[1])
        if key in args:
            raise Unreadable(f"a call gives the parameter {key} twice")
        value = text[parameter.end() : end].removeprefix("\n").removesuffix("\n")
        args[key] = None if value == "null" else value
        at = end + len(_PARAMETER_END)


def _bare(name: str) -> str:
    return name.strip().strip("\"'")


def _end_of_parameter(text: str, at: int) -> int:
    """Where the closing tag is that another parameter or the end of the call follows: a value may hold such a tag."""
    end = text.find(_PARAMETER_END, at)
    while end >= 0 and _NEXT.match(text, end + len(_PARAMETER_END)) is None:
        end = text.find(_PARAMETER_END, end + len(_PARAMETER_END))
    if end < 0:
        raise Unreadable("a <parameter=…> is not closed")
    return end
