"""How many small faults in the code do the tests find?

    python -m benchmarks.mutants                        # all rooms (or: make mutants)
    python -m benchmarks.mutants curriculum --survivors # one room, and the mutants that no test finds

mutmut (https://mutmut.readthedocs.io) changes one operator, constant or argument at a time. A *mutant* is such a changed
copy. It is killed when a test of the room fails, or when it runs far too long. The room's tests are those named in ROOMS, so a
mutant that only another room's test would find counts as a survivor. The exit code is 1 when a room is below GOAL.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
GOAL = 0.85
TIMEOUT, KILLED, BY_TYPE_CHECK = {-24, 24, 36, 152, 255}, {1, 3}, {37}
"""Exit codes that mutmut records: the test run was stopped for its time, failed, or the type checker refused the mutant."""


@dataclass(frozen=True)
class Room:
    """What is mutated (patterns of paths), and the tests that must notice."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS = {
    "reward": Room(("rlve_dsl/reward/*",), ("tests/reward",)),
    "curriculum": Room(("rlve_dsl/curriculum/*",), ("tests/curriculum",)),
    "user": Room(("rlve_dsl/user/*",), ("tests/user",)),
    "outcome": Room(
        ("rlve_dsl/episode/outcome.py", "rlve_dsl/compiler/task.py"),
        ("tests/episode/test_outcome.py", "tests/compiler/test_tasks.py"),
    ),
    "probes": Room(("rlve_dsl/certify/probes.py",), ("tests/certify/test_attempts.py",)),
    "groups": Room(("rlve_dsl/agents/sampling/groups.py",), ("tests/agents/test_groups.py",)),
}


def main() -> int:
    """Prints a line for each room."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"one of {', '.join(ROOMS)}")
    parser.add_argument("--survivors", action="store_true", help="show each mutant that no test finds")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.rooms) - ROOMS.keys()):
        parser.error(f"there is no room `{unknown[0]}`: there are {', '.join(ROOMS)}")
    low = []
    print(f"{'room':<12} {'mutants':>8} {'killed':>8} {'share':>7}")
    for name in arguments.rooms or ROOMS:
        with tempfile.TemporaryDirectory() as folder:
            codes = run(ROOMS[name], Path(folder), arguments.jobs)
            alive = [mutant for mutant, code in codes.items() if code not in KILLED | TIMEOUT | BY_TYPE_CHECK]
            share = 1 - len(alive) / len(codes) if codes else 0.0
            print(f"{name:<12} {len(codes):>8} {len(codes) - len(alive):>8} {share:>7.1%}", flush=True)
            if arguments.survivors:
                for mutant in alive:
                    print(difference(mutant, Path(folder)))
        if share < GOAL:
            low.append(name)
    return 1 if low else 0


def run(room: Room, folder: Path, jobs: int) -> dict[str, int | None]:
    """The exit code of the tests for each mutant of a room, in a copy of the checkout under `folder`."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    settings = {
        "source_paths": ["rlve_dsl"],
        "only_mutate": list(room.files),
        "also_copy": ["scenarios", "benchmarks", "docs", "schemas", "plugins", "README.md", "CONTRIBUTING.md"],
        "pytest_add_cli_args": ["-x", "-q", "-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": list(room.tests),
    }
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as out:
        out.write(f"\n[tool.mutmut]\n{lines}")
    done = subprocess.run(
        [Path(sys.executable).with_name("mutmut"), "run", "--max-children", str(jobs)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    codes: dict[str, int | None] = {}
    for record in sorted((folder / "mutants").rglob("*.meta")):
        codes |= json.loads(record.read_text(encoding="utf-8"))["exit_code_by_key"]
    if not codes or all(code is None for code in codes.values()):
        raise SystemExit(f"mutmut did not run:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return codes


def difference(mutant: str, folder: Path) -> str:
    """What a mutant changes, as the lines of a diff."""
    shown = subprocess.run(
        [Path(sys.executable).with_name("mutmut"), "show", mutant],
        cwd=folder, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    changed = [line for line in shown.splitlines() if re.match(r"[-+](?![-+])", line)]
    return "\n".join([f"  {mutant}", *(f"    {line}" for line in changed)])


if __name__ == "__main__":
    sys.exit(main())
