"""Demonstrations: they pass, a stated share errs and mends, and trainers can read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.agents import Demonstration, demonstrate
from rlve_dsl.episode import Scenario, parse_message
from rlve_dsl.errors import UsageError


@pytest.fixture(scope="module")
def shown(first_steps: Scenario) -> list[Demonstration]:
    return list(demonstrate(first_steps, 20, (0, 3, 6, 9), 0, 0.25))


def test_each_passes_and_the_share_of_mistakes_is_what_was_asked_for(shown: list[Demonstration]) -> None:
    assert len(shown) == 20 and all(d.passed for d in shown)
    assert sum(bool(d.mistakes) for d in shown) == 5
    assert {d.key.level for d in shown} == {0, 3, 6, 9} and all(d.key.seed % 2 == 0 for d in shown)


def test_each_has_a_seed_of_its_own(shown: list[Demonstration]) -> None:
    seeds = [d.key.seed for d in shown]
    assert len(set(seeds)) == len(seeds), "one world at several levels is one thing to learn, and not several"


@pytest.mark.parametrize("episodes", [3, 29, 130])
def test_few_demonstrations_are_of_all_levels_and_environments(c8: Scenario, episodes: int) -> None:
    levels = tuple(range(13))
    keys = [one.key for one in demonstrate(c8, episodes, levels, 0, 0.0)]
    assert [key.seed for key in keys] == [2 * number for number in range(episodes)]
    places = [(environment, level) for level in levels for environment in c8.environments]
    whole = episodes - episodes % len(places)
    assert [key[:2] for key in keys[:whole]] == places * (episodes // len(places)), "in whole rounds, in order"
    rest = [key[:2] for key in keys[whole:]]
    assert len(set(rest)) == len(rest)
    for place, names in ((0, c8.environments), (1, levels)):
        often = [sum(key[place] == name for key in rest) for name in names]
        assert max(often) - min(often) <= 1
    assert {level for _, level in rest} >= {0, 12}, "levels are spread"


@pytest.mark.parametrize("seed", [1, -3])
def test_no_demonstration_is_a_held_out_episode(first_steps: Scenario, seed: int) -> None:
    with pytest.raises(UsageError, match=f"the first seed is even, not {seed}"):
        next(demonstrate(first_steps, 4, (0,), seed, 0.0))


def test_what_went_wrong_is_marked_and_nothing_else(shown: list[Demonstration]) -> None:
    for demonstration in shown:
        row = demonstration.row()
        marked = [n for n, message in enumerate(row["messages"]) if "mistake" in message]
        assert marked == row["mistakes"] and len(marked) == len(demonstration.mistakes)
        assert all(row["messages"][n]["role"] == "assistant" for n in marked)


def test_a_conversation_plays_again(first_steps: Scenario, shown: list[Demonstration]) -> None:
    for demonstration in shown:
        episode = first_steps.reset(
            demonstration.key.environment, level=demonstration.key.level, seed=demonstration.key.seed
        )
        messages = demonstration.row()["messages"]
        assert [m["content"] for m in messages[:2]] == [episode.system_prompt, episode.opening]
        for message in messages:
            if message["role"] == "assistant":
                episode.step(parse_message(message))
        assert episode.outcome is not None and episode.outcome.correct
        told = [m["content"] for turn in episode.turns for m in turn.messages]
        assert told == [m["content"] for m in messages[2:] if m["role"] != "assistant"]


def test_the_split_form_leaves_no_mistake_to_be_learnt(shown: list[Demonstration]) -> None:
    for demonstration in shown:
        row = demonstration.row("prompt-completion")
        assert row["completion"][0]["role"] == "assistant"
        assert not any("mistake" in message for message in row["completion"])
        assert row["prompt"] + row["completion"] == demonstration.row()["messages"]


def test_arguments_are_objects_or_json_texts(shown: list[Demonstration]) -> None:
    for demonstration in shown:
        objects, texts = (_calls(demonstration.messages(form)) for form in ("objects", "text"))
        assert objects == _calls(demonstration.row()["messages"])
        assert objects and all(isinstance(call["arguments"], dict) for call in objects)
        assert [{**call, "arguments": json.loads(call["arguments"])} for call in texts] == objects


def _calls(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [call["function"] for message in messages for call in message.get("tool_calls", ())]


@pytest.fixture(scope="module")
def file(shown: list[Demonstration], c8: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of demonstrations with many tools: one call a turn, as some templates take no more."""
    rows = [one.row() for one in [*shown, *demonstrate(c8, 52, tuple(range(13)), 0, 0.25)]]
    path = tmp_path_factory.mktemp("demos") / "demos.jsonl"
    lines = [
        json.dumps(row) for row in rows if all(len(message.get("tool_calls", ())) < 2 for message in row["messages"])
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    calls = [call for line in lines for call in _calls(json.loads(line)["messages"])]
    assert len({frozenset(call["arguments"]) for call in calls}) > 8, "calls have different arguments"
    return path


@pytest.mark.parametrize("template", ["qwen2_5", "qwen3", "qwen3_5_nothink", "llama3_1"])
def test_templates_write_the_arguments_of_a_loaded_file_once(file: Path, template: str) -> None:
    datasets, trl, transformers = (pytest.importorskip(name) for name in ("datasets", "trl", "transformers"))
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizers.Tokenizer(tokenizers.models.BPE()), bos_token="<bos>", eos_token="<eos>"
    )
    tokenizer.chat_template = (Path(trl.__file__).parent / "chat_templates" / f"{template}.jinja").read_text("utf-8")
    table = datasets.load_dataset("json", data_files=str(file), split="train", cache_dir=str(file.parent / "cache"))
    written = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert table.num_rows == len(written)
    for row, original in zip(table, written, strict=True):
        text = tokenizer.apply_chat_template(row["messages"], tools=json.loads(row["tools"]), tokenize=False)
        text = text[text.rindex(original["messages"][1]["content"]) :]
        calls = _calls(original["messages"])
        found = _xml_calls(text) if template == "qwen3_5_nothink" else _json_calls(text)
        assert found == [(call["name"], _rounded(dict(call["arguments"]))) for call in calls]


