"""What an agent writes, read in either form: an action or an outcome, never an exception."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlve_dsl.episode import (
    Action,
    Call,
    Malformed,
    Scenario,
    parse_completion,
    parse_json_action,
    parse_message,
    record,
    render_completion,
    replay,
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
        ('<tool_call>{"name": "x", "because": 1}</tool_call>', "nothing else"),
        ('<tool_call>{"name": "x", "args": {"a": 1}, "parameters": {"b": 2}}</tool_call>', "nothing else"),
        (native("[1]"), "nothing else"),
        (native('"[1]"'), "nothing else"),
        (native("5"), "nothing else"),
        (native('"{"'), "not JSON"),
        (native('{"a": 1}') + "</tool_call>", "not closed"),
        ('<tool_call>{"name": "x"} and more</tool_call>', "not JSON"),
        ('<tool_call>{"name": "x"} and more', "not closed"),
        ("<function=x><parameter=a>1</function>", "not closed"),
        ("<function=x>", "not closed"),
        ("<function=x>a=1</function>", "holds something else"),
        ("<function=x><parameter=a>1</parameter><parameter=a>1</parameter></function>", "twice"),
        (native('{"a": 1, "a": 1}'), "twice"),
        (native('{"a": NaN}'), "not a number"),
        (native('{"a": -Infinity}'), "not a number"),
        (native('{"a": 1e999}'), "not a number"),
        (native('{"a": ' + "9" * 5000 + "}"), "a number is too large"),
        (native('{"a": [-' + "9" * 400 + "]}"), "a number is too large"),
        (native('{"a": "\\ud800"}'), "broken character"),
        (native('{"\\udfff": 1}'), "broken character"),
        ("\ud800", "broken character"),
        (native(DEEP), "deeper than 32"),
        ("<tool_call>" + "[" * 100_000 + "</tool_call>", "deeper than 32"),
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
        ('{"tool_calls": {"name": "x"}, "answer": [{}]}', "done: true"),
        ('{"tool_calls": "x"}', "not a list"),
        ('```json\n{"assistant_message": "a"}', "not JSON"),
        ('I say {"assistant_message": "a"}', "not JSON"),
        ('{"tool_calls": 0}', "not a list"),
        ('{"tool_calls": ["x"]}', "needs a name"),
        ('{"tool_calls": [{"name": "x", "because": {}}]}', "nothing else"),
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
        message([1]),
        message("[1]"),
        message("a"),
        {"content": {"text": "a"}},
        {"content": 5},
        {"content": [{"type": "image_url", "image_url": {"url": "a"}}]},
        {"content": [{"type": "text"}]},
        {"content": "<tool_call>{"},
        {"content": native("{}"), "tool_calls": [{"function": {"name": "x"}}]},
        {"function_call": {"name": "x"}, "tool_calls": [{"function": {"name": "x"}}]},
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


CALL = Action("Hi.", (Call("x", {"a": "1"}),))


@pytest.mark.parametrize(
    "text",
    [
        'Hi.<tool_call>{"name": "x", "arguments": {"a": "1"}}</tool_call>',
        'Hi.<tool_call>{"name": "x", "arguments": "{\\"a\\": \\"1\\"}"}</tool_call>',
        'Hi.<tool_call>{"name": "x", "parameters": {"a": "1"}, "arguments": null}</tool_call>',
        'Hi.<tool_call>{"name": "x", "args": {"a": "1"}}</tool_call>',
        'Hi.<tool_call>[{"name": "x", "args": {"a": "1"}}]</tool_call>',
        'Hi.<tool_call>```json\n{"name": "x", "args": {"a": "1"}}\n```</tool_call>',
        'Hi.<tool_call>{"type": "function", "function": {"name": "x", "arguments": {"a": "1"}}}</tool_call>',
        'Hi.<tool_call>{"name": "x", "arguments": {"a": "1"}}',
        "Hi.<tool_call>\n<function=x>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>",
        'Hi.<function="x"><parameter="a">1</parameter></function>',
        "Hi.<function=x><parameter=a>1</parameter></function></tool_call>",
        '<think>a</think>Hi.<tool_call>{"name": "x", "arguments": {"a": "1"}}</tool_call>',
    ],
)
def test_a_call_is_read_from_each_of_its_shapes(text: str) -> None:
    assert parse_completion(text) == CALL
    assert parse_message({"content": text}) == CALL


@pytest.mark.parametrize("given", ["", "null", "{}", "[]", '""', '"null"', '"{}"', '" "'])
def test_no_arguments_are_written_in_many_ways(given: str) -> None:
    arguments = f', "arguments": {given}' if given else ""
    assert parse_completion(f'<tool_call>{{"name": "x"{arguments}}}</tool_call>') == Action("", (Call("x"),))
    entry = {"name": "x", **({"arguments": json.loads(given)} if given else {})}
    assert parse_message({"tool_calls": [{"function": entry}]}) == Action("", (Call("x"),))
    assert parse_json_action(json.dumps({"tool_calls": [entry]})) == Action("", (Call("x"),))


def test_several_calls_may_stand_in_one_tag_and_a_closing_tag_in_a_text() -> None:
    one, other = '{"name": "x", "arguments": {"a": "</tool_call>"}}', '{"name": "y"}'
    calls = (Call("x", {"a": "</tool_call>"}), Call("y"))
    for inside in (f"{one}\n{other}", f"{one}, {other}", f"[{one}, {other}]", f"{one}</tool_call><tool_call>{other}"):
        assert parse_completion(f"<tool_call>{inside}</tool_call>") == Action("", calls)
    assert parse_completion(f"<tool_call>{one}<tool_call>{other}") == Action("", calls)
    tag = "<tool_call><function=x><parameter=a>a</parameter> b\nc</parameter></function></tool_call>"
    assert parse_completion(tag) == Action("", (Call("x", {"a": "a</parameter> b\nc"}),))


def test_the_xml_form_has_texts_and_null() -> None:
    text = (
        "<function=x><parameter=a>5</parameter><parameter=b>null</parameter><parameter=c>\n[1]\n</parameter></function>"
    )
    assert parse_completion(text) == Action("", (Call("x", {"a": "5", "b": None, "c": "[1]"}),))
    assert parse_completion("<function=x></function>") == Action("", (Call("x"),))
    assert parse_completion("Write <function=> here.") == Action("Write <function=> here.")


def test_content_may_be_a_list_of_texts() -> None:
    parts = [{"type": "text", "text": "Which "}, {"type": "text", "text": "one? "}]
    assert parse_message({"content": parts}) == Action("Which one?")
    assert parse_message({"content": None, "refusal": "I cannot."}) == Action("I cannot.")
    assert parse_message({"content": [*parts, {"type": "refusal", "refusal": "No."}]}) == Action("Which one? No.")


def test_an_older_function_call_is_a_call() -> None:
    for arguments in ('{"a": 1}', {"a": 1}):
        read = parse_message({"content": "Hi.", "function_call": {"name": "x", "arguments": arguments}})
        assert read == Action("Hi.", (Call("x", {"a": 1}),))
    assert parse_message({"function_call": {"name": "finish", "arguments": "{}"}}) == Action(answer={})
    assert parse_message({"tool_calls": {"function": {"name": "x"}}}) == Action("", (Call("x"),))


def test_a_call_keeps_its_id_in_every_form() -> None:
    entries = [
        {"id": "c1", "type": "function", "function": {"name": "x"}},
        {"id": "c2", "function": {"name": "finish"}},
    ]
    read = parse_message({"tool_calls": entries})
    assert read == Action("", (Call("x", {}, "c1"),), {}, (), ("c2",))
    assert isinstance(read, Action) and parse_json_action(json.dumps(read.as_json())) == read


def test_several_answers_are_read_in_order() -> None:
    finish = '<tool_call>{"name": "finish", "arguments": {"part": %d}}</tool_call>'
    read = parse_completion(finish % 1 + finish % 2)
    assert read == Action("", (), {"part": 1}, ({"part": 2},)) and isinstance(read, Action)
    assert parse_completion(render_completion(read)) == parse_json_action(json.dumps(read.as_json())) == read
    calls = [{"name": "finish", "args": {"part": 1}}, {"name": "finish", "args": {"part": 2}}]
    assert parse_json_action(json.dumps({"tool_calls": calls})) == read


@pytest.mark.parametrize(
    "text",
    [
        '<think>Hm.</think>{"assistant_message": "Red."}', 'Hm.</think>{"assistant_message": "Red."}',
        '```json\n{"assistant_message": "Red."}\n```', '```{"assistant_message": "Red."}```',
        '{"assistant_message": "Red.", "answer": null, "tool_calls": null}',
    ],
)  # fmt: skip
def test_a_json_action_may_stand_behind_thinking_or_in_a_fence(text: str) -> None:
    assert parse_json_action(text) == Action("Red.")


def test_thinking_is_dropped_and_never_said() -> None:
    for text in ("a</think>Red.", "a <b> c</think>\nRed."):
        assert parse_completion(text) == parse_message({"content": text}) == Action("Red.")
    text = 'Red.<tool_call>{"name": "x", "args": {"a": "<think>"}}</tool_call>'
    assert parse_completion(text) == Action("Red.", (Call("x", {"a": "<think>"}),))
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


@pytest.mark.parametrize("entries", [np.array([1, 2]), np.array([]), 5, "no list", {1, 2}])
def test_calls_that_are_no_list_are_malformed(entries: object) -> None:
    assert isinstance(parse_message({"tool_calls": entries}), Malformed)  # type: ignore[dict-item]


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


@pytest.mark.parametrize("written", [None, 5, b"x", ["a"], [], object(), 10**9])
@pytest.mark.parametrize("parse", [parse_completion, parse_json_action, parse_message])
def test_what_is_no_text_and_no_message_is_malformed(parse: Any, written: Any) -> None:
    read = parse(written)
    assert isinstance(read, Malformed) and read.reason.endswith(f", but {type(written).__name__}")


# An action that is made in Python ------------------------------------------------------------------------------------

WRONG: dict[str, tuple[Any, str]] = {
    "a message that is a number": (Action(5), "the message is not text, but int"),  # type: ignore[arg-type]
    "no message": (Action(None), "the message is not text, but NoneType"),  # type: ignore[arg-type]
    "bytes": (Action(b"hello"), "the message is not text, but bytes"),  # type: ignore[arg-type]
    "no calls": (Action(calls=None), "the calls are not a list, but NoneType"),  # type: ignore[arg-type]
    "a name for a call": (Action(calls=("cart_view",)), "a call is not a Call, but str"),  # type: ignore[arg-type]
    "a call without a name": (Action(calls=(Call(None),)), "the name of a call is not text, but NoneType"),  # type: ignore[arg-type]
    "a list of arguments": (Action(calls=(Call("x", [1]),)), "what a call gives is not an object, but list"),  # type: ignore[arg-type]
    "no arguments": (Action(calls=(Call("x", None),)), "what a call gives is not an object, but NoneType"),  # type: ignore[arg-type]
    "an id that is a number": (Action(calls=(Call("x", {}, 7),)), "the id of a call is not text, but int"),  # type: ignore[arg-type]
    "a list for an answer": (Action(answer=[1]), "an answer is not an object, but list"),  # type: ignore[arg-type]
    "a text for an answer": (Action(answer="x"), "an answer is not an object, but str"),  # type: ignore[arg-type]
    "half a character in an id": (Action(answer={}, answer_ids=("\ud800",)), "half of a surrogate pair"),
    "keys that are no text": (Action(answer={3: 1}), "keys that are not text"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize(("action", "reason"), WRONG.values(), ids=WRONG)
def test_a_wrong_type_inside_an_action_is_malformed(first_steps: Scenario, action: Action, reason: str) -> None:
    episode = first_steps.reset("cart", level=0, seed=0)
    assert episode.step(action).terminated
    assert episode.outcome is not None and episode.outcome.termination == "malformed_action"
    kept = episode.turns[-1].action
    assert isinstance(kept, Malformed) and reason in kept.reason
    assert record(replay(record(episode).splitlines(), first_steps)) == record(episode)


@pytest.mark.parametrize("action", ["hello", None, {"assistant_message": "x"}, b"", Call("cart_view"), 3])
def test_what_is_no_action_is_a_type_error(first_steps: Scenario, action: Any) -> None:
    episode = first_steps.reset("cart", level=0, seed=0)
    with pytest.raises(
        TypeError, match=f"^a step takes an Action or a Malformed, not {type(action).__name__}: parse_com"
    ):
        episode.step(action)
    assert episode.step(Action("Hello?")).turn.action == Action("Hello?")


def _doubling(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value, value]
    return value


class _Said(str):
    def __len__(self) -> int:
        return 0


LONG: dict[str, Any] = {
    "a message": Action("word? " * 200_000),
    "an argument": Action(calls=(Call("cart_add", {"product_id": "a" * 1_000_000}),)),
    "a text of a class of its own": Action(calls=(Call("cart_add", {"product_id": _Said("a" * 1_000_000)}),)),
    "an argument of a message": parse_message(message({"x": "a" * 1_000_000})),
    "a name": Action(calls=(Call("x" * 1_000_000),)),
    "a name in a message": parse_message({"tool_calls": [{"function": {"name": "x" * 1_000_000, "arguments": "{}"}}]}),
    "an id": Action(calls=(Call("cart_view", {}, "i" * 1_000_000),)),
    "the id of an answer": Action(answer={}, answer_ids=("i" * 1_000_000,)),
    "a shared list": Action(calls=(Call("cart_add", {"product_id": _doubling(30)}),)),
    "a shared list in an answer": Action(answer={"a": _doubling(30)}),
    "a shared list in a message": parse_message(message({"x": _doubling(25)})),
    "a shared list for content": parse_message({"content": _doubling(30)}),
    "a shared call of a message": parse_message({"tool_calls": message({})["tool_calls"] * 1_000_000}),
    "many calls": Action(calls=(Call("cart_view"),) * 1_000_000),
    "many empty texts": Action(calls=(Call("cart_view", {"x": [""] * 200_001}),)),
    "many empty ids of answers": Action(answer={}, answer_ids=("",) * 3_000_000),
    "many empty names": Action(calls=(Call("", {}, ""),) * 40_000),
    "many empty keys": Action(calls=(Call("cart_view", {"x": [{"": ""}] * 40_000}),)),
    "many keys": Action(answer={str(number): 1 for number in range(100_000)}),
    "parts that are long together": Action("a" * 60_000, (Call("cart_view", {"x": "a" * 60_000}),)),
}


@pytest.mark.parametrize("action", LONG.values(), ids=LONG)
def test_an_action_has_as_many_characters_as_a_generation(first_steps: Scenario, action: Action | Malformed) -> None:
    episode = first_steps.reset("cart", level=0, seed=0)
    assert episode.step(action).terminated
    kept = episode.turns[-1].action
    assert isinstance(kept, Malformed)
    assert (
        kept.reason == "more than 100,000 characters"
        or "neither a text nor" in kept.reason
        or "a part of" in kept.reason
    )
    assert len(record(episode)) < 20_000


@pytest.mark.parametrize("letter", ["a", "é", "\N{SNOWMAN}"])
def test_each_character_counts_once_in_every_alphabet(first_steps: Scenario, letter: str) -> None:
    for more, kind in ((0, Action), (1, Malformed)):
        episode = first_steps.reset("cart", level=0, seed=0)
        episode.step(Action(letter * (100_000 + more)))
        assert isinstance(episode.turns[-1].action, kind)


class _Raising(dict[str, Any]):
    def items(self) -> Any:
        raise ValueError("it is mine")


class _NoPairs(dict[str, Any]):
    def items(self) -> Any:
        return [1, 2]


class _Unlisted(list[Any]):
    def __iter__(self) -> Any:
        raise KeyError("it is mine")


class _Number(int):
    def bit_length(self) -> int:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    "action",
    [
        Action(calls=(Call("cart_view", _Raising(x=1)),)),
        Action(calls=(Call("cart_view", {"x": _Raising(x=1)}),)),
        Action(calls=(Call("cart_view", _NoPairs(x=1)),)),
        Action(calls=(Call("cart_view", {"x": _Unlisted("a")}),)),
        Action(calls=_Unlisted([Call("cart_view")])),  # type: ignore[arg-type]
        Action(answer=_Raising(x=1)),
    ],
)
def test_a_value_that_raises_where_it_is_read_is_malformed(first_steps: Scenario, action: Action) -> None:
    episode = first_steps.reset("cart", level=0, seed=0)
    step = episode.step(action)
    assert step.terminated and step.info["outcome"]["termination"] == "malformed_action"
    kept = episode.turns[-1].action
    assert isinstance(kept, Malformed) and "cannot be read" in kept.reason and "mine" not in kept.reason


def test_a_number_of_a_class_of_its_own_is_a_number(first_steps: Scenario) -> None:
    episode = first_steps.reset("cart", level=0, seed=0)
    episode.step(Action(calls=(Call("cart_view", {"x": _Number(3)}),)))
    kept = episode.turns[-1].action
    assert isinstance(kept, Action) and type(kept.calls[0].args["x"]) is int


def test_of_a_long_generation_that_cannot_be_read_both_ends_are_kept(first_steps: Scenario) -> None:
    episode = first_steps.reset("cart", level=0, seed=0)
    episode.step(parse_completion(f"Begins{'.' * 1_000_000}<tool_call>"))
    kept = episode.turns[-1].action
    assert isinstance(kept, Malformed) and kept.reason == "a <tool_call> is not closed" and len(kept.text) < 5000
    assert (
        kept.text.startswith("Begins")
        and kept.text.endswith("<tool_call>")
        and "996,017 characters are left" in kept.text
    )
    assert record(replay(record(episode).splitlines(), first_steps)) == record(episode)
    other = first_steps.reset("cart", level=0, seed=0)
    other.cut_off("tokens " * 10_000)
    assert record(replay(record(other).splitlines(), first_steps)) == record(other)
