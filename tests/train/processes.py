"""Training in processes of its own, which begin with the libraries read: to read them takes each of them five seconds."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from rlve_dsl.cli import main

_COPIES = multiprocessing.get_context("forkserver")  # of a process that has read libraries and done nothing else
_COPIES.set_forkserver_preload(
    ["rlve_dsl.train", "datasets", "trl.trainer.grpo_trainer", "trl.experimental.async_grpo"]
)


def start(
    words: Iterable[str],
    said: Path,
    environment: Mapping[str, str] | None = None,
    killed_when: Callable[[], bool] | None = None,
) -> BaseProcess:
    """Start `rlve-dsl train`.

    Args:
        words: What is written after `train`.
        said: The folder for what it prints, in the files `stdout` and `stderr`.
        environment: Variables for it alone.
        killed_when: It is killed when it says something and this is so. It must be possible to pickle it.
    """
    return begin(partial(_train, [*words], killed_when), said, environment)


def begin(work: Callable[[], int], said: Path, environment: Mapping[str, str] | None = None) -> BaseProcess:
    """Start a process that does some work, which returns its exit code.

    Args:
        work: The work. It must be possible to pickle it.
        said: The folder for what it prints, in the files `stdout` and `stderr`.
        environment: Variables for it alone.
    """
    process = _COPIES.Process(target=_begin, args=(work, said, {**(environment or {})}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")  # threads of several processes would wait for each other's cores
        process.start()
    return process


class _Last(io.TextIOWrapper):
    """A stream, the last of whose writes kills the process."""

    killed_when: Callable[[], bool]

    def write(self, text: str) -> int:
        if self.killed_when():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().write(text)


def _begin(work: Callable[[], int], said: Path, environment: Mapping[str, str]) -> None:
    said.mkdir(parents=True)
    for number, name in ((1, "stdout"), (2, "stderr")):
        with (said / name).open("wb") as file:
            os.dup2(file.fileno(), number)
    os.environ.update(environment)
    sys.exit(work())


def _train(words: list[str], killed_when: Callable[[], bool] | None) -> int:
    if killed_when is not None:
        sys.stderr = _Last(sys.stderr.buffer, write_through=True)
        sys.stderr.killed_when = killed_when
    return main(["train", *words])