def _json_calls(text: str) -> list[tuple[str, object]]:
    found = re.findall(r'\{"name": "(\w+)", "(?:arguments|parameters)": ', text)
    decode = json.JSONDecoder().raw_decode
    places = [match.end() for match in re.finditer(r'\{"name": "\w+", "(?:arguments|parameters)": ', text)]
    return [(name, _rounded(decode(text[at:])[0])) for name, at in zip(found, places, strict=True)]


def _xml_calls(text: str) -> list[tuple[str, object]]:
    found = []
    for name, inside in re.findall(r"(?s)<function=(\w+)>\n(.*?)</function>", text):
        pairs = re.findall(r"(?s)<parameter=(\w+)>\n(.*?)\n</parameter>", inside)
        found.append((name, _rounded({key: _value(value) for key, value in pairs})))
    return found


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _rounded(value: object) -> object:
    """A value with numbers of nine decimals: `datasets` rounds the last digit of some."""
    if isinstance(value, dict):
        return {key: _rounded(of) for key, of in value.items()}
    if isinstance(value, list):
        return [_rounded(of) for of in value]
    return round(value, 9) if isinstance(value, float) else value


def _rows_of(path: str) -> Iterator[dict[str, Any]]:
    with open(path, encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def test_a_generator_of_the_lines_gives_the_numbers_as_they_are_written(file: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    table = datasets.IterableDataset.from_generator(_rows_of, gen_kwargs={"path": str(file)})
    assert list(table) == rows


def test_a_share_that_cannot_be_reached_is_said(bend: object) -> None:
    tight: Scenario = bend({"turn_budget": "3", "tool_budget": "20"})  # type: ignore[operator]
    with pytest.raises(UsageError, match="demonstrations could be made"):
        list(islice(demonstrate(tight, 5, (0,), 0, 1.0), 5))
