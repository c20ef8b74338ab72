"""A signal, or nobody left to read, ends a command and all its workers at once."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SCENARIO = "scenarios/first-steps.yaml"  # over a small catalog: three processes read it in each test
PATIENCE = 60
"""Seconds after which something that should happen at once has not happened; nothing waits for them to pass."""

ALIVE = """
import os
from rlve_dsl.hookspecs import hookimpl

alive = os.open("alive", os.O_WRONLY)  # until this process ends
os.write(alive, b"x")

@hookimpl
def rlve_tools():
    return []
"""


class Alive:
    """Sees, by a pipe that each process opens as it loads a plugin, how many have begun and when the last has ended."""

    def __init__(self, folder: Path) -> None:
        (folder / "plugin.py").write_text(ALIVE, encoding="utf-8")
        os.mkfifo(folder / "alive")
        self._pipe = os.open(folder / "alive", os.O_RDONLY | os.O_NONBLOCK)

    def wait_for(self, processes: int) -> None:
        begun = 0
        while begun < processes:
            read = self._read()
            assert read, "a process has ended too early"
            begun += len(read)

    def wait_for_none(self) -> None:
        while self._read():
            pass

    def _read(self) -> bytes:
        assert select.select([self._pipe], [], [], PATIENCE)[0], "processes are still alive"
        return os.read(self._pipe, 100)


def reset_signals() -> None:
    """Undo what whoever runs the tests may have asked: a shell's background jobs ignore SIGINT, `nohup` ignores SIGHUP."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def started(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "rlve_dsl.cli", *words]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=reset_signals,  # noqa: PLW1509 - it only sets signals
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


CERTIFY = ("certify", SCENARIO, "--plugin", "plugin.py", "--jobs", "2", "--checks", "solvable", "--levels")


@pytest.mark.parametrize(
    ("number", "group"),
    [(signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGINT, True), (signal.SIGHUP, True)],
)
def test_a_signal_ends_all_workers(workspace: Path, number: signal.Signals, group: bool) -> None:
    alive = Alive(workspace)
    with started(workspace, *CERTIFY, "0..12", "--seeds", "10000") as process:
        alive.wait_for(3)
        (os.killpg if group else os.kill)(process.pid, number)
        out, err = process.communicate(timeout=PATIENCE)  # also: nobody else holds the pipes
        alive.wait_for_none()
    assert (process.returncode, out) == (128 + number, "")
    assert "Traceback" not in err


def test_a_closed_pipe_ends_all_workers(workspace: Path) -> None:
    alive = Alive(workspace)
    with started(workspace, *CERTIFY, "0,1", "--seeds", "1") as process:
        alive.wait_for(3)
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=PATIENCE) == 0
        alive.wait_for_none()


def test_a_pipe_that_is_closed_during_the_work_ends_all_workers_at_once(workspace: Path) -> None:
    alive = Alive(workspace)
    with started(workspace, *CERTIFY, "0..12", "--seeds", "10000", "--json") as process:
        alive.wait_for(3)
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=PATIENCE) == 0
        alive.wait_for_none()


def test_a_worker_that_is_killed_is_one_sentence(workspace: Path) -> None:
    alive = Alive(workspace)
    with started(workspace, *CERTIFY, "0..12", "--seeds", "10000") as process:
        alive.wait_for(3)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        worker = next(child for child in children if _has_open(child, workspace / "alive"))
        os.kill(int(worker), signal.SIGKILL)
        out, err = process.communicate(timeout=PATIENCE)
        alive.wait_for_none()
    assert (process.returncode, out) == (3, "")
    assert err.startswith("rlve-dsl certify: a worker process ended in the middle of its work, after ")
    assert err.count("\n") == 1 and "the memory was too small" in err


def _has_open(process: str, path: Path) -> bool:
    """Whether a process holds a file open."""
    return any(link.exists() and link.samefile(path) for link in Path(f"/proc/{process}/fd").iterdir())


def test_a_signal_that_was_ignored_from_the_start_stays_ignored(workspace: Path) -> None:
    alive = Alive(workspace)
    script = f"trap '' HUP; exec '{sys.executable}' -m rlve_dsl.cli run {SCENARIO} --plugin plugin.py --agent human"
    process = subprocess.Popen(
        ["sh", "-c", script], cwd=workspace, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    alive.wait_for(1)
    process.send_signal(signal.SIGHUP)
    process.communicate(b"", timeout=PATIENCE)
    assert process.returncode == 0


def test_no_more_workers_than_work_and_cores(workspace: Path) -> None:
    script = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); from rlve_dsl.certify import cores; print(cores())"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "1\n"
    alive = Alive(workspace)
    with started(workspace, *CERTIFY, "0", "--seeds", "1") as process:
        alive.wait_for(1)
        alive.wait_for_none()  # nothing else has begun, as the pipe has had its end
        assert process.wait(timeout=PATIENCE) == 0
