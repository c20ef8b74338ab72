"""bounded: rewards are finite and in range, every term is explained, and a hard failure earns the least, on any turn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice

from rlve_dsl.agents import (
    Performance,
    PlainAnswerer,
    RandomAgent,
    other_arguments,
    plain_answer,
    shown,
    unlike_answers,
)
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.edits import calls_that_write
from rlve_dsl.certify.findings import CheckResult, Figure, Finding, Observation, first_of
from rlve_dsl.certify.intervals import Interval
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.play_ids import changing_calls
from rlve_dsl.certify.probes import PROBES
from rlve_dsl.episode import Action, Call, Episode, Malformed, Scenario
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names

HARD = ("malformed_action", "illegal_call", "forbidden")
_CLOSE = 1e-6
_MOST_CALLS = 12


@frozen
class Graded(Observation):
    """The reward of a play, and what is wrong with it (`fault`, empty when nothing is)."""

    subject: str
    reward: float
    fault: str


@frozen
class Decided(Observation):
    """A measure that the task's reward reads, and whether its value was decided before anything was done.

    It may be (`before`) where two answers at once, which differ in every field, have the value that the oracle's play has, and both
    of them earn something. It is `changed` all the same where another play that was tried has another value.
    """

    measure: str
    before: bool
    changed: bool = False


def observe(case: Case, plan: Plan) -> Iterator[Graded | Decided]:
    """Look at the rewards of the oracle, of useless plays, and of every hard failure early, half-way and late."""
    yield from _decided(case)
    yield _graded(case, "oracle", case.oracle, None)
    yield _graded(case, "nothing", case.play_script(()), None)
    yield _graded(case, "an empty answer", case.play(PlainAnswerer), None)
    yield _graded(case, "random calls", case.play(RandomAgent), None)
    if not plan.is_deep(case.level, case.seed) or case.oracle.episode is None:
        return
    script = case.oracle.script
    for failure, action in _failures(case.begin()).items():
        for before in sorted({0, len(script) // 2, max(0, len(script) - 1)}):
            yield _graded(case, f"{failure}, turn {before + 1}", case.play_script((*script[:before], action)), failure)


def _decided(case: Case) -> Iterator[Decided]:
    if not case.oracle.passed or case.oracle.episode is None:
        return
    idle, paid = [], True
    for answer in unlike_answers(case.begin()):
        script = [Action(answer=answer)]
        play = case.play_script(script)
        if play.episode is not None:
            idle.append(play.episode.parts[0].measured)
            paid = paid and play.outcome is not None and play.outcome.task > -1
    part = case.oracle.episode.parts[0]
    if not all(idle):
        return
    for name in part.measured.keys() & part.environment.task.free:
        before = paid and all(one[name] == part.measured[name] for one in idle)
        changed = before and any(one.get(name, part.measured[name]) != part.measured[name] for one in _tried(case))
        trajectory = case.oracle.trajectory if before and not changed else ""
        yield Decided(*case.place, trajectory, f"{part.environment.name}.{name}", before, changed)


def _tried(case: Case) -> Iterator[Names]:
    """The measures of the probes' plays, and of the oracle's play with one more call, as far as these come to an answer."""
    plays = chain.from_iterable(case.attempts(probe.name, probe.attempt) for probe in PROBES)
    for play in chain(plays, _with_another_call(case)):
        if play.episode is not None:
            yield play.episode.parts[0].measured


def _with_another_call(case: Case) -> Iterator[Performance]:
    """The oracle's play with one more call before the answer, of a tool that changes something and about what was shown."""
    episode, script = case.oracle.episode, case.oracle.script
    if episode is None or len(script) >= episode.turn_budget:
        return
    groups = shown(episode)
    calls = [call for _, _, call in calls_that_write(script, episode)]
    others = (Call(call.name, args) for call in calls for args in other_arguments(call, episode, groups))
    for call in islice(chain(others, changing_calls(episode, groups)), _MOST_CALLS):
        yield case.play_acting((*script[:-1], Action("", (call,)), script[-1]))


