"""A chat message of a client: data, or the client's own objects. It is read as an action, and never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest

from rlve_dsl.episode import Action, Call, Malformed, parse_completion, parse_json_action, parse_message


@dataclass
class Client:
    """An object of a client, whose fields are read with `model_dump`. What its fields hold stays as it is."""

    fields: dict[str, Any]

    def model_dump(self) -> dict[str, Any]:
        return self.fields


@pytest.mark.parametrize("arguments", ['{"a": 1}', {"a": 1}])
def test_a_message_may_be_made_of_the_objects_of_a_client(arguments: object) -> None:
    part, function = Client({"type": "text", "text": "Hi."}), Client({"name": "x", "arguments": arguments})
    call = Client({"id": "c1", "type": "function", "function": function})
    expected = Action("Hi.", (Call("x", {"a": 1}, "c1"),))
    for whole in (Client, dict):
        assert parse_message(whole({"content": [part], "tool_calls": [call]})) == expected
        assert parse_message(whole({"content": "Hi.", "tool_calls": call})) == expected
        older = parse_message(whole({"content": "Hi.", "function_call": function}))
        assert older == Action("Hi.", (Call("x", {"a": 1}),))
    unread = parse_message(Client({"content": 5}))
    assert unread == Malformed("the content is neither a text nor a list of texts", "{'content': 5}")


def test_a_message_of_the_client_of_openai_is_read() -> None:
    chat = pytest.importorskip("openai.types.chat", reason="`openai` is not installed: pip install 'rlve-dsl[llm]'")
    fields = {
        "role": "assistant",
        "content": "Hi.",
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "x", "arguments": '{"a": 1}'}}],
    }
    message = chat.ChatCompletionMessage.model_validate(fields)
    expected = Action("Hi.", (Call("x", {"a": 1}, "c1"),))
    assert parse_message(message) == parse_message(dict(message)) == parse_message(fields) == expected


class _Refusing(Mapping[str, Any]):
    """An object whose method with this name raises."""

    def __init__(self, broken: str) -> None:
        self.broken = broken

    def _check(self, name: str) -> None:
        if name == self.broken:
            raise RuntimeError("it is mine")

    def get(self, key: object, default: object = None) -> Any:
        self._check("get")
        return super().get(key, default)  # type: ignore[arg-type]

    def __getitem__(self, key: str) -> Any:
        self._check("getitem")
        return {"content": "Hi.", "tool_calls": [{"function": {"name": "x"}}]}[key]

    def __iter__(self) -> Iterator[str]:
        self._check("iter")
        return iter(("content", "tool_calls"))

    def __len__(self) -> int:
        self._check("len")
        return 2

    def model_dump(self) -> Any:
        raise RuntimeError("it is mine")


class _Undumpable:
    def model_dump(self) -> Any:
        raise RuntimeError("it is mine")


class _Unclassed(dict[str, Any]):
    @property
    def __class__(self) -> Any:
        raise RuntimeError("it is mine")


class _Wordless(str):
    def _raise(self, *given: object) -> Any:
        raise RuntimeError("it is mine")

    __len__ = __str__ = __repr__ = __getitem__ = find = startswith = strip = _raise


MAKE: dict[str, Callable[[], Any]] = {
    **{f"an object without `{name}`": partial(_Refusing, name) for name in ("get", "getitem", "iter", "len")},
    "an object of a client": _Undumpable,
    "an object without a class": _Unclassed,
    "a text": partial(_Wordless, "Hi."),
    "what looks like a text": partial(Mock, spec=str),
    "what looks like an object": partial(Mock, spec=dict),
}


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_what_raises_where_it_is_read_makes_no_parser_raise(make: Callable[[], Any]) -> None:
    written = make()
    for given in (written, {"content": written}, {"content": [written]}, {"tool_calls": [written]}):
        read = parse_message(given)
        assert isinstance(read, Action | Malformed) and "it is mine" not in str(read)
    for parse in (parse_completion, parse_json_action):
        assert isinstance(parse(written), Action | Malformed)
    assert isinstance(parse_message({"content": _Wordless("Hi.")}), Action), "its characters are read, not its methods"
    read = parse_message(_Refusing("get"))
    assert isinstance(read, Malformed) and read.reason == "it cannot be read: RuntimeError"
