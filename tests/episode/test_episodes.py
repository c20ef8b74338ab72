"""Episodes: deterministic, bounded, honest about what is hidden, and the same again when replayed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rlve_dsl
from rlve_dsl.episode import (
    Action,
    Call,
    Episode,
    Malformed,
    Scenario,
    parse_completion,
    parse_json_action,
    record,
    render_completion,
    replay,
)
from rlve_dsl.evaluate import MISTAKES, OracleAgent, RandomAgent, play
from rlve_dsl.rng import Stream

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def first() -> Scenario:
    return rlve_dsl.load(ROOT / "scenarios" / "first-steps.yaml")


@pytest.fixture(scope="module")
def c1() -> Scenario:
    return rlve_dsl.load(ROOT / "scenarios" / "c1.yaml")


def start(scenario: Scenario, level: int = 0, seed: int = 0) -> Episode:
    return scenario.reset(scenario.environments[0], level=level, seed=seed)


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("level", range(13))
@pytest.mark.parametrize("name", ["first", "c1"])
def test_the_oracle_passes_at_every_level(
    name: str, level: int, shuffled: bool, request: pytest.FixtureRequest
) -> None:
    scenario = request.getfixturevalue(name)
    for seed in range(4):
        episode = start(scenario, level, seed)
        outcome = play(episode, OracleAgent(episode, shuffle=Stream("shuffle", seed) if shuffled else None))
        assert outcome.correct, (seed, outcome)


@settings(max_examples=30, deadline=None)
@given(level=st.integers(0, 12), seed=st.integers(0, 10_000), choices=st.integers(0, 10_000))
def test_any_play_is_bounded_and_replays_byte_for_byte(first: Scenario, level: int, seed: int, choices: int) -> None:
    episode = start(first, level, seed)
    outcome = play(episode, RandomAgent(episode, Stream(choices)))
    assert -1 <= outcome.reward <= 1 and -1 <= outcome.task <= 1
    assert len(episode.turns) <= episode.turn_budget
    if outcome.terms:
        assert outcome.reward == pytest.approx(max(-1, min(1, sum(t.weight * t.value for t in outcome.terms))))
    lines = record(episode)
    assert record(replay(lines.splitlines(), first)) == lines


def test_another_process_with_another_hash_seed_plays_the_same_bytes(first: Scenario) -> None:
    command = [sys.executable, "-m", "rlve_dsl.cli", "run", "scenarios/first-steps.yaml", "--level", "7", "--seed", "5", "--json"]
    outputs = {
        subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": s}, capture_output=True, check=True).stdout
        for s in ("1", "2")
    }
    assert len(outputs) == 1


def test_episodes_do_not_depend_on_earlier_ones(first: Scenario) -> None:
    def trajectory(seed: int) -> str:
        episode = start(first, 5, seed)
        play(episode, OracleAgent(episode))
        return record(episode)

    forwards = [trajectory(seed) for seed in range(5)]
    assert [trajectory(seed) for seed in reversed(range(5))] == forwards[::-1]


def test_what_the_opening_omits_is_in_nothing_that_the_agent_sees(first: Scenario) -> None:
    omitted = 0
    for seed in range(40):
        episode = start(first, 2, seed)
        open_slots = {(fact, key) for fact, key, _ in episode.questions()}
        seen = episode.opening + episode.system_prompt + json.dumps(episode.tools)
        for slot in episode._shopper.open_slots:
            if slot.fact == "variant":
                omitted += 1
                assert f" {slot.value}" not in seen
        assert all(fact != "item" for fact, _ in open_slots)
    assert omitted > 5


@pytest.mark.parametrize("turn", [1, 2])
@pytest.mark.parametrize(
    ("action", "ending"),
    [
        (Malformed("no action"), "malformed_action"),
        (Action(calls=(Call("cart.fly"),)), "illegal_call"),
        (Action(calls=(Call("cart.add"),)), "illegal_call"),
        (Action(calls=(Call("cart.add", {"product_id": "x", "colour": "red"}),)), "illegal_call"),
        (Action(calls=(Call("cart.add", {"product_id": "x", "qty": "two"}),)), "illegal_call"),
        (Action(calls=(Call("cart.view"), Call("cart.view"))), "illegal_call"),
        (Action(answer={"total": 3}), "illegal_call"),
    ],
)
def test_a_hard_failure_is_minus_one_on_any_turn(first: Scenario, turn: int, action: Action, ending: str) -> None:
    episode = start(first)
    if turn == 2:
        episode.step(Action("Hello?"))
    step = episode.step(action)
    assert step.terminated and step.reward == -1
    assert episode.outcome is not None and episode.outcome.termination == ending


def test_a_refusal_is_a_result(first: Scenario) -> None:
    step = start(first).step(Action(calls=(Call("cart_add", {"product_id": "nothing"}),)))
    assert not step.terminated and "refused" in step.observation.messages[0]["content"]


def test_an_unfinished_episode_has_done_its_task_as_badly_as_can_be(first: Scenario) -> None:
    episode = start(first)
    while episode.outcome is None:
        episode.step(Action(calls=(Call("cart.view"),)))
    assert episode.outcome.termination == "turns_spent" and episode.outcome.task == -1 and not episode.outcome.correct


def test_a_shopper_gives_up_when_nothing_helps(first: Scenario) -> None:
    episode = start(first, 12)
    while episode.outcome is None:
        episode.step(Action("Nice weather."))
    assert episode.outcome.termination == "gave_up"


def test_stock_outs_happen_after_the_first_turn(c1: Scenario) -> None:
    changed = 0
    for seed in range(4):
        episode = start(c1, 12, seed)
        kind = episode.said["kind"]["value"]
        search = Action(calls=(Call("catalog.search", {"query": kind, "filters": [{"field": "kind", "op": "is", "value": kind}], "top_k": 80}),))
        shown = []
        for _ in range(3):
            rows = json.loads(episode.step(search).observation.messages[0]["content"])["products"]
            shown.append({r["product_id"]: r["in_stock"] for r in rows})
        changed += sum(shown[0].get(p, False) and not s for p, s in shown[1].items())
        assert all(not shown[1][p] or shown[2].get(p, True) for p in shown[1])
    assert changed > 0


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_cost(first: Scenario, mistake: str) -> None:
    rewards = []
    for rate in (0.0, 1.0):
        total = 0.0
        for seed in range(25):
            episode = start(first, 2, seed)
            total += play(episode, OracleAgent(episode, mistakes={mistake: rate})).reward
        rewards.append(total)
    assert rewards[1] < rewards[0]


@pytest.mark.parametrize(
    "text",
    ['<tool_call>{"name": ', '<tool_call>{"name": "x", "arguments": {"a": NaN}}</tool_call>', "</tool_call>",
     '<tool_call>{"name": "x", "name": "y"}</tool_call>', "<tool_call>" + "[" * 5000 + "</tool_call>"],
)  # fmt: skip
def test_an_unreadable_generation_is_malformed(text: str) -> None:
    assert isinstance(parse_completion(text), Malformed)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_no_text_makes_the_parsers_raise(text: str) -> None:
    parse_completion(text)
    parse_json_action(text)


def test_both_forms_say_the_same() -> None:
    action = Action("One moment.", (Call("cart_view"),), {"products": ["a"]})
    assert parse_completion(render_completion(action)) == action
    assert parse_json_action(json.dumps(action.as_json())) == action
