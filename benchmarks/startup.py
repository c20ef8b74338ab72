"""What commands cost before they do anything: processor seconds of short commands, each in a process of its own.

    python -m benchmarks.startup --repeat 5

Of several runs the fastest counts. The ratio is to `import numpy`, which every command that compiles a scenario needs. Python's
bytecode is cached, as after an installation; the cache of verdicts is empty at the beginning.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
UNIT = "import numpy"
COMMANDS = {
    UNIT: ["-c", "import numpy"],
    "import rlve_dsl": ["-c", "import rlve_dsl"],
    "rlve-dsl --version": ["-m", "rlve_dsl.cli", "--version"],
    "validate scenarios/c8.yaml --no-cache": ["-m", "rlve_dsl.cli", "validate", "--no-cache", "scenarios/c8.yaml"],
    "validate scenarios/ --no-cache": ["-m", "rlve_dsl.cli", "validate", "--no-cache", "scenarios"],
    "validate scenarios/, unchanged": ["-m", "rlve_dsl.cli", "validate", "scenarios"],
    "run scenarios/c8.yaml, again": ["-m", "rlve_dsl.cli", "run", "scenarios/c8.yaml"],
}


def main() -> None:
    """Print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="runs of each command")
    repeat = parser.parse_args().repeat
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": folder, "XDG_CACHE_HOME": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        unit = 0.0
        for name, command in COMMANDS.items():
            _seconds(command, environment)  # fills the caches
            fastest = min(_seconds(command, environment) for _ in range(repeat))
            unit = unit or fastest
            print(f"{name:40}{fastest:8.3f} s{fastest / unit:8.1f}", flush=True)


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    """The processor seconds of a Python command, its own and the system's."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
