"""Recorded calls in a domain, which the verbs `domain` and `policy` read, and other text that a command line names."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
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
from rlve_dsl.errors import UsageError, system_reason
from rlve_dsl.packaged import path_of
from rlve_dsl.world import Governance

_INPUT = "-"


def add_recording(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of a domain and of recorded tasks."""
    parser.add_argument("path", type=partial(path_of, kinds=("Domain",)), metavar="DOMAIN", help="a Domain file")
    parser.add_argument(
        "tasks", metavar="TASKS", help="a file with a task a line: `task`, `calls`, `changed`, `refused`"
    )
    parser.add_argument("--policy", metavar="FILE", help="the policy that the tools ask (policy.yaml beside DOMAIN)")
    parser.add_argument("--data", metavar="FILE", default="", help="the data, in place of the file that DOMAIN names")
    parser.add_argument(
        "--corrections", metavar="FILE", help="known faults of the recordings (corrections.json beside DOMAIN)"
    )
    add_plugins(parser)


def replay_recording(arguments: argparse.Namespace) -> list[Replayed]:
    """What came of each recorded task.

    Raises:
        ScenarioError: With the problems of the files.
        UsageError: The tasks cannot be read, or do not fit the domain.
    """
    domain, governance = _load(arguments)
    corrections = _corrections(_beside(arguments.corrections, arguments.path, "corrections.json"))
    tasks = read_tasks(read_recording(arguments.tasks).splitlines())
    try:
        return [replay_task(domain, governance, task, corrections) for task in tasks]
    except DataError as problem:
        raise UsageError(f"`{arguments.tasks}`: {problem}") from None


def read_recording(path: str) -> str:
    """The text of a recording; that of standard input where the path is `-`.

    Raises:
        UsageError: It cannot be read, is no regular file, has more than 200 MB, or is no text.
    """
    return read_text(path, files.LARGEST_DATA)


def read_text(path: str, most: int) -> str:
    """The text of a file that a command line names; that of standard input where the path is `-`.

    Raises:
        UsageError: It cannot be read, is no regular file, has more than `most` bytes, or is no text.
    """
    place = "standard input" if path == _INPUT else f"`{path}`"
    try:
        content = _standard_input(most) if path == _INPUT else files.read_regular(path, most)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise UsageError(f"{place} is not UTF-8 text: byte {problem.start + 1} cannot be read") from None
    except OSError as problem:
        raise UsageError(f"{place} cannot be read: {system_reason(problem)}") from None
    except ValueError:
        raise UsageError(f"`{path}` is not a path") from None


def _standard_input(most: int) -> bytes:
    if sys.stdin is None:
        raise UsageError("standard input is closed: name a file, not `-`")
    content = sys.stdin.buffer.read(most + 1)
    if len(content) > most:
        raise UsageError(f"standard input has more than {most // 1_000_000} MB")
    return content


def _load(arguments: argparse.Namespace) -> tuple[CompiledDomain, Governance | None]:
    """The domain and the policy that its tools ask.

    Raises:
        ScenarioError: With the problems of both files.
    """
    loader = Loader(registry_of(arguments))
    for path in (arguments.path, arguments.policy):
        if path and (problem := files.problem_of(path)):
            raise UsageError(problem)
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
        entries = json.loads(read_recording(path))
        return [Correction(e["at"], tuple(e["take"]), e["from"], e["why"]) for e in entries]
    except (ValueError, TypeError, KeyError) as problem:
        raise UsageError(f"`{path}` holds no corrections: {type(problem).__name__} {problem}") from None
