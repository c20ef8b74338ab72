"""gap: a bounded search for plays that earn more than their outcome deserves.

A wrong outcome deserves less than a right one: no play that is not correct may be graded like the oracle's in the same
episode, nor, unless it was quicker, earn as much. (How much a quick wrong play may earn is the reward's to say: what that
is worth on the average, `floor` bounds; here it is a figure.) A right outcome deserves no more for being padded: no correct
play with as many turns and calls as the oracle's may earn more. The search starts from the oracle's play and from the best probe's, tries every variation of each, and goes
on from the best two; whatever it finds is cut down to the least play that still shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rlve_dsl.certify.cases import Case, Performance, Script
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.contexts import shown
from rlve_dsl.certify.findings import CheckResult, Figure, Finding
from rlve_dsl.certify.intervals import mean, rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.probes import Grabber
from rlve_dsl.certify.variations import variations
from rlve_dsl.episode import Scenario

MOST_PLAYS = 90
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search of one case found: the best reward of a wrong play, and of any; `hit` says what paid too well."""

    environment: str
    level: int
    seed: int
    plays: int
    oracle: float
    wrong: float
    best: float
    hit: str
    lines: str


def observe(case: Case, plan: Plan) -> Iterator[Searched]:
    """The search, in the first `deep_seeds` cases of a level that the oracle passes."""
    if case.seed >= plan.deep_seeds or not case.oracle.passed:
        return
    oracle = case.oracle
    starts: list[tuple[str, Performance]] = [
        ("the oracle's play", oracle),
        ("a grab at the first thing", case.perform(lambda episode: Grabber(episode, most=1, act=True))),
    ]
    tried, wrong, best = 0, -1.0, -1.0
    tries: list[tuple[float, str, Performance]] = []
    for depth, share in enumerate((0.7, 1.0)):
        for name, start in starts:
            if start.episode is None:
                continue
            for change, script in variations(start.script, start.episode, shown(start.episode)):
                if tried >= share * MOST_PLAYS:
                    break
                play, tried = case.act_out(script), tried + 1
                best = max(best, play.reward)
                if not play.passed:
                    wrong = max(wrong, play.reward)
                if why := _overpaid(play, oracle):
                    least = _least(case, script, oracle)
                    hit = f"{why}: {name}, {change}"
                    yield Searched(
                        case.environment, case.level, case.seed, tried, oracle.reward, wrong, best, hit, least.lines
                    )
                    return
                tries.append((-play.reward, f"{name}, {change}", play))
        # wrong plays first: what pays for one mistake may pay more for two
        starts = [
            (name, play) for _, name, play in sorted((t for t in tries if not t[2].passed), key=lambda t: t[:2])[:2]
        ]
    yield Searched(case.environment, case.level, case.seed, tried, oracle.reward, wrong, best, "", "")


def _overpaid(play: Performance, oracle: Performance) -> str:
    if play.outcome is None:
        return ""
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
    """The play of the shortest script that is still overpaid, found by leaving out one turn or call after another."""
    best = case.act_out(script)
    shrinking = True
    while shrinking:
        shrinking = False
        for smaller in _smaller(script):
            play = case.act_out(smaller)
            if _overpaid(play, oracle):
                script, best, shrinking = smaller, play, True
                break
    return best


def _smaller(script: Script) -> Iterator[Script]:
    for turn, action in enumerate(script):
        yield (*script[:turn], *script[turn + 1 :])
        for place in range(len(action.calls)):
            fewer = (*action.calls[:place], *action.calls[place + 1 :])
            yield (*script[:turn], type(action)(action.message, fewer, action.answer), *script[turn + 1 :])


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Searched]) -> CheckResult:
    """How many plays were tried, how near wrong ones came to the oracle's reward, and the smallest hit."""
    figures, findings = [], []
    for environment in scenario.environments:
        mine = [s for s in seen if s.environment == environment]
        if not mine:
            continue
        figures.append(Figure(environment, "search", "plays tried a case", mean([float(s.plays) for s in mine])))
        gap = mean([s.oracle - s.wrong for s in mine])
        figures.append(Figure(environment, "search", "oracle's reward less the best wrong one", gap))
        quick = rate(sum(s.wrong >= s.oracle for s in mine), len(mine))
        figures.append(Figure(environment, "search", "share of cases where a quick wrong play earns as much", quick))
        shorter = mean([max(0.0, s.best - s.oracle) for s in mine])
        figures.append(Figure(environment, "search", "best right reward above the oracle's, by a shorter way", shorter))
        if hits := sorted((s for s in mine if s.hit), key=lambda s: (s.level, s.seed)):
            text = f"{hits[0].hit} ({len(hits)} of {len(mine)} cases)"
            findings.append(Finding(environment, "search", text, hits[0].level, hits[0].seed, hits[0].lines))
    return CheckResult(CHECK.name, CHECK.ids, CHECK.promise, tuple(figures), tuple(findings))


CHECK = Check(
    "gap",
    ("statistical.gameability_gap",),
    "no play near the oracle's or a cheat's earns more than its outcome deserves, as far as a bounded search can see",
    judge,
    observe,
)
