"""gap: a bounded search for plays that earn more than their outcome deserves.

A wrong outcome deserves less than a right one. An incorrect play must not be graded like the oracle's in the same episode.
Where the task was done, but not as the reward file's pass condition wants, the reward makes the difference: such a play must
earn less than the oracle's, also when it was quicker.
It must not earn as much either, unless it was quicker: how much a quick wrong play may earn is a choice of the reward, which
`floor` bounds on average, and here it is only a figure.

A right outcome deserves no more for being padded. A correct play with at least as many turns and calls as the oracle's must
not earn more.

A wrong outcome earns at most a stated share of the oracle's reward in the same episode (the plan's `partial`). Where the
oracle earns nothing, there is no such share, and a note says so.

The search starts from the oracle's play and from that of a probe, tries every variation of both, and goes on from the two
best wrong plays. What it finds is shortened to the smallest play that still shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from rlve_dsl.agents import ByTheRules, Grabber, Performance, Script, shown
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.edits import without_call
from rlve_dsl.certify.findings import CheckResult, Figure, Finding, Observation, first_of
from rlve_dsl.certify.intervals import Interval, mean, rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.probes import probes_of
from rlve_dsl.certify.variations import variations
from rlve_dsl.episode import Scenario
from rlve_dsl.frozen import frozen

MOST_PLAYS = 90
_EQUAL = 1e-9

Try: TypeAlias = tuple[float, str, Performance]
"""A play that was tried: its reward with the sign changed, how it was made, and the play."""


@frozen
class Searched(Observation):
    """What a search of one case found: the best reward of a wrong play and of any play. `hit` says what earned too much."""

    plays: int
    oracle: float
    wrong: float
    best: float
    hit: str


@frozen
class Partial(Observation):
    """The wrong play of one case that earned the greatest share of the oracle's reward; None where that is not above 0."""

    share: float | None
    how: str


def observe(case: Case, plan: Plan) -> Iterator[Searched | Partial]:
    """Search the few cases of a level that the expensive checks look at, where the oracle passes."""
    if not plan.is_deep(case.level, case.seed) or not case.oracle.passed:
        return
    tries: list[Try] = []
    yield _searched(case, tries)
    for probe in probes_of(case.scenario):
        if probe.kind != "padded":
            tries += [(-play.reward, f"it {probe.says}", play) for play in case.attempts(probe.name, probe.attempt)]
    yield _partial(case, tries, plan)


def _partial(case: Case, tries: Sequence[Try], plan: Plan) -> Partial:
    worth = case.oracle.reward
    if worth <= 0:
        return Partial(*case.place, "", None, "")
    wrong = [one for one in tries if one[2].outcome is not None and not one[2].passed]
    reward, how, play = min(wrong, key=lambda one: one[:2], default=(0.0, "", case.oracle))
    share = max(0.0, -reward / worth)
    return Partial(*case.place, play.trajectory if share > plan.partial else "", share, how)


def _searched(case: Case, tries: list[Try]) -> Searched:
    """Try the plays near the oracle's and near a cheat's, and add them to `tries`."""
    oracle = case.oracle
    starts: list[tuple[str, Performance]] = [
        ("the oracle's play", oracle),
        ("a grab at the first thing", _grab(case)),
    ]
    tried, wrong, best = 0, -1.0, -1.0
    for share in (0.7, 1.0):
        for name, start in starts:
            if start.episode is None:
                continue
            for change, script in variations(start.script, start.episode, shown(start.episode)):
                if tried >= share * MOST_PLAYS:
                    break
                play, tried = case.play_acting(script), tried + 1
                best = max(best, play.reward)
                if not play.passed:
                    wrong = max(wrong, play.reward)
                if why := _overpaid(play, oracle):
                    least = _least(case, script, oracle)
                    hit = f"{why}: {name}, {change}"
                    return Searched(*case.place, least.trajectory, tried, oracle.reward, wrong, best, hit)
                tries.append((-play.reward, f"{name}, {change}", play))
        # wrong plays only: what pays with one mistake may pay more with two
        starts = [
            (name, play) for _, name, play in sorted((t for t in tries if not t[2].passed), key=lambda t: t[:2])[:2]
        ]
    return Searched(*case.place, "", tried, oracle.reward, wrong, best, "")


def _grab(case: Case) -> Performance:
    return case.play(lambda episode: ByTheRules(episode, Grabber(episode, most=1, act=True)))


