"""A run's folder says what became of the run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rlve_dsl.errors import UsageError
from rlve_dsl.train import RunDirectory, free_folder, read_status


def test_a_run_is_running_then_finished(tmp_path: Path) -> None:
    with RunDirectory(tmp_path / "run", {"a": 1}) as folder:
        assert read_status(folder.path) == "running"
        folder.metric("dapo", {"step": 1})
        assert json.loads((folder.path / "metrics.jsonl").read_text()) == {"phase": "dapo", "step": 1}
        folder.curriculum({"cart": {}})
    assert read_status(folder.path) == "finished"
    assert json.loads((folder.path / "configuration.json").read_text()) == {"a": 1}


@pytest.mark.parametrize(("error", "state"), [(KeyboardInterrupt, "interrupted"), (ValueError, "failed")])
def test_a_run_cut_short_says_so(tmp_path: Path, error: type[BaseException], state: str) -> None:
    with pytest.raises(error), RunDirectory(tmp_path, {}):
        raise error("why")
    status = json.loads((tmp_path / "status.json").read_text())
    assert status["state"] == state and status["reason"]


def test_a_folder_in_use_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(UsageError, match="is not empty"):
        RunDirectory(tmp_path, {})
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_free_folder_is_numbered(tmp_path: Path) -> None:
    assert free_folder(tmp_path, "run") == tmp_path / "run"
    (tmp_path / "run").mkdir()
    assert free_folder(tmp_path, "run") == tmp_path / "run-2"


def test_a_run_whose_process_is_gone_was_killed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with RunDirectory(tmp_path / "run", {}) as folder:
        file = folder.path / "status.json"
        mine = json.loads(file.read_text())
        file.write_text(json.dumps({**mine, "process": gone.pid}))
        assert read_status(folder.path) == "killed"
        file.write_text(json.dumps({**mine, "began": "another time"}))
        assert read_status(folder.path) == "killed", "the number of a process is used again"


def test_a_run_on_another_machine_was_killed_when_it_falls_silent(tmp_path: Path) -> None:
    with RunDirectory(tmp_path / "run", {}) as folder:
        file = folder.path / "status.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "host": "elsewhere"}))
        assert read_status(folder.path) == "running"
        os.utime(file, (0, 0))
        assert read_status(folder.path) == "killed"


def test_only_the_first_of_several_processes_writes(tmp_path: Path) -> None:
    with RunDirectory(tmp_path / "run", {}, writes=False) as folder:
        folder.metric("dapo", {"step": 1})
        folder.curriculum({})
        folder.results({})
    assert not (tmp_path / "run").exists()
