"""observable: an agent can learn everything that decides the outcome.

The check takes an episode and draws one value of its world, persona or goal again. Suppose that neither the oracle nor an
agent that asks every question and reads everything can tell the two episodes apart. Then the same actions must get the same
grade in both. Where they do not, the value is graded and cannot be learnt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlve_dsl.agents import Performance, inquire
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.findings import CheckResult, Figure, Finding, Observation, first_of
from rlve_dsl.certify.intervals import rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.redraw import Site
from rlve_dsl.compiler import CompiledEnvironment, Task
from rlve_dsl.episode import Scenario
from rlve_dsl.frozen import frozen

REDRAWS = 3
_CLOSE = 1e-6


@frozen
class Doubled(Observation):
    """A case with one value drawn again: whether the grade changed, and how if no agent could tell the two apart."""

    site: Site
    graded: bool
    difference: str


def observe(case: Case, plan: Plan) -> Iterator[Doubled]:
    """Draw each value of the case again."""
    for site in case.sites(plan):
        yield _double(case, site)


def _double(case: Case, site: Site) -> Doubled:
    usual, graded, difference = case.oracle, False, ""
    for again in range(REDRAWS):
        play = case.redrawn_oracle(site, again)
        a, b = usual.outcome, play.outcome
        if play.episode is None or a is None or b is None:
            continue  # an episode that cannot be drawn or played is not compared
        if abs(a.task - b.task) <= _CLOSE and a.correct == b.correct:
            continue
        graded = True
        # inquiring comes last because it is expensive; few redrawings get this far
        if _looks(play) == _looks(usual) and inquire(case.redrawn(site, again).reset()) == inquire(case.reset()):
            difference = f"the same play has the task's reward {a.task:.3f} or {b.task:.3f}"
            break
    return Doubled(*case.place, usual.trajectory if difference else "", site, graded, difference)


def _looks(play: Performance) -> list[object]:
    episode = play.episode
    return [episode.opening if episode else "", *(t.messages for t in play.turns)]


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Doubled]) -> CheckResult:
    """Report the share of values that are graded and cannot be learnt, and the path of each of them."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    for name in scenario.environments:
        environment = scenario.compiled.environments[name]
        mine = [d for d in seen if d.environment == name]
        hidden = [d for d in mine if d.difference]
        figures.append(
            Figure(name, "draws", "share graded but beyond reach", rate(len(hidden), len(mine)), "must be 0")
        )
        for site in dict.fromkeys(d.site for d in hidden):
            first = first_of(d for d in hidden if d.site == site)
            path = ".".join(site)
            text = (
                f"`{path}` decides the outcome, and nothing that the user says or a tool shows tells its value: "
                f"{first.difference}; it is read by {_readers(environment, site)}"
            )
            findings.append(first.finding(path, text))
    return CHECK.result(figures, findings)


def _readers(task: Task, site: Site) -> str:
    """The measures and rewards whose formulas name the first name of the site."""
    if task.numbered:
        return f"{_readers_of(task.parts[site[0]], site[1])} of `{site[0]}`"
    return _readers_of(next(iter(task.parts.values())), site[0])


def _readers_of(environment: CompiledEnvironment, root: str) -> str:
    graded = {f"measure `{name}`": e for name, e in environment.measures}
    graded |= {"the task's reward": environment.task, "`correct_when`": environment.correct_when}
    personas = {binding.name for binding in environment.persona}
    root = "persona" if root in personas else root
    direct = [what for what, expression in graded.items() if root in expression.free]
    return ", ".join(direct) or "what measures read (the goal, or names made from it)"


CHECK: Check[Doubled] = Check(
    "observable",
    ("rlve.observability",),
    "whatever decides the outcome can be learnt in the episode, by asking or by looking",
    judge,
    observe,
)
