"""Random calls are legal, and a person at a terminal can play."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from rlve_dsl.agents import HumanAgent, RandomAgent, play
from rlve_dsl.episode import Action, Call, Episode, Scenario, record
from rlve_dsl.rng import Stream

Bend = Callable[..., Scenario]


def start(scenario: Scenario, level: int = 0, seed: int = 0) -> Episode:
    return scenario.reset(scenario.environments[0], level=level, seed=seed)


@pytest.mark.parametrize("name", ["first_steps", "c1", "general_cart"])
def test_random_calls_are_legal_and_pay_little(name: str, request: pytest.FixtureRequest) -> None:
    scenario: Scenario = request.getfixturevalue(name)
    passed = 0
    for seed in range(20):
        episode = start(scenario, seed % 13, seed)
        outcome = play(episode, RandomAgent(episode))
        assert outcome.termination in ("answered", "turns_spent", "gave_up", "forbidden")
        passed += outcome.correct
    assert passed <= 1


def test_random_calls_are_those_of_the_stream(first_steps: Scenario) -> None:
    def lines(*path: object) -> str:
        episode = start(first_steps, 6)
        play(episode, RandomAgent(episode, Stream(*path)))
        return record(episode)

    assert lines("a") == lines("a") and len({lines(number) for number in range(8)}) > 4


# A person -----------------------------------------------------------------------------------------------------------


class Terminal:
    """Types these lines, then ends the input; keeps what is written."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.written: list[str] = []

    def read(self, prompt: str) -> str:
        try:
            return next(self._lines)
        except StopIteration:
            raise EOFError from None


def turn(episode: Episode, *lines: str) -> tuple[Action, str]:
    terminal = Terminal(lines)
    agent = HumanAgent(episode, terminal.read, terminal.written.append)
    action = agent.act(episode.observation)
    assert isinstance(action, Action)
    return action, "\n".join(terminal.written)


def test_words_and_calls_make_a_turn(first_steps: Scenario) -> None:
    action, _ = turn(
        start(first_steps),
        "How many", "do you want?", "/call cart.view",
        '/call cart.add id=robin qty=2 size=3d said="two  words" top=[1, "a b"]  by={"a": null} flag=true', "",
    )  # fmt: skip
    args = {
        "id": "robin",
        "qty": 2,
        "size": "3d",
        "said": "two  words",
        "top": [1, "a b"],
        "by": {"a": None},
        "flag": True,
    }
    calls = (Call("cart.view"), Call("cart.add", args))
    assert action == Action("How many do you want?", calls)


@pytest.mark.parametrize(
    ("lines", "answer"),
    [(["/finish"], {}), (['/finish products=["a"]'], {"products": ["a"]}), (["", "", "/finish"], {})],
)
def test_an_answer_ends_the_turn(first_steps: Scenario, lines: list[str], answer: dict[str, object]) -> None:
    assert turn(start(first_steps), *lines)[0] == Action(answer=answer)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/tools", "qty? (integer)"),
        ("/tools", "op: is | at_least | at_most"),
        ("/tools", "  finish: "),
        ("/prompt", "# Cart building"),
        ("/help", "/finish"),
        ("/call", "/finish"),
        ("/call nope", "there is no tool `nope`: the tools are "),
        ("/call nope qty=", "there is no tool `nope`: the tools are "),
        ("/call cart_vew", "there is no tool `cart_vew`: did you mean `cart_view`? The tools are "),
        ("/call finish", "cart_view, "),
        ("/call cart.add product_id", "not name=value"),
        ('/call cart.add product_id="', "neither JSON"),
        ("/finish products=[a]", "neither JSON"),
        ("/finish x", "not name=value"),
        ("/finished", "/finish"),
    ],
)
def test_a_slip_is_explained_and_costs_nothing(first_steps: Scenario, line: str, said: str) -> None:
    action, written = turn(start(first_steps), line, "Hello", "")
    assert said in written.split("ends the turn", 1)[1] and action == Action("Hello")


def test_a_person_reads_what_a_model_reads_and_may_call_tools_by_either_name(first_steps: Scenario) -> None:
    episode = start(first_steps)
    action, written = turn(episode, "/call cart_view", "/call cart.view", "")
    assert action.calls == (Call("cart.view"), Call("cart.view")) and episode.system_prompt in written


def test_the_end_of_the_input_leaves_the_episode(first_steps: Scenario) -> None:
    episode = start(first_steps)
    terminal = Terminal(["/call user.visit_history"])
    outcome = play(episode, HumanAgent(episode, terminal.read, terminal.written.append))
    assert outcome.termination == "cut_off" and not outcome.correct and "input ended" in outcome.reason


def test_a_person_can_play_to_the_end(first_steps: Scenario) -> None:
    episode = start(first_steps)
    terminal = Terminal(["/call user.visit_history", "", "Which option?", "", "/finish"])
    outcome = play(episode, HumanAgent(episode, terminal.read, terminal.written.append))
    assert outcome.termination == "answered" and len(episode.turns) == 3
