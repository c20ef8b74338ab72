"""`rlve-dsl explain PATH --seeds N`: what the episodes of a level are like."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlve_dsl.certify import distribution
from rlve_dsl.cli import main
from rlve_dsl.episode import Scenario

ROOT = Path(__file__).parents[2]
STATUS = str(ROOT / "scenarios" / "environments" / "status.yaml")
EXACT = str(ROOT / "benchmarks" / "defects" / "only_an_optimiser_passes.yaml")


@pytest.mark.parametrize("option", [["--json"], ["--levels", "0,6"]])
def test_what_goes_with_seeds_is_refused_without_them(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", STATUS, *option]) == 2
    assert "--levels goes with --seeds, and --json with --seeds or with a name" in capsys.readouterr().err


def test_episodes_are_counted_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", STATUS, "--seeds", "6", "--levels", "0,9", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["level"] for one in told] == [0, 9]
    for one in told:
        assert one["episodes"] == one["passed"] == sum(one["endings"].values()) == 6
        assert sum(one["answers"]["status.status"].values()) == 6 and "status.order_id" not in one["answers"]
        assert one["turns"]["least"] <= one["turns"]["median"] <= one["turns"]["greatest"]
        assert one["tokens"]["least"] > 500
        assert {"asks nothing", "asks one general question"} <= one["heuristics"].keys()


def test_episodes_are_shown_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", STATUS, "--seeds", "3", "--levels", "6"]) == 0
    shown = capsys.readouterr().out
    assert "3 seeds" in shown and "100%" in shown and "answered 3" in shown


@pytest.mark.parametrize("verb", [["explain", EXACT], ["certify", EXACT, "--checks", "learnable", "--jobs", "1"]])
def test_a_level_that_only_an_exact_optimiser_passes_is_named(
    verb: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main([*verb, "--seeds", "8", "--levels", "2"])
    assert "only the exact solution passes" in " ".join(capsys.readouterr().out.split())
    assert main(["explain", STATUS, "--seeds", "4", "--levels", "2"]) == 0
    assert "only the exact solution passes" not in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    "wrong", [["--seeds", "0"], ["--seeds", "2", "--levels", "13"], ["--seeds", "2", "--env", "sheep"]]
)
def test_what_cannot_be_counted_is_a_usage_error(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", STATUS, *wrong]) == 2
    assert capsys.readouterr().err.startswith("rlve-dsl explain: ")


def test_the_share_of_a_heuristic_is_over_episodes(status: Scenario) -> None:
    found = distribution(status, "status", 0, 4)
    assert set(found.heuristics.values()) <= {0.0, 0.25, 0.5, 0.75, 1.0}
