"""What an agent writes, read in either form: an action or an outcome, never an exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlve_dsl.episode import (
    Action,
    Call,
    Malformed,
    parse_completion,
    parse_json_action,
    parse_message,
    render_completion,
)

DEEP = "[" * 60 + "]" * 60


def native(arguments: str) -> str:
    return f'<tool_call>{{"name": "x", "arguments": {arguments}}}</tool_call>'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<tool_call>{", "not closed"),
        ("</tool_call>", "not closed"),
        (native('{"a": 1}') + "<tool_call>", "not closed"),
        ("</tool_call>" + native("{}"), "not closed"),
        ("a" * 100_001, "more than 100,000 characters"),
        (native(f'{{"a": "{"b" * 50_000}"}}') * 2, "more than 100,000 characters"),
        ("<tool_call></tool_call>", "not JSON"),
        ("<tool_call>{'name': 'x'}</tool_call>", "not JSON"),
        ("<tool_call>[]</tool_call>", "needs a name"),
        ('<tool_call>{"arguments": {}}</tool_call>', "needs a name"),
        ('<tool_call>{"name": 3}</tool_call>', "needs a name"),
        ('<tool_call>{"name": "x", "name": "y"}</tool_call>', "twice"),
        ('<tool_call>{"name": "x", "args": {}}</tool_call>', "nothing else"),
        (native("[]"), "nothing else"),
        (native("null"), "nothing else"),
        (native('{"a": 1, "a": 1}'), "twice"),
        (native('{"a": NaN}'), "not a number"),
        (native('{"a": -Infinity}'), "not a number"),
        (native('{"a": 1e999}'), "not a number"),
        (native('{"a": ' + "9" * 5000 + "}"), "not JSON"),
        (native('{"a": "\\ud800"}'), "broken character"),
        (native('{"\\udfff": 1}'), "broken character"),
        ("\ud800", "broken character"),
        (native(DEEP), "deeper than 32"),
        ("<tool_call>" + "[" * 100_000 + "</tool_call>", "deeper than 32"),
        ('<tool_call>{"name": "finish"}</tool_call>' * 2, "two answers"),
    ],
)
def test_a_native_generation_that_cannot_be_read(text: str, reason: str) -> None:
    parsed = parse_completion(text)
    assert isinstance(parsed, Malformed) and reason in parsed.reason and parsed.text == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("Hello!", "not JSON"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        ('{"message": "Hello"}', "unknown key"),
        ('{"assistant_message": 0}', "not text"),
        ('{"assistant_message": []}', "not text"),
        ('{"tool_calls": {}}', "not a list"),
        ('{"tool_calls": 0}', "not a list"),
        ('{"tool_calls": ["x"]}', "needs a name"),
        ('{"tool_calls": [{"name": "x", "arguments": {}}]}', "nothing else"),
        ('{"tool_calls": [{"name": "x", "args": null}]}', "nothing else"),
        ('{"answer": true}', "done: true"),
        ('{"answer": {}}', "done: true"),
        ('{"answer": {"done": 1}}', "done: true"),
        ('{"answer": {"done": true, "x": NaN}}', "not a number"),
        ('{"assistant_message": "\\udead"}', "broken character"),
        ('{"answer": {"done": true, "x": ' + DEEP + "}}", "deeper than 32"),
        ('{"answer": null, "answer": {"done": true}}', "twice"),
    ],
)
def test_a_json_action_that_cannot_be_read(text: str, reason: str) -> None:
    parsed = parse_json_action(text)
    assert isinstance(parsed, Malformed) and reason in parsed.reason and parsed.text == text


def message(arguments: object) -> dict[str, Any]:
    return {"tool_calls": [{"function": {"name": "x", "arguments": arguments}}]}


@pytest.mark.parametrize(
    "value",
    [
        {"tool_calls": 5},
        {"tool_calls": "x"},
        {"tool_calls": {"function": {}}},
        {"tool_calls": [None]},
        {"tool_calls": [{"function": None}]},
        message(None),
        message(""),
        message([]),
        message("[]"),
        message({"a": float("nan")}),
        message({"a": {1, 2}}),
        message({1: 2}),
        message({"a": "\ud800"}),
        {"content": "\ud800"},
    ],
)
def test_a_chat_message_that_cannot_be_read(value: dict[str, Any]) -> None:
    assert isinstance(parse_message(value), Malformed)


@pytest.mark.parametrize("value", [{}, {"content": None}, {"content": " ", "tool_calls": None}, {"tool_calls": []}])
def test_an_empty_turn_is_an_action(value: dict[str, Any]) -> None:
    assert parse_message(value) == parse_completion("  ") == parse_json_action("{}") == Action()


def test_thinking_is_dropped_and_never_said() -> None:
    for text in ("<think>red?</think>Red.", "<think>a</think>Red.<think>b</think>", "Red.<think>and a <tool_call>{"):
        assert parse_completion(text) == Action("Red.")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
PLAIN = st.text(st.characters(exclude_characters="<>", exclude_categories=["Cs"]), max_size=20).map(str.strip)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(PLAIN, VALUES, max_size=3)
ACTIONS = st.builds(
    Action,
    PLAIN,
    st.lists(st.builds(Call, PLAIN.filter(lambda n: n != "finish"), ARGUMENTS), max_size=3).map(tuple),
    st.none() | st.dictionaries(PLAIN.filter(lambda n: n != "done"), VALUES, max_size=3),
)


@settings(max_examples=150)
@given(ACTIONS)
def test_an_action_is_read_back_from_every_form(action: Action) -> None:
    undotted = Action(
        action.message, tuple(Call(c.name.replace(".", "_"), c.args) for c in action.calls), action.answer
    )
    assert parse_completion(render_completion(action)) == undotted
    assert parse_json_action(json.dumps(action.as_json())) == action
    calls = [(c.name, c.args) for c in action.calls]
    calls += [("finish", action.answer)] if action.answer is not None else []
    for dump in (json.dumps, dict):
        entries = [{"function": {"name": name, "arguments": dump(args)}} for name, args in calls]
        assert parse_message({"content": action.message, "tool_calls": entries}) == action


@settings(max_examples=150)
@given(st.text(max_size=60), JSON, st.dictionaries(st.sampled_from(["content", "tool_calls", "role"]), JSON))
def test_nothing_that_is_written_raises(text: str, value: Any, chat: dict[str, Any]) -> None:
    for written in (
        text,
        json.dumps(value),
        native(json.dumps(value)),
        f"<tool_call>{json.dumps(value)}</tool_call>{text}",
    ):
        assert isinstance(parse_completion(written), Action | Malformed)
        assert isinstance(parse_json_action(written), Action | Malformed)
    assert isinstance(parse_message({**chat, **message(value)}), Action | Malformed)
    assert isinstance(parse_message(chat), Action | Malformed)
