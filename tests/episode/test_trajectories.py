"""Trajectories: bounded whatever is played, the same bytes in every process, and the same again when replayed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlve_dsl.agents import OracleAgent, RandomAgent, play
from rlve_dsl.episode import Action, Call, Episode, Malformed, Scenario, parse_completion, record, recorded_user, replay
from rlve_dsl.errors import UsageError
from rlve_dsl.rng import Stream
from tests.conftest import shipped

Bend = Callable[..., Scenario]
ROOT = Path(__file__).parents[2]
PLAYED = ("first-steps.yaml", "c1.yaml", "environments/status.yaml", "environments/returns.yaml")


def start(scenario: Scenario, level: int = 0, seed: int = 0) -> Episode:
    return scenario.reset(scenario.environments[0], level=level, seed=seed)


def played(scenario: Scenario, level: int, seed: int) -> str:
    episode = start(scenario, level, seed)
    play(episode, RandomAgent(episode) if seed % 2 else OracleAgent(episode))
    return record(episode)


# Any agent ----------------------------------------------------------------------------------------------------------

IDS = ("camel", "robin", "otter", "L1", "L2", "camel-1", "camel-2", "nothing", "")
ARGUMENTS = st.dictionaries(
    st.sampled_from(
        ["product_id", "variant_id", "line_id", "qty", "query", "top_k", "filters", "product_ids", "colour"]
    ),
    st.sampled_from(IDS)
    | st.integers(-2, 120)
    | st.none()
    | st.lists(st.sampled_from(IDS), max_size=3)
    | st.lists(
        st.fixed_dictionaries(
            {
                "field": st.sampled_from(["kind", "price", "in_stock", "color", "sheep"]),
                "op": st.sampled_from(["is", "at_least", "at_most"]),
                "value": st.sampled_from(["mug", "red", 12.5, True, None]),
            }
        ),
        max_size=2,
    ),
    max_size=3,
)
GOOD = st.one_of(
    st.just(Call("cart.view")),
    st.just(Call("user_visit_history")),
    st.builds(lambda i: Call("catalog.get_variants", {"product_id": i}), st.sampled_from(IDS)),
    st.builds(
        lambda i, v, q: Call("cart.add", {"product_id": i, **({"variant_id": v} if v else {}), "qty": q}),
        st.sampled_from(IDS), st.sampled_from([None, *IDS]), st.integers(-1, 100),
    ),
    st.builds(lambda i, q: Call("cart.set_quantity", {"line_id": i, "qty": q}), st.sampled_from(IDS), st.integers(-1, 100)),
    st.builds(lambda i: Call("cart.remove", {"line_id": i}), st.sampled_from(IDS)),
    st.builds(lambda q, k: Call("catalog.search", {"query": q, "top_k": k}), st.text(max_size=6), st.integers(-1, 300)),
)  # fmt: skip
ANY = st.builds(
    Call, st.sampled_from(["cart.add", "catalog.search", "catalog_rerank", "cart.fly", "finish", ""]), ARGUMENTS
)
MESSAGES = st.sampled_from(
    [
        "",
        "",
        "Hello",
        "Which option of it would you like?",
        "How many? What instead?",
        "\u2028 \x85 ¿cuántos?",
        "{value}",
    ]
) | st.text(max_size=12)
TURNS = st.one_of(
    st.builds(Action, MESSAGES, st.lists(GOOD, max_size=2).map(tuple)),
    st.builds(Action, MESSAGES, st.lists(GOOD, max_size=1).map(tuple)),
    st.builds(
        Action, MESSAGES, st.lists(GOOD | ANY, max_size=2).map(tuple), st.sampled_from([None, None, {}, {"x": 1}])
    ),
    st.builds(parse_completion, st.text(max_size=20)),
    st.builds(Malformed, st.text(max_size=8), st.text(max_size=8)),
)


@cache
def loaded(name: str) -> Scenario:
    """A scenario, out of sight of Hypothesis, which would print all of it."""
    return shipped(name)


@settings(max_examples=60)
@given(level=st.integers(0, 12), seed=st.integers(0, 2**40), turns=st.lists(TURNS, min_size=12, max_size=12))
def test_no_turns_raise_and_any_play_replays_byte_for_byte(
    level: int, seed: int, turns: list[Action | Malformed]
) -> None:
    first_steps = loaded("first-steps.yaml")
    episode = start(first_steps, level, seed)
    for number, turn in enumerate(turns, start=1):
        step = episode.step(turn)
        assert len(episode.turns) == number <= episode.turn_budget
        assert json.loads(json.dumps(step.observation.messages)) == list(step.observation.messages)
        if episode.outcome is not None:
            assert step.reward == episode.outcome.reward and -1 <= step.reward <= 1 and -1 <= episode.outcome.task <= 1
            break
        assert step.reward is None
    lines = record(episode)
    assert lines.encode().decode().splitlines() == lines.split("\n")[:-1]
    assert all(json.loads(line, parse_constant=pytest.fail) for line in lines.splitlines())
    assert record(replay(lines.splitlines(), first_steps)) == lines


@settings(max_examples=10)
@given(level=st.integers(0, 12), seed=st.integers(0, 10_000), choices=st.integers(0, 10_000))
def test_legal_calls_at_random_are_bounded_and_replay(level: int, seed: int, choices: int) -> None:
    for scenario in map(loaded, PLAYED):
        episode = start(scenario, level, seed)
        outcome = play(episode, RandomAgent(episode, Stream(choices)))
        assert outcome.termination in ("answered", "turns_spent", "gave_up", "forbidden")
        assert -1 <= outcome.reward <= 1 and -1 <= outcome.task <= 1
        lines = record(episode)
        assert record(replay(lines.splitlines(), scenario)) == lines


# The same bytes -----------------------------------------------------------------------------------------------------

SCRIPT = """
import sys, rlve_dsl
from rlve_dsl.episode import record
from rlve_dsl.agents import OracleAgent, RandomAgent, play
for path in sys.argv[1:]:
    scenario = rlve_dsl.load(path)
    for level in (0, 3, 7, 12):
        for agent in (OracleAgent, RandomAgent):
            episode = scenario.reset(scenario.environments[0], level=level, seed=level + 5)
            play(episode, agent(episode))
            sys.stdout.write(episode.prompt("json") + record(episode))
