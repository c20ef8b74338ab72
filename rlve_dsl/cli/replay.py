"""`rlve-dsl replay`: play a recorded trajectory again and compare the bytes.

The user's replies are those of the trajectory; everything else is made again.
"""

from __future__ import annotations

import argparse
import sys

from rlve_dsl.cli.recordings import read_recording
from rlve_dsl.cli.sources import add_plugins, scenario_of
from rlve_dsl.episode import difference, record, replay
from rlve_dsl.packaged import path_of
from rlve_dsl.user import RecordingMismatch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("trajectory", metavar="FILE", help="JSON lines, as `rlve-dsl run --json` prints them")
    parser.add_argument(
        "path", type=path_of, metavar="PATH", help="the Collection or Environment file it was recorded with"
    )
    add_plugins(parser)


def run(arguments: argparse.Namespace) -> int:
    """0 when the replay gives the same bytes, 3 when it does not."""
    recorded = read_recording(arguments.trajectory).splitlines()
    try:
        again = record(replay(recorded, scenario_of(arguments).load())).splitlines()
    except RecordingMismatch as problem:
        print(f"differs: {problem}", file=sys.stderr)
        return 3
    if again == recorded:
        print(f"the same {len(recorded)} lines")
        return 0
    pairs = enumerate(zip(recorded, again, strict=False), start=1)
    place = next((f"line {n}{difference(a, b)}" for n, (a, b) in pairs if a != b), "the end")
    print(f"differs at {place}", file=sys.stderr)
    return 3
