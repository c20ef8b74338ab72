"""A damaged catalog folder is a diagnostic from every verb that opens it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.catalog.folders import manifest

Run = Callable[..., Any]

PLAYED = "scenarios/first-steps.yaml"
VERBS = [
    "catalog search built mug", "catalog sample built", f"validate {PLAYED}", f"run {PLAYED}", f"explain {PLAYED}",
    f"replay notes.txt {PLAYED}", f"certify {PLAYED}", f"demos {PLAYED} --episodes 1 --out demos.jsonl", f"train {PLAYED} --dry-run",
]  # fmt: skip


@pytest.fixture
def built(run: Run, workspace: Path) -> Path:
    assert run("catalog", "build", "scenarios/catalogs/pocket.yaml", "--out", "built").code == 0
    scenario = workspace / PLAYED
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(text.replace("catalogs/pocket.yaml", "../built"), encoding="utf-8")
    return workspace / "built"


def test_every_verb_reports_it(run: Run, built: Path) -> None:
    for name, content in (("products.json", b"{"), ("type_code.npy", b"\xff")):
        before = (built / name).read_bytes()
        (built / name).write_bytes((content * len(before))[: len(before)])
        for command in VERBS:
            ran = run(*command.split())
            said = ran.err + ran.out
            assert ran.code == 3 and "R625" in said and "Traceback" not in said, command
        (built / name).write_bytes(before)
    assert run("run", PLAYED).code == 0


def test_a_pipe_in_place_of_a_file_is_a_sentence(run: Run, built: Path) -> None:
    """Reading it would wait for ever for somebody to write."""
    for path in (built / "catalog.json", built / "index.json", built / "products.json", built / "price.npy"):
        before = path.read_bytes()
        path.unlink()
        os.mkfifo(path)
        for command in ("catalog info built", "catalog verify built", "catalog search built mug"):
            ran = run(*command.split())
            assert ran.code == 3 and "R625" in ran.err + ran.out, (path.name, command)
        path.unlink()
        path.write_bytes(before)


def test_a_folder_of_the_same_relative_path_is_another_one(
    run: Run, built: Path, workspace: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("validate", PLAYED, "--no-cache").code == 0
    other = tmp_path_factory.mktemp("other") / "workspace"
    shutil.copytree(workspace, other)
    (other / "built" / "products.json").write_bytes(b"{" * (built / "products.json").stat().st_size)
    monkeypatch.chdir(other)
    assert "R625" in run("validate", PLAYED, "--no-cache").out


def test_a_damaged_index_is_a_sentence(run: Run, built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "_SMALL", -1)  # as if its files were large
    for path in sorted((built / "index").iterdir()):
        before = path.read_bytes()
        for start in (0, 128, len(before) // 2):
            for filler in (b"\xff", b"\0", b"{}"):
                path.write_bytes(before[:start] + (filler * len(before))[: len(before) - start])
                ran = run("catalog", "search", "built", "a red mug")
                assert ran.code in (0, 3) and "Traceback" not in ran.err, (path.name, start, filler)
        path.write_bytes(before)
