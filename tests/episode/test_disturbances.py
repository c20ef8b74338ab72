"""Disturbances: calls that fail for the moment, take long, or have results that are cut short."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, perform
from rlve_dsl.episode import Action, Call, Scenario, parse_message
from rlve_dsl.errors import PluginFault, ScenarioError
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.plugins import plugin_module, registry
from rlve_dsl.rng import Stream
from rlve_dsl.user import Noise, noise
from rlve_dsl.world import MOST_IN_A_ROW, Attempt, Cut, Delay, Disturbance, Failure, disturbance
from tests.conftest import shipped
from tests.episode.troubles import ALWAYS, KNOWN, LOOK, SCENARIOS, disturbed, start, told

# Failures -----------------------------------------------------------------------------------------------------------


def test_a_call_that_fails_does_nothing_and_says_so(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, ALWAYS))
    episode.step(Action(calls=(LOOK,)))
    assert told(episode) == [{"unavailable": "out of order"}]
    (result,) = episode.turns[-1].results
    assert result.failed and result.value is None and episode.turns[-1].changes == ()


@pytest.mark.parametrize("level", [0, 4, 12])
def test_a_call_fails_only_so_often_in_a_row(tmp_path: Path, level: int) -> None:
    episode = start(disturbed(tmp_path, ALWAYS), level)
    for _ in range(MOST_IN_A_ROW):
        episode.step(Action(calls=(LOOK,)))
        assert episode.turns[-1].results[0].failed
    episode.step(Action(calls=(LOOK,)))
    assert not episode.turns[-1].results[0].failed and episode.outcome is None


def test_other_calls_do_not_fail_more_often_in_a_row_either(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, ALWAYS))
    for number in range(MOST_IN_A_ROW):
        episode.step(Action(calls=(Call("catalog.search", {"query": f"tea {number}"}),)))
    episode.step(Action(calls=(LOOK,)))
    assert [turn.results[0].failed for turn in episode.turns] == [True] * MOST_IN_A_ROW + [False]


def test_the_calls_after_one_that_fails_are_not_made(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, {"shaky": {"share": 1, "tools": "user.*"}}))
    add = Call("catalog.search", {"query": "tea"})
    episode.step(Action(calls=(add, LOOK, add)))
    assert [result.failed for result in episode.turns[-1].results] == [False, True, True]
    assert told(episode)[2]["unavailable"].startswith("a call before this one failed")
    assert episode.turns[-1].unfinished == (LOOK, add)


def test_only_the_named_tools_are_disturbed(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, {"shaky": {"share": 1, "tools": ["cart.*"]}}))
    episode.step(Action(calls=(LOOK, Call("cart.view", {}))))
    assert [result.failed for result in episode.turns[-1].results] == [False, True]


def test_making_the_failed_calls_again_is_free(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, {"shaky": {"share": 1, "most": 1}}), level=0)
    budget = episode.turn_budget
    for _ in range(2):
        episode.step(Action(calls=(LOOK,)))
    assert [turn.free for turn in episode.turns] == [False, True] and episode.turns_left == budget - 1
    assert episode.turn_budget == budget, "the prompt stays what it was"


def test_a_failed_call_is_made_again_in_whichever_way_it_is_written(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, {"shaky": {"share": 1, "most": 1}}), level=0)
    for name, key in (("catalog.get_variants", "product_id"), ("catalog_get_variants", "Product-Id")):
        episode.step(Action(calls=(Call(name, {key: "moose"}),)))
    assert [turn.free for turn in episode.turns] == [False, True]


@pytest.mark.parametrize(
    "second",
    [
        Action("And now?", calls=(LOOK,)), Action(calls=(Call("cart.view", {}),)), Action(calls=(LOOK, LOOK)), Action(),
        Action(calls=(LOOK,), answer={}),
    ],
    ids=["a message", "another call", "the call twice", "nothing", "an answer"],
)  # fmt: skip
def test_a_turn_that_does_anything_else_counts(tmp_path: Path, second: Action) -> None:
    episode = start(disturbed(tmp_path, {"shaky": {"share": 1, "most": 1}}))
    budget = episode.turn_budget
    episode.step(Action(calls=(LOOK,)))
    episode.step(second)
    assert not episode.turns[-1].free and (episode.outcome or episode.turns_left == budget - 2)


def test_a_call_that_fails_in_the_last_turn_can_still_be_made(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, {"shaky": {"share": 1, "most": 1, "tools": "user.*"}}), level=0)
    for _ in range(episode.turn_budget - 1):
        episode.step(Action(calls=(Call("cart.view", {}),)))
    episode.step(Action(calls=(LOOK,)))
    assert episode.outcome is None
    episode.step(Action(calls=(LOOK,)))
    assert episode.outcome is not None and episode.outcome.termination == "turns_spent"


def test_failing_calls_do_not_keep_an_episode_going(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, ALWAYS, {"short": {"rows": 1}}), level=0)
    budget = episode.turn_budget
    for number in range(100):
        if episode.outcome is None:
            episode.step(Action(calls=(Call("catalog.search", {"query": f"tea {number}"}),)))
    assert len(episode.turns) == budget + 1


def test_an_answer_beside_a_call_that_failed_is_not_taken(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, {"shaky": {"share": 1, "most": 1}}))
    last = Action(calls=(LOOK,), answer={})
    episode.step(last)
    assert episode.outcome is None and "not taken" in told(episode)[1]["unavailable"]
    episode.step(last)
    assert episode.outcome is not None and episode.outcome.termination == "answered" and episode.turns[-1].free


def test_a_failed_call_uses_no_consent_and_breaks_no_rule(tmp_path: Path) -> None:
    scenario = disturbed(tmp_path, {"shaky": {"share": 1, "most": 1}}, base="c8-compliance.yaml")
    for seed in range(4):
        played = perform(lambda: scenario.reset("returns", level=6, seed=seed), OracleAgent)  # noqa: B023
        assert played.passed and any(turn.free for turn in played.turns)


# Time ---------------------------------------------------------------------------------------------------------------


def test_a_slow_call_says_how_long_it_took(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, {"slow": {"seconds": "10 + level", "tools": "cart.*"}}))
    episode.step(Action(calls=(Call("cart.view", {}), LOOK)))
    cart, visits = told(episode)
    assert cart["seconds"] == 14 and isinstance(visits, list)


def test_a_list_is_put_beside_what_is_said_of_it(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, {"slow": {"seconds": 5}}))
    episode.step(Action(calls=(LOOK,)))
    (visits,) = told(episode)
    assert visits.keys() == {"result", "seconds"} and isinstance(visits["result"], list)


@pytest.mark.parametrize(("bound", "passes"), [(1000, True), (5, False)])
def test_a_scenario_may_bound_the_time(tmp_path: Path, bound: int, passes: bool) -> None:
    written = {
        "kind": "Environment",
        "extends": str(SCENARIOS / "environments" / "cart.yaml"),
        "disturbances": [{"slow": {"seconds": 7}}],
        "measures": {"quick": f"seconds <= {bound}"},
        "correct_when": "f1 == 1 and quick",
    }
    (tmp_path / "cart.yaml").write_text(json.dumps(written), encoding="utf-8")
    scenario = rlve_dsl.load(tmp_path / "cart.yaml", KNOWN)
    assert perform(lambda: start(scenario), OracleAgent).passed == passes


# Results that are cut short -------------------------------------------------------------------------------------------


def test_the_same_call_gives_the_rest_of_a_result(tmp_path: Path, first_steps: Scenario) -> None:
    plain, episode = start(first_steps), start(disturbed(tmp_path, {"short": {"rows": 3}}))
    for one in (plain, episode):
        one.step(Action(calls=(LOOK,)))
    (whole,), (begun,) = told(plain), told(episode)
    assert len(whole) > 3 and begun["result"] == whole[:3]
    assert begun["cut_short"] == f"{len(whole) - 3} more rows: make the same call again to get them"
    episode.step(Action(calls=(LOOK,)))
    assert told(episode) == [whole[3:]] and episode.turns[-1].free


def test_ids_that_were_cut_off_have_not_been_shown(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, {"short": {"rows": 1}}))
    episode.step(Action(calls=(LOOK,)))
    assert len(episode._store.ids_shown) == 1
    episode.step(Action(calls=(LOOK,)))
    assert len(episode._store.ids_shown) > 1


def test_a_call_that_comes_twice_in_a_turn_is_two_calls(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, {"short": {"rows": 2}}))
    episode.step(Action(calls=(LOOK, LOOK)))
    assert [result.left > 0 for result in episode.turns[-1].results] == [True, True]
    episode.step(Action(calls=(LOOK, LOOK)))
    assert [result.left for result in episode.turns[-1].results] == [0, 0]


def test_what_changes_the_store_is_not_cut_short(tmp_path: Path) -> None:
    scenario = disturbed(tmp_path, {"short": {"rows": 1, "tools": ["cart.*"]}})
    assert all(not turn.unfinished for turn in perform(lambda: start(scenario), OracleAgent).turns)


# Files and plugins ------------------------------------------------------------------------------------------------


def test_the_agent_is_told_of_disturbances(tmp_path: Path, first_steps: Scenario) -> None:
    assert "Make the same call again" in start(disturbed(tmp_path, ALWAYS)).system_prompt
    assert "Make the same call again" not in start(first_steps).system_prompt


def test_a_collection_with_disturbances_is_another_scenario(tmp_path: Path, first_steps: Scenario) -> None:
    one, other = disturbed(tmp_path, ALWAYS), disturbed(tmp_path, {"shaky": {"share": 0.5}})
    assert len({one.digest, other.digest, first_steps.digest}) == 3


def test_a_pattern_that_matches_no_tool_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"there is no tool of these environments `basket.\*`"):
        disturbed(tmp_path, {"shaky": {"share": 1, "tools": ["basket.*"]}})


def test_a_mistake_in_a_collection_is_reported_once(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as problems:
        disturbed(tmp_path, {"shaky": {"share": "levels"}}, base="c8.yaml")
    assert [d.message for d in problems.value.diagnostics] == ["there is no `levels` here"]


@pytest.mark.parametrize("given", ["out of order", Delay(1.5), Cut("two"), Failure(None)], ids=repr)  # type: ignore[arg-type]
def test_what_cannot_happen_to_a_call_is_a_fault_of_the_plugin(given: Any, tmp_path: Path) -> None:
    @disturbance("odd")
    def odd(attempt: Attempt) -> Failure | None:
        """Something odd."""
        return given  # type: ignore[no-any-return]

    class Odd:
        @hookimpl
        def rlve_disturbances(self) -> Iterable[Disturbance]:
            return [odd]

    written = {
        "kind": "Collection",
        "name": "odd",
        "extends": str(SCENARIOS / "first-steps.yaml"),
        "disturbances": [{"odd": {}}],
    }
    (tmp_path / "odd.yaml").write_text(json.dumps(written), encoding="utf-8")
    episode = start(rlve_dsl.load(tmp_path / "odd.yaml", registry([Odd()])))
    with pytest.raises(
        PluginFault,
        match="disturbance `odd` of Odd gave .*, and (a Failure, a Delay, a Cut or None is wanted|its .* (number|text))",
    ):
        episode.step(Action(calls=(LOOK,)))


def test_a_noise_that_gives_no_text_is_a_fault_of_the_plugin(tmp_path: Path) -> None:
    @noise("silent")
    def silent(text: str, stream: Stream) -> str:
        """Nothing is said."""
        return None  # type: ignore[return-value]

    class Silent:
        @hookimpl
        def rlve_noises(self) -> Iterable[Noise]:
            return [silent]

    written = {
        "kind": "Collection",
        "name": "silent",
        "extends": str(SCENARIOS / "first-steps.yaml"),
        "noises": [{"silent": {}}],
    }
    (tmp_path / "silent.yaml").write_text(json.dumps(written), encoding="utf-8")
    scenario = rlve_dsl.load(tmp_path / "silent.yaml", registry([Silent()]))
    with pytest.raises(PluginFault, match="noise `silent` of Silent gave None"):
        start(scenario)


def test_a_disturbance_cannot_take_tools() -> None:
    with pytest.raises(TypeError, match="disturbance `closed` has a parameter `tools`"):

        @disturbance("closed")
        def closed(attempt: Attempt, tools: int) -> Failure | None:
            """Closed."""
            return None


def test_the_examples_of_the_page_on_plugins_are_played(tmp_path: Path) -> None:
    page = (SCENARIOS.parent / "docs" / "plugins.md").read_text(encoding="utf-8")
    for name in ("closing_time", "loud"):
        source, written = re.search(rf"(?s)```python\n(# {name}\.py\n.*?)```\n\n```yaml\n(.*?)```", page).groups()  # type: ignore[union-attr]
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        (tmp_path / f"{name}.yaml").write_text(written, encoding="utf-8")
        scenario = rlve_dsl.load(tmp_path / f"{name}.yaml", registry([plugin_module(str(tmp_path / f"{name}.py"))]))
        played = perform(lambda: start(scenario, 8, 1), OracleAgent)  # noqa: B023
        assert played.passed
        assert any(t.free for t in played.turns) if name == "closing_time" else re.search("[A-Z]{2}", played.trajectory)


def test_an_environment_and_its_collection_both_disturb(tmp_path: Path) -> None:
    environment = {
        "kind": "Environment", "extends": str(SCENARIOS / "environments" / "cart.yaml"),
        "disturbances": [{"slow": {"seconds": "items", "tools": "cart.*"}}],
        "noises": [{"typing": {"per_character": "0.1 * level"}}],
    }  # fmt: skip
    (tmp_path / "cart.yaml").write_text(json.dumps(environment), encoding="utf-8")
    scenario = disturbed(tmp_path, {"slow": {"seconds": 100}}, base="c1.yaml", environments=["cart.yaml"])
    episode = scenario.reset("cart", level=6, seed=0)
    episode.step(Action(calls=(LOOK, Call("cart.view", {}))))
    assert [result.seconds for result in episode.turns[-1].results] == [100, 103]
    plain = shipped("environments/cart.yaml").reset("cart", level=6, seed=0)
    assert plain.opening != episode.opening


def test_a_chain_adds_to_what_its_parts_say(tmp_path: Path) -> None:
    chain = {
        "kind": "Environment", "extends": str(SCENARIOS / "environments" / "journey.yaml"),
        "disturbances": [{"slow": {"seconds": "intents + level", "tools": ["user.*"]}}],
    }  # fmt: skip
    (tmp_path / "journey.yaml").write_text(json.dumps(chain), encoding="utf-8")
    scenario = rlve_dsl.load(tmp_path / "journey.yaml", KNOWN)
    for seed in range(20):
        episode = scenario.reset("journey", level=4, seed=seed)
        if "user.visit_history" in episode.toolset:
            episode.step(Action(calls=(LOOK,)))
            assert episode.turns[-1].results[0].seconds == 3 + 4
            return
    raise AssertionError("no seed has the tool")


def test_every_call_of_a_chat_message_has_its_message(tmp_path: Path) -> None:
    episode = start(disturbed(tmp_path, ALWAYS))
    calls = [("a", "user_visit_history"), ("b", "cart_view"), ("c", "finish")]
    written = [{"id": id_, "type": "function", "function": {"name": name, "arguments": "{}"}} for id_, name in calls]
    episode.step(parse_message({"role": "assistant", "content": "", "tool_calls": written}))
    assert [message.get("tool_call_id") for message in episode.observation.messages] == ["a", "b", "c"]
    assert all("unavailable" in message["content"] for message in episode.observation.messages)


def test_a_user_file_has_noises_too(tmp_path: Path) -> None:
    user = {
        "kind": "User",
        "extends": str(SCENARIOS / "users" / "plain-spoken.yaml"),
        "noises": [{"typing": {"per_character": 1}}],
    }
    (tmp_path / "user.yaml").write_text(json.dumps(user), encoding="utf-8")
    episode, plain = start(disturbed(tmp_path, user="user.yaml"), 0), start(disturbed(tmp_path), 0)
    assert episode.opening != plain.opening
    assert episode.opened.parts == plain.opened.parts
