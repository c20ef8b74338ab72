"""The folder of a training run. It is kept up to date while the run lasts, so that a run that was stopped says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TextIO

from rlve_dsl.errors import UsageError
from rlve_dsl.writing import write_atomically

State = Literal["running", "finished", "interrupted", "failed"]


class RunDirectory:
    """A folder with `configuration.json`, `metrics.jsonl`, `status.json`, `curriculum.json`, `results.json` and `model/`.

    As a context manager it keeps `status.json`: running, then finished, interrupted (Ctrl-C or a termination signal) or
    failed, with the reason.

    Raises:
        UsageError: When it is no folder, or not empty.
    """

    def __init__(self, path: Path, configuration: Mapping[str, object]) -> None:
        if path.exists() and not path.is_dir():
            raise UsageError(f"`{path}` is no folder")
        if path.exists() and any(path.iterdir()):
            raise UsageError(f"`{path}` is not empty: name another folder with --out")
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.model = path / "model"
        self._metrics: TextIO | None = None
        self._write("configuration.json", configuration)

    def __enter__(self) -> Self:
        self._metrics = (self.path / "metrics.jsonl").open("w", encoding="utf-8")
        self._status("running")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        assert self._metrics is not None, "metrics are written while the run lasts"
        self._metrics.write(json.dumps({"phase": phase, **values}) + "\n")
        self._metrics.flush()

    def curriculum(self, state: Mapping[str, object]) -> None:
        """Write the curriculum's state in place of the last one."""
        self._write("curriculum.json", state)

    def results(self, results: Mapping[str, object]) -> None:
        """Write the results of the run."""
        self._write("results.json", results)

    def _status(self, state: State, reason: str = "") -> None:
        self._write("status.json", {"state": state, **({"reason": reason} if reason else {})})

    def _write(self, name: str, value: Mapping[str, object]) -> None:
        write_atomically(self.path / name, json.dumps(value, indent=2) + "\n")


def read_status(path: Path) -> State:
    """Return the state of the run in a folder."""
    state: State = json.loads((path / "status.json").read_text(encoding="utf-8"))["state"]
    return state


def free_folder(parent: Path, name: str) -> Path:
    """Return `parent/name`, or the first of `name-2`, `name-3` … that does not exist yet."""
    number = 1
    while (path := parent / (name if number == 1 else f"{name}-{number}")).exists():
        number += 1
    return path
