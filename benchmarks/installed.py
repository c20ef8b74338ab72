"""Is what pip installs usable? Builds a wheel, installs it into clean environments, and uses it in a folder that is no checkout.

    python -m benchmarks.installed --plugins --python python3.11 python3.12 python3.13

Each Python gets two environments: one with the newest versions of the dependencies, one with the lowest that the metadata allows. With
`--plugins`, the packages in `plugins/` are installed from their wheels as well, and used. Needs a package index, and no other network. Prints a line for each command, and ends with 1 when one fails.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[1]
VERSIONS = ("newest", "lowest")
PLUGINS = ("loyalty", "rlve-dsl-noise", "rlve-dsl-subscriptions")
COMMANDS = (
    "list",
    "new environment tea --out mine",
    "validate mine",
    "run mine/tea-collection.yaml --agent oracle",
    "run c8 --env cart --agent oracle --level 3",
    "explain c8 --level 3",
    "certify examples/warranty --levels 0,6 --seeds 2 --checks solvable",
    "demos c1 --episodes 2 --out demos.jsonl",
    "policy read policies/standard",
    "catalog build catalogs/pocket --out pocket",
)
WITH_PLUGINS = (
    "plugins",
    "validate points-collection noisy club-desk c8-noisy c8-and-club",
    "explain flaky",
    "run points-collection --level 6",
    "run noisy --env status --level 8",
    "run club-desk --env endings --level 6",
    "run c8-and-club --env cart",
    "certify points-collection --levels 0,6 --seeds 2 --checks solvable,bounded",
    "certify noisy --levels 0,6 --seeds 2 --checks solvable,bounded",
    "certify club-desk --levels 0,6 --seeds 2 --checks solvable,bounded",
    "new plugin tea --out tea",
    "certify tea/tea/scenarios/tea-collection.yaml --plugin tea/tea/rlve.py --levels 0 --seeds 2 --checks solvable --strict",
)
"""Commands that use the packages in `plugins/`, after all others."""


def main() -> int:
    """0 when every command works everywhere."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", nargs="+", default=["python3.11", "python3.12", "python3.13"], metavar="PROGRAM")
    parser.add_argument("--plugins", action="store_true", help="install and use the packages in plugins/ as well")
    parser.add_argument("--versions", nargs="+", choices=VERSIONS, default=VERSIONS, help="of the dependencies")
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        wheels = [_built(ROOT, Path(folder) / "wheel")]
        for name in PLUGINS if arguments.plugins else ():
            wheels.append(_built(ROOT / "plugins" / name, Path(folder) / "wheels" / name))
        for number, python in enumerate(arguments.python):
            for versions in arguments.versions:
                print(f"{python}, {versions} versions")
                failed += _use(Path(folder) / f"{number}-{versions}", python, wheels, versions == "lowest")
    print(f"{failed} commands failed")
    return min(failed, 1)


def _built(project: Path, folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, project], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _use(folder: Path, python: str, wheels: Sequence[Path], lowest: bool) -> int:
    """How many commands fail in a new environment."""
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    pins = list(_lowest(wheels[0])) if lowest else []
    programs = folder / "venv" / "bin"
    subprocess.run([programs / "pip", "install", "-q", "--only-binary", ":all:", *wheels, *pins], check=True)
    here = folder / "here"
    here.mkdir()
    failed = 0
    for command in (*COMMANDS, *(WITH_PLUGINS if len(wheels) > 1 else ())):
        words = [programs / "rlve-dsl", *command.split()]
        done = subprocess.run(words, cwd=here, capture_output=True, text=True, check=False)
        print(f"  {'works' if done.returncode == 0 else 'FAILS'}  rlve-dsl {command}", flush=True)
        if done.returncode:
            failed += 1
            print(done.stdout[-500:], done.stderr[-1500:])
    return failed


def _lowest(wheel: Path) -> Iterator[str]:
    """The lowest version of each dependency that the metadata allows, pinned."""
    with ZipFile(wheel) as content:
        (metadata,) = (name for name in content.namelist() if name.endswith("/METADATA"))
        lines = content.read(metadata).decode().splitlines()
    for line in lines:
        if (found := re.fullmatch(r"Requires-Dist: ([\w.-]+)([<>=.,\d]+)(; python_version .*)?", line)) and (
            low := re.search(r">=([\d.]+)", found[2])
        ):
            version = f"{low[1]}.*" if low[1].count(".") < 2 else low[1]
            yield f"{found[1]}=={version}{found[3] or ''}"


if __name__ == "__main__":
    sys.exit(main())
