"""observable: nothing that decides the outcome is beyond an agent's reach.

Operationally: take an episode and draw one value of its world, persona or goal anew. If an agent that asks every question
and reads everything that tools show cannot tell the two episodes apart, nor can the oracle, then the same actions must be
graded alike in both. Where they are not, that value is graded and cannot be learnt. (A value that is shown changes what
the asker sees, and so proves nothing; one that is not graded changes no grade.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rlve_dsl.certify.cases import Case, Performance, perform
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.findings import CheckResult, Figure, Finding
from rlve_dsl.certify.intervals import rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.reader import inquire
from rlve_dsl.certify.redraw import Site, drawn, leaves, redrawn, sites
from rlve_dsl.compiler import CompiledChain, CompiledEnvironment
from rlve_dsl.episode import Scenario
from rlve_dsl.errors import RlveError
from rlve_dsl.evaluate import OracleAgent

REDRAWS = 3
_LEVELS = 3
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Doubled:
    """What came of drawing one site anew in a case: whether anybody could tell (`told`), and if not, what differs."""

    environment: str
    level: int
    seed: int
    site: Site
    told: bool
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
        seen = inquire(case.reset())
    except RlveError:
        return  # `solvable` says so
    for site in found:
        yield _double(case, site, usual, seen)


def _double(case: Case, site: Site, usual: Performance, seen: list[str]) -> Doubled:
    told, difference = True, ""
    for again in range(REDRAWS):
        scenario = redrawn(case.scenario, case.environment, site, again)
        other = Case(scenario, case.environment, case.level, case.seed)
        try:
            begun = other.reset()
        except RlveError:
            continue  # what cannot be drawn cannot be confused with anything
        if _same_draw(case, other) or begun.opening != seen[0] or inquire(begun) != seen:
            continue
        play = perform(other.reset, OracleAgent)
        if [t.messages for t in play.turns] != [t.messages for t in usual.turns]:
            continue
        told = False
        a, b = usual.outcome, play.outcome
        if a is not None and b is not None and (abs(a.task - b.task) > _CLOSE or a.correct != b.correct):
            difference = f"the same play has the task's reward {a.task:.3f} or {b.task:.3f}"
            break
    lines = usual.lines if difference else ""
    return Doubled(case.environment, case.level, case.seed, site, told, difference, lines)


def _same_draw(one: Case, other: Case) -> bool:
    a, b = (
        [part.names for part in drawn(case.scenario, case.environment, case.level, case.seed).parts]
        for case in (one, other)
    )
    return list(leaves(a, "")) == list(leaves(b, ""))


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Doubled]) -> CheckResult:
    """How many redrawings went unnoticed and did no harm; for each site that is graded and cannot be known, its path."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    notes: list[str] = []
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
        quiet = dict.fromkeys(".".join(d.site) for d in mine if not d.told and not d.difference)
        if quiet:
            notes.append(f"{name}: drawn, never seen and not graded in what was tried: {', '.join(quiet)}")
    return CheckResult(CHECK.name, CHECK.ids, CHECK.promise, tuple(figures), tuple(findings), tuple(notes))


def _readers(environment: CompiledEnvironment | CompiledChain, site: Site) -> str:
    """The measures and rewards whose formulas name the site's root."""
    if isinstance(environment, CompiledChain):
        return f"{_readers(environment.parts[site[0]], site[1:])} of `{site[0]}`"
    root = site[0]
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
