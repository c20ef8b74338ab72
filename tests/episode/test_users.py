"""Who speaks for the user: anyone with two methods, and a recording that simulates nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import copy

import pytest

from rlve_dsl.agents import OracleAgent, RandomAgent, play
from rlve_dsl.episode import Action, Call, Scenario, record, recorded_user, replay
from rlve_dsl.errors import UsageError
from rlve_dsl.user import Heard, Listener, RecordingMismatch, Role, ScriptedUser, User, Utterance
from rlve_dsl.world import STATE
from tests.conftest import shipped

Bend = Callable[..., Scenario]


class Blunt:
    """States every fact of a request at once, and then only says yes."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def respond(self, heard: Heard) -> Utterance:
        slots = self.role.request(heard.raises).slots if heard.raises else ()
        return Utterance(" ".join(s.text for slot in slots for s in slot.says) or "Yes.", ("confirm",), (), slots)

    def fork(self) -> Blunt:
        return self


class Writing:
    """Words the scripted user in its own way, keeps what it hears, and leaves when the agent says so."""

    def __init__(self, role: Role) -> None:
        self.scripted: User = ScriptedUser(role)
        self.heard: list[Heard] = []

    def respond(self, heard: Heard) -> Utterance:
        self.heard.append(heard)
        said = self.scripted.respond(heard)
        gave_up = "leave" in heard.message
        return Utterance(
            said.text.upper(), (*said.acts, "shout"), said.disclosed[::-1], (), gave_up, source="a model: v1"
        )

    def fork(self) -> Writing:
        other = copy(self)
        other.scripted, other.heard = self.scripted.fork(), list(self.heard)
        return other


@pytest.mark.parametrize("name", ["first_steps", "c1", "returns", "c8"])
def test_anyone_with_two_methods_is_a_user(name: str, request: pytest.FixtureRequest) -> None:
    scenario: Scenario = request.getfixturevalue(name)
    for environment in scenario.environments:
        for seed in range(2):
            episode = scenario.reset(environment, level=6, seed=seed, user=Blunt)
            assert not episode.parts[0].questions() and all(turn.reply is None for turn in episode.turns)
            outcome = play(episode, OracleAgent(episode))
            # where something happens after the first turn, an oracle with nothing to ask is done before that
            happens = any(part.environment.events for part in episode.parts)
            assert outcome.termination == "answered" and (outcome.correct or happens), "it reads what was disclosed"
            assert not any(turn.discounted for turn in episode.turns)


def test_what_a_user_hears(c8: Scenario) -> None:
    users: list[Writing] = []
    episode = c8.reset("journey", level=6, seed=2, user=lambda role: users.append(Writing(role)) or users[-1])
    play(episode, OracleAgent(episode))
    (opening, *rest) = users[0].heard
    assert opening == Heard(0, raises=1)
    assert [h.raises for h in users[0].heard if h.raises] == [part.number for part in episode.parts]
    turns = {number: turn for number, turn in enumerate(episode.turns, start=1)}
    assert [h.turn for h in rest] == [number for number, turn in turns.items() if turn.reply is not None]
    for heard in rest:
        turn = turns[heard.turn]
        assert isinstance(turn.action, Action)
        assert (heard.message, heard.effects) == (turn.action.message, turn.effects)
        raised = {part.number for part in episode.parts if (part.raised_after or 0) < heard.turn}
        assert set(heard.open_requests) <= raised and heard.state.keys() == STATE.keys()
        changed_something = any(not episode.entities[str(effect["entity"])].hidden for effect in turn.effects)
        found_something = any(result.refused is None for result in turn.results)
        assert heard.progress is (turn.action.answer is not None or changed_something or found_something)


def test_the_facts_that_a_user_has_disclosed_reach_it(bend: Bend) -> None:
    users: list[Writing] = []
    scenario = bend({"omission": "0.999", "cart.variant_rate": "1"})
    episode = scenario.reset("cart", level=6, seed=1, user=lambda role: users.append(Writing(role)) or users[-1])
    ask = episode.parts[0].questions(["variant"])[0][2]
    for _ in range(2):
        episode.step(Action(ask))
    known = [set(heard.disclosed) for heard in users[0].heard]
    assert known[0] == set() and known[1] == {slot.id for slot in episode.opened.disclosed}
    assert known[2] == known[1] | {s.id for s in episode.parts[0].disclosed} > known[1]


def test_a_silent_turn_is_not_heard(first_steps: Scenario) -> None:
    users: list[Writing] = []
    episode = first_steps.reset("cart", level=6, seed=1, user=lambda role: users.append(Writing(role)) or users[-1])
    episode.step(Action(calls=(Call("cart.view"),)))
    assert len(users[0].heard) == 1 and episode.turns[0].reply is None
    episode.step(Action("Hello", (Call("cart.view"),)))
    episode.step(Action("Hello"))
    assert [(h.turn, h.progress) for h in users[0].heard[1:]] == [(2, True), (3, False)]


def test_a_user_may_leave(first_steps: Scenario) -> None:
    episode = first_steps.reset("cart", level=6, seed=1, user=Writing)
    assert not episode.step(Action("Hello")).terminated
    assert episode.step(Action("Please leave.")).terminated
    assert episode.outcome is not None and episode.outcome.termination == "gave_up"


def test_the_persona_is_part_of_the_role(c8: Scenario) -> None:
    roles: list[Role] = []
    episode = c8.reset("cart", level=6, seed=1, user=lambda role: roles.append(role) or ScriptedUser(role))
    (role,) = roles
    assert role.persona == episode.parts[0].names["persona"]
    assert [r.number for r in role.requests] == [1] and role.request(1).slots == episode.parts[0].drawn.slots


