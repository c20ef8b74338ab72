"""Small certifications: one level's worth of work, in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rlve_dsl.certify import Certificate, CheckResult, Plan, Source, certify, choose

ROOT = Path(__file__).parents[2]
DEFECTS = ROOT / "benchmarks" / "defects"

Judge = Callable[..., CheckResult]


@pytest.fixture(scope="session")
def small() -> Plan:
    """Two levels, ten seeds."""
    return Plan((2, 9), seeds=10, deep_seeds=1)


@pytest.fixture(scope="session")
def judge(small: Plan) -> Judge:
    """`judge(check, path, *plugins)`: what one check says of a scenario."""
    made: dict[tuple[str, ...], CheckResult] = {}

    def judged(check: str, path: str, *plugins: str, plan: Plan = small) -> CheckResult:
        key = (check, path, repr(plan), *plugins)
        if key not in made:
            certificate: Certificate = certify(Source(path, plugins), plan, choose([check]))
            (made[key],) = certificate.results
        return made[key]

    return judged
