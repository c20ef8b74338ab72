"""tau2-bench's retail domain: recorded calls lead to the recorded final states, to the cent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlve_dsl.cli import main

ROOT = Path(__file__).parents[2]
RETAIL = ROOT / "scenarios" / "examples" / "tau2-retail" / "retail.yaml"
# in a checkout, and in a worktree beside other worktrees
DATA = next((p for up in (1, 2) if (p := ROOT.parents[up - 1] / "shared" / "data" / "tau2-retail").is_dir()), None)
needs_data = pytest.mark.skipif(DATA is None, reason="the folder ../shared/data/tau2-retail is not there")


@needs_data
def test_every_golden_sequence_leads_to_its_final_state(capsys: pytest.CaptureFixture[str]) -> None:
    assert DATA is not None
    code = main(["domain", "replay", str(RETAIL), str(DATA / "golden-even.jsonl"), "--data", str(DATA / "db.json")])
    out = capsys.readouterr().out
    assert code == 0 and "57 of 57 final states are the recorded ones; 57 with the recorded refusals" in out
    corrected = [line.split(":")[0] for line in out.splitlines() if "the recording is wrong" in line]
    assert corrected == ["task 20", "task 36", "task 100"]


@needs_data
def test_a_final_state_that_is_one_cent_off_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert DATA is not None
    lines = (DATA / "golden-even.jsonl").read_text(encoding="utf-8").splitlines()
    task = json.loads(lines[0])
    (order,) = task["changed"].values()
    order["exchange_price_difference"] += 0.01
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text(json.dumps(task) + "\n", encoding="utf-8")
    code = main(["domain", "replay", str(RETAIL), str(tasks), "--data", str(DATA / "db.json")])
    out = capsys.readouterr().out
    assert code == 3 and "0 of 1 final states" in out
    assert "exchange_price_difference is -1663, recorded as -1662" in out


def test_without_the_data_the_domain_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text("", encoding="utf-8")
    code = main(["domain", "replay", str(RETAIL), str(tasks), "--data", str(tmp_path / "none.json")])
    assert code == 3 and "cannot be read: no such file or directory" in capsys.readouterr().err
