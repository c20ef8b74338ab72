"""What a check is: something looked at in a worker, case by case or job by job, and a judgement of all that was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.findings import CheckResult
from rlve_dsl.certify.plan import Plan
from rlve_dsl.episode import Scenario, ScenarioReference

Observe = Callable[[Case, Plan], Iterable[Any]]
Job = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A named check. `promise` is what holds when it holds; `ids` are explained in `CheckResult`.

    `observe` is called in a worker once a case, and shares the oracle's play with other checks; `jobs` names further
    work, each done by `work` in one worker. What both yield is small, picklable, and comes to `judge` in a fixed order.
    """

    name: str
    ids: tuple[str, ...]
    promise: str
    judge: Callable[[Scenario, Plan, Sequence[Any]], CheckResult]
    observe: Observe | None = None
    jobs: Callable[[Scenario, Plan], Sequence[Job]] | None = None
    work: Callable[[Scenario, ScenarioReference, Plan, Job], Iterable[Any]] | None = None
