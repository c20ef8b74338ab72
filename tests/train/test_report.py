"""What a run tells of its evaluations."""

from __future__ import annotations

from io import StringIO

import pytest

from rlve_dsl.agents import Score
from rlve_dsl.terminal import Console
from rlve_dsl.train import report

NONE, SOME = Score(0, 0, 0, 0.0, "cart", 0), Score(0, 4, 1, -0.25, "cart", 4)


def shown(scores: list[Score]) -> str:
    out = StringIO()
    results = {(moment, manner): scores for moment in report.MOMENTS for manner in report.MANNERS}
    Console(file=out, width=120).print(report.table(results))
    return out.getvalue()


@pytest.mark.parametrize("scores", [[], [NONE]])
def test_an_evaluation_of_no_episodes_shows_no_rate(scores: list[Score]) -> None:
    text = shown(scores)
    assert "no episodes" in text and "%" not in text and "0.00" not in text


def test_an_evaluation_shows_its_rate_its_error_and_its_reward() -> None:
    text = shown([SOME])
    assert "25.0%" in text and "± 21.7%" in text and "-0.25" in text and "no episodes" not in text


def test_the_log_of_an_evaluation_tells_no_episodes_from_none_that_passed() -> None:
    assert report.sentence(SOME) == "25.0% of 4 held-out episodes pass"
    assert report.sentence(NONE) == "no held-out episodes were played"
    assert report.figures(SOME) == {"pass_rate": 0.25, "reward": -0.25}
    assert report.figures(NONE) == {"pass_rate": None, "reward": None}
    cut = Score(0, 4, 0, 0.0, "cart", 0)
    assert report.figures(cut) == {"pass_rate": 0.0, "reward": None}, "played, and none to its end"
