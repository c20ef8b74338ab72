"""Checkpoints: what a run needs to go on as if it had never stopped.

The trainer keeps the model, the optimizer, the schedule and the random state of its libraries. Beside them stands `run.json`: the
step, the curriculum, and the results so far. It is written last, so a checkpoint without it is not whole. The checkpoint of step 0
is written after the warm start; it has the model's weights only if the warm start made or changed them.

A disk or a copy may damage a checkpoint later. A run then goes on from the one before.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rlve_dsl.errors import RlveError, UsageError, system_reason
from rlve_dsl.frozen import frozen
from rlve_dsl.train.run_directory import read_status
from rlve_dsl.writing import write_atomically

FOLDER = "trainer"
START = "checkpoint-0"
"""The name of the checkpoint after the warm start."""
_STATE = "run.json"
_DISK = ("os error", "file write failed", "unexpected pos")  # of safetensors and torch
_IN_DAPO = ("dapo", "evaluation")
"""The phases whose lines of metrics have the number of a step of DAPO."""
_SAME = ("scenario", "settings", "user", "curriculum", "processes")


@frozen
class Checkpoint:
    """A whole checkpoint.

    Attributes:
        path: Its folder.
        step: The steps of DAPO that were taken.
        curriculum: The state of the curriculum.
        before: The scores before DAPO, by manner, as JSON data; empty until they are known.
        best: The best pass rate of an evaluation so far.
    """

    path: Path
    step: int
    curriculum: Mapping[str, Any]
    before: Mapping[str, Any]
    best: float

    def keeps(self, entry: Mapping[str, Any]) -> bool:
        """Return whether a line of metrics was written before this checkpoint, so that a run that goes on does not write it again."""
        if entry["phase"] == "evaluation" and entry["moment"] != "during":
            return entry["moment"] == "before" and bool(self.before)
        return entry["phase"] not in _IN_DAPO or bool(entry["step"] <= self.step)

    def write(self) -> None:
        """Write `run.json`: with it, the checkpoint is whole."""
        state = {"step": self.step, "curriculum": self.curriculum, "before": self.before, "best": self.best}
        write_atomically(self.path / _STATE, json.dumps(state, indent=2) + "\n")


@contextmanager
def written_to_disk() -> Iterator[None]:
    """Raise RlveError, in a sentence, when a library cannot write a model in the block: a full disk, for example.

    Libraries raise errors of their own for that.
    """
    try:
        yield
    except Exception as error:
        if type(error).__name__ == "SafetensorError" or any(mark in str(error) for mark in _DISK):
            raise RlveError(f"the model could not be written: {str(error).splitlines()[0]}") from error
        raise


class Damaged(RlveError):
    """A file of a checkpoint cannot be read; the message names it."""


def _silent(_: str) -> None:
    """Say nothing."""


def last_checkpoint(run: Path, say: Callable[[str], None] = _silent) -> Checkpoint | None:
    """Return the last whole checkpoint of the run in a folder.

    Args:
        run: The folder.
        say: Is told in a sentence which checkpoints are damaged. They are passed over.

    Raises:
        Damaged: When there are checkpoints, and all of them are damaged.
    """
    found, damaged = [], []
    for file in sorted((run / FOLDER).glob(f"checkpoint-*/{_STATE}")):
        try:
            found.append(_read(file))
        except Damaged as error:
            damaged.append(error)
    if damaged and not found:
        raise Damaged(f"no checkpoint of the run can be read: {'; '.join(map(str, damaged))}")
    for fault in damaged:
        say(f"a checkpoint is passed over: {fault}")
    return max(found, key=lambda checkpoint: checkpoint.step, default=None)


def _read(file: Path) -> Checkpoint:
    """Read `run.json`, and look whether the other files of the checkpoint are complete."""
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
        checkpoint = Checkpoint(file.parent, state["step"], state["curriculum"], state["before"], state["best"])
        kinds: tuple[tuple[object, type | tuple[type, ...]], ...] = (
            (checkpoint.step, int), (checkpoint.curriculum, dict), (checkpoint.before, dict), (checkpoint.best, (int, float)),
        )  # fmt: skip
        if not all(isinstance(value, kind) for value, kind in kinds):
            raise TypeError("of another type")
    except (ValueError, KeyError, TypeError):
        raise Damaged(f"`{file}` does not hold the state of a run") from None
    except OSError as error:
        raise Damaged(f"`{file}` cannot be read: {system_reason(error)}") from None
    for other in sorted(file.parent.iterdir()):
        if not _complete(other):
            raise Damaged(f"`{other}` is damaged or cut off")
    return checkpoint


def _complete(file: Path) -> bool:
    """Return whether a file of the trainer is as long as it says, or is JSON where it should be. It does not read the numbers."""
    from safetensors import SafetensorError, safe_open

    try:
        if file.suffix == ".safetensors":
            with safe_open(str(file), framework="numpy"):
                return True
        if file.suffix == ".json":
            json.loads(file.read_text(encoding="utf-8"))
    except (SafetensorError, OSError, ValueError):
        return False
    # torch writes an archive, whose end says what is in it
    return file.suffix not in (".pt", ".pth", ".bin") or zipfile.is_zipfile(file)


def resumable(
    run: Path, configuration: Mapping[str, Any], *, first: bool = True, say: Callable[[str], None] = _silent
) -> Checkpoint | None:
    """Return the checkpoint from which the run in a folder goes on; None when it has none, and begins again.

    Args:
        run: The folder.
        configuration: The configuration that the command line asks for, which must be that of the run.
        first: False in all processes but the first of several. They do not ask for the run's state, which the first one changes.
        say: Is told in a sentence which checkpoints are damaged. The last one that is not is taken.

    Raises:
        UsageError: When there is no such run, it is under way or finished, or had other settings.
        Damaged: When all its checkpoints are damaged.
    """
    try:
        old = json.loads((run / "configuration.json").read_text(encoding="utf-8"))
        if not isinstance(old, dict):
            raise TypeError("no object")
        state = read_status(run) if first else "killed"
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"`{run}` holds no training run") from None
    if state in ("running", "finished"):
        raise UsageError(f"the run in `{run}` is {state}")
    new = json.loads(json.dumps(configuration))
    if differences := [name for part in _SAME for name in _differences(old.get(part), new.get(part), part)]:
        raise UsageError(f"the run in `{run}` cannot go on, as this has changed: {', '.join(differences)}")
    return last_checkpoint(run, say)


def _differences(old: Any, new: Any, path: str) -> list[str]:
    """The paths of what differs."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = sorted({*old, *new})
        return [found for name in names for found in _differences(old.get(name), new.get(name), f"{path}.{name}")]
    return [] if old == new else [path]
