"""What the operating system refuses is a sentence and an exit code: no traceback, no file half written."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlve_dsl.certify import certificate as certificates
from rlve_dsl.cli import certify, demos, fmt, main

Run = Callable[..., Any]

STATUS = "scenarios/environments/status.yaml"
LONG = "x" * 300
CERTIFY = f"certify {STATUS} --levels 0 --seeds 1 --jobs 1 --checks solvable"
DEMOS = f"demos {STATUS} --episodes 1 --levels 0"
BUILD = "catalog build scenarios/catalogs/pocket.yaml --size 300"

INPUTS = [
    "validate {}", "fmt {}", "explain {}", "run {}", f"replay {{}} {STATUS}", "replay notes.txt {}", "certify {}",
    "demos {} --episodes 1 --out demos.jsonl", "train {}", "policy ask {} fee", "policy check {}", "catalog info {}",
    "catalog verify {}", "catalog search {} tea", "catalog sample {}", "catalog build {} --out out",
    f"{BUILD} --from {{}} --out out", f"run {STATUS} --plugin {{}}", "validate scenarios/users --plugin {}",
]  # fmt: skip
OUTPUTS = [f"{CERTIFY} --out", f"{DEMOS} --out", f"{BUILD} --out", "new environment tea --out", "schema --write"]


@pytest.mark.parametrize("command", INPUTS)
@pytest.mark.parametrize("path", [LONG, f"{'x/' * 2100}x.yaml", "notes.txt/x.yaml", "circle", "empty"])
def test_an_input_that_cannot_be_read_is_a_sentence(run: Run, workspace: Path, command: str, path: str) -> None:
    (workspace / "circle").symlink_to(workspace / "circle")
    ran = run(*command.format(path).split())
    assert ran.code in ((0,) if (command, path) == ("fmt {}", "empty") else (1, 2, 3))
    assert ran.err.strip() and not ran.wrote and "Traceback" not in ran.err


DOMAIN = "scenarios/examples/clinic/clinic.yaml"


@pytest.mark.parametrize(
    "command",
    ["validate {}", "fmt {}", "run {}", "policy read {}", f"replay {{}} {STATUS}", f"domain replay {DOMAIN} {{}}",
     f"domain replay {DOMAIN} notes.txt --corrections {{}}", "catalog build scenarios/catalogs/amazon.yaml --from {} --out out", f"run {STATUS} --plugin {{}}"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["pipe.jsonl", "circle.jsonl", "device.jsonl", "holes.jsonl"])
def test_only_a_regular_file_of_a_sane_size_is_read(
    workspace: Path, capsys: pytest.CaptureFixture[str], command: str, path: str
) -> None:
    def hangs(*_: object) -> None:
        raise AssertionError("it still reads")

    os.mkfifo(workspace / "pipe.jsonl")
    (workspace / "circle.jsonl").symlink_to(workspace / "circle.jsonl")
    (workspace / "device.jsonl").symlink_to("/dev/zero")
    if path == "holes.jsonl":
        if "--plugin" in command or "--from" in command:
            pytest.skip("rows are read one after another, and Python reads its own files")
        with open(workspace / path, "wb") as file:
            file.truncate(3 << 30)
    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(120)
    try:
        code = main(command.format(path).split())
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    out, err = capsys.readouterr()
    assert code in (2, 3) and "Traceback" not in err
    wanted = {"circle.jsonl": "circle of links", "holes.jsonl": r"more than (4|200) MB"}.get(path, "not a regular file")
    assert re.search(wanted, out + err) and path in out + err


@pytest.mark.parametrize("command", OUTPUTS)
@pytest.mark.parametrize("path", [LONG, "notes.txt/out", f"new/{LONG}", "circle"])
def test_an_output_that_cannot_be_written_is_a_sentence_before_the_work(
    run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch, command: str, path: str
) -> None:
    def work(*_: object, **__: object) -> None:
        raise AssertionError("the work has begun")

    for module, name in ((certify, "certify"), (demos, "demonstrate")):
        monkeypatch.setattr(module, name, work)
    (workspace / "circle").symlink_to(workspace / "circle")
    ran = run(*command.split(), path)
    assert ran.code in (1, 2, 3) and path.split("/")[0][:40] in ran.err and not ran.wrote
    assert len(ran.err.strip().splitlines()) == 1 or ran.code == 3


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc")
@pytest.mark.parametrize("command", OUTPUTS)
def test_what_the_system_refuses_has_one_exit_code(run: Run, workspace: Path, command: str) -> None:
    """Nothing can be made in `/proc`, not even by root."""
    ran = run(*command.split(), "/proc/x")
    assert (ran.code, ran.err.count("\n")) == (1, 1) and "`/proc/" in ran.err and not ran.wrote


def test_a_file_that_cannot_be_formatted_has_that_code_too(
    run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, text: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(fmt, "formatted", lambda *_: b"in another form")
    monkeypatch.setattr(fmt, "write_atomically", full)
    ran = run("fmt", "scenarios/policies/careful.yaml")
    assert ran.code == 1 and ran.err.endswith("careful.yaml`: no space left on device\n")


def test_demonstrations_for_a_full_device_are_an_error(run: Run) -> None:
    ran = run(*DEMOS.split(), "--out", "/dev/full")
    assert (ran.code, ran.err) == (1, "rlve-dsl demos: `/dev/full`: no space left on device\n")


def test_a_verdict_is_printed_that_cannot_be_saved(run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(certify, "write_atomically", full)
    ran = run(*CERTIFY.split(), "--out", "out")
    assert ran.code == 1 and "made hold" in ran.out and "written" not in ran.out
    assert ran.err == "rlve-dsl certify: `out/certificate.json`: no space left on device\n"


@pytest.mark.parametrize(
    "command",
    ["--help", "--version", "validate scenarios/users --format json", "explain S103", f"explain {STATUS}", f"run {STATUS} --json",
     f"run {STATUS}", "schema Axes", CERTIFY, "certify --help"],
)  # fmt: skip
def test_a_full_standard_output_is_a_sentence(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(command.split()) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1 and err.endswith("no space left on device\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["--help", "--version", "run --help", "run scenarios/first-steps.yaml --json"])
def test_a_process_with_a_full_standard_output_says_no_more_as_it_ends(
    workspace: Path, command: str, unbuffered: str
) -> None:
    made = shell(f"{command} >/dev/full", workspace, unbuffered)
    assert made.returncode == 1
    assert made.stderr.count("\n") == 1 and made.stderr.endswith("no space left on device\n")


@pytest.mark.parametrize("redirection", [">&-", "2>&-", "2>/dev/full", ">&- 2>&-"])
def test_closed_and_full_streams_are_no_crash(workspace: Path, redirection: str) -> None:
    assert shell(f"run scenarios/first-steps.yaml --json {redirection}", workspace).returncode == 0
    assert shell(f"run nowhere.yaml {redirection}", workspace).returncode == 2


def test_who_has_no_standard_input_leaves_the_episode(workspace: Path) -> None:
    made = shell("run scenarios/first-steps.yaml --agent human <&-", workspace)
    assert "Traceback" not in made.stderr and "the input ended before the episode did" in made.stdout + made.stderr


def test_a_lack_of_memory_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object) -> int:
        raise MemoryError

    monkeypatch.setattr(fmt, "run", greedy)
    ran = run("fmt", "scenarios/policies/careful.yaml")
    assert (ran.code, ran.err) == (1, "rlve-dsl fmt: there is not enough memory for this\n")


@pytest.mark.parametrize("columns", ["99999999999", "9" * 5000])
@pytest.mark.parametrize("command", [f"explain {STATUS}", "--help"])
def test_lines_are_never_wider_than_memory(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ran = run(*command.split())
    assert ran.code == 0 and max(map(len, ran.out.splitlines())) <= 10_000


@pytest.mark.parametrize("command", [f"{DEMOS} --out", f"{BUILD} --out"])
def test_a_file_in_the_way_is_no_folder(run: Run, workspace: Path, command: str) -> None:
    ran = run(*command.split(), "notes.txt/out")
    assert ran.code == 1 and ran.err.endswith(": not a directory\n")


def test_a_certificate_is_saved_when_nobody_reads_the_verdict(workspace: Path) -> None:
    made = shell(f"{CERTIFY} --out out | true", workspace)
    assert made.returncode == 0 and made.stderr == ""
    assert certificates._is_certificate(workspace / "out" / "certificate.json")


def shell(command: str, folder: Path, unbuffered: str = "") -> subprocess.CompletedProcess[str]:
    line = f'"{sys.executable}" -m rlve_dsl.cli {command}'
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    return subprocess.run(line, shell=True, cwd=folder, env=env, capture_output=True, text=True, check=False)


LIMITED = """
import resource, sys
from rlve_dsl.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("limit", [2_000, 5_000, 20_000, 100_000])
def test_a_catalog_that_cannot_be_written_whole_is_a_sentence(workspace: Path, limit: int) -> None:
    """A limit on the size of files, as a full disk, fails in the middle of a write."""
    command = "catalog build scenarios/catalogs/general.yaml --size 2000 --out out"
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), *command.split()], cwd=workspace,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1 and re.search(r"`[^`]*\.out\.building.*`: (file too large|it could not be)", ran.stderr)
    assert "None" not in ran.stderr and "Traceback" not in ran.stderr and "requested" not in ran.stderr
    assert not (workspace / "out").exists()
