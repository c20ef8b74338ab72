"""Demonstrations: they pass, a stated share errs and mends, and trainers can read them."""

from __future__ import annotations

import json
from itertools import islice

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


def test_rows_load_as_one_table(shown: list[Demonstration], tmp_path: object) -> None:
    datasets = pytest.importorskip("datasets")
    rows = [json.loads(json.dumps(d.row())) for d in shown]
    table = datasets.Dataset.from_list(rows)
    assert table.num_rows == 20
    first = table[0]["messages"]
    assert [m["role"] for m in first[:3]] == ["system", "user", "assistant"]
    tools = json.loads(table[0]["tools"])
    assert {"function"} == {tool["type"] for tool in tools}
    calls = [call for m in first if m["role"] == "assistant" for call in m["tool_calls"] or ()]
    assert calls and all(isinstance(json.loads(call["function"]["arguments"]), dict) for call in calls)


def test_a_share_that_cannot_be_reached_is_said(bend: object) -> None:
    tight: Scenario = bend({"turn_budget": "3", "tool_budget": "20"})  # type: ignore[operator]
    with pytest.raises(UsageError, match="demonstrations could be made"):
        list(islice(demonstrate(tight, 5, (0,), 0, 1.0), 5))
