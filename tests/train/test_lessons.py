"""What a run says of batches that taught nothing, at its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.agents import EpisodeKey, Group, Rollout
from rlve_dsl.cli import main
from rlve_dsl.train import lessons_of
from rlve_dsl.train.lessons import Lessons, groups_by_level, outcomes_of
from tests.train.guessing import guessing

pytest.importorskip("trl")

TRAIN = {
    "steps": 2, "groups": 4, "rollouts": 4, "updates": 2, "evaluation": {"episodes": 4, "levels": [0]}, "keep": {"every": 1},
}  # fmt: skip


def written(run: Path, *lines: dict[str, Any]) -> Lessons:
    text = "".join(json.dumps({"phase": "dapo", **line}) + "\n" for line in lines)
    (run / "metrics.jsonl").write_text(text + '{"phase": "evaluation"}\n{"phase": "dapo", "learnt_f', encoding="utf-8")
    return lessons_of(run)


def counts(groups: int, all_pass: int, none_passes: int) -> dict[str, int]:
    return {"groups": groups, "rollouts": 8 * groups, "all_pass": all_pass, "none_passes": none_passes}


def test_batches_without_a_signal_and_levels_whose_groups_end_alike_are_counted(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        {"learnt_from": 0, "groups_by_level": {"cart": {"0": counts(6, 5, 0), "3": counts(2, 0, 2)}}},
        {"learnt_from": 2, "groups_by_level": {"cart": {"0": counts(6, 6, 0), "3": counts(2, 0, 2), "10": counts(1, 1, 0)}}},
        {"learnt_from": 3, "groups_by_level": {"cart": {"1": counts(10, 8, 1)}, "policy": {"0": counts(4, 0, 4)}}},
    )  # fmt: skip
    assert found == Lessons(3, 1, saturated=("cart 0",), starved=("cart 3", "policy 0"))
    assert str(found).startswith("1 of 3 batches taught nothing. ")
    assert found.levels == "saturated, as all rollouts pass: cart 0; starved, as none does: cart 3, policy 0"


def test_a_run_that_taught_something_everywhere_says_nothing(tmp_path: Path) -> None:
    assert lessons_of(tmp_path) == Lessons(0, 0, (), ())
    found = written(tmp_path, {"learnt_from": 2, "groups_by_level": {"cart": {"0": counts(6, 2, 2)}}}, {"loss": 0.1})
    assert found == Lessons(2, 0, (), ()) and str(found) == ""


def test_rollouts_that_could_not_be_played_are_no_outcomes() -> None:
    key = EpisodeKey("cart", 3, 2)
    assert outcomes_of(Group([Rollout(key), Rollout(key, failure="broken")])) == ("cart", 3, [False])
    assert groups_by_level([("cart", 3, []), ("cart", 10, [True])]) == {
        "cart": {"10": {"groups": 1, "rollouts": 1, "all_pass": 1, "none_passes": 0}}
    }


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(guessing(tmp_path_factory.mktemp("scenario"), **TRAIN))


def test_a_run_without_one_optimizer_step_is_failed_also_when_it_goes_on(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Group, "signal", False)
    out = tmp_path / "run"
    for folder in ("--out", "--resume"):
        assert main(["train", scenario, folder, str(out)]) != 0
        assert "no optimizer step was taken" in capsys.readouterr().err
        status = json.loads((out / "status.json").read_text())
        assert status["state"] == "failed" and "no optimizer step was taken" in status["reason"]
    assert not (out / "model").exists() and not (out / "results.json").exists()


def test_the_last_lines_the_results_and_the_card_say_what_taught_nothing(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[Group] = []

    def signal(group: Group) -> bool:
        if not any(group is one for one in seen):
            seen.append(group)
        return next(place for place, one in enumerate(seen) if one is group) < 4  # those of the first batch

    monkeypatch.setattr(Group, "signal", property(signal))
    out = tmp_path / "run"
    assert main(["train", scenario, "--out", str(out), "--set", "resample=0"]) == 0
    lessons = json.loads((out / "results.json").read_text())["lessons"]
    assert (lessons["batches"], lessons["taught_nothing"]) == (2, 1)
    said = capsys.readouterr().out.splitlines()
    assert any("1 of 2 batches taught nothing" in line for line in said[-4:])
    assert "1 of 2 batches taught nothing" in (out / "model" / "README.md").read_text()
