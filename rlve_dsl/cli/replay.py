"""`rlve-dsl replay`: play recorded trajectories again and compare the bytes.

The user's replies are those of the trajectory; everything else is made again. What a scripted user said is then compared with what
it says to the same actions: it depends on nothing but the episode. Other users are not asked again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from rlve_dsl.cli.recordings import read_recording
from rlve_dsl.cli.sources import add_plugins, scenario_of, scenario_path
from rlve_dsl.episode import Scenario, as_recorded, difference, record, replay
from rlve_dsl.errors import UsageError
from rlve_dsl.user import RecordingMismatch, ScriptedUser

_NOT_ASKED = "; the user, who is not the scripted one, says what was recorded"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "trajectory",
        metavar="FILE",
        help="JSON lines, as `rlve-dsl run --json` prints them: a trajectory, or several one after another; "
        "- reads standard input",
    )
    parser.add_argument(
        "path", type=scenario_path, metavar="PATH", help="the Collection or Environment file it was recorded with"
    )
    add_plugins(parser)


def run(arguments: argparse.Namespace) -> int:
    """0 when the replay of each trajectory gives the same bytes, 3 when one does not."""
    trajectories = _trajectories(read_recording(arguments.trajectory).rstrip().splitlines())
    scenario = scenario_of(arguments).load()
    if len(trajectories) == 1:
        if found := _difference(trajectories[0], scenario):
            print(found, file=sys.stderr)
            return 3
        print(_same(trajectories[0]))
        return 0
    began, differ = 1, 0
    for number, recorded in enumerate(trajectories, start=1):
        name = f"trajectory {number}, from line {began} on"
        try:
            found = _difference(recorded, scenario)
        except UsageError as problem:
            raise UsageError(f"{name}: {problem}") from None
        differ += bool(found)
        print(f"{name}: {found or _same(recorded)}", file=sys.stderr if found else sys.stdout)
        began += len(recorded)
    return 3 if differ else 0


def _same(recorded: Sequence[str]) -> str:
    """What is said of a trajectory whose replay does not differ. One whose end is missing is the same as far as it goes."""
    end = "" if _has_ended(recorded) else ", without the end of the episode"
    return f"the same {len(recorded)} lines{end}" + ("" if _is_scripted(recorded) else _NOT_ASKED)


def _is_scripted(recorded: Sequence[str]) -> bool:
    """Whether all words of the user are those of the scripted one: a line says so of any other."""
    return all("source" not in json.loads(line) for line in recorded if line.strip())


def _has_ended(recorded: Sequence[str]) -> bool:
    return "outcome" in json.loads(recorded[-1])


def _trajectories(lines: Sequence[str]) -> list[list[str]]:
    """The lines of each trajectory. All lines before the second one that begins a trajectory are those of the first."""
    found: list[list[str]] = [[]]
    begun = False
    for line in lines:
        if _begins(line):
            if begun:
                found.append([])
            begun = True
        found[-1].append(line)
    return found


def _begins(line: str) -> bool:
    try:
        entry = json.loads(line)
    except ValueError:
        return False
    return isinstance(entry, dict) and "format" in entry


def _difference(recorded: Sequence[str], scenario: Scenario) -> str:
    """Where the replay of a trajectory differs, with the number of the line in it; empty when it does not."""
    try:
        again = record(replay(recorded, scenario))
    except RecordingMismatch as problem:
        return f"differs: {problem}"
    if (found := _first_difference(recorded, again)) or not _is_scripted(recorded):
        return found
    try:
        again = record(replay(recorded, scenario, ScriptedUser))
    except UsageError as problem:  # the episode ends before the recorded one
        return f"differs from what the scripted user says: {problem}"
    found = _first_difference(recorded, again)
    return f"{found}, as the scripted user says it" if found else ""


def _first_difference(recorded: Sequence[str], text: str) -> str:
    again = as_recorded(text.splitlines(), recorded)
    if again == recorded or (again[:-1] == recorded and not _has_ended(recorded)):
        return ""
    pairs = enumerate(zip(recorded, again, strict=False), start=1)
    place = next((f"line {n}{difference(a, b)}" for n, (a, b) in pairs if a != b), "the end")
    return f"differs at {place}"
