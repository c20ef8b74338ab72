"""Questions about the store policy: the oracle passes by reading and asking, and nothing else does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.episode import Action, Scenario
from rlve_dsl.errors import ScenarioError
from rlve_dsl.rng import Stream

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def questions(folder: Path, **more: object) -> Scenario:
    """The policy environment over the small catalog."""
    parts = {"axes": "axes/standard", "reward": "rewards/composite", "user": "users/shopper",
             "catalog": "catalogs/pocket", "policy": "policies/standard"}  # fmt: skip
    collection = {
        "kind": "Collection", "name": "questions", "environments": [str(SCENARIOS / "environments" / "policy.yaml")],
        **{key: str(SCENARIOS / f"{name}.yaml") for key, name in parts.items()}, **more,
    }  # fmt: skip
    path = folder / "questions.yaml"
    path.write_text(json.dumps(collection), encoding="utf-8")  # JSON is YAML
    return rlve_dsl.load(path)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return questions(tmp_path_factory.mktemp("questions"))


def test_a_level_that_asks_for_too_much_is_told_before_anybody_plays(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as told:
        questions(tmp_path, curves={"policy_depth": "1 + d"})
    (problem,) = [d for d in told.value.diagnostics if d.severity == "error"]
    assert problem.code == "R214"
    assert (
        "at level 8: no question to the policy `standard` turns on 9 clauses; the deepest turns on 8" in problem.message
    )


@pytest.mark.parametrize("shuffled", [False, True], ids=["in order", "shuffled"])
def test_the_oracle_passes_at_every_level(scenario: Scenario, shuffled: bool) -> None:
    for level in range(13):
        for seed in range(8):
            episode = scenario.reset("policy", level=level, seed=seed)
            outcome = play(episode, OracleAgent(episode, shuffle=Stream("shuffle", seed) if shuffled else None))
            assert outcome.correct and outcome.task == 1, (level, seed, outcome)


@pytest.mark.parametrize("answer", ["yes", "no", "30 days", "$0", "10%", "the store", ""])
def test_a_constant_answer_seldom_passes(scenario: Scenario, answer: str) -> None:
    """The reference scored a constant string as right at every high level."""
    passed = 0
    for seed in range(40):
        episode = scenario.reset("policy", level=9, seed=seed)
        passed += bool(play(episode, _Constant(answer)).correct)
    assert passed <= 8


class _Constant:
    def __init__(self, answer: str) -> None:
        self.answer = answer

    def act(self, observation: object) -> Action:
        return Action("", (), {"verdict": self.answer})


def test_an_agent_that_does_not_ask_cannot_know(scenario: Scenario) -> None:
    """What is left out of the opening has to be asked for: at the highest level that is nearly always something."""
    passed = {False: 0, True: 0}
    for asks in passed:
        for seed in range(30):
            episode = scenario.reset("policy", level=12, seed=seed)
            passed[asks] += bool(
                play(episode, OracleAgent(episode, mistakes={"forget_to_ask": float(not asks)})).correct
            )
    assert passed[True] == 30 and passed[False] <= 3
