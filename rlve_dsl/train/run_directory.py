"""The folder of a training run. It is kept up to date while the run lasts, so that a run that was stopped says so."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TextIO, TypeAlias

from rlve_dsl.errors import UsageError
from rlve_dsl.writing import make_folder, write_atomically

State = Literal["running", "finished", "interrupted", "failed", "killed"]
Keeps: TypeAlias = Callable[[Mapping[str, Any]], bool]

_BEAT = 20.0
"""Seconds between two signs of life of a run."""
_SILENCE = 180.0
"""Seconds after which a run on another machine that gives no sign of life counts as killed."""


class RunDirectory:
    """A folder with `configuration.json`, `metrics.jsonl`, `status.json`, `curriculum.json`, `results.json` and `model/`.

    As a context manager it keeps `status.json`: running, then finished, interrupted (Ctrl-C or a termination signal) or
    failed, with the reason. While the run lasts, `status.json` names its process, and its time of change is renewed: so
    `read_status` knows a run that was killed.

    Args:
        path: The folder.
        configuration: The settings of the run.
        writes: False in all processes but the first of several that train together: they write nothing.
        keeps: Of a run that goes on in this folder: which lines of its metrics stay. The others are written again.

    Raises:
        UsageError: When it is no folder, or not empty and no run is resumed; or a line of metrics cannot be read.
    """

    def __init__(
        self, path: Path, configuration: Mapping[str, object], *, writes: bool = True, keeps: Keeps | None = None
    ) -> None:
        self.path = path
        self.model = path / "model"
        self.writes = writes
        self._metrics: TextIO | None = None
        self._ended = threading.Event()
        if not writes:
            return
        if path.exists() and not path.is_dir():
            raise UsageError(f"`{path}` is no folder")
        if keeps is not None:
            self._forget(keeps)
            return
        if path.exists() and any(path.iterdir()):
            raise UsageError(f"`{path}` is not empty: name another folder with --out")
        make_folder(path)
        self._write("configuration.json", configuration)

    def __enter__(self) -> Self:
        if not self.writes:
            return self
        self._metrics = (self.path / "metrics.jsonl").open("a", encoding="utf-8")
        process = os.getpid()
        self._write(
            "status.json",
            {"state": "running", "host": socket.gethostname(), "process": process, "began": began_at(process)},
        )
        threading.Thread(target=self._beat, name="signs of life", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._metrics is not None:
            self._metrics.close()
        if error is None:
            self._status("finished")
        elif isinstance(error, KeyboardInterrupt):
            self._status("interrupted", "stopped before its end: what is here is not a finished run")
        else:
            self._status("failed", f"{type(error).__name__}: {error}")

    def metric(self, phase: str, values: Mapping[str, object]) -> None:
        """Append a line to `metrics.jsonl`. It is on disk when this returns."""
        if not self.writes:
            return
        assert self._metrics is not None, "metrics are written while the run lasts"
        self._metrics.write(json.dumps({"phase": phase, **values}) + "\n")
        self._metrics.flush()

    def curriculum(self, state: Mapping[str, object]) -> None:
        """Write the curriculum's state in place of the last one."""
        self._write("curriculum.json", state)

    def results(self, results: Mapping[str, object]) -> None:
        """Write the results of the run."""
        self._write("results.json", results)

    def trajectories(self, step: int, text: str) -> None:
        """Write the episodes of a batch that are kept, one trajectory after another."""
        if self.writes:
            write_atomically(self.path / "rollouts" / f"step-{step:05}.jsonl", text)

    def _forget(self, keeps: Keeps) -> None:
        """Drop the metrics that are written again, also a last line that was cut off."""
        file, kept = self.path / "metrics.jsonl", []
        *lines, _ = file.read_bytes().split(b"\n") if file.exists() else [b""]
        for number, line in enumerate(lines, 1):
            try:
                text = line.decode("utf-8")
                if keeps(json.loads(text)):
                    kept.append(text + "\n")
            except (ValueError, KeyError, TypeError):
                raise UsageError(
                    f"`{file}`, line {number}: this is no line of metrics; without the line, the run can go on"
                ) from None
        write_atomically(file, "".join(kept))

    def _beat(self) -> None:
        """Renew the time of `status.json` until the run ends."""
        while not self._ended.wait(_BEAT):
            with suppress(OSError):
                os.utime(self.path / "status.json")

    def _status(self, state: State, reason: str = "") -> None:
        self._write("status.json", {"state": state, **({"reason": reason} if reason else {})})

    def _write(self, name: str, value: Mapping[str, object]) -> None:
        if not self.writes:
            return
        write_atomically(self.path / name, json.dumps(value, indent=2) + "\n")


def read_status(path: Path) -> State:
    """Return the state of the run in a folder. A run whose process is gone without a word was killed."""
    file = path / "status.json"
    if not file.exists() and (path / "configuration.json").exists():
        return "killed"  # between the two first files that a run writes
    status = json.loads(file.read_text(encoding="utf-8"))
    state: State = status["state"]
    if state != "running":
        return state
    if status.get("host") == socket.gethostname():
        alive = status.get("began") is not None and began_at(status["process"]) == status["began"]
    else:
        alive = time.time() - file.stat().st_mtime < _SILENCE
    return "running" if alive else "killed"


def began_at(process: int) -> str | None:
    """Return when a process of this machine began, in the terms of the system; None when there is no such process.

    A number of a process is used again for a later one, which began at another time.
    """
    if not Path("/proc/self/stat").exists():  # not Linux: the number alone must do
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return None
        except PermissionError:
            return "unknown"
        return "unknown"
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *rest = text.rpartition(")")[2].split()
    return None if state in "ZX" else rest[18]  # the fields `state` and `starttime` of proc(5)


def free_folder(parent: Path, name: str) -> Path:
    """Return `parent/name`, or the first of `name-2`, `name-3` … that does not exist yet."""
    number = 1
    while (path := parent / (name if number == 1 else f"{name}-{number}")).exists():
        number += 1
    return path
