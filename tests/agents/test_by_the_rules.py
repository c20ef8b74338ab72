"""An agent that keeps the rules of conduct does what another agent does, and first what a rule wants."""

from __future__ import annotations

import gc
import weakref

from rlve_dsl.agents import ByTheRules, OracleAgent, Scripted, perform
from rlve_dsl.certify.cases import Case
from rlve_dsl.episode import Action, Call, Episode, Scenario
from tests.conftest import shipped

CLINIC = "examples/clinic/clinic-desk.yaml"


def case_of(scenario: Scenario, environment: str, tool: str) -> tuple[Case, Call, int]:
    """A case in which the oracle calls this tool, with the call and its turn."""
    for seed in range(30):
        case = Case(scenario, environment, 6, seed)
        for turn, action in enumerate(case.oracle.script):
            for call in action.calls:
                if call.name == tool:
                    return case, call, turn
    raise AssertionError(f"no oracle calls {tool}")


def played(case: Case, *actions: Action) -> Episode:
    play = perform(case.begin, lambda episode: ByTheRules(episode, Scripted(actions)))
    assert play.episode is not None
    return play.episode


def said(episode: Episode) -> list[str]:
    return [turn.action.message for turn in episode.turns if isinstance(turn.action, Action)]


def test_it_asks_first_and_names_the_action_alone() -> None:
    case, call, turn = case_of(shipped(CLINIC), "appointments", "clinic.move")
    before = [Action("", action.calls) for action in case.oracle.script[: turn - 1]]
    episode = played(case, *before, Action("", (call,)))
    asked, called = episode.turns[len(before) : len(before) + 2]
    assert isinstance(asked.action, Action) and asked.action.message == "Shall I move the visit?" and not asked.results
    assert asked.reply is not None and asked.reply.confirms
    assert [r.tool.name for r in called.results] == ["clinic.move"] and called.results[0].refused is None
    assert not episode._store.conduct_names["violations"]


def test_who_does_not_agree_to_the_action_alone_is_asked_by_name() -> None:
    case, _, _ = case_of(shipped(CLINIC), "appointments", "clinic.book")
    cancel = next(
        Call("clinic.cancel", {"appointment_id": row["appointment_id"]}) for row in case.begin().table("appointment")
    )
    episode = played(case, Action("", (cancel,)))
    bare, named = said(episode)[:2]
    assert bare == "Shall I cancel the appointment?" and named != bare and "cancel" in named
    assert [r.tool.name for r in episode.turns[2].results] == ["clinic.cancel"], "then it is called all the same"


def test_it_takes_the_other_steps_that_a_rule_wants() -> None:
    case, call, _ = case_of(shipped("c8-compliance.yaml"), "returns", "return.initiate")
    episode = played(case, Action("", (call,)))
    steps = [r.tool.name for turn in episode.turns for r in turn.results]
    assert steps[:2] == ["order.get_status", "return.initiate"]
    assert not episode._store.conduct_names["violations"]


def test_a_yes_is_for_one_call() -> None:
    case, call, turn = case_of(shipped(CLINIC), "appointments", "clinic.move")
    before = [Action("", action.calls) for action in case.oracle.script[: turn - 1]]
    episode = played(case, *before, Action("", (call, call), {"outcome": "moved", "fee": 0}))
    rest = episode.turns[len(before) :]
    assert [len(t.results) for t in rest] == [0, 1, 0, 1, 0] and said(episode)[-3] == "Shall I move the visit?"
    assert not episode._store.conduct_names["violations"] and episode.parts[0].answer is not None


def test_nobody_holds_it_when_it_has_played(c8: Scenario) -> None:
    episode = Case(c8, "cart", 0, 0).reset()
    agent = ByTheRules(episode, Scripted([Action("Hello?")]))
    agent.act(episode.observation)
    gone = weakref.ref(agent)
    gc.disable()
    try:
        del agent
        assert gone() is None, "there is no cycle of references"
    finally:
        gc.enable()


def test_without_rules_it_plays_as_the_other_agent_does(c8: Scenario) -> None:
    for name in ("cart", "returns"):
        case = Case(c8, name, 6, 3)
        play = perform(case.begin, lambda episode: ByTheRules(episode, OracleAgent(episode)))
        assert play.trajectory == case.oracle.trajectory


def test_the_oracle_keeps_the_rules_by_itself() -> None:
    for scenario, name in ((shipped("c8-compliance.yaml"), "returns"), (shipped(CLINIC), "appointments")):
        case = Case(scenario, name, 6, 2)
        play = perform(case.begin, lambda episode: ByTheRules(episode, OracleAgent(episode)))
        assert play.trajectory == case.oracle.trajectory
        assert case.play_acting(case.oracle.script).trajectory == case.oracle.trajectory, "it acts as the oracle"


def test_a_play_that_acts_otherwise_is_asked_about_its_own_call() -> None:
    case, call, turn = case_of(shipped(CLINIC), "appointments", "clinic.move")
    slot = next(row["slot_id"] for row in case.begin().table("slot") if row["slot_id"] != call.args["slot_id"])
    other = Call(call.name, {**call.args, "slot_id": slot})
    script = case.oracle.script
    play = case.play_acting((*script[:turn], Action("", (other,)), *script[turn + 1 :]))
    assert play.episode is not None and not play.episode._store.conduct_names["violations"]
    assert "Shall I move the visit?" in said(play.episode) and script[turn - 1].message not in said(play.episode)
