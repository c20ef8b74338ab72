"""`rlve-dsl domain`: replay recorded calls in a domain, and compare the final states."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from rlve_dsl import files
from rlve_dsl.cli.sources import add_plugins, registry_of
from rlve_dsl.compiler import (
    CompiledDomain,
    Correction,
    DataError,
    Loader,
    Replayed,
    compile_domain,
    governance_of,
    read_tasks,
    replay_task,
)
from rlve_dsl.errors import UsageError
from rlve_dsl.world import Governance


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of each of the verb's actions."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    replay = acts.add_parser(
        "replay", help="make recorded calls again, and compare the final states",
        description="Make the recorded calls of each task from the start of a domain, and compare the final states.",
        allow_abbrev=False,
    )  # fmt: skip
    add_recording(replay)


def add_recording(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of a domain and of recorded tasks."""
    parser.add_argument("path", metavar="DOMAIN", help="a Domain file")
    parser.add_argument(
        "tasks", metavar="TASKS", help="a file with a task a line: `task`, `calls`, `changed`, `refused`"
    )
    parser.add_argument("--policy", metavar="FILE", help="the policy that the tools ask (policy.yaml beside DOMAIN)")
    parser.add_argument("--data", metavar="FILE", default="", help="the data, in place of the file that DOMAIN names")
    parser.add_argument(
        "--corrections", metavar="FILE", help="known faults of the recordings (corrections.json beside DOMAIN)"
    )
    add_plugins(parser)


def run(arguments: argparse.Namespace) -> int:
    """0 when all final states are the recorded ones, 3 when one is not."""
    replayed = replay_recording(arguments)
    for task in replayed:
        _report(task)
    same = sum(not task.differences for task in replayed)
    refusals = sum(task.as_refused for task in replayed)
    print(f"{same} of {len(replayed)} final states are the recorded ones; {refusals} with the recorded refusals")
    return 0 if same == len(replayed) else 3


def replay_recording(arguments: argparse.Namespace) -> list[Replayed]:
    """What came of each recorded task.

    Raises:
        ScenarioError: With the problems of the files.
        UsageError: The tasks cannot be read, or do not fit the domain.
    """
    domain, governance = _load(arguments)
    corrections = _corrections(_beside(arguments.corrections, arguments.path, "corrections.json"))
    try:
        tasks = read_tasks(Path(arguments.tasks).read_text(encoding="utf-8").splitlines())
    except OSError as problem:
        raise UsageError(f"`{arguments.tasks}` cannot be read: {(problem.strerror or str(problem)).lower()}") from None
    try:
        return [replay_task(domain, governance, task, corrections) for task in tasks]
    except DataError as problem:
        raise UsageError(f"`{arguments.tasks}`: {problem}") from None


def _load(arguments: argparse.Namespace) -> tuple[CompiledDomain, Governance | None]:
    """The domain and the policy that its tools ask.

    Raises:
        ScenarioError: With the problems of both files.
    """
    loader = Loader(registry_of(arguments))
    for path in (arguments.path, arguments.policy):
        if path and not Path(path).is_file():
            raise UsageError(f"there is no file `{path}`")
    read = loader.read(arguments.path, files.Domain)
    policy = _beside(arguments.policy, arguments.path, "policy.yaml")
    rules = loader.read(policy, files.Policy) if policy else None
    governance = governance_of(*rules, loader, loader.diagnostics) if rules is not None else None
    domain = None
    if read is not None:
        domain = compile_domain(read[0], governance, loader.registry, loader.diagnostics, arguments.data)
    loader.finish()
    assert domain is not None
    if domain.missing:
        raise UsageError(f"there is no file `{domain.missing[0]}`: --data says where the data are")
    return domain, governance


def _beside(given: str | None, domain: str, name: str) -> str | None:
    """A file that was named, or else the one of this name beside the domain, if it is there."""
    beside = Path(domain).parent / name
    return given or (str(beside) if beside.is_file() else None)


def _corrections(path: str | None) -> list[Correction]:
    if path is None:
        return []
    try:
        entries = json.loads(Path(path).read_text(encoding="utf-8"))
        return [Correction(e["at"], tuple(e["take"]), e["from"], e["why"]) for e in entries]
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise UsageError(f"`{path}` holds no corrections: {type(problem).__name__} {problem}") from None


def _report(task: Replayed) -> None:
    """Say what is worth saying of a task: differences, corrections, other refusals."""
    for why in task.corrected:
        print(f"task {task.name}: compared with the right values, as the recording is wrong: {why}")
    for difference in task.differences:
        print(f"task {task.name}: {difference}")
    if not task.as_refused:
        print(f"task {task.name}: other calls are refused than in the recording: {'; '.join(task.refused) or 'none'}")
