"""`python -m rlve_dsl.certify.fingerprints ORDER FILE` takes the fingerprints that ORDER (JSON) names, in this new process.

It writes one JSON line for each case into FILE. The check `deterministic` runs it with other hash seeds.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TypedDict

from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.deterministic import fingerprint, looked_at
from rlve_dsl.certify.plan import Plan
from rlve_dsl.episode import ScenarioReference


class Order(TypedDict):
    """Which fingerprints are taken."""

    path: str
    plugins: list[str]
    levels: list[int]
    deep_seeds: int
    backwards: bool


def take(order: Order) -> list[str]:
    """Return a line for each case: environment, level, seed, hashes."""
    scenario = ScenarioReference(order["path"], tuple(order["plugins"])).load_again()
    plan = Plan(tuple(order["levels"]), seeds=order["deep_seeds"], deep_seeds=order["deep_seeds"])
    cases = [
        case
        for environment in scenario.environments
        for level in plan.levels
        for seed in range(plan.deep_seeds)
        if looked_at(case := Case(scenario, environment, level, seed), plan)
    ]
    if order["backwards"]:
        cases.reverse()
    prints = [fingerprint(case, "fresh") for case in cases]
    return [json.dumps([p.environment, p.level, p.seed, p.hashes]) for p in prints if p is not None]


if __name__ == "__main__":
    Path(sys.argv[2]).write_text("\n".join(take(json.loads(sys.argv[1]))), encoding="utf-8")
