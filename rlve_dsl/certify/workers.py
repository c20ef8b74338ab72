"""The work of a certification, spread over worker processes.

A unit of work is a block of cases (an environment, a level, some seeds) or one job of a check. A worker receives a reference
to the scenario, the plan and the unit, and compiles the scenario once. joblib runs the workers, so another backend that is
registered with it (Ray's, through `joblib.parallel_config`) serves as well. The results do not depend on who did what.
"""

from __future__ import annotations

import gc
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager

from joblib import Parallel, cpu_count, delayed
from joblib.externals.loky.backend.resource_tracker import ensure_running

from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks import AnyCheck, Job
from rlve_dsl.certify.extensions import checks_of, extensions_used
from rlve_dsl.certify.findings import Finding
from rlve_dsl.certify.plan import Plan
from rlve_dsl.english import listed
from rlve_dsl.episode import Scenario, ScenarioReference
from rlve_dsl.errors import PluginError, RlveError
from rlve_dsl.frozen import frozen


class LostWorker(RlveError):
    """A worker process has ended by itself, so the work cannot be finished; the message says how far it was."""


OnProgress = Callable[[int, int], None]
_BLOCK = 10


@frozen
class Unit:
    """Cases of one environment and level for the checks named, or one job of one check."""

    checks: tuple[str, ...]
    environment: str = ""
    level: int = 0
    seeds: tuple[int, ...] = ()
    job: Job | None = None

    @property
    def title(self) -> str:
        """What it is about, for messages: `coins` at level 6, seeds 0 to 9."""
        if self.job is not None:
            return f"the check `{self.checks[0]}`"
        first, last = self.seeds[0], self.seeds[-1]
        seeds = f"seed {first}" if first == last else f"seeds {first} to {last}"
        return f"`{self.environment}` at level {self.level}, {seeds}"


@frozen
class Observed:
    """What the checks of a unit observed, by their names, and where plugins failed them."""

    unit: int
    records: dict[str, list[object]]
    faults: tuple[Finding, ...] = ()


def units(scenario: Scenario, plan: Plan, checks: Sequence[AnyCheck], faults: list[Finding]) -> list[Unit]:
    """Return the work, the longest units first: jobs of checks, then cases from the highest level down.

    Args:
        scenario: The scenario.
        plan: What is looked at.
        checks: The checks.
        faults: Receives what plugins do wrong.
    """
    jobs: list[Unit] = []
    for check in checks:
        with _kept(faults, check.name):
            jobs += [Unit((check.name,), job=job) for job in check.jobs(scenario, plan)]
    observing = tuple(check.name for check in checks if check.observe is not None)
    blocks = [tuple(range(plan.seeds))[at : at + _BLOCK] for at in range(0, plan.seeds, _BLOCK)]
    cases = [
        Unit(observing, environment, level, seeds)
        for level in reversed(plan.levels)
        for environment in scenario.environments
        for seeds in blocks
    ]
    return [*jobs, *(cases if observing else [])]


def run_units(
    source: ScenarioReference, scenario: Scenario, plan: Plan, checks: Sequence[AnyCheck], on_progress: OnProgress
) -> tuple[dict[str, list[object]], list[Finding]]:
    """Do all units, and return what every check observed, by its name and in the order of the units; and where plugins failed.

    `on_progress(done, of)` is called after each unit.
    """
    early: list[Finding] = []
    work = units(scenario, plan, checks, early)
    jobs = min(plan.jobs, max(1, len(work)))
    if jobs > 1:
        _start_tracker()
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)  # units begin in order
    done: list[Observed] = []
    # closed at once after an exception, the generator ends the workers
    try:
        with (
            warnings.catch_warnings(),
            closing(parallel(delayed(_run)(scenario, source, plan, n, unit) for n, unit in enumerate(work))) as results,
        ):
            # joblib starts a worker anew when its caches have grown; nothing is lost
            warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
            for observed in results:
                done.append(observed)
                on_progress(len(done), len(work))
    except BrokenProcessPool:
        raise LostWorker(_lost(scenario, checks, work, done, jobs)) from None
    found: dict[str, list[object]] = {check.name: [] for check in checks}
    faults = {fault.text: fault for fault in early}
    for observed in sorted(done, key=lambda one: one.unit):
        for name, records in observed.records.items():
            found[name] += records
        for fault in observed.faults:
            faults.setdefault(fault.text, fault)
    return found, [*faults.values()]


def _lost(
    scenario: Scenario, checks: Sequence[AnyCheck], work: Sequence[Unit], done: Sequence[Observed], jobs: int
) -> str:
    """What is told of a worker that has ended by itself: how far the work was, what was at hand, and what may be the reason."""
    finished = {observed.unit for observed in done}
    at_hand = dict.fromkeys([unit.title for number, unit in enumerate(work) if number not in finished][:jobs])
    uses = (*scenario.compiled.uses, *extensions_used(scenario, tuple(check.name for check in checks)))
    plugins = [f"`{name}`" for name in dict.fromkeys(use.plugin for use in uses)]
    suspected = f"the scenario uses {listed(plugins)}, which may end the process; or " if plugins else ""
    return (
        f"a worker process ended in the middle of its work, after {len(done)} of {len(work)} units. At hand: "
        f"{listed([*at_hand])}. Perhaps {suspected}the memory was too small: fewer workers need less (`--jobs`)"
    )


def _start_tracker() -> None:
    """Start the process by which joblib tidies up, and keep SIGHUP from it; SIGINT and SIGTERM it ignores by itself."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
    try:
        ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def cores() -> int:
    """Return how many cores this process may use, by its affinity and by the limits of its container (cgroup)."""
    return int(cpu_count())


@contextmanager
def only_new_garbage() -> Iterator[None]:
    """Look for garbage only among what is made in the block: a search through the scenario and the catalog finds none."""
    if gc.get_freeze_count():  # somebody else decides
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()


def _run(scenario: Scenario, source: ScenarioReference, plan: Plan, number: int, unit: Unit) -> Observed:
    with only_new_garbage():
        return _observed(scenario, source, plan, number, unit)


def _observed(scenario: Scenario, source: ScenarioReference, plan: Plan, number: int, unit: Unit) -> Observed:
    checks = [check for check in checks_of(scenario) if check.name in unit.checks]
    faults: list[Finding] = []
    records: dict[str, list[object]] = {check.name: [] for check in checks}
    if unit.job is not None:
        for check in checks:
            with _kept(faults, check.name):
                records[check.name] += check.work(scenario, source, plan, unit.job)
        return Observed(number, records, tuple(faults))
    siblings: dict[int, Case] = {}
    for seed in unit.seeds:
        case = Case(scenario, unit.environment, unit.level, seed, siblings).sibling(seed)
        for check in checks:
            if check.observe is not None:
                with _kept(faults, check.name, *case.place):
                    records[check.name] += check.observe(case.for_one(check.observe), plan)
        if scenario.compiled.uses and case.oracle.fault:  # whatever the checks are
            faults.append(Finding(unit.environment, "oracle", case.oracle.problem, unit.level, seed))
    return Observed(number, records, tuple(faults))


@contextmanager
def _kept(
    faults: list[Finding], check: str, environment: str = "", level: int | None = None, seed: int | None = None
) -> Iterator[None]:
    """Keep what a plugin raises, so that the rest of the certificate is made."""
    try:
        yield
    except PluginError as fault:
        faults.append(Finding(environment, check, str(fault), level, seed))
