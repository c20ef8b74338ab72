"""Practice in copying: what sequences hold, what of them is to be learnt, and when a stage ends."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import EpisodeKey, demonstrate_imperfectly
from rlve_dsl.files import Copying, Settings, Tiny
from rlve_dsl.rng import Stream

pytest.importorskip("trl")

from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.copying import FEWEST, REPEATS, Practice, arguments_in, lists_in, practise
from rlve_dsl.train.demonstrations import Segment, segments
from rlve_dsl.train.examples import Example
from rlve_dsl.train.model import build_tiny
from rlve_dsl.train.tiny_tokenizer import build_tokenizer, plain_tokens
from tests.conftest import shipped

SCENARIO = "examples/stall/desk.yaml"


@pytest.fixture(scope="module")
def shown() -> list[tuple[Segment, ...]]:
    scenario = shipped(SCENARIO)
    keys = [EpisodeKey(scenario.environments[i % 3], i % 7, 2 * i) for i in range(90)]
    chat = TemplateChat(build_tokenizer([]), describe=False, options={"enable_thinking": False})
    return [segments(d, chat) for d in demonstrate_imperfectly(scenario, keys, {})]


@pytest.fixture(scope="module")
def tokenizer(shown: list[tuple[Segment, ...]]) -> Any:
    return build_tokenizer(s.text for d in shown for s in d)


@pytest.fixture(scope="module")
def chat(tokenizer: Any) -> TemplateChat:
    return TemplateChat(tokenizer, describe=False, options={"enable_thinking": False})


@pytest.fixture(scope="module")
def practice(shown: list[tuple[Segment, ...]], tokenizer: Any, chat: TemplateChat) -> Practice:
    return Practice(lists_in(shown), shown, chat, plain_tokens(tokenizer))


def result(text: str) -> tuple[Segment, ...]:
    return (Segment(f"<tool_response>\n{text}\n</tool_response>", False),)


def learnt(made: Example, tokenizer: Any) -> list[str]:
    return [tokenizer.decode([t]).strip() for t, w in zip(made.tokens, made.written, strict=True) if w]


def test_lists_of_results_are_found_with_all_values_of_each_key() -> None:
    rows = [{"name": "a b", "id": "c"}, {"name": "d e", "id": "f"}, {"name": "a b", "id": "g"}]
    found = lists_in([result(json.dumps(rows)), result(json.dumps(rows[:2]))])
    assert found.shapes == (("name", "id"), ("name", "id")) and found.most == 3
    assert found.values["name", "id"] == {"name": ("a b", "d e"), "id": ("c", "f", "g")}


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "a"}',
        "[1, 2]",
        '[{"n": 1, "i": "c"}, {"n": 2, "i": "d"}]',
        '[{"name": "a", "id": "b"}]',
        "[] and",
        "[]",
    ],
)
def test_other_results_are_no_lists_to_practise_on(text: str) -> None:
    assert lists_in([result(text)]).most == 0


def test_arguments_are_what_the_model_passes_on_in_its_calls() -> None:
    call = '<tool_call>\n{"name": "put_in", "arguments": {"name": "a b", "quantity": 2, "more": ["c"]}}\n</tool_call>'
    finish = '<tool_call>\n{"name": "finish", "arguments": {"name": "a b"}}\n</tool_call>'
    said = (Segment(call.replace("a b", "read"), False), Segment(f"Well.\n{call}\n{finish}", True))
    assert arguments_in(said) == ("a b", "2")


def test_what_is_learnt_of_conversations_was_read_before_and_is_often_another_word(
    practice: Practice, tokenizer: Any
) -> None:
    learnt_of: dict[str, set[str]] = {}
    for seed in range(400):
        made = practice.conversation(Stream("conversation", seed))
        before: set[int] = set()
        for place, (token, mark, by_model) in enumerate(
            zip(made.tokens, made.written, _by_model(made, tokenizer), strict=True)
        ):
            assert not mark or (by_model and token in before)
            if mark:
                key = re.findall(r'"(\w+)":', tokenizer.convert_ids_to_tokens(made.tokens[place - 1]))
                learnt_of.setdefault(key[-1] if key else "", set()).add(tokenizer.decode([token]).strip())
            before |= set() if by_model else {token}
    assert {*learnt_of} == {"", "name", "item_id", "purchase_id", "quantity", "reason", "status"}
    assert all(len(words) > 25 for words in learnt_of.values()), "so few words could be guessed"
    assert {"packed", "sent", "delayed", "delivered"} <= learnt_of["status"], "half of them are as they are"


def _by_model(made: Example, tokenizer: Any) -> list[bool]:
    """Where the model writes, told from the frames of the messages."""
    found, now = [], False
    for token in made.tokens:
        found.append(now)
        text = tokenizer.convert_ids_to_tokens(token)
        now = (now or "assistant\n" in text) and text != "<|im_end|>"
    return found


def test_conversations_come_with_boilerplate_only(practice: Practice, tokenizer: Any) -> None:
    def share(boilerplate: bool) -> float:
        made = (practice.sequence(3, boilerplate, Stream("share", n)) for n in range(200))
        return sum("assistant" in tokenizer.decode(m.tokens) for m in made) / 200

    assert share(False) == 0 and 0.3 < share(True) < 0.55


@pytest.mark.parametrize("boilerplate", [False, True])
@pytest.mark.parametrize("count", [2, 5])
def test_what_is_learnt_of_rows_stands_in_a_row_before(
    practice: Practice, tokenizer: Any, count: int, boilerplate: bool
) -> None:
    for seed in range(20):
        made = practice.rows(count, boilerplate, Stream(seed))
        text = tokenizer.decode(made.tokens)
        assert ('_id": "' in text) == boilerplate
        rows = [
            row.split()
            for row in text.replace('", "item_id": "', " ").replace('", "purchase_id": "', " ").split('"}, {"name": "')
        ]
        words = [[w.strip('"}]') for w in row if w.strip('"}]').isalpha()] for row in rows[1:]]
        first, again = words[:count], words[count:]
        assert len(again) == REPEATS and all(row in first for row in again)
        assert learnt(made, tokenizer) == [word for row in again for word in row[1:]]


def test_practice_recombines_names_and_labels_so_that_no_pair_can_be_remembered(
    practice: Practice, shown: Sequence[Sequence[Segment]]
) -> None:
    of = practice.lists.values["name", "item_id"]
    assert len(of["name"]) > 60 and len(of["item_id"]) > 60
    pairs = {practice.rows(2, True, Stream("pairs", n)).tokens[1:5] for n in range(200)}
    assert len(pairs) > 190


@pytest.mark.parametrize("filled", [False, True])
def test_what_is_learnt_of_words_follows_the_same_word_as_before(practice: Practice, filled: bool) -> None:
    learnt_in_all = 0
    for seed in range(20):
        made = practice.segments(60, filled, Stream(seed))
        learnt_in_all += sum(made.written)
        assert len(made.tokens) == 60
        tokens, marks = (made.tokens[::2], made.written[::2]) if filled else (made.tokens, made.written)
        assert not (filled and any(made.written[1::2]))
        assert not filled or len(set(made.tokens[1::2])) == 1
        for place, mark in enumerate(marks):
            if mark:
                pair = tokens[place - 1 : place + 1]
                assert any(tokens[i : i + 2] == pair for i in range(place - 1)), "the pair occurs before"
    assert learnt_in_all > 40


def practised(
    practice: Practice, tokenizer: Any, shown: Sequence[Sequence[Segment]], chat: TemplateChat, **changes: Any
) -> list[Any]:
    tiny = Tiny(layers=1, width=16, heads=2, feed_forward=16)
    model = build_tiny(Settings(tiny=tiny), tokenizer)
    settings = Copying(**{"steps": 6, "batch": 4, **changes})
    pad = tokenizer.pad_token_id
    return list(practise(model, practice, settings, pad=pad, stream=Stream("practice")))


def test_rows_grow_then_get_boilerplate_then_practice_ends(
    practice: Practice, tokenizer: Any, shown: Any, chat: TemplateChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rlve_dsl.train.copying.LOOK", 1)
    looks = practised(practice, tokenizer, shown, chat, steps=20, accuracy=0.0)
    stages = [(look.rows, look.boilerplate) for look in looks]
    assert stages == [*((rows, False) for rows in range(FEWEST, practice.most + 1)), (practice.most, True)]


def test_practice_that_copies_nothing_ends_with_its_steps(
    practice: Practice, tokenizer: Any, shown: Any, chat: TemplateChat
) -> None:
    (last,) = practised(practice, tokenizer, shown, chat, accuracy=1.0)
    assert (last.step, last.rows, last.boilerplate) == (6, FEWEST, False)
    assert 0 <= last.accuracy < 1


def test_the_same_stream_practises_the_same(practice: Practice, tokenizer: Any, shown: Any, chat: TemplateChat) -> None:
    first, second = (practised(practice, tokenizer, shown, chat) for _ in range(2))
    assert first == second


def test_a_run_without_lists_says_so_and_goes_on(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    import dataclasses

    from rlve_dsl.terminal import Reporter
    from rlve_dsl.train import RunDirectory, Training, read_status
    from tests.train.test_training import SCENARIO as FIRST_STEPS
    from tests.train.test_training import SETTINGS, WARM

    settings = dataclasses.replace(SETTINGS, steps=0, warm_start=dataclasses.replace(WARM, copying=Copying(steps=2)))
    with RunDirectory(tmp_path / "run", {}) as folder:
        Training(rlve_dsl.load(FIRST_STEPS), settings, folder, Reporter()).run()
    assert read_status(folder.path) == "finished"