def _overpaid(play: Performance, oracle: Performance) -> str:
    if play.outcome is None:
        return ""
    if not play.passed and play.outcome.done:
        if play.reward < oracle.reward - _EQUAL:
            return ""
        return f"done in a way that does not pass, it earns {play.reward:.3f}, the oracle {oracle.reward:.3f}"
    if not play.passed and oracle.outcome is not None and play.outcome.task >= oracle.outcome.task - _EQUAL:
        return (
            f"a wrong outcome has the task's reward {play.outcome.task:.3f}, the oracle's is {oracle.outcome.task:.3f}"
        )
    if not play.passed and len(play.turns) >= len(oracle.turns) and play.reward >= oracle.reward - _EQUAL:
        return f"a wrong outcome, no quicker, earns {play.reward:.3f}, the oracle {oracle.reward:.3f}"
    longer = len(play.turns) >= len(oracle.turns) and _calls(play) >= _calls(oracle)
    if play.passed and longer and play.reward > oracle.reward + _EQUAL:
        return f"padding earns {play.reward:.3f}, the oracle {oracle.reward:.3f}"
    return ""


def _calls(play: Performance) -> int:
    return sum(len(action.calls) for action in play.script)


def _least(case: Case, script: Script, oracle: Performance) -> Performance:
    """The play of the shortest script that is still overpaid, found by leaving out turns and calls one by one."""
    best = case.play_acting(script)
    shrinking = True
    while shrinking:
        shrinking = False
        for smaller in _smaller(script):
            play = case.play_acting(smaller)
            if _overpaid(play, oracle):
                script, best, shrinking = smaller, play, True
                break
    return best


def _smaller(script: Script) -> Iterator[Script]:
    for turn, action in enumerate(script):
        yield (*script[:turn], *script[turn + 1 :])
        for place in range(len(action.calls)):
            yield without_call(script, turn, place)


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Searched | Partial]) -> CheckResult:
    """Report how many plays were tried, how near the rewards of wrong ones are to the oracle's, and the first hit."""
    figures: list[Figure] = []
    findings: list[Finding] = []
    notes: list[str] = []
    for environment in scenario.environments:
        partial = [s for s in seen if isinstance(s, Partial) and s.environment == environment]
        _judge_shares(environment, partial, plan, figures, findings, notes)
        mine = [s for s in seen if isinstance(s, Searched) and s.environment == environment]
        if not mine:
            continue
        figures.append(Figure(environment, "search", "plays tried a case", mean([float(s.plays) for s in mine])))
        gap = mean([s.oracle - s.wrong for s in mine])
        figures.append(Figure(environment, "search", "oracle's reward less the best wrong one", gap))
        quick = rate(sum(s.wrong >= s.oracle for s in mine), len(mine))
        figures.append(Figure(environment, "search", "share of cases where a quick wrong play earns as much", quick))
        shorter = mean([max(0.0, s.best - s.oracle) for s in mine])
        figures.append(Figure(environment, "search", "best right reward above the oracle's, by a shorter way", shorter))
        if hits := [s for s in mine if s.hit]:
            first = first_of(hits)
            findings.append(first.finding("search", f"{first.hit} ({len(hits)} of {len(mine)} cases)"))
    return CHECK.result(figures, findings, notes)


def _judge_shares(
    environment: str,
    seen: Sequence[Partial],
    plan: Plan,
    figures: list[Figure],
    findings: list[Finding],
    notes: list[str],
) -> None:
    """Report the greatest share of the oracle's reward that a wrong play earned, and the first that is too great."""
    shares = [s.share for s in seen if s.share is not None]
    if len(shares) < len(seen):
        text = f"{environment}: the oracle earns nothing in {len(seen) - len(shares)} of {len(seen)} cases, so wrong plays are not compared with it"
        notes.append(text)
    if not shares:
        return
    largest = max(shares)
    bound = f"at most {plan.partial:g}"
    figure = Interval(largest, largest, largest, len(shares))
    figures.append(Figure(environment, "wrong plays", "greatest share of the oracle's reward", figure, bound))
    if dear := [s for s in seen if s.share is not None and s.share > plan.partial + _EQUAL]:
        first = first_of(dear)
        text = (
            f"a wrong outcome earns {first.share:.2f} of the oracle's reward, at most {plan.partial:g} is right: {first.how} "
            f"({len(dear)} of {len(shares)} cases)"
        )
        findings.append(first.finding("partial answers", text))


CHECK: Check[Searched | Partial] = Check(
    "gap",
    ("statistical.gameability_gap",),
    "no play near the oracle's or a cheat's earns more than its outcome deserves, as far as a bounded search can see",
    judge,
    observe,
)
