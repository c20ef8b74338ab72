"""Several requests in one conversation: raised by the user, answered one by one, each graded by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.agents.values import EMPTY_CHOICES, value_of
from rlve_dsl.episode import (
    Action,
    Episode,
    Part,
    Scenario,
    parse_completion,
    parse_message,
    record,
    replay,
    wire_name,
)
from rlve_dsl.values import JsonObject

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def journey(c8: Scenario, level: int, seed: int) -> Episode:
    return c8.reset("journey", level=level, seed=seed)


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scenario]:
    """The journey with requests that are raised early never, and always."""
    folder = tmp_path_factory.mktemp("pinned")
    made = {}
    for name, rate in (("never", "0"), ("always", "1")):
        collection = {
            "kind": "Collection",
            "name": name,
            "extends": str(SCENARIOS / "c8.yaml"),
            "curves": {"switching": rate},
        }
        (folder / f"{name}.yaml").write_text(json.dumps(collection), encoding="utf-8")  # JSON is YAML
        made[name] = rlve_dsl.load(folder / f"{name}.yaml")
    return made


def user_messages(episode: Episode) -> Iterator[str]:
    """What the user says, message by message."""
    yield episode.opening
    for turn in episode.turns:
        yield from (m["content"] for m in turn.messages if m["role"] == "user")


def numbered(parts: tuple[Part, ...]) -> list[int]:
    return [part.number for part in parts]


def test_every_request_is_raised_by_the_user_in_order(c8: Scenario) -> None:
    for seed in range(6):
        for level in (0, 5, 12):
            episode = journey(c8, level, seed)
            assert play(episode, OracleAgent(episode)).correct
            said = "\n".join(user_messages(episode))
            raised = [f"{word}," for word in ("First", "Second", "Third", "Fourth", "Fifth")]
            places = [said.index(word) for word in raised[: len(episode.parts)]]
            assert places == sorted(places) and sum(map(said.count, raised)) == len(episode.parts)


def test_the_next_request_comes_with_the_answer_of_the_last_unless_it_comes_early(pinned: dict[str, Scenario]) -> None:
    for name, most in (("never", 1), ("always", 2)):
        episode = journey(pinned[name], 6, 2)
        agent = OracleAgent(episode)
        assert numbered(episode.open_parts) == [1]
        open_at_once = 0
        while episode.outcome is None:
            open_at_once = max(open_at_once, len(episode.open_parts))
            episode.step(agent.act(episode.observation))
        assert episode.outcome.correct and (open_at_once == 1 if most == 1 else open_at_once >= 2)


def test_a_request_is_answered_by_its_number_once_and_only_when_it_waits(pinned: dict[str, Scenario]) -> None:
    def illegal(answer: dict[str, object], *, after: bool = False) -> bool:
        episode = journey(pinned["never"], 0, 4)
        if after:
            agent = OracleAgent(episode)
            while episode.parts[0].answer is None:
                episode.step(agent.act(episode.observation))
        episode.step(Action(answer=answer))
        return episode.outcome is not None and episode.outcome.termination == "illegal_call"

    given = plain_answer_of(journey(pinned["never"], 0, 4).parts[0])
    for wrong in (2, 0, "2", True, "first or second", 1.5):
        assert illegal({**given, "part": wrong})
    for right in (1, "1", 1.0, None):
        assert not illegal({**given, "part": right})
    assert not illegal(given), "only one waits"
    assert illegal({"part": 1}, after=True), "the first has been answered"


def test_each_request_is_graded_on_its_own_answer(c8: Scenario) -> None:
    for seed in range(8):
        episode = journey(c8, 4, seed)
        agent = OracleAgent(episode)
        spoilt = episode.parts[0]
        while episode.outcome is None:
            action = agent.act(episode.observation)
            if action.answer is not None and action.answer["part"] == spoilt.number and spoilt.environment.answer:
                name, value = next((n, v) for n, v in action.answer.items() if n != "part")
                wrong = [] if isinstance(value, list) else "nothing of the kind" if isinstance(value, str) else 0
                if name not in ("outcome", "status"):
                    action = Action(action.message, action.calls, {**action.answer, name: wrong})
            episode.step(action)
        parts = episode.outcome.parts
        mean = sum(p.task for p in parts) / len(parts)
        task = mean if all(p.correct for p in parts) else (mean + 1) * 1.25 / 2 - 1
        assert episode.outcome.task == pytest.approx(task, abs=1e-6)
        assert episode.outcome.correct == all(p.correct for p in parts)
        assert all(p.correct for p in parts[1:]), "a wrong answer to one request spoils no other"


def spoilt(c8: Scenario, seed: int, wrong: set[int]) -> Episode:
    """A journey of the oracle, with answers to these requests that say nothing; the world is served as well as ever."""
    episode = journey(c8, 4, seed)
    agent = OracleAgent(episode)
    while episode.outcome is None:
        action = agent.act(episode.observation)
        if action.answer is not None and (number := action.answer["part"]) in wrong:
            action = Action(
                action.message, action.calls, {"part": number, **plain_answer_of(episode.parts[number - 1])}
            )
        episode.step(action)
    return episode


def test_the_outcome_says_what_was_lost_by_each_request(c8: Scenario) -> None:
    seen = 0
    for seed in range(8):
        best, one, two = (spoilt(c8, seed, wrong) for wrong in (set[int](), {1}, {1, 2}))
        outcomes = [episode.outcome for episode in (best, one, two)]
        assert all(o is not None and all(p.reached and p.answered for p in o.parts) for o in outcomes)
        right, once, twice = (o for o in outcomes if o is not None)
        if [p.correct for p in twice.parts] != [False, False, True] or any(p.task != 1 for p in right.parts):
            continue  # a request that wants no answer is right all the same
        seen += 1
        assert [p.lost for p in right.parts] == [0, 0, 0] and [p.lost for p in once.parts[1:]] == [0, 0]
        assert once.parts[0].lost == pytest.approx(right.reward - once.reward)
        assert twice.parts[1].lost == pytest.approx(once.reward - twice.reward)
        assert twice.parts[2].lost == 0
    assert seen


def test_the_outcome_says_which_requests_were_reached(pinned: dict[str, Scenario]) -> None:
    for name, reached in (("never", [True, False, False]), ("always", [True, True, False])):
        episode = journey(pinned[name], 6, 2)
        episode.step(Action("One moment, please."))
        episode.cut_off("out of tokens")
        assert episode.outcome is not None and [p.reached for p in episode.outcome.parts] == reached
        assert not any(p.answered or p.correct for p in episode.outcome.parts)
        lost = [p.lost for p in episode.outcome.parts]
        assert lost == [pytest.approx(0.75 * 1.25 / 3)] * 3, "two thirds of the mean, scaled to [-1, wrong]"


def test_no_request_decides_the_reward_of_a_hard_failure(c8: Scenario) -> None:
    episode = journey(c8, 4, 0)
    episode.step(Action(answer={"part": 9}))
    assert episode.outcome is not None and episode.outcome.termination == "illegal_call"
    assert [(p.reached, p.lost) for p in episode.outcome.parts] == [(True, None), (False, None), (False, None)]


def test_what_has_no_value_for_another_outcome_is_not_said_and_ends_no_episode(tmp_path: Path) -> None:
    """A formula that has no value once a request is right."""
    chain: JsonObject = {
        "kind": "Environment",
        "name": "odd",
        "extends": str(SCENARIOS / "environments" / "journey.yaml"),
        "reward": {"task": "mean(0.1 * sqrt(-p.task) for p in parts)"},
    }
    collection: JsonObject = {
        "kind": "Collection",
        "name": "odd",
        "extends": str(SCENARIOS / "c8.yaml"),
        "environments": ["odd.yaml"],
    }
    for name, content in (("odd", chain), ("odds", collection)):
        (tmp_path / f"{name}.yaml").write_text(json.dumps(content), encoding="utf-8")
    episode = rlve_dsl.load(tmp_path / "odds.yaml").reset("odd", level=0, seed=0)
    episode.cut_off("out of tokens")
    assert episode.outcome is not None and [p.lost for p in episode.outcome.parts] == [None, None]


def test_the_agent_is_not_told_whether_an_answer_was_right(pinned: dict[str, Scenario]) -> None:
    compared = 0
    for seed in range(8):
        said = []
        for wrong in (set[int](), {1}):
            episode = journey(pinned["never"], 4, seed)
            agent = OracleAgent(episode)
            while episode.parts[0].answer is None:
                action = agent.act(episode.observation)
                if wrong and action.answer is not None:
                    action = Action(action.message, action.calls, {"part": 1, **plain_answer_of(episode.parts[0])})
                step = episode.step(action)
            said.append((episode.parts[0].grade.correct, step.observation.messages, step.info, step.reward))
        (right, *told), (also, *told_of_wrong) = said
        compared += right is True and also is False
        assert told[0] == told_of_wrong[0] and told[2] is None is told_of_wrong[2]
        assert "outcome" not in told[1]
    assert compared


def test_requests_left_open_are_served_as_badly_as_can_be(c8: Scenario) -> None:
    episode = journey(c8, 8, 1)
    while episode.outcome is None:
        episode.step(Action("Let me think about that for a moment."))
    assert episode.outcome.termination in ("gave_up", "turns_spent")
    assert episode.outcome.task == -1 and not any(p.answered for p in episode.outcome.parts)


def test_a_journey_has_the_turns_of_its_parts(c8: Scenario) -> None:
    for seed in range(5):
        episode = journey(c8, 9, seed)
        assert episode.turn_budget == sum(part.drawn.turn_budget for part in episode.parts)


def test_an_easier_journey_is_the_beginning_of_a_harder_one(c8: Scenario) -> None:
    for seed in range(10):
        names = [[p.environment.name for p in journey(c8, level, seed).parts] for level in (0, 4, 8, 12)]
        assert [len(n) for n in names] == [2, 3, 4, 5]
        assert all(names[-1][: len(n)] == n and len(set(n)) == len(n) for n in names)


def test_parts_that_write_one_state_never_meet(c8: Scenario) -> None:
    for seed in range(20):
        episode = journey(c8, 12, seed)
        written = [{entity for t in p.environment.tools.values() for entity in t.writes} for p in episode.parts]
        assert sum(map(len, written)) == len(set().union(*written))


def test_one_shopper_has_one_order_history_and_one_persona(c8: Scenario) -> None:
    met = 0
    for seed in range(40):
        parts = {p.environment.name: p.names for p in journey(c8, 8, seed).parts}
        assert len({json.dumps(names["persona"], sort_keys=True) for names in parts.values()}) == 1
        if {"returns", "status"} <= parts.keys():
            met += 1
            histories = [sorted(parts[n]["orders"], key=lambda o: o["order_id"]) for n in ("returns", "status")]
            assert histories[0] == histories[1]
    assert met > 3


def test_what_one_request_left_out_is_free_once_for_each(pinned: dict[str, Scenario]) -> None:
    episode = journey(pinned["never"], 12, 3)
    play(episode, OracleAgent(episode))
    assert sum(turn.discounted for turn in episode.turns) <= len(episode.parts)
    assert sum(part.discounted for part in episode.parts) == sum(turn.discounted for turn in episode.turns)


def test_the_tools_and_the_answer_are_those_of_the_parts(c8: Scenario) -> None:
    episode = journey(c8, 0, 5)
    names = {name for part in episode.parts for name in part.environment.tools}
    assert set(episode.toolset) == names
    finish = episode.tools[-1]["function"]
    fields = {"part"} | {name for part in episode.parts for name in part.environment.answer}
    assert set(finish["parameters"]["properties"]) == fields and finish["parameters"]["required"] == ["part"]


def test_a_journey_replays(c8: Scenario) -> None:
    for seed in range(3):
        episode = journey(c8, 7, seed)
        play(episode, OracleAgent(episode))
        lines = record(episode)
        assert record(replay(lines.splitlines(), c8)) == lines
        assert (
            json.loads(lines.splitlines()[-1])["outcome"]["parts"][0]["environment"]
            == episode.parts[0].environment.name
        )


def test_what_happens_to_one_request_leaves_the_others_alone(c8: Scenario) -> None:
    for seed in range(120):
        parts = [part.names for part in journey(c8, 12, seed).parts]
        for names in parts:
            gone = {product.row for product in names.get("gone", ())}
            for other in parts:
                if other is not names:
                    about = [*other.get("pool", ()), *other.get("targets", ())]
                    assert not gone & {product.row for product in about}, seed


def two_open(pinned: dict[str, Scenario]) -> Episode:
    """A journey in which two requests wait for an answer."""
    episode = journey(pinned["always"], 6, 2)
    episode.step(Action("One moment, please."))
    assert numbered(episode.open_parts) == [1, 2]
    return episode


def test_two_answers_in_one_turn_answer_two_requests(pinned: dict[str, Scenario]) -> None:
    episode, apart = two_open(pinned), two_open(pinned)
    first, second = (apart.answer_to(p, plain_answer_of(p)) for p in apart.open_parts)
    finish = "<tool_call>" + json.dumps({"name": "finish", "arguments": first}) + "</tool_call>"
    finish += "<tool_call>" + json.dumps({"name": "finish", "arguments": {**second, "part": "2"}}) + "</tool_call>"
    episode.step(parse_completion(finish))
    apart.step(Action(answer=first))
    apart.step(Action(answer=second))
    assert [p.grade for p in episode.parts[:2]] == [p.grade for p in apart.parts[:2]]
    assert all(p.answer is not None for p in episode.parts[:2])
    assert replay(record(episode).splitlines(), pinned["always"]).parts[1].grade == episode.parts[1].grade


def test_one_request_has_one_answer(pinned: dict[str, Scenario]) -> None:
    episode = two_open(pinned)
    first = episode.answer_to(episode.open_parts[0], plain_answer_of(episode.open_parts[0]))
    again = episode.fork()
    again.step(Action(answer=first, more_answers=(first,)))
    assert again.outcome is None and numbered(again.open_parts)[0] == 2, "the same answer twice is one answer"
    name = next(name for name in first if name != "part")
    step = episode.step(Action(answer=first, more_answers=({**first, name: "another"},)))
    assert step.outcome is not None and step.outcome.termination == "illegal_call"


def test_each_call_of_a_chat_message_gets_a_message_with_its_id(pinned: dict[str, Scenario]) -> None:
    episode = two_open(pinned)
    answer = episode.answer_to(episode.open_parts[0], plain_answer_of(episode.open_parts[0]))
    entries = [
        {"id": "c1", "function": {"name": next(reading(episode)), "arguments": "{}"}},
        {"id": "c2", "function": {"name": "finish", "arguments": json.dumps(answer)}},
    ]
    messages = episode.step(parse_message({"tool_calls": entries})).observation.messages
    tools = [m for m in messages if m["role"] == "tool"]
    assert [m["tool_call_id"] for m in tools] == ["c1", "c2"] and tools[1]["name"] == "finish"
    again = replay(record(episode).splitlines(), pinned["always"])
    assert record(again) == record(episode)


def reading(episode: Episode) -> Iterator[str]:
    """The wire names of tools that need no argument and change nothing."""
    for tool in episode.toolset.values():
        if not tool.writes and not any(p.required for p in tool.signature.parameters):
            yield wire_name(tool.name)


def plain_answer_of(part: Part) -> JsonObject:
    """An answer made from the types of its fields."""
    return {name: value_of(type_, EMPTY_CHOICES) for name, type_ in part.environment.answer.items()}


def episode_scenario(pinned: dict[str, Scenario]) -> Scenario:
    return pinned["always"]
