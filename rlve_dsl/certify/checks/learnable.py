"""learnable: how far simple ways of playing get, level by level.

Each environment has *heuristics* that a small language model could follow: it asks nothing, it asks one general question, it
keeps the order in which tools give lists, and those that its file states. A solution that ranks is an exact optimiser, also
where it asks less, so there only those heuristics count that rank in a simpler way. The ladder of pass rates is a figure. A
level that only the exact solution passes is named. The check fails where no heuristic passes the lowest level: nothing
simple earns a first success there, and training begins with nothing to learn from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check, Job
from rlve_dsl.certify.findings import CheckResult, Curves, Figure, Finding, Observation
from rlve_dsl.certify.imperfect import SILENT, Imperfect, agents_for, heuristic_agent
from rlve_dsl.certify.intervals import Interval, rate
from rlve_dsl.certify.plan import Plan, levels_as_text
from rlve_dsl.compiler import IN_ORDER
from rlve_dsl.episode import Scenario, ScenarioReference
from rlve_dsl.frozen import frozen

SEEDS = 10
"""How many seeds of a level are played, and how many it takes to judge."""

HARDLY = 0.05
"""The share of plays that a heuristic may pass at a level that only the exact solution passes."""


@frozen
class Tried(Observation):
    """A play by a heuristic, and whether it passed."""

    heuristic: str
    passed: bool


def heuristics_of(scenario: Scenario, environment: str) -> tuple[Imperfect, ...]:
    """Return the agents that play the heuristics of an environment; in a chain, those that every part may have."""
    task = scenario.compiled.environments[environment]
    own = {one.name: one.asks for part in task.parts.values() for one in part.heuristics}
    if task.numbered:
        own = {name: asks for name, asks in own.items() if name == IN_ORDER}
    return (*SILENT, *(heuristic_agent(name, asks) for name, asks in own.items()))


def is_simple(scenario: Scenario, environment: str, agent: Imperfect) -> bool:
    """Tell whether an agent optimises nothing: it ranks in a simpler way than the solution, or there is nothing to rank."""
    task = scenario.compiled.environments[environment]
    ranks = any(one.name == IN_ORDER for part in task.parts.values() for one in part.heuristics)
    return bool(agent.heuristic) or not ranks


def jobs(scenario: Scenario, plan: Plan) -> list[Job]:
    """Name each environment and level."""
    return [(name, level) for name in scenario.environments for level in plan.levels]


def work(scenario: Scenario, source: ScenarioReference, plan: Plan, job: Job) -> Iterator[Tried]:
    """Play each heuristic with the first seeds."""
    environment, level = job
    agents = agents_for(heuristics_of(scenario, environment), scenario, environment, level)
    for seed in range(min(plan.seeds, SEEDS)):
        case = Case(scenario, environment, level, seed)
        for name, agent_for in agents.items():
            yield Tried(*case.place, "", name, case.play(agent_for).passed)


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Tried]) -> CheckResult:
    """Report the pass rate of each heuristic at each level, and the levels that no simple one passes."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    notes: list[str] = []
    remarks: list[str] = []
    undecided: list[str] = []
    curves: dict[str, Curves] = {}
    for environment in scenario.environments:
        mine = [s for s in seen if s.environment == environment]
        if not mine:
            continue
        who = heuristics_of(scenario, environment)
        ladder = {one.name: _ladder([s for s in mine if s.heuristic == one.name]) for one in who}
        curves[environment] = {
            name: tuple((float(at), share) for at, share in rungs.items()) for name, rungs in ladder.items()
        }
        for name, rungs in ladder.items():
            figures += [Figure(environment, name, f"share passed at {at}", share) for at, share in rungs.items()]
        own = [one.name for one in who if one.heuristic not in ("", IN_ORDER)]
        if idle := [name for name in own if not any(share.value for share in ladder[name].values())]:
            notes.append(
                f"{environment}: these heuristics pass at no level, so they may have a mistake: {', '.join(idle)}"
            )
        simple = [one.name for one in who if is_simple(scenario, environment, one)]
        best = {at: max(ladder[name][at].value for name in simple) for at in ladder[simple[0]]}
        if hard := tuple(at for at, share in best.items() if share <= HARDLY):
            remarks.append(
                f"{environment}: only the exact solution passes level {levels_as_text(hard)}, and no heuristic does"
            )
        lowest = min(best)
        if best[lowest] == 0:
            text = f"no heuristic passes level {lowest}, the lowest: {', '.join(simple)}"
            if plan.seeds < SEEDS:
                undecided.append(f"{environment}: {text}; this may be luck")
            else:
                findings.append(Finding(environment, "ladder", text, lowest))
    return CHECK.result(figures, findings, notes, undecided, curves, remarks=remarks)


def _ladder(seen: Sequence[Tried]) -> dict[int, Interval]:
    levels = sorted({s.level for s in seen})
    marks = {at: [s.passed for s in seen if s.level == at] for at in levels}
    return {at: rate(sum(passed), len(passed)) for at, passed in marks.items()}


CHECK: Check[Tried] = Check(
    "learnable",
    ("rlve.learnable",),
    "a simple way of playing passes the lowest level now and then, so that there is something to learn from",
    judge,
    jobs=jobs,
    work=work,
)
