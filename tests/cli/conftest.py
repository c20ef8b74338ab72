"""A folder of one's own with the shipped scenarios in it, and commands run there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from rlve_dsl.cli import main

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code, what it printed, and whether it changed a file."""

    code: int
    out: str
    err: str
    wrote: bool


Run = Callable[..., Ran]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: `scenarios/`, an empty folder, and files that are no scenarios."""
    shutil.copytree(SCENARIOS, tmp_path / "scenarios")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.yaml").write_bytes(b"")
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    (tmp_path / "utf16.yaml").write_bytes("kind: User".encode("utf-16"))
    (tmp_path / "notes.txt").write_text("dear diary", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def run(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("validate", "scenarios")`: the command, run in the workspace as `rlve-dsl` would."""

    def ran(*command: str) -> Ran:
        before = snapshot(workspace)
        capsys.readouterr()
        try:
            code = main(command)
        except SystemExit as left:  # argparse's way to say that a command line is wrong, or to print help
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err, snapshot(workspace) != before)

    return ran
