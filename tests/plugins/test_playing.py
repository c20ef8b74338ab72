"""Plugins that fail while they are used: `playing/x.src`, and in `playing/x.txt` the sentence that names the primitive and its plugin."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rlve_dsl.cli import main

HERE = Path(__file__).parent / "playing"
CASES = sorted(path.stem for path in HERE.glob("*.txt"))
AT_PLAY = sorted(case for case in CASES if case.startswith(("tool", "event")))
"""What no level that the compiler tries shows."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(HERE / "box.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plugin(folder: Path, case: str) -> list[str]:
    shutil.copy(HERE / f"{case}.src", folder / f"{case}.py")
    return ["--plugin", f"{case}.py"]


def said(case: str) -> str:
    return (HERE / f"{case}.txt").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("case", CASES)
def test_what_fails_is_one_sentence_and_exit_3(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "box.yaml", "--json", *plugin(folder, case)]) == 3
    out, err = capsys.readouterr()
    assert said(case) in err and "Traceback" not in err and out == ""


@pytest.mark.parametrize("case", sorted(set(CASES) - set(AT_PLAY)))
def test_what_the_compiler_meets_is_a_diagnostic(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "box.yaml", *plugin(folder, case)]) == 3
    out = capsys.readouterr().out
    assert f"error[R218]: at level 0 of `box`: {said(case)}" in out and "box.yaml:" in out


@pytest.mark.parametrize("case", AT_PLAY)
def test_a_certificate_is_made_with_a_finding(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["certify", "box.yaml", "--levels", "0", "--seeds", "1", "--jobs", "1", "--checks", "solvable", "--json"]
    assert main([*command, *plugin(folder, case)]) == 3
    certificate = json.loads(capsys.readouterr().out)
    assert said(case) in json.dumps([check["findings"] for check in certificate["checks"]], ensure_ascii=False)
    (used,) = certificate["plugins"]
    assert used["plugin"] == case and len(used["digest"]) == 64
    assert used["uses"]["rlve_tools"] == ["box.look"] and used["uses"]["rlve_events"] == ["take"]


def test_a_sound_plugin_is_played_and_prints_to_standard_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = plugin(folder, "sound")
    source = (folder / "sound.py").read_text(encoding="utf-8")
    (folder / "sound.py").write_text(source.replace("    return found", "    print('looking')\n    return found"))
    assert main(["run", "box.yaml", "--json", *more]) == 0
    out, err = capsys.readouterr()
    assert [json.loads(line) for line in out.splitlines()][-1]["outcome"]["correct"]
    assert "looking" in err