def _failures(episode: Episode) -> Mapping[str, Action | Malformed]:
    """The ways to end an episode at once, by name."""
    tools = list(episode.toolset.values())
    answer = plain_answer(episode)
    failures: dict[str, Action | Malformed] = {
        "malformed action": Malformed("not JSON"),
        "unknown tool": Action("", (Call("no.such_tool", {}),)),
        "unknown answer field": Action("", (), {**answer, "no_such_field": 1}),
    }
    if tools:
        failures["unknown argument"] = Action("", (Call(tools[0].name, {"no_such_argument": 1}),))
        failures["a call too many"] = Action("", (Call(tools[0].name, {}),) * (episode.tool_budget + 1))
    if needy := next((t for t in tools if any(p.required for p in t.signature.parameters)), None):
        failures["missing argument"] = Action("", (Call(needy.name, {}),))
    return failures


def _graded(case: Case, subject: str, play: Performance, failure: str | None) -> Graded:
    fault = _fault(play, failure)
    return Graded(*case.place, play.trajectory if fault else "", subject, play.reward, fault)


def _fault(play: Performance, failure: str | None) -> str:
    outcome = play.outcome
    if outcome is None or play.episode is None:
        return "" if failure is None else f"it raised {play.problem}"
    composition = play.episode.environment.reward
    low, high = composition.spec.range
    if not math.isfinite(outcome.reward) or not math.isfinite(outcome.task):
        return f"the reward is {outcome.reward}, the task's {outcome.task}"
    if not low <= outcome.reward <= high:
        return f"the reward {outcome.reward:g} is outside {low:g}..{high:g}"
    if not -1 - _CLOSE <= outcome.task <= 1 + _CLOSE:
        return f"the task's reward {outcome.task:g} is outside -1..1"
    if failure is not None:
        if outcome.termination not in ("malformed_action", "illegal_call"):
            return f"it ends as {outcome.termination}, not at once"
        return "" if outcome.reward == low else f"it earns {outcome.reward:g}, and the worst is {low:g}"
    if outcome.termination in HARD:
        return "" if outcome.reward == low else f"it is {outcome.termination} and earns {outcome.reward:g}, not {low:g}"
    total = min(high, max(low, sum(term.weight * term.value for term in outcome.terms)))
    if abs(total - outcome.reward) > _CLOSE:
        return f"the terms add up to {total:g}, and the reward is {outcome.reward:g}"
    unexplained = [term.name for term in outcome.terms if not term.reason]
    return f"the term `{unexplained[0]}` has no reason" if unexplained else ""


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Graded | Decided]) -> CheckResult:
    """Report the least and the greatest reward, and the first case of each fault."""
    figures, findings = [], []
    for environment in scenario.environments:
        mine = [g for g in seen if isinstance(g, Graded) and g.environment == environment]
        for measure, pick in (("least reward", min), ("greatest reward", max)):
            value = pick((g.reward for g in mine), default=0.0)
            figures.append(Figure(environment, "all plays", measure, Interval(value, value, value, len(mine))))
        subjects = dict.fromkeys(g.subject.partition(",")[0] for g in mine if g.fault)
        for subject in subjects:
            faulty = [g for g in mine if g.fault and g.subject.partition(",")[0] == subject]
            first = min(faulty, key=lambda g: (g.level, g.seed, g.subject))
            findings.append(first.finding(subject, f"{first.subject}: {first.fault} ({len(faulty)} plays)"))
        findings += _vacuous([d for d in seen if isinstance(d, Decided) and d.environment == environment])
    return CHECK.result(figures, findings)


def _vacuous(seen: Sequence[Decided]) -> Iterator[Finding]:
    """The measures that are decided before anything is done in some episodes, and not in others.

    One that is decided in all episodes is a penalty for what the oracle never does. Where the oracle rightly does nothing, answers at
    once are as good as its play, and another play shows that what is done counts.
    """
    for measure in sorted({d.measure for d in seen}):
        mine = [d for d in seen if d.measure == measure]
        before = [d for d in mine if d.before]
        if (stuck := [d for d in before if not d.changed]) and len(before) < len(mine):
            text = (
                f"the reward reads `{measure}`, which has one value in all plays that were tried in {len(stuck)} of {len(mine)} "
                "episodes, also with other calls and answers: perhaps it is taken over a list that is empty there"
            )
            yield first_of(stuck).finding(measure, text)


CHECK: Check[Graded | Decided] = Check(
    "bounded",
    ("runtime.reward_well_formed", "runtime.rubric_introspectable", "runtime.reward_attribution"),
    "rewards are finite and in range, each term says what it was made of, a hard failure is the worst on any turn",
    judge,
    observe,
)