def lines_of(scenario: Scenario, environment: str, level: int, seed: int, agent: type, **more: object) -> str:
    episode = scenario.reset(environment, level=level, seed=seed, **more)
    play(episode, agent(episode))
    return record(episode)


@pytest.mark.parametrize("agent", [OracleAgent, RandomAgent])
@pytest.mark.parametrize("user", [ScriptedUser, Writing, Blunt])
def test_a_recorded_user_replays_byte_for_byte_and_simulates_nothing(
    c8: Scenario, monkeypatch: pytest.MonkeyPatch, user: type, agent: type
) -> None:
    cases = [(name, level, level + 1) for name in c8.environments for level in (0, 7, 12)]
    recorded = [lines_of(c8, *case, agent, user=user) for case in cases]

    def understand(self: Listener, message: str) -> set[int]:
        raise AssertionError("the matcher was asked")

    monkeypatch.setattr(Listener, "understand", understand)
    for lines in recorded:
        assert record(replay(lines.splitlines(), c8)) == lines
    with pytest.raises(AssertionError, match="the matcher was asked"):
        lines_of(c8, "cart", 7, 1, OracleAgent)


def test_what_a_recording_keeps_of_other_users(first_steps: Scenario) -> None:
    first, *turns, _ = map(json.loads, lines_of(first_steps, "cart", 6, 1, OracleAgent, user=Writing).splitlines())
    assert first["source"] == "a model: v1" and [1, "item", 0] in first["disclosed"]
    assert {turn.get("source") for turn in turns} == {None, "a model: v1"}
    assert "shout" in {act for turn in turns for act in turn["acts"]}
    scripted = map(json.loads, lines_of(first_steps, "cart", 6, 1, OracleAgent).splitlines())
    assert not any({"source"} & line.keys() for line in scripted)


def changed(lines: str, number: int, **fields: object) -> list[str]:
    entries = [json.loads(line) for line in lines.splitlines()]
    entries[number] |= fields
    return [json.dumps(entry) for entry in entries]


def test_the_words_of_a_recording_are_what_the_user_says(first_steps: Scenario) -> None:
    episode = first_steps.reset("cart", level=6, seed=1)
    episode.step(Action("How many?"))
    spoken = changed(record(episode), 1, messages=[{"role": "user", "content": "None of your business."}])
    spoken[0] = changed("\n".join(spoken), 0, opening="Oi.")[0]
    again = replay(spoken, first_steps)
    assert again.opening == "Oi." and again.observation.messages == (
        {"role": "user", "content": "None of your business."},
    )


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"effects": [{"effect": "entity_changed"}]}, "turn 1 .* changes something else in the store"),
        ({"messages": []}, "turn 1 .* the user was silent"),
        ({"disclosed": [[1, "shape", None]]}, "turn 1 .* `shape` of request 1"),
    ],
)
def test_a_reply_that_does_not_fit_any_more_says_so(
    first_steps: Scenario, fields: dict[str, object], problem: str
) -> None:
    episode = first_steps.reset("cart", level=6, seed=1)
    episode.step(Action("How many?"))
    with pytest.raises(RecordingMismatch, match=problem):
        replay(changed(record(episode), 1, **fields), first_steps)


def test_other_actions_do_not_fit_a_recorded_user(first_steps: Scenario) -> None:
    episode = first_steps.reset("cart", level=6, seed=1)
    episode.step(Action("How many?"))
    again = first_steps.reset("cart", level=6, seed=1, user=recorded_user(record(episode).splitlines()))
    with pytest.raises(
        RecordingMismatch, match="turn 1 .* the agent says `Which colour\\?`, .* answered `How many\\?`"
    ):
        again.step(Action("Which colour?"))
    longer = first_steps.reset("cart", level=6, seed=1, user=recorded_user(record(episode).splitlines()))
    longer.step(Action("How many?"))
    with pytest.raises(RecordingMismatch, match="turn 2 .* the recording has 1 turns"):
        longer.step(Action("How many?"))


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        (0, "opening", None),
        (1, "messages", 3),
        (1, "messages", [{"role": "user"}]),
        (1, "acts", None),
        (1, "disclosed", [[1]]),
        (1, "disclosed", [["one", "item", 0]]),
        (1, "effects", None),
        (1, "discounted", ...),
    ],
)
def test_a_recording_spoilt_by_hand_is_no_trajectory(
    first_steps: Scenario, line: int, field: str, value: object
) -> None:
    episode = first_steps.reset("cart", level=6, seed=1)
    episode.step(Action("How many?"))
    entries = [json.loads(entry) for entry in record(episode).splitlines()]
    entries[line][field] = value
    if value is ... or field == "opening":
        del entries[line][field]
    with pytest.raises(UsageError, match=f"^line {line + 1} of this trajectory cannot be read: "):
        replay([json.dumps(entry) for entry in entries], first_steps)


def test_nobody_tells_the_rest_of_a_request_that_is_done_when_more_help_is_offered() -> None:
    scenario = shipped("examples/stall/desk.yaml")
    episode = scenario.reset("basket", level=6, seed=0)
    names = episode.parts[0].names
    offer = "What else can I do for you?"
    put_in = {"name": names["wanted"]["name"], "item_id": names["wanted"]["item_id"], "quantity": names["quantity"]}
    one_less = episode.fork()
    one_less.step(Action("", (Call("stall.show_items", {}), Call("stall.put_in", {**put_in, "quantity": 1}))))
    said = one_less.step(Action(offer, ())).turn.reply
    assert said is not None and "I want" in said.text, "how many has not been said, and it is not as it should be"
    episode.step(Action("", (Call("stall.show_items", {}), Call("stall.put_in", put_in))))
    said = episode.step(Action(offer, ())).turn.reply
    assert said is not None and said.acts == ("nothing_more",)
