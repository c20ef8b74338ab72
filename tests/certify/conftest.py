"""Small certifications: one level's worth of work, in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rlve_dsl.certify import Certificate, CheckResult, Plan, certify, choose
from rlve_dsl.episode import ScenarioReference

ROOT = Path(__file__).parents[2]
DEFECTS = ROOT / "benchmarks" / "defects"

Judge = Callable[..., CheckResult]


# As little as each check can see a defect with.
USUAL = Plan((6,), seeds=4, deep_seeds=1)
PLANS = {
    "gap": Plan((6,), seeds=3, deep_seeds=3),
    "harder": Plan((2, 9), seeds=2, deep_seeds=1),
    "diverse": Plan((2,), seeds=20),
    "needed": Plan((9,), seeds=20),
    "learnable": Plan((2,), seeds=10),
    "no_leak": Plan((9,), seeds=10, deep_seeds=2),
}


@pytest.fixture(scope="session")
def judge() -> Judge:
    """`judge(check, path, *plugins)`: what one check says of a scenario."""
    made: dict[tuple[str, ...], CheckResult] = {}

    def judged(check: str, path: str, *plugins: str, plan: Plan | None = None) -> CheckResult:
        plan = plan or PLANS.get(check, USUAL)
        key = (check, path, repr(plan), *plugins)
        if key not in made:
            certificate: Certificate = certify(ScenarioReference(path, plugins), plan, choose([check]))
            (made[key],) = certificate.results
        return made[key]

    return judged
