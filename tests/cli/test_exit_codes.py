"""0 fine, 2 usage, 3 diagnostics: whatever is typed gets a code and words, and leaves no trace."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.cli import VERBS

Run = Callable[..., Any]

FINE = [
    "--help", "--version",
    *(f"{verb} --help" for verb in VERBS),
    "validate scenarios/users", "validate scenarios/first-steps.yaml scenarios/first-steps.yaml",
    "explain S103", "explain scenarios/first-steps.yaml", "explain scenarios/first-steps.yaml --level 12",
    "run scenarios/first-steps.yaml", "run scenarios/first-steps.yaml --agent random --seed -3",
    "schema Axes",
]  # fmt: skip


@pytest.mark.parametrize("verb", ["certify", "demos", "explain"])
def test_help_says_how_levels_are_written(run: Run, verb: str) -> None:
    assert "0..12, 3, or 0,6,12" in " ".join(run(verb, "--help").out.split())


USAGE = [
    "", "frobnicate", "--verbose",
    "validate", "validate nowhere.yaml", "validate empty", "validate scenarios/users nowhere.yaml", "validate --format xml scenarios",
    "explain", "explain S999", "explain nowhere.yaml", "explain scenarios", "explain s103",
    "explain scenarios/first-steps.yaml --env sheep", "explain scenarios/first-steps.yaml --level 13", "explain scenarios/first-steps.yaml --level x",
    "run", "run nowhere.yaml", "run scenarios", "run scenarios/first-steps.yaml --env discovery", "run scenarios/first-steps.yaml --level 13",
    "run scenarios/first-steps.yaml --level -1", "run scenarios/first-steps.yaml --seed 1.5", "run scenarios/first-steps.yaml --agent wizard",
    "run scenarios/first-steps.yaml --lev 3",
    "replay", "replay notes.txt", "replay nowhere.jsonl scenarios/first-steps.yaml", "replay notes.txt scenarios/first-steps.yaml",
    "replay empty scenarios/first-steps.yaml", "replay binary.yaml scenarios/first-steps.yaml", "replay empty.yaml scenarios/first-steps.yaml",
    "fmt", "fmt nowhere.yaml", "fmt notes.txt", "fmt scenarios/users/shopper.yaml", "policy", "policy ask", "policy tell",
    "policy ask scenarios/users/shopper.yaml fee", "policy ask nowhere.yaml fee", "policy ask empty fee",
    "schema", "schema Sheep", "schema Axes --write empty", "schema --write notes.txt",
    "new", "new sheep tea", "new environment", "new environment Tea", "new environment tea --out notes.txt",
    "train", "train nowhere.yaml", "train scenarios/first-steps.yaml --profile sheep",
    "train scenarios/first-steps.yaml --steps -1",
]  # fmt: skip

DIAGNOSTICS = [
    "validate empty.yaml", "validate binary.yaml", "validate utf16.yaml", "validate notes.txt",
    "validate scenarios/users empty.yaml", "validate --format json binary.yaml",
    "explain empty.yaml", "explain binary.yaml", "explain scenarios/axes/standard.yaml",
    "run empty.yaml", "run binary.yaml", "run notes.txt", "run scenarios/users/shopper.yaml",
    "replay notes.txt binary.yaml",
    "policy ask empty.yaml fee", "policy ask utf16.yaml fee",
    "train empty.yaml", "train scenarios/catalogs/pocket.yaml",
]  # fmt: skip


@pytest.mark.parametrize(
    ("command", "code"),
    [*((c, 0) for c in FINE), *((c, 2) for c in USAGE), *((c, 3) for c in DIAGNOSTICS)],
    ids=lambda value: value or "nothing" if isinstance(value, str) else "",
)
def test_a_command_ends_with_a_code_and_words(run: Run, command: str, code: int) -> None:
    ran = run(*command.split())
    assert ran.code == code, ran.err
    assert not ran.wrote
    assert "Traceback" not in ran.err and "Error:" not in ran.err
    if code:
        assert (ran.err + ran.out).strip()
    if code == 2:
        assert not ran.out and ran.err.splitlines()[-1].startswith("rlve-dsl")


def test_a_missing_file_of_a_scenario_is_named(run: Run, workspace: Path) -> None:
    (workspace / "scenarios" / "users" / "shopper.yaml").unlink()
    ran = run("run", "scenarios/first-steps.yaml")
    assert ran.code == 3 and "users/shopper.yaml" in ran.err and not ran.wrote


def test_a_defect_that_only_playing_shows_is_told_with_its_place(run: Run, workspace: Path) -> None:
    path = workspace / "scenarios" / "environments" / "cart.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("f1: unit_f1(cart, goal.cart)", 'f1: "1 / (count(cart) - count(cart))"'), encoding="utf-8"
    )
    ran = run("run", "scenarios/first-steps.yaml")
    assert ran.code == 3 and "cart.yaml:" in ran.err and "division by zero" in ran.err
    path.write_text(
        text.replace('qty: "said.quantity[i].value if', 'qty: "floor(1 / (items - items)) if'), encoding="utf-8"
    )
    ran = run("run", "scenarios/first-steps.yaml", "--seed", "3", "--level", "12")
    assert ran.code == 3 and "cart.yaml:" in ran.err and "division by zero" in ran.err


def command(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rlve_dsl.cli", *words],
        cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def test_the_installed_command_gives_the_code_to_the_shell(workspace: Path) -> None:
    script = Path(sys.executable).with_name("rlve-dsl")
    made = subprocess.run([script, "explain", "S999"], cwd=workspace, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stdout) == (2, "") and "there is no diagnostic `S999`" in made.stderr


def test_output_that_nobody_reads_to_the_end_is_no_error(workspace: Path) -> None:
    made = subprocess.run(
        f'"{sys.executable}" -m rlve_dsl.cli explain scenarios/first-steps.yaml | head -n 1',
        shell=True, cwd=workspace, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0 and made.stderr == ""


def test_a_person_who_says_nothing_ends_the_conversation(workspace: Path) -> None:
    ran = command("run", "scenarios/first-steps.yaml", "--agent", "human", cwd=workspace)
    assert ran.returncode == 0 and "not passed" in ran.stdout and "Traceback" not in ran.stderr
