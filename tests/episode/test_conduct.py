"""Rules of conduct: what must come before a call, what must not be called, and what breaking them costs."""

from __future__ import annotations

import pytest

from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.episode import Action, Call, Episode, Form, Scenario
from tests.conftest import shipped


@pytest.fixture(scope="module")
def careful() -> Scenario:
    """c8 in a store with rules of conduct."""
    return shipped("c8-compliance.yaml")


def oracle_turns(careful: Scenario, seed: int) -> tuple[Episode, list[Action]]:
    """The returns of a seed as the oracle plays them, turn by turn."""
    episode = careful.reset("returns", level=4, seed=seed)
    agent, actions = OracleAgent(episode), []
    while episode.outcome is None:
        actions.append(agent.act(episode.observation))
        episode.step(actions[-1])
    return episode, actions


def started(actions: list[Action]) -> bool:
    return any(call.name == "return.initiate" for action in actions for call in action.calls)


def without(episode: Episode, *, asking: bool = True, tool: str = "") -> list[Action]:
    """The turns of an episode, less the calls of a tool and, unless `asking`, the messages that the user agreed to."""
    kept = []
    for turn in episode.turns:
        assert isinstance(turn.action, Action)
        agreed = turn.reply is not None and turn.reply.confirms
        words = "" if agreed and not asking else turn.action.message
        kept.append(Action(words, tuple(c for c in turn.action.calls if c.name != tool), turn.action.answer))
    return kept


def played(careful: Scenario, seed: int, actions: list[Action]) -> Episode:
    episode = careful.reset("returns", level=4, seed=seed)
    for action in actions:
        if episode.outcome is None:
            episode.step(action)
    return episode


def seed_with_a_return(careful: Scenario) -> int:
    return next(seed for seed in range(50) if started(oracle_turns(careful, seed)[1]))


def test_the_oracle_keeps_every_rule(careful: Scenario) -> None:
    for environment in careful.environments:
        for level in (0, 6, 12):
            episode = careful.reset(environment, level=level, seed=level)
            outcome = play(episode, OracleAgent(episode))
            assert outcome.correct and {t.name: t.value for t in outcome.terms}["compliance"] == 0


def test_the_rules_are_told_before_they_are_enforced(careful: Scenario) -> None:
    prompt = careful.reset("returns", level=0, seed=0).system_prompt
    assert (
        "require confirmation before return_initiate" in prompt
        and "forbid return_initiate when item.final_sale" in prompt
    )


@pytest.mark.parametrize("form", ["native", "json"])
def test_an_agent_is_told_the_rules_about_its_own_tools_by_the_names_that_it_calls(
    careful: Scenario, form: Form
) -> None:
    def told(environment: str) -> list[str]:
        lines = careful.reset(environment, level=0, seed=0).prompt(form).splitlines()
        return [line[2:] for line in lines if line.startswith(("- require ", "- forbid "))]

    assert told("status") == told("policy") == []
    assert told("returns") == [
        "require order_get_status before return_initiate",
        "require order_get_status before return_exchange",
        "require confirmation before return_initiate",
        "require confirmation before return_exchange when item.opened",
        "forbid return_initiate when item.final_sale",
    ]


def test_a_step_left_out_costs_and_the_rule_is_named(careful: Scenario) -> None:
    seed = seed_with_a_return(careful)
    right, _ = oracle_turns(careful, seed)
    assert right.outcome is not None
    for actions_less, rule in (
        (without(right, asking=False), "require confirmation before return.initiate"),
        (without(right, tool="order.get_status"), "require order.get_status before return.initiate"),
    ):
        outcome = played(careful, seed, actions_less).outcome
        assert outcome is not None and outcome.task == right.outcome.task == 1
        assert outcome.done and not outcome.correct, "what was done is right, and not how"
        (term,) = [t for t in outcome.terms if t.name == "compliance"]
        assert term.value == -1 and rule in term.reason


def test_breaking_a_rule_never_pays_however_many_turns_it_saves(careful: Scenario) -> None:
    reward = careful.compiled.environments["returns"].reward
    weights = {name: weight for name, weight, _ in reward.terms}
    assert weights["compliance"] > 2 * weights["efficiency"], "which goes from -1 to 1"
    for seed in range(6):
        right, _ = oracle_turns(careful, seed)
        steps = [a for a in without(right, asking=False, tool="order.get_status") if a.message or a.calls or a.answer]
        wrong = played(careful, seed, steps).outcome
        assert wrong is not None and right.outcome is not None
        assert wrong.correct or wrong.reward < right.outcome.reward


def test_looking_up_another_order_does_not_count(careful: Scenario) -> None:
    seed = seed_with_a_return(careful)
    _, actions = oracle_turns(careful, seed)
    other = [
        Action(
            a.message,
            tuple(Call(c.name, {"order_id": "R000"}) if c.name == "order.get_status" else c for c in a.calls),
            a.answer,
        )
        for a in actions
    ]
    outcome = played(careful, seed, other).outcome
    assert outcome is not None and not outcome.correct


def agreed_to_a_return(careful: Scenario) -> tuple[Episode, Call]:
    """An episode in which the user has agreed to a return, and the call that the oracle makes next."""
    seed = seed_with_a_return(careful)
    _, actions = oracle_turns(careful, seed)
    place, call = next((n, c) for n, a in enumerate(actions) for c in a.calls if c.name == "return.initiate")
    episode = careful.reset("returns", level=4, seed=seed)
    for action in actions[:place]:
        episode.step(Action(action.message, action.calls))
    assert "confirmation" not in episode.owed(call)
    return episode, call


def test_a_confirmation_serves_one_call(careful: Scenario) -> None:
    again, call = agreed_to_a_return(careful)
    again.step(Action(calls=(call,)))
    assert again.turns[-1].results[-1].refused is None and "confirmation" in again.owed(call)


def test_a_call_that_the_store_refuses_uses_no_confirmation(careful: Scenario) -> None:
    again, call = agreed_to_a_return(careful)
    again.step(Action(calls=(Call(call.name, {**call.args, "line_id": "R000-9"}),)))
    assert again.turns[-1].results[-1].refused is not None and "confirmation" not in again.owed(call)


def test_what_a_rule_forbids_ends_the_episode(careful: Scenario) -> None:
    for seed in range(200):
        episode = careful.reset("returns", level=6, seed=seed)
        names = episode.parts[0].names
        line = names["target"]
        if line["final_sale"]:
            why = {"reason": names["reason"], "method": names["method"]}
            where = {"order_id": names["purchase"]["order_id"], "line_id": line["line_id"]}
            episode.step(Action(calls=(Call("return.initiate", {**where, **why}),)))
            assert episode.outcome is not None and episode.outcome.termination == "forbidden"
            assert episode.outcome.reward == -1 and "final_sale" in episode.outcome.reason
            return
    raise AssertionError("no line of a final sale was drawn")


def test_a_store_without_rules_asks_nothing(c8: Scenario) -> None:
    episode = c8.reset("returns", level=4, seed=1)
    assert "require" not in episode.system_prompt
    play(episode, OracleAgent(episode))
    assert episode.outcome is not None and "compliance" not in {t.name for t in episode.outcome.terms}
