"""Certify the certifier: how many seeded defects it catches, by which check, and what it says of sound scenarios.

`python benchmarks/certify_defects.py [--jobs J] [--seeds N] [--levels A,B] [--only NAME,…] [--quick]`

Each file in `benchmarks/defects/` (and `governed/`, where there is a store policy) is a shipped scenario with one defect; its
first line says what it is and which checks should see it. Last, the scenarios that the defects were made from are certified.
With `--quick`, a defect meets only the checks that its file names, and no sound scenario is certified.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rlve_dsl.certify import CHECKS, Certificate, Plan, certify
from rlve_dsl.episode import ScenarioReference
from rlve_dsl.errors import RlveError

ROOT = Path(__file__).parents[1]
DEFECTS = ROOT / "benchmarks" / "defects"
SOUND = ("cart", "status", "returns", "policy", "bundle", "substitution", "discovery", "journey")


def source_of(path: Path) -> ScenarioReference:
    """The scenario of a defect, with the plugin that its second line may name."""
    plugin = re.search(r"(?m)^# plugin: (\S+)$", path.read_text(encoding="utf-8"))
    return ScenarioReference(str(path), (str(DEFECTS / "plugins" / plugin[1]),) if plugin else ())


def expected(path: Path) -> list[str]:
    """The checks that a defect's first line names."""
    named = re.search(r"Caught by: ([\w, ]+)\.", path.read_text(encoding="utf-8"))
    return [name.strip() for name in named[1].split(",")] if named else []


def failing(certificate: Certificate) -> list[str]:
    """The checks that do not hold."""
    return [result.name for result in certificate.results if not result.passed]


def main() -> int:
    """0 when every defect is caught and no sound scenario is accused."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--levels", default="2,9")
    parser.add_argument("--only", default="", help="names of defects or sound scenarios, separated by commas")
    parser.add_argument("--quick", action="store_true", help="only the checks that a defect's file names")
    arguments = parser.parse_args()
    plan = Plan(tuple(map(int, arguments.levels.split(","))), arguments.seeds, arguments.jobs)
    only = [name for name in arguments.only.split(",") if name]
    files = [*sorted(DEFECTS.glob("*.yaml")), *sorted((DEFECTS / "governed").glob("*.yaml"))]
    defects = [path for path in files if not only or path.stem in only]
    by_check: Counter[str] = Counter()
    caught = as_told = 0
    for path in defects:
        began = time.perf_counter()
        checks = _certified(source_of(path), plan, expected(path) if arguments.quick else None)
        caught += bool(checks)
        as_told += bool(set(checks) & set(expected(path)))
        by_check.update(checks)
        seconds = time.perf_counter() - began
        print(
            f"{'caught' if checks else 'MISSED':7} {path.stem:30} by {', '.join(checks) or 'nothing':50} {seconds:6.1f} s",
            flush=True,
        )
    alarms = 0
    for name in () if arguments.quick else [name for name in SOUND if not only or name in only]:
        checks = _certified(ScenarioReference(str(ROOT / "scenarios" / "environments" / f"{name}.yaml")), plan)
        alarms += bool(checks)
        print(f"{'ALARM' if checks else 'sound':7} {name:30} {', '.join(checks)}", flush=True)
    print(
        f"\ncaught {caught} of {len(defects)}, {as_told} by a check that the file names; {alarms} alarms on sound scenarios"
    )
    for check, count in by_check.most_common():
        print(f"  {check:14} {count}")
    return 0 if caught == len(defects) and not alarms else 3


def _certified(source: ScenarioReference, plan: Plan, names: Sequence[str] | None = None) -> list[str]:
    """The checks that fail, of these or of all."""
    checks = [check for check in CHECKS if names is None or check.name in names]
    try:
        return failing(certify(source, plan, checks))
    except RlveError as problem:
        print(f"  {problem}", file=sys.stderr)
        return ["compile"]


if __name__ == "__main__":
    sys.exit(main())