"""


def test_processes_with_different_hash_seeds_play_the_same_bytes() -> None:
    command = [sys.executable, "-c", SCRIPT, *(f"scenarios/{path}" for path in PLAYED)]
    both = [
        subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE)
        for seed in ("1", "4242")
    ]
    first, second = (process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert first == second and first.count(b'"termination"') == 8 * len(PLAYED)


@pytest.mark.parametrize("name", ["first_steps", "c1", "substitution", "bundle", "gifts", "status", "returns"])
def test_an_episode_does_not_depend_on_those_before_it(name: str, request: pytest.FixtureRequest) -> None:
    scenario = request.getfixturevalue(name)
    forwards = [played(scenario, level, seed) for level in (2, 9) for seed in range(2)]
    backwards = [played(scenario, level, seed) for level in (9, 2) for seed in reversed(range(2))]
    assert backwards == forwards[::-1]


def test_episodes_side_by_side_do_not_touch_each_other(first_steps: Scenario) -> None:
    alone = [played(first_steps, 6, seed) for seed in (0, 2)]
    pair = [start(first_steps, 6, seed) for seed in (0, 2)]
    agents = [OracleAgent(episode) for episode in pair]
    while any(episode.outcome is None for episode in pair):
        for episode, agent in zip(pair, agents, strict=True):
            if episode.outcome is None:
                episode.step(agent.act(episode.observation))
    assert [record(episode) for episode in pair] == alone


def test_seeds_and_levels_make_different_episodes(first_steps: Scenario) -> None:
    lines = {played(first_steps, level, seed) for level in (0, 6, 12) for seed in range(5)}
    assert len(lines) == 15


def test_an_action_is_recorded_in_the_order_in_which_it_was_written(first_steps: Scenario) -> None:
    for args in ({"b": 1, "a": 2}, {"a": 2, "b": 1}):
        episode = start(first_steps)
        episode.step(Action(calls=(Call("cart.view", args),)))
        assert record(replay(record(episode).splitlines(), first_steps)) == record(episode)


# Replaying ----------------------------------------------------------------------------------------------------------


def test_an_unfinished_trajectory_replays_as_far_as_it_goes(first_steps: Scenario) -> None:
    episode = start(first_steps, 3)
    episode.step(Action("How many?", (Call("cart.view"),)))
    again = replay(record(episode).splitlines(), first_steps)
    assert again.outcome is None and record(again) == record(episode)


@pytest.mark.parametrize("reason", ["out of tokens", ""])
def test_a_cut_off_replays_as_one(first_steps: Scenario, reason: str) -> None:
    episode = start(first_steps, 3)
    episode.step(Action("How many?"))
    episode.cut_off(reason)
    assert record(replay(record(episode).splitlines(), first_steps)) == record(episode)


@pytest.mark.parametrize(
    "lines",
    [
        [], ["junk"], ["[1]"], ["3"], ['"format"'], ["{}"], ['{"format": 2}'], ['{"format": 1}'], ["[" * 100_000],
    ],
)  # fmt: skip
def test_what_is_no_trajectory_is_a_usage_error(first_steps: Scenario, lines: list[str]) -> None:
    with pytest.raises(UsageError, match="trajectory"):
        replay(lines, first_steps)


@pytest.mark.parametrize(
    ("line", "path", "value"),
    [
        (0, ["environment"], "sheep"),
        (0, ["level"], 33),
        (0, ["level"], "three"),
        (0, ["digest"], "0"),
        (1, ["action"], 3),
        (1, ["action", "assistant_message"], 3),
        (1, ["action", "tool_calls"], [{"name": 3}]),
        (1, ["action", "answer"], {}),
        (2, ["outcome"], "answered"),
    ],
)
def test_a_trajectory_spoilt_by_hand_is_a_usage_error(
    first_steps: Scenario, line: int, path: list[str], value: object
) -> None:
    episode = start(first_steps, 3)
    episode.step(Action(answer={}))
    entries = [json.loads(entry) for entry in record(episode).splitlines()]
    place = entries[line]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(UsageError):
        replay([json.dumps(entry) for entry in entries], first_steps)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([3], "line 1 .* is of type int, and lines of text"),
        (None, "given as its lines, .* of type NoneType"),
        ('{"format": 1}\n', "given as its lines, such as `text.splitlines\\(\\)`, .* of type str"),
        (b"{}", "given as its lines, .* of type bytes"),
    ],
)
def test_what_holds_no_lines_of_text_is_a_usage_error(first_steps: Scenario, lines: Any, said: str) -> None:
    for read in (lambda: replay(lines, first_steps), lambda: recorded_user(lines)):
        with pytest.raises(UsageError, match=said):
            read()


def test_what_is_no_episode_is_not_recorded() -> None:
    nothing: Any = None
    with pytest.raises(UsageError, match="`record` takes an episode, .* of type NoneType"):
        record(nothing)


def test_a_trajectory_of_another_scenario_is_refused(first_steps: Scenario, bend: Bend) -> None:
    with pytest.raises(UsageError, match="recorded with `first-steps`, and this is `bent`"):
        replay(played(first_steps, 0, 0).splitlines(), bend({"omission": "0.123"}))
    other = played(first_steps, 0, 0).replace(first_steps.digest, "0" * len(first_steps.digest))
    with pytest.raises(UsageError, match="another version of `first-steps`"):
        replay(other.splitlines(), first_steps)


def test_a_trajectory_goes_on_only_until_its_end(first_steps: Scenario) -> None:
    lines = played(first_steps, 0, 0).splitlines()
    with pytest.raises(UsageError, match="line 7 stands after the end of this trajectory: the outcome is line 6"):
        replay([*lines, lines[1]], first_steps)
    turn = json.dumps({**json.loads(lines[1]), "turn": 5})
    with pytest.raises(UsageError, match="turn 5 of this trajectory stands after the episode has ended"):
        replay([*lines[:-1], turn], first_steps)


# Axes with levels of their own ---------------------------------------------------------------------------------------


def with_axes(scenario: Scenario, axes: dict[str, int], level: int = 0) -> Episode:
    episode = scenario.reset("cart", level=level, seed=4, axes=axes)
    play(episode, OracleAgent(episode))
    return episode


def test_axes_with_levels_of_their_own_are_as_at_that_level_and_nothing_else_is() -> None:
    scenario = shipped("first-steps.yaml")
    easy, hard = (scenario.reset("cart", level=level, seed=4) for level in (0, 12))
    mixed = scenario.reset("cart", level=0, seed=4, axes={"items": 12})
    values = [episode.environment.axis_values(episode.level) for episode in (easy, mixed, hard)]
    assert values[1] == {**values[0], "items": values[2]["items"]} and values[0]["items"] < values[2]["items"]
    assert scenario.reset("cart", level=0, seed=4).environment.axis_values(0) == values[0], (
        "the scenario stays as it is"
    )
    every = dict.fromkeys(values[0], 12)
    assert with_axes(scenario, every).opening == hard.opening


def test_a_trajectory_names_the_levels_of_axes_and_is_replayed_with_them() -> None:
    scenario = shipped("first-steps.yaml")
    episode = with_axes(scenario, {"items": 12, "history": 6}, level=1)
    text = record(episode)
    assert json.loads(text.splitlines()[0])["axes"] == {"items": 12, "history": 6}
    assert text == record(with_axes(scenario, {"items": 12, "history": 6}, level=1))
    again = replay(text.splitlines(), scenario)
    assert record(again) == text and again.outcome == episode.outcome
    assert "axes" not in json.loads(played(scenario, 1, 4).splitlines()[0])


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({"itmes": 1}, "`cart` has no axis `itmes`: did you mean `items`?"),
        ({"items": 13}, "level 13 is outside 0..12"),
    ],
)
def test_axes_and_levels_that_there_are_not_are_refused(axes: dict[str, int], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        with_axes(shipped("first-steps.yaml"), axes)


@pytest.mark.parametrize("axes", [[["items", 1]], {"items": "one"}])
def test_a_trajectory_whose_axes_are_no_levels_is_refused(axes: object) -> None:
    scenario = shipped("first-steps.yaml")
    first, *rest = played(scenario, 1, 4).splitlines()
    with pytest.raises(UsageError, match="line 1 of this trajectory: `(axes|items)`"):
        replay([json.dumps({**json.loads(first), "axes": axes}), *rest], scenario)
