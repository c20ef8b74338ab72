"""knowable: the oracle does only what an agent can know to do.

The check takes an episode and draws one value of its world, persona or goal again. As long as the oracle reads the same in
both episodes, it must do the same in both. Where it does not, it acts on something that nobody has told it, and its
demonstrations teach what no agent can know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rlve_dsl.agents import Performance
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.findings import CheckResult, Figure, Finding, Observation, first_of
from rlve_dsl.certify.intervals import rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.redraw import Site
from rlve_dsl.episode import Action, Malformed, Scenario
from rlve_dsl.frozen import frozen

_REDRAWS = 2
_SHOWN = 120


@frozen
class Redrawn(Observation):
    """A case with one value drawn again: what the oracle does differently before it can see a difference."""

    site: Site
    difference: str


def observe(case: Case, plan: Plan) -> Iterator[Redrawn]:
    """Draw each value of the case again, and compare what the oracle does."""
    for site in case.sites(plan):
        others = (case.redrawn_oracle(site, again) for again in range(_REDRAWS))
        difference = next((text for other in others if (text := acts_apart(case.oracle, other))), "")
        yield Redrawn(*case.place, case.oracle.trajectory if difference else "", site, difference)


def acts_apart(one: Performance, other: Performance) -> str:
    """What two plays do differently although nothing that was seen before differs; empty where there is no such thing."""
    a, b = one.episode, other.episode
    if a is None or b is None or a.opening != b.opening or a.briefing != b.briefing:
        return ""
    for number, (mine, yours) in enumerate(zip_longest(one.turns, other.turns), start=1):
        if mine is None or yours is None:
            return ""  # a play that stopped with an error; `solvable` says so
        if mine.action != yours.action:
            return f"in turn {number} it does {_told(mine.action)} or {_told(yours.action)}"
        if mine.messages != yours.messages:
            return ""
    return ""


def _told(action: Action | Malformed) -> str:
    if isinstance(action, Malformed):
        return action.reason
    told = [
        *([f"say `{action.message}`"] if action.message else []),
        *(f"call `{call.name}` with {dict(call.args)}" for call in action.calls),
        *([f"answer {dict(action.answer)}"] if action.answer is not None else []),
    ]
    text = ", ".join(told) or "nothing"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Redrawn]) -> CheckResult:
    """Report the share of values that the oracle acts on without having seen them, and the path of each of them."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    for name in scenario.environments:
        mine = [r for r in seen if r.environment == name]
        apart = [r for r in mine if r.difference]
        figures.append(Figure(name, "draws", "share acted on unseen", rate(len(apart), len(mine)), "must be 0"))
        for site in dict.fromkeys(r.site for r in apart):
            first = first_of(r for r in apart if r.site == site)
            path = ".".join(site)
            text = f"the oracle acts on `{path}`, and nothing that it has heard or seen tells its value: {first.difference}"
            findings.append(first.finding(path, text))
    return CHECK.result(figures, findings)


CHECK: Check[Redrawn] = Check(
    "knowable",
    ("rlve.knowable_oracle",),
    "the oracle does only what an agent can know to do",
    judge,
    observe,
)
