"""tau2-bench's retail domain: recorded calls lead to the recorded final states, to the cent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl import packaged
from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.cli import list as listing
from rlve_dsl.cli import main

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "scenarios"
RETAIL = SCENARIOS / "examples" / "tau2-retail" / "retail.yaml"
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
def test_the_one_golden_answer_that_breaks_the_policy_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert DATA is not None
    data = ["--data", str(DATA / "db.json")]
    assert main(["policy", "check-answers", str(RETAIL), str(DATA / "golden-even.jsonl"), *data]) == 0
    *told, last = capsys.readouterr().out.splitlines()
    assert last == "recorded answers that break the policy: 1 of 57"
    assert told == [
        "task 64: exchange_delivered_order_items: whether an exchange is possible: no, as the order is pending"
    ]


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


def test_without_the_data_the_files_are_checked_and_nothing_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text("", encoding="utf-8")
    code = main(["domain", "replay", str(RETAIL), str(tasks), "--data", str(tmp_path / "none.json")])
    assert code == 2 and "--data says where the data are" in capsys.readouterr().err
    shutil.copytree(SCENARIOS, tmp_path / "scenarios")
    desk = str(tmp_path / "scenarios" / "examples" / "tau2-retail" / "retail-desk.yaml")
    assert main(["validate", desk]) == 0
    assert "warning[D101]: there is no file" in capsys.readouterr().out
    assert main(["run", desk]) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "rlve-dsl run: `retail-desk` is played over data that are not here (docs/domains.md, Data from a file"
    )
    assert "### Data from a file\n" in (SCENARIOS.parent / "docs" / "domains.md").read_text(encoding="utf-8")


def test_the_list_says_which_scenarios_lack_their_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scenarios = tmp_path / "package" / "scenarios"
    shutil.copytree(SCENARIOS, scenarios)
    monkeypatch.setattr(packaged, "folders", lambda: {"rlve_dsl": scenarios})
    monkeypatch.setattr(listing, "folders", packaged.folders)

    def lacking() -> list[str]:
        assert main(["list", "--json"]) == 0
        rows = json.loads(capsys.readouterr().out)
        return [row["name"] for row in rows if "(needs data: see docs/domains.md, Data from a file)" in row["says"]]

    assert lacking() == ["examples/tau2-retail/retail-desk"]
    data = (scenarios / "examples" / "tau2-retail" / "../../../../shared/data/tau2-retail/db.json").resolve()
    data.parent.mkdir(parents=True)
    data.write_text("{}", encoding="utf-8")
    assert lacking() == []


@needs_data
def test_a_request_over_the_data_is_drawn_and_solved(tmp_path: Path) -> None:
    assert DATA is not None
    shutil.copytree(SCENARIOS, tmp_path / "scenarios")
    domain = tmp_path / "scenarios" / "examples" / "tau2-retail" / "retail.yaml"
    text = domain.read_text(encoding="utf-8")
    domain.write_text(text.replace("../../../../shared/data/tau2-retail", str(DATA)), encoding="utf-8")
    scenario = rlve_dsl.load(domain.with_name("retail-desk.yaml"))
    outcomes = set()
    for level in (0, 12):
        for seed in range(8):
            episode = scenario.reset("requests", level=level, seed=seed)
            assert play(episode, OracleAgent(episode)).correct, (level, seed)
            effects = [effect for turn in episode.turns for effect in turn.effects]
            outcomes.add(bool(effects))
    assert outcomes == {True, False}, "some requests are refused"
