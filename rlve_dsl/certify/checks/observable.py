"""observable: nothing that decides the outcome is beyond an agent's reach.

Operationally: take an episode and draw one value of its world, persona or goal anew. If an agent that asks every question
and reads everything that tools show cannot tell the two episodes apart, nor can the oracle, then the same actions must be
graded alike in both. Where they are not, that value is graded and cannot be learnt. (A value that is shown changes what
the asker sees, and so proves nothing; one that is not graded changes no grade.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rlve_dsl.agents import OracleAgent
from rlve_dsl.certify.cases import Case, Performance
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.findings import CheckResult, Figure, Finding
from rlve_dsl.certify.intervals import rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.reader import inquire
from rlve_dsl.certify.redraw import Site, redrawn, sites
from rlve_dsl.compiler import CompiledEnvironment, Task
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import RlveError

REDRAWS = 3
_LEVELS = 3
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Doubled:
    """What came of drawing one site anew in a case: whether the grade changed, and if nobody could tell why, how."""

    environment: str
    level: int
    seed: int
    site: Site
    graded: bool
    difference: str
    lines: str


def observe(case: Case, plan: Plan) -> Iterator[Doubled]:
    """Every site of the case, until one redrawing goes unnoticed and is graded otherwise."""
    if case.seed >= plan.deep_seeds or case.level not in plan.spread(_LEVELS):
        return
    usual = case.oracle
    if usual.episode is None:
        return
    try:
        found = sites(case.scenario, case.environment, case.level, case.seed)
    except RlveError:
        return  # `solvable` says so
    for site in found:
        yield _double(case, site, usual)


def _double(case: Case, site: Site, usual: Performance) -> Doubled:
    graded, difference = False, ""
    for again in range(REDRAWS):
        other = Case(redrawn(case.scenario, case.environment, site, again), case.environment, case.level, case.seed)
        play = other.perform(OracleAgent)
        a, b = usual.outcome, play.outcome
        if play.episode is None or a is None or b is None:
            continue  # what cannot be drawn or played cannot be confused with anything
        if abs(a.task - b.task) <= _CLOSE and a.correct == b.correct:
            continue
        graded = True
        # the asker comes last: it is the dearest, and few redrawings get this far
        if _looks(play) == _looks(usual) and inquire(other.reset()) == inquire(case.reset()):
            difference = f"the same play has the task's reward {a.task:.3f} or {b.task:.3f}"
            break
    lines = usual.lines if difference else ""
    return Doubled(case.environment, case.level, case.seed, site, graded, difference, lines)


def _looks(play: Performance) -> list[Any]:
    episode = play.episode
    return [episode.opening if episode else "", *(t.messages for t in play.turns)]


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Doubled]) -> CheckResult:
    """How many redrawings went unnoticed and did no harm; for each site that is graded and cannot be known, its path."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    for name in scenario.environments:
        environment = scenario.compiled.environments[name]
        mine = [d for d in seen if d.environment == name]
        figures.append(
            Figure(
                name,
                "draws",
                "share graded but beyond reach",
                rate(sum(bool(d.difference) for d in mine), len(mine)),
                "must be 0",
            )
        )
        for site in dict.fromkeys(d.site for d in mine if d.difference):
            hidden = [d for d in mine if d.site == site and d.difference]
            first = min(hidden, key=lambda d: (d.level, d.seed))
            path = ".".join(site)
            text = (
                f"`{path}` decides the outcome, and nothing that the user says or a tool shows tells its value: "
                f"{first.difference}; it is read by {_readers(environment, site)}"
            )
            findings.append(Finding(name, path, text, first.level, first.seed, first.lines))
    return CheckResult(CHECK.name, CHECK.ids, CHECK.promise, tuple(figures), tuple(findings))


def _readers(task: Task, site: Site) -> str:
    """The measures and rewards whose formulas name the site's root."""
    if task.numbered:
        return f"{_readers_of(task.parts[site[0]], site[1])} of `{site[0]}`"
    return _readers_of(task.parts[task.name], site[0])


def _readers_of(environment: CompiledEnvironment, root: str) -> str:
    graded = {f"measure `{name}`": e for name, e in environment.measures}
    graded |= {"the task's reward": environment.task, "`correct_when`": environment.correct_when}
    personas = {binding.name for binding in environment.persona}
    root = "persona" if root in personas else root
    direct = [what for what, expression in graded.items() if root in expression.free]
    return ", ".join(direct) or "what measures read (the goal, or names made from it)"


CHECK = Check(
    "observable",
    ("rlve.observability",),
    "whatever decides the outcome can be learnt in the episode, by asking or by looking",
    judge,
    observe,
)
