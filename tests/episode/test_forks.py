"""A fork is an independent episode in the same state."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rlve_dsl
from rlve_dsl.agents import OracleAgent, RandomAgent, play
from rlve_dsl.episode import Action, Call, Episode, Malformed, Scenario, record
from rlve_dsl.rng import Stream
from rlve_dsl.user import Heard, Utterance
from tests.conftest import shipped

ROOT = Path(__file__).parents[2]
PLAYED = (
    ("c8.yaml", "cart"),
    ("c8.yaml", "substitution"),
    ("c8.yaml", "journey"),
    ("c8-compliance.yaml", "returns"),
)


@cache
def loaded(path: str) -> Scenario:
    """A scenario, out of sight of Hypothesis, which would print all of it."""
    return shipped(path)


def script(scenario: Scenario, environment: str, level: int, seed: int, choices: int) -> list[Action | Malformed]:
    """What the oracle (for 0) or a random agent does in an episode."""
    episode = scenario.reset(environment, level=level, seed=seed)
    play(episode, RandomAgent(episode, Stream(choices)) if choices else OracleAgent(episode))
    return [turn.action for turn in episode.turns]


def act(episode: Episode, actions: list[Action | Malformed]) -> None:
    for action in actions:
        if episode.outcome is None:
            episode.step(action)


def seen(episode: Episode) -> list[object]:
    """Everything that an episode has to say about itself."""
    parts = [(p.answer, p.grade, p.discounted, p.raised_after, p.questions()) for p in episode.parts]
    return [record(episode), episode.observation.messages, parts, episode.prompt("json"), episode.turn_budget]


@settings(max_examples=40)
@given(
    case=st.sampled_from(PLAYED),
    level=st.integers(0, 12),
    seed=st.integers(0, 500),
    choices=st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
    at=st.integers(0, 6),
)
def test_forks_are_like_fresh_episodes_with_the_same_actions(
    case: tuple[str, str], level: int, seed: int, choices: tuple[int, int, int], at: int
) -> None:
    path, environment = case
    scenario = loaded(path)
    first, second, third = (script(scenario, environment, level, seed, choice) for choice in choices)

    def fresh(*actions: list[Action | Malformed]) -> Episode:
        episode = scenario.reset(environment, level=level, seed=seed)
        for some in actions:
            act(episode, some)
        return episode

    trunk = fresh(first[:at])
    one, other = trunk.fork(), trunk.fork()
    for turn in range(max(len(second), len(third))):  # in turns, so that one could disturb the other
        act(one, second[turn : turn + 1])
        act(other, third[turn : turn + 1])
    act(again := one.fork(), first)
    assert seen(trunk) == seen(fresh(first[:at]))
    assert seen(one) == seen(fresh(first[:at], second))
    assert seen(other) == seen(fresh(first[:at], third))
    assert seen(again) == seen(fresh(first[:at], second, first))
    act(trunk, first[at:])
    assert seen(trunk) == seen(fresh(first))


def test_a_fork_shares_no_state_that_changes(general_cart: Scenario) -> None:
    episode = general_cart.reset("cart", level=12, seed=3)
    act(episode, script(general_cart, "cart", 12, 3, 0)[:3])
    fork = episode.fork()
    ours, theirs = episode._store, fork._store
    assert ours.shop.catalog is theirs.shop.catalog, "the catalog is never copied"
    assert ours.shop.state == theirs.shop.state and ours.shop.state is not theirs.shop.state
    assert ours.shop.stream is not theirs.shop.stream and ours.shop.journal is not theirs.shop.journal
    assert ours.shown is not theirs.shown and ours._monitor is not theirs._monitor
    assert episode._conversation is not fork._conversation and episode.parts[0] is not fork.parts[0]
    assert fork.parts is fork._conversation.parts and fork.turns is not episode.turns


def test_budgets_that_were_changed_stay_so(general_cart: Scenario) -> None:
    episode = general_cart.reset("cart", level=2, seed=3)
    episode.turn_budget, episode.tool_budget = 99, 77
    fork = episode.fork()
    assert (fork.turn_budget, fork.tool_budget) == (99, 77)


def test_a_stream_goes_on_where_it_was(general_cart: Scenario) -> None:
    """An event may draw from the stream of the last call."""
    episode = general_cart.reset("cart", level=2, seed=3)
    for _ in range(2):
        fork = episode.fork()
        ours, theirs = episode._store.shop, fork._store.shop
        assert [ours.stream.bits() for _ in range(3)] == [theirs.stream.bits() for _ in range(3)]
        episode.step(Action(calls=(Call("cart.view"),)))


def test_an_episode_that_has_ended_has_a_fork_that_has_ended(general_cart: Scenario) -> None:
    episode = general_cart.reset("cart", level=2, seed=3)
    episode.step(Malformed("x"))
    assert episode.fork().outcome == episode.outcome


def test_forks_may_be_played_in_threads(c8: Scenario) -> None:
    actions = script(c8, "journey", 8, 4, 0)
    trunk = c8.reset("journey", level=8, seed=4)
    act(trunk, actions[:3])
    forks = [trunk.fork() for _ in range(6)]
    threads = [threading.Thread(target=act, args=(fork, actions[3:])) for fork in forks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    act(trunk, actions[3:])
    assert {record(fork) for fork in forks} == {record(trunk)}


def test_episodes_of_one_scenario_may_be_played_in_threads(c8: Scenario) -> None:
    def played(scenario: Scenario, environment: str) -> str:
        episode = scenario.reset(environment, level=8, seed=5)
        play(episode, OracleAgent(episode))
        return record(episode)

    fresh = rlve_dsl.load(ROOT / "scenarios" / "c8.yaml")  # nothing of it is remembered yet
    names = fresh.environments * 2
    with ThreadPoolExecutor(8) as threads:
        assert [*threads.map(partial(played, fresh), names)] == [played(c8, name) for name in names]


class Counting:
    """A user with state that its author copies."""

    def __init__(self, turns: int = 0) -> None:
        self.turns = turns

    def respond(self, heard: Heard) -> Utterance:
        self.turns += 1
        return Utterance(f"That was {self.turns}.")

    def fork(self) -> Counting:
        return Counting(self.turns)


def test_the_user_is_forked_too(general_cart: Scenario) -> None:
    episode = general_cart.reset("cart", level=2, seed=3, user=lambda role: Counting())
    fork = episode.fork()
    for _ in range(2):
        fork.step(Action("Hello"))
    said = [e.step(Action("Hello")).observation.messages[-1]["content"] for e in (episode, fork)]
    assert said == ["That was 2.", "That was 4."]


# Steps as JSON ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["c8.yaml", "c8-compliance.yaml"])
def test_steps_and_observations_are_json(path: str) -> None:
    scenario = loaded(path)
    for environment in scenario.environments:
        for agent in (OracleAgent, RandomAgent):
            episode = scenario.reset(environment, level=8, seed=1)
            player = agent(episode)
            while episode.outcome is None:
                step = episode.step(player.act(episode.observation))
                assert json.loads(json.dumps(step.info)) == step.info
                assert json.loads(json.dumps(step.observation.messages)) == list(step.observation.messages)
                assert step.info["results"] == [result.content for result in episode.turns[-1].results]
            assert step.info["outcome"] == episode.outcome.as_json()
