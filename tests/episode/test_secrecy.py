"""What is hidden stays hidden: the goal for good, an omitted fact until the user says it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, RandomAgent, play
from rlve_dsl.episode import Action, Call, Episode, Scenario, record
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.plugins import registry
from rlve_dsl.rng import Stream
from rlve_dsl.world import Draw, Sampler, sampler
from tests.conftest import collection

# A secret is a number that nothing else of an episode contains, so that finding its digits anywhere is a leak.


@sampler()
def sample_secret(draw: Draw) -> int:
    """A number with nine digits."""
    return draw.stream.integer(10**8, 10**9 - 1)


class Secrets:
    @hookimpl
    def rlve_samplers(self) -> list[Sampler]:
        return [sample_secret]


WHISPER = """
kind: Environment
name: whisper
title: Whispering
brief: Find out the number.
tools: [catalog.*, cart.*]
world:
  - {let: told, sample_secret: {}}
  - {let: hidden, sample_secret: {}}
  - {let: aim, sample_secret: {}}
  - {let: never, sample_secret: {}}
goal: {number: aim, twice: 2 * aim}
user:
  opening: "Hello."
  facts:
    - {fact: told, value: told, says: "Remember {value}."}
    - {fact: hidden, value: hidden, says: "My number is {value}.", ask: "What is your number?", omit: 100%}
  reactions:
    - {when: "count(cart) > 0 and goal.number > 0", act: correct, says: "Take that out."}
answer: {number: {type: int, says: "the number"}}
measures: {near: "1 / (1 + abs(answer.number - goal.number))"}
reward: {task: "2 * score(answer.number == goal.number) - 1 + 0 * near"}
correct_when: answer.number == goal.number
solution:
  - ask: all
  - next_turn: {}
  - finish: {number: surely(said.hidden).value}
"""


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    folder = tmp_path_factory.mktemp("whisper")
    (folder / "whisper.yaml").write_text(WHISPER, encoding="utf-8")
    return rlve_dsl.load(collection(folder, "whispers", "whisper.yaml"), registry([Secrets()]))


def everything_shown(episode: Episode) -> str:
    """All that an agent, a log of its steps or a reader of its trajectory gets to see."""
    parts = [
        record(episode),
        episode.prompt("native"),
        episode.prompt("json"),
        json.dumps(episode.tools),
        episode.opening,
    ]
    return "\n".join([*parts, repr(episode.observation), repr(episode.turns), repr(episode.outcome), repr(episode)])


def secret(episode: Episode, name: str) -> str:
    return str(episode.parts[0].names[name])


@pytest.mark.parametrize("level", [0, 6, 12])
def test_the_goal_is_in_nothing_that_is_shown(whisper: Scenario, level: int) -> None:
    for seed in range(20):
        episode = whisper.reset("whisper", level=level, seed=seed)
        agent = RandomAgent(episode, Stream(seed))
        while episode.outcome is None:
            step = episode.step(agent.act(episode.observation))
            assert secret(episode, "aim") not in repr(step)
        goal = episode.parts[0].names["goal"]
        shown = everything_shown(episode)
        assert str(goal["number"]) not in shown and str(goal["twice"]) not in shown
        assert secret(episode, "never") not in shown
        assert secret(episode, "told") in episode.opening


def test_an_omitted_fact_is_shown_only_once_it_was_asked_for(whisper: Scenario) -> None:
    for seed in range(20):
        episode = whisper.reset("whisper", level=5, seed=seed)
        play_on: Iterator[Action] = iter([Action("I am looking into it."), Action(calls=(Call("cart.view"),))])
        for action in play_on:
            episode.step(action)
        assert secret(episode, "hidden") not in everything_shown(episode)
        assert episode.parts[0].said["hidden"] is None
        step = episode.step(Action("What is your number?"))
        assert secret(episode, "hidden") in step.observation.messages[-1]["content"]
        assert episode.parts[0].said["hidden"] == {"value": int(secret(episode, "hidden"))}


def test_an_answer_that_is_right_says_no_more_than_that(whisper: Scenario) -> None:
    episode = whisper.reset("whisper", level=0, seed=1)
    aim = int(secret(episode, "aim"))
    step = episode.step(Action(answer={"number": aim + 3}))
    assert str(aim) not in repr(step.info["outcome"]) and "near = 0.25" in repr(step.info["outcome"])


class Untouchable:
    """A goal that must not be looked at."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError("the goal was read")

    __getitem__ = __getattr__


@pytest.mark.parametrize("name", ["first_steps", "c1", "substitution", "bundle", "gifts"])
def test_no_turn_of_a_shipped_environment_reads_the_goal(name: str, request: pytest.FixtureRequest) -> None:
    scenario: Scenario = request.getfixturevalue(name)
    for level in (0, 6, 12):
        usual = scenario.reset(scenario.environments[0], level=level, seed=2)
        play(usual, OracleAgent(usual))
        blind = scenario.reset(scenario.environments[0], level=level, seed=2)
        blind.parts[0].drawn.own["goal"] = Untouchable()
        for turn in usual.turns[:-1]:
            blind.step(turn.action)
        assert [t.messages for t in blind.turns] == [t.messages for t in usual.turns[:-1]]


def test_the_goal_is_no_name_where_an_agent_looks(first_steps: Scenario) -> None:
    episode = first_steps.reset("cart", level=6, seed=1)
    step = episode.step(Action(calls=(Call("user.visit_history"),)))
    assert step.info.keys() == {"results"}
    shop = episode._store.shop
    assert "goal" not in shop.provided and "wanted" not in shop.provided
    assert shop.axes.keys() == set(episode.environment.axes)


@pytest.mark.parametrize("level", [2, 8, 12])
def test_the_opening_of_a_cart_holds_no_option_that_it_omits(first_steps: Scenario, level: int) -> None:
    omitted = 0
    for seed in range(40):
        episode = first_steps.reset("cart", level=level, seed=seed)
        said = {str(entry["value"]) for fact in ("item", "variant") for entry in episode.parts[0].said[fact]}
        for slot in episode.parts[0].open_slots:
            if slot.fact == "variant" and not any(str(slot.value) in text for text in said):
                omitted += 1
                assert f" {slot.value}" not in episode.opening + episode.prompt("json")
    assert omitted > 5
