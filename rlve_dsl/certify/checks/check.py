"""What a check is: observations made in workers, case by case or job by job, and a judgement of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.findings import CheckResult, Curves, Figure, Finding
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.traces import Trace
from rlve_dsl.episode import Scenario, ScenarioReference
from rlve_dsl.frozen import frozen

Seen = TypeVar("Seen")
Job = tuple[Any, ...]


def _no_jobs(scenario: Scenario, plan: Plan) -> Sequence[Job]:
    return ()


def _no_work(scenario: Scenario, source: ScenarioReference, plan: Plan, job: Job) -> Iterable[Any]:
    return ()


@frozen
class Check(Generic[Seen]):
    """A check by its name. `promise` says what is true when it holds; `ids` are explained in `CheckResult`.

    `observe` is called in a worker, once for each case, and shares the oracle's play with other checks; that of a plugin has a
    play of its own. `jobs` names further work, and `work` does one job in a worker. Their observations are small and picklable.
    `judge` gets all of them in a fixed order.
    """

    name: str
    ids: tuple[str, ...]
    promise: str
    judge: Callable[[Scenario, Plan, Sequence[Seen]], CheckResult]
    observe: Callable[[Case, Plan], Iterable[Seen]] | None = None
    jobs: Callable[[Scenario, Plan], Sequence[Job]] = _no_jobs
    work: Callable[[Scenario, ScenarioReference, Plan, Job], Iterable[Seen]] = _no_work

    def result(
        self,
        figures: Sequence[Figure] = (),
        findings: Sequence[Finding] = (),
        notes: Sequence[str] = (),
        undecided: Sequence[str] = (),
        curves: Mapping[str, Curves] = {},
        traces: Sequence[Trace] = (),
        remarks: Sequence[str] = (),
    ) -> CheckResult:
        """Return what `judge` has found as the result of this check."""
        return CheckResult(
            self.name, self.ids, self.promise, tuple(figures), tuple(findings), tuple(notes), tuple(undecided), dict(curves),
            tuple(traces), tuple(remarks),
        )  # fmt: skip


AnyCheck: TypeAlias = Check[Any]


def notes_on_fixed(scenario: Scenario, why: str) -> list[str]:
    """A note for each environment of fixed tasks, which a check does not judge."""
    tasks = scenario.compiled.environments
    return [f"{name}: not judged, as its tasks are fixed: {why}" for name, task in tasks.items() if task.by_seed]
