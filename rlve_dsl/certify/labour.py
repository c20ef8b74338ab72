"""The work of a certification, spread over workers.

A unit is a block of cases (an environment, a level, all seeds) or a job of a check. What travels to a worker is the
scenario's path, the plan and the unit: each worker compiles the scenario once. joblib chooses the workers, so that another
registered backend (Ray's, through `joblib.parallel_config`) serves as well; nothing depends on which worker did what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from joblib import Parallel, delayed

from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks import CHECKS, Check
from rlve_dsl.certify.plan import Plan
from rlve_dsl.episode import Scenario, ScenarioReference

Told = Callable[[int, int], None]
_BLOCK = 10


@dataclass(frozen=True, slots=True)
class Unit:
    """Cases of one environment and level, for every check named; or with `job`, that check's job alone."""

    checks: tuple[str, ...]
    environment: str = ""
    level: int = 0
    seeds: tuple[int, ...] = ()
    job: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a unit's checks saw."""

    unit: int
    records: tuple[tuple[str, tuple[Any, ...]], ...]


def units(scenario: Scenario, plan: Plan, checks: Sequence[Check]) -> list[Unit]:
    """The work, the longest first: jobs of checks, then cases from the highest level down."""
    jobs = [Unit((c.name,), job=tuple(job)) for c in checks if c.jobs for job in c.jobs(scenario, plan)]
    watching = tuple(c.name for c in checks if c.observe)
    blocks = [tuple(range(plan.seeds))[at : at + _BLOCK] for at in range(0, plan.seeds, _BLOCK)]
    cases = [
        Unit(watching, environment, level, seeds)
        for level in reversed(plan.levels)
        for environment in scenario.environments
        for seeds in blocks
    ]
    return [*jobs, *(cases if watching else [])]


def see(
    source: ScenarioReference, scenario: Scenario, plan: Plan, checks: Sequence[Check], tell: Told
) -> dict[str, list[Any]]:
    """What every check saw, by its name, in the order of the units; `tell(done, of)` hears of the progress."""
    work = units(scenario, plan, checks)
    parallel = Parallel(n_jobs=plan.jobs, return_as="generator_unordered")
    done = []
    for number, seen in enumerate(
        parallel(delayed(_do)(source, plan, i, unit) for i, unit in enumerate(work)), start=1
    ):
        done.append(seen)
        tell(number, len(work))
    found: dict[str, list[Any]] = {check.name: [] for check in checks}
    for seen in sorted(done, key=lambda s: s.unit):
        for name, records in seen.records:
            found[name] += records
    return found


@lru_cache(maxsize=2)
def _compiled(source: ScenarioReference) -> Scenario:
    return source.load()


def _do(source: ScenarioReference, plan: Plan, number: int, unit: Unit) -> Seen:
    scenario = _compiled(source)
    checks = [check for check in CHECKS if check.name in unit.checks]
    if unit.job is not None:
        return Seen(number, tuple((c.name, tuple(c.work(scenario, source, plan, unit.job))) for c in checks if c.work))
    siblings: dict[int, Case] = {}
    records: dict[str, list[Any]] = {check.name: [] for check in checks}
    for seed in unit.seeds:
        case = Case(scenario, unit.environment, unit.level, seed, siblings).sibling(seed)
        for check, observe in _observers(checks):
            records[check.name] += observe(case, plan)
    return Seen(number, tuple((name, tuple(found)) for name, found in records.items()))


def _observers(checks: Sequence[Check]) -> Iterator[tuple[Check, Callable[..., Any]]]:
    for check in checks:
        if check.observe is not None:
            yield check, check.observe
