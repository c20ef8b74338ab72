"""`rlve-dsl certify` and `rlve-dsl demos`, whole."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rlve_dsl.cli import main

ROOT = Path(__file__).parents[2]
STATUS = str(ROOT / "scenarios" / "environments" / "status.yaml")
SMALL = ["--levels", "0,6", "--seeds", "2", "--jobs", "1"]


def test_a_sound_scenario_is_certified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "certificate"
    assert main(["certify", STATUS, *SMALL, "--checks", "solvable,floor,bounded", "--out", str(out)]) == 0
    assert "all 3 checks that were made hold" in capsys.readouterr().out
    told = json.loads((out / "certificate.json").read_text(encoding="utf-8"))
    page = (out / "certificate.html").read_text(encoding="utf-8")
    assert told["passed"] and told["scenario"]["digest"] in page and "<svg" in page
    assert not re.search(r"""(src|href)=["'](?!#|trajectories/)""", page), "the page needs nothing beside it"
    assert {p.name for p in out.iterdir()} == {"certificate.json", "certificate.html"}


def test_a_defect_is_refused_with_a_trajectory_that_replays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = str(ROOT / "benchmarks" / "defects" / "status_unread.yaml"), tmp_path / "certificate"
    assert main(["certify", path, *SMALL, "--checks", "floor", "--out", str(out), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    finding = next(f for f in told["checks"][0]["findings"] if f["subject"] == "near-miss answer")
    assert not told["passed"] and finding["level"] == 0
    trajectory = out / finding["trajectory"]
    assert finding["trajectory"] in (out / "certificate.html").read_text(encoding="utf-8")
    assert main(["replay", str(trajectory), path]) == 0


@pytest.mark.parametrize(
    "wrong",
    [["--checks", "solvabel"], ["--levels", "0..13"], ["--levels", "x"], ["--seeds", "0"], ["--jobs", "0"], ["--plugin", "no.py"]],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_a_usage_error(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["certify", STATUS, *wrong]) == 2
    assert capsys.readouterr().err.startswith("rlve-dsl certify: ")


def test_demonstrations_are_written_whole_or_not_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "demos.jsonl"
    assert main(["demos", STATUS, "--episodes", "6", "--mistakes", "0.5", "--levels", "6..8", "--out", str(out)]) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 6 and sum(bool(row["mistakes"]) for row in rows) == 3
    before = out.read_bytes()
    assert main(["demos", STATUS, "--episodes", "6", "--mistakes", "2", "--out", str(out)]) == 2
    assert main(["demos", STATUS, "--episodes", "6", "--seed", "1", "--out", str(out)]) == 2
    assert "the first seed is even, not 1" in capsys.readouterr().err
    assert out.read_bytes() == before
