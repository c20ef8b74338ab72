"""solvable: the oracle, which knows only what was said and shown, passes everywhere within its budgets.

A tool that changes something, and is refused whenever the oracle calls it, is a remark: to pass, nobody has to do anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from rlve_dsl.agents import OracleAgent, Performance, changes_tried, never_carried_out
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.findings import CheckResult, Curves, Figure, Observation, first_of
from rlve_dsl.certify.intervals import Interval, mean, rate
from rlve_dsl.certify.plan import Plan
from rlve_dsl.episode import Scenario
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream


@frozen
class Solved(Observation):
    """A play of the oracle. `shuffled` says that the lists in tool results were reordered for it.

    `refused` is a call that the store refused in a play that passes. `tried` has the tools that were called to change something,
    each with its refusal, if no call of it succeeded.
    """

    shuffled: bool
    passed: bool
    reward: float
    turns: int
    spare: int
    problem: str
    refused: str = ""
    tried: Mapping[str, str] = field(default_factory=dict)


def observe(case: Case, plan: Plan) -> Iterator[Solved]:
    """Look at the oracle's play, and at its play with shuffled lists."""
    yield _solved(case, case.oracle, False)
    shuffled = case.play(lambda episode: OracleAgent(episode, shuffle=Stream("certify", "shuffle", case.seed)))
    yield _solved(case, shuffled, True)


def _solved(case: Case, play: Performance, shuffled: bool) -> Solved:
    problem = play.problem
    if not problem and not play.passed and play.outcome is not None:
        problem = f"{play.outcome.termination}, task {play.outcome.task:.3f}: {play.outcome.reason}"
    budget = play.episode.turn_budget if play.episode is not None else 0
    refused = _refused(play) if play.passed else ""
    trajectory = "" if (play.passed and not refused) or shuffled else play.trajectory  # a replay would not shuffle
    turns = sum(not turn.free for turn in play.turns)
    tried = changes_tried(play.turns)
    return Solved(
        *case.place, trajectory, shuffled, play.passed, play.reward, turns, budget - turns, problem, refused, tried
    )


def _refused(play: Performance) -> str:
    """The first call of a play that the store refused, and why.

    A declared tool with `allow:` tells its ruling by refusing, so its refusals do not count.
    """
    for turn in play.turns:
        for result in turn.results:
            if result.refused is not None and not result.failed and not result.tool.may_be_refused:
                return f"`{result.tool.name}` ({result.refused})"
    return ""


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Solved]) -> CheckResult:
    """Report the share passed by environment and level, and the first failure of each environment."""
    figures, findings, remarks = [], [], []
    curves: dict[str, Curves] = {}
    for name in scenario.environments:
        mine = [s for s in seen if s.environment == name]
        usual = [s for s in mine if not s.shuffled]
        spare = float(min((s.spare for s in usual), default=0))
        figures += [
            Figure(name, "oracle", "share passed", rate(sum(s.passed for s in mine), len(mine)), "must be 1"),
            Figure(name, "oracle", "mean reward", mean([s.reward for s in usual])),
            Figure(name, "oracle", "mean turns", mean([float(s.turns) for s in usual])),
            Figure(name, "oracle", "fewest turns to spare", mean([spare])),
        ]
        curves[name] = {"oracle": tuple((level, _at(mine, level)) for level in plan.levels)}
        if failed := [s for s in mine if not s.passed]:
            first = first_of([s for s in failed if not s.shuffled] or failed)
            how = " when lists in tool results are shuffled" if first.shuffled else ""
            text = f"the oracle does not pass{how} in {len(failed)} of {len(mine)} plays; first: {first.problem}"
            findings.append(first.finding("oracle", text))
        if refused := [s for s in usual if s.refused]:
            first = first_of(refused)
            text = (
                f"the oracle passes in {len(refused)} of {len(usual)} plays although the store refuses {first.refused}"
            )
            findings.append(first.finding("refused calls", f"{text}: the reward wants what the store does not allow"))
        remarks += [
            f"{name}: `{never.tool}` is refused in all {never.plays} plays in which the oracle calls it; it says: {never.reason}"
            for never in never_carried_out([s.tried for s in usual])
        ]
    return CHECK.result(figures, findings, curves=curves, remarks=remarks)


def _at(seen: Sequence[Solved], level: int) -> Interval:
    here = [s for s in seen if s.level == level]
    return rate(sum(s.passed for s in here), len(here))


CHECK: Check[Solved] = Check(
    "solvable",
    ("semantic.oracle_max", "statistical.reward_reachability"),
    "an agent that knows only what it is told and shown passes at every level and seed, within its turns and calls",
    judge,
    observe,
)
