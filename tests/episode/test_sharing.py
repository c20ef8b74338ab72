"""Nothing that an agent is given, or gives, is shared with the catalog, the world or a recording; a replay is the play."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

from rlve_dsl.agents import OracleAgent, RandomAgent
from rlve_dsl.episode import (
    Action,
    Call,
    Episode,
    Malformed,
    Scenario,
    parse_completion,
    parse_json_action,
    parse_message,
    record,
    replay,
)
from tests.conftest import shipped


@cache
def scenario(path: str) -> Scenario:
    return shipped(path)


def wreck(value: object) -> None:
    """Change whatever can be changed, at every depth."""
    if isinstance(value, dict):
        wreck(list(value.values()))
        value.clear()
        value["wrecked"] = True
    elif isinstance(value, list | tuple):
        for part in value:
            wreck(part)
        if isinstance(value, list):
            value.clear()


def play(episode: Episode, agent: Any, after: Callable[[Episode, Any, Any], None] = lambda *_: None) -> str:
    while episode.outcome is None:
        action = agent.act(episode.observation)
        step = episode.step(action)
        after(episode, action, step)
    return record(episode)


def wreck_all(episode: Episode, action: Any, step: Any) -> None:
    wreck(step.info)
    wreck(step.observation.messages)
    wreck(episode.turns[-1].messages)
    wreck(episode.tools)
    wreck([call.args for call in getattr(action, "calls", ())])
    wreck(getattr(action, "answer", None))


def wreck_results(episode: Episode) -> None:
    for turn in episode.turns:
        for result in turn.results:
            wreck(result.value)
            wreck(result.content)


PLAYS = [
    (path, number, level)
    for path, environments in (("c4.yaml", 4), ("environments/returns.yaml", 1), ("environments/status.yaml", 1))
    for number in range(environments)
    for level in (0, 12)
]


@pytest.mark.parametrize(("path", "number", "level"), PLAYS)
@pytest.mark.parametrize("agent", [OracleAgent, RandomAgent])
def test_an_agent_that_changes_what_it_is_given_changes_nothing(path: str, number: int, level: int, agent: Any) -> None:
    loaded = scenario(path)

    def start() -> Episode:
        return loaded.reset(loaded.environments[number], level=level, seed=3)

    episode = start()
    told, before = (episode.system_prompt, episode.tools), play(episode, agent(episode))
    episode = start()
    assert play(episode, agent(episode), wreck_all) == before
    wreck_results(episode)
    episode = start()
    assert (episode.system_prompt, episode.tools) == told
    assert play(episode, agent(episode)) == before


# A replay is the play -----------------------------------------------------------------------------------------------


def odd_actions() -> Iterator[Action | Malformed]:
    for done in ("true", "false", "null", '"x"', "[]"):
        yield parse_completion(f'<tool_call>{{"name": "finish", "arguments": {{"done": {done}}}}}</tool_call>')
    yield parse_completion('<tool_call>{"name": "finish", "arguments": {"finish": {}, "answer": {}}}</tool_call>')
    yield parse_json_action('{"answer": {"done": true}}')
    yield parse_json_action('{"tool_calls": [{"name": "finish", "args": {"done": true}}]}')
    yield parse_message({"tool_calls": [{"function": {"name": "finish", "arguments": '{"done": true}'}}]})
    yield Action(answer={"done": True})
    yield Action(answer=MappingProxyType({"done": True}))
    for value in (
        float("nan"),
        10**5000,
        -(10**400),
        {1, 2},
        {1: 2},
        b"x",
        object(),
        "\ud800",
        ("a", ("b",)),
        nested(33),
        nested(5000),
    ):
        yield Action(calls=(Call("catalog.search", {"query": value}),))
        yield Action(answer={"order_id": value})
        yield parse_message({"tool_calls": [{"function": {"name": "catalog_search", "arguments": {"query": value}}}]})  # type: ignore[dict-item]
    yield Action(calls=(Call("catalog.search", MappingProxyType({"query": ("a",)})),))
    yield Action(message="\ud800")


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("number", range(len(list(odd_actions()))))
def test_an_odd_action_is_replayed_as_it_was_played(number: int) -> None:
    loaded = scenario("environments/status.yaml")
    episode = loaded.reset(loaded.environments[0], level=0, seed=0)
    episode.step(list(odd_actions())[number])
    recorded = record(episode)
    again = replay(recorded.splitlines(), loaded)
    assert record(again) == recorded
    assert again.turns[-1].action == episode.turns[-1].action


def test_an_answer_with_a_field_done_is_illegal_in_every_form(done: str = '{"done": true}') -> None:
    loaded = scenario("environments/status.yaml")
    answers = [
        parse_completion(f'<tool_call>{{"name": "finish", "arguments": {done}}}</tool_call>'),
        parse_message({"tool_calls": [{"function": {"name": "finish", "arguments": done}}]}),
    ]
    for answer in answers:
        episode = loaded.reset(loaded.environments[0], level=0, seed=0)
        assert episode.step(answer).reward == -1
        assert episode.outcome is not None and "`done`" in episode.outcome.reason
        again = replay(record(episode).splitlines(), loaded)
        assert again.outcome == episode.outcome


def test_an_action_is_recorded_as_it_was_when_it_was_played() -> None:
    loaded = scenario("environments/status.yaml")
    episode = loaded.reset(loaded.environments[0], level=0, seed=0)
    args: dict[str, Any] = {"query": "tea"}
    episode.step(Action(calls=(Call("nothing", args),)))
    before = record(episode)
    args["query"] = "coffee"
    assert record(episode) == before and json.loads(before.splitlines()[1])["action"]["tool_calls"][0]["args"] == {
        "query": "tea"
    }
