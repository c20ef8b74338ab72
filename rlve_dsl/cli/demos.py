"""`rlve-dsl demos`: the oracle's plays as a chat dataset."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import nullcontext, redirect_stdout
from functools import partial
from pathlib import Path

from rlve_dsl.agents import demonstrate
from rlve_dsl.certify import read_levels
from rlve_dsl.cli.sources import add_scenario, scenario_of
from rlve_dsl.cli.user_options import add_user, model_shopper
from rlve_dsl.errors import UsageError
from rlve_dsl.files import LARGEST_DATA
from rlve_dsl.user import ScriptedUser
from rlve_dsl.writing import check_writable, write_atomically


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    add_scenario(parser)
    parser.add_argument("--episodes", type=int, required=True, metavar="N", help="how many demonstrations")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="JSON lines, one demonstration a line; - prints them"
    )
    parser.add_argument(
        "--mistakes", type=float, default=0.0, metavar="SHARE", help="share with a repaired mistake (0)"
    )
    parser.add_argument(
        "--levels", metavar="LEVELS", help="which levels, in turn: 0..12, 3, or 0,6,12 (all of the scenario's)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S",
        help="the first seed, an even number (0); each episode takes the next even one, as odd seeds are held out",
    )  # fmt: skip
    parser.add_argument(
        "--form",
        choices=["messages", "prompt-completion"],
        default="messages",
        help="whole conversations, or split after the last mistake",
    )
    parser.add_argument(
        "--arguments",
        choices=["objects", "text"],
        default="objects",
        help="the arguments of calls: objects, for chat templates, or JSON text, as in OpenAI's API",
    )
    add_user(parser)


_PRINTED = Path("-")


def _is_free(path: Path) -> bool:
    """Whether demonstrations may take the place of what is at a path: nothing, nothing yet, or demonstrations."""
    if not path.is_file():
        return True  # a device or a pipe is written to, and never replaced
    with path.open("rb") as file:
        return all(map(_is_demonstration, iter(partial(file.readline, LARGEST_DATA), b"")))


def _is_demonstration(line: bytes) -> bool:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict) and "tools" in row and ("messages" in row or "completion" in row)


def _check_out(path: Path) -> None:
    """Raise UsageError where demonstrations may not go."""
    if path.is_dir():
        raise UsageError(f"`{path}` is a folder")
    if not _is_free(path):
        raise UsageError(
            f"`{path}` is there already and holds something else than demonstrations: name another file with --out"
        )


def run(arguments: argparse.Namespace) -> int:
    """0 when the file holds, or standard output was given, all demonstrations that were asked for."""
    if arguments.episodes < 1 or not 0 <= arguments.mistakes <= 1:
        raise UsageError("--episodes is at least 1, --mistakes a share from 0 to 1")
    printed = arguments.out == _PRINTED
    if not printed:
        _check_out(arguments.out)
    # what a plugin prints is no demonstration
    with redirect_stdout(sys.stderr) if printed else nullcontext():
        scenario = scenario_of(arguments).load()
        low, high = scenario.levels
        levels = read_levels(arguments.levels or f"{low}..{high}", low, high)
        if not printed:
            check_writable(arguments.out)
        with model_shopper(arguments) as shopper:
            user = shopper or ScriptedUser
            shown = list(demonstrate(scenario, arguments.episodes, levels, arguments.seed, arguments.mistakes, user))
    rows = [json.dumps(one.row(arguments.form, arguments.arguments), ensure_ascii=False) + "\n" for one in shown]
    if printed:
        sys.stdout.write("".join(rows))
    else:
        write_atomically(arguments.out, "".join(rows))
    place = "" if printed else f", in {arguments.out}"
    made = sum(bool(one.mistakes) for one in shown)
    print(f"{len(rows)} demonstrations, {made} with a repaired mistake{place}", file=sys.stderr)
    if shopper is not None:
        print(shopper.tally.summary(), file=sys.stderr)
    return 0
