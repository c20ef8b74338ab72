"""no_leak: what is hidden stays hidden until it is revealed.

Four tests compare episodes, because a word alone proves nothing (the right option is always among the options listed):

- *goal*: the oracle's actions are played with another episode's goal. No word of the goal may be said or shown in the one
  play and not in the other.
- *opening*: a value that only an unsaid fact states is drawn again. The opening, and what the user says to an agent that
  asks for nothing, must stay the same.
- *position*: an agent that never asks reads everything. No place in a list (its first, its last) and no field of a single
  result may hold the value of an unsaid fact, or of the goal, in every episode.
- *mark*: no field of the rows that tools list may have one value on everything that the goal wants and on nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from types import MappingProxyType

from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.findings import CheckResult, Figure, Finding, Observation, first_of
from rlve_dsl.certify.intervals import rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.redraw import drawn, leaves, redrawn, sites, with_environment
from rlve_dsl.certify.unasked import FEWEST, Read, read, telling_marks, telling_places
from rlve_dsl.compiler import CompiledEnvironment, draw_world
from rlve_dsl.episode import Action, Scenario
from rlve_dsl.errors import RlveError
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names

_WORD = re.compile(r"[\w$.-]+")
_LEVELS = 3
_REDRAWS = 4
_OPENINGS = 3


@frozen
class Leak(Observation):
    """The result of a test that one case decides. `text` is empty when there is no leak."""

    test: str
    subject: str
    text: str


def observe(case: Case, plan: Plan) -> Iterator[Leak | Read]:
    """Make the tests that one case decides, and read for those that need many cases."""
    if case.oracle.episode is None:
        return
    try:
        if case.seed < plan.deep_seeds:
            yield from _goal(case)
        if case.level in plan.spread(_LEVELS):
            yield read(case)
            if case.seed < _OPENINGS * plan.deep_seeds:
                yield from _opening(case)
    except RlveError:
        return  # `solvable` says so


def _goal(case: Case) -> Iterator[Leak]:
    environment = case.scenario.compiled.environments[case.environment]
    mine = [p.names["goal"] for p in drawn(case.scenario, case.environment, case.level, case.seed).parts]
    if not any(mine):
        return
    others: Names = {}

    def poison(part: CompiledEnvironment) -> CompiledEnvironment:
        catalog = case.scenario.compiled.catalog
        others[part.name] = other = (
            draw_world(environment.alone(part.name), catalog, case.level, case.seed + 2).parts[0].names["goal"]
        )
        return replace(part, goal=tuple(replace(b, build=lambda *_, name=b.name: other[name]) for b in part.goal))

    parts = MappingProxyType({name: poison(part) for name, part in environment.parts.items()})
    poisoned = with_environment(case.scenario, replace(environment, parts=parts))
    play = Case(poisoned, case.environment, case.level, case.seed).play_script(case.oracle.script)
    words = {str(value) for _, value in leaves(mine, "goal") if len(str(value)) > 1} - {
        str(value) for _, value in leaves(others, "goal")
    }
    text = ""
    for number, (usual, changed) in enumerate(zip(case.oracle.turns, play.turns, strict=False), start=1):
        # message by message: what a tool shows in both plays may still be told by the user in one
        pairs = zip_longest(
            (m["content"] for m in usual.messages), (m["content"] for m in changed.messages), fillvalue=""
        )
        gone = set[str]().union(*(set(_WORD.findall(a)) - set(_WORD.findall(b)) for a, b in pairs))
        if leaked := sorted(words & gone):
            text = f"what is shown after turn {number} follows the hidden goal: it holds `{leaked[0]}` with this goal alone"
            break
    yield Leak(*case.place, case.oracle.trajectory if text else "", "goal", "goal", text)


def _opening(case: Case) -> Iterator[Leak]:
    usual = _quiet(case.scenario, case)
    open_, stated = _slots(case.scenario, case)
    if not open_:
        return
    for site in sites(case.scenario, case.environment, case.level, case.seed):
        for again in range(_REDRAWS):
            other = redrawn(case.scenario, case.environment, site, again)
            try:
                secret, said = _slots(other, case)
            except RlveError:
                continue
            if said != stated or secret == open_ or secret.keys() != open_.keys():
                continue
            fact = next(key for key in open_ if open_[key] != secret[key])
            replies = _quiet(other, case)
            text = (
                ""
                if replies == usual
                else (
                    f"the user tells `{fact[0]}` before anybody asks: the opening is {usual[0]!r} or {replies[0]!r} as it changes"
                )
            )
            yield Leak(*case.place, case.oracle.trajectory if text else "", "opening", fact[0], text)


def _quiet(scenario: Scenario, case: Case) -> list[str]:
    """What the user says at first, and to an agent that asks for nothing."""
    episode = scenario.reset(case.environment, level=case.level, seed=case.seed)
    replies = [episode.opening, episode.prompt("native")]
    if episode.turn_budget > 1:
        step = episode.step(Action("One moment, please."))
        replies += [m["content"] for m in step.observation.messages]
    return replies


def _slots(scenario: Scenario, case: Case) -> tuple[dict[tuple[str, int | None], str], list[object]]:
    # a world of another attempt differs in more than one draw, so the attempt is compared with what is stated
    world = drawn(scenario, case.environment, case.level, case.seed)
    named = len(world.parts) > 1
    slots = [(f"{s.part}. {s.fact}" if named else s.fact, s) for part in world.parts for s in part.slots]
    secret = {(name, s.key): repr(s.value) for name, s in slots if s.omitted}
    return secret, [world.attempt, *((name, s.key, repr(s.value)) for name, s in slots if not s.omitted)]


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Leak | Read]) -> CheckResult:
    """Report the comparisons made, the first case of each leak, and places and marks that tell a secret every time."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    undecided: list[str] = []
    for name in scenario.environments:
        leaks = [t for t in seen if isinstance(t, Leak) and t.environment == name]
        for test in dict.fromkeys(t.test for t in leaks):
            of = [t for t in leaks if t.test == test]
            leaking = [t for t in of if t.text]
            share = rate(len(leaking), len(of))
            figures.append(Figure(name, test, "share of comparisons that leak", share, "must be 0"))
            for subject in dict.fromkeys(t.subject for t in leaking):
                first = first_of(t for t in leaking if t.subject == subject)
                findings.append(first.finding(subject, first.text))
        reads = [r for r in seen if isinstance(r, Read) and r.environment == name]
        found = [*telling_places(reads), *telling_marks(reads)]
        share = rate(len(reads) if found else 0, len(reads))
        figures.append(Figure(name, "position and mark", "episodes read without asking", share, "must tell nothing"))
        findings += [reads[0].finding(subject, text) for subject, text in found]
        if reads and len(reads) < FEWEST:
            undecided.append(
                f"{name}: {len(reads)} episodes are too few to tell a place that always holds a secret from luck"
            )
    return CHECK.result(figures, findings, undecided=undecided)


CHECK: Check[Leak | Read] = Check(
    "no_leak",
    ("semantic.no_solution_leakage", "runtime.oracle_containment"),
    "the goal is in nothing that is shown, and a fact in nothing before it is said",
    judge,
    observe,
)
