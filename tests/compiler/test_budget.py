"""The shipped scenarios are far from the end of the budgets of evaluations."""

from __future__ import annotations

import pytest

from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.episode import Scenario
from rlve_dsl.expressions import EvaluationError, evaluation


def _play_with_steps(scenario: Scenario, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MOST_STEPS", steps)
    for name in scenario.environments:
        for level in scenario.levels:
            episode = scenario.reset(name, level=level, seed=7)
            play(episode, OracleAgent(episode))
            assert episode.outcome is not None and episode.outcome.correct


def test_shipped_scenarios_use_less_than_a_tenth_of_a_budget(c8: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    _play_with_steps(c8, evaluation.MOST_STEPS // 10, monkeypatch)


def test_that_is_counted(c8: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EvaluationError, match="more than 100 items"):
        _play_with_steps(c8, 100, monkeypatch)
