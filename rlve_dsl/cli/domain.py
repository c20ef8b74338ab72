"""`rlve-dsl domain`: replay recorded calls in a domain, and compare the final states."""

from __future__ import annotations

import argparse

from rlve_dsl.cli.recordings import add_recording, replay_recording
from rlve_dsl.compiler import Replayed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of each of the verb's actions."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    replay = acts.add_parser(
        "replay", help="make recorded calls again, and compare the final states",
        description="Make the recorded calls of each task from the start of a domain, and compare the final states.",
        allow_abbrev=False,
    )  # fmt: skip
    add_recording(replay)


def run(arguments: argparse.Namespace) -> int:
    """0 when all final states are the recorded ones, 3 when one is not."""
    replayed = replay_recording(arguments)
    for task in replayed:
        _report(task)
    same = sum(not task.differences for task in replayed)
    refusals = sum(task.as_refused for task in replayed)
    print(f"{same} of {len(replayed)} final states are the recorded ones; {refusals} with the recorded refusals")
    return 0 if same == len(replayed) else 3


def _report(task: Replayed) -> None:
    """Say what is worth saying of a task: differences, corrections, other refusals."""
    for why in task.corrected:
        print(f"task {task.name}: compared with the right values, as the recording is wrong: {why}")
    for difference in task.differences:
        print(f"task {task.name}: {difference}")
    if not task.as_refused:
        print(f"task {task.name}: other calls are refused than in the recording: {'; '.join(task.refused) or 'none'}")
