"""context: the oracle's conversation fits into a model's context."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlve_dsl.agents import ContextSize, context_size
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.check import Check
from rlve_dsl.certify.findings import CheckResult, Figure, Observation
from rlve_dsl.certify.intervals import mean
from rlve_dsl.certify.plan import Plan
from rlve_dsl.episode import Scenario
from rlve_dsl.frozen import frozen


@frozen
class Sized(Observation):
    """How long the oracle's conversation was, and the tool whose result was the longest."""

    size: ContextSize
    longest_of: str


def observe(case: Case, plan: Plan) -> Iterator[Sized]:
    """Measure the oracle's play."""
    episode = case.oracle.episode
    if episode is None:
        return
    size = context_size(episode)
    too_long = size.total > _limit(case.scenario, case.environment)
    results = [result for turn in episode.turns for result in turn.results]
    longest = max(results, key=lambda result: len(str(result.content)), default=None)
    name = longest.tool.name if longest is not None else ""
    yield Sized(*case.place, case.oracle.trajectory if too_long else "", size, name)


def _limit(scenario: Scenario, environment: str) -> int:
    limits = scenario.spec.context
    return limits.chain if scenario.compiled.environments[environment].numbered else limits.single


def judge(scenario: Scenario, plan: Plan, seen: Sequence[Sized]) -> CheckResult:
    """Report the mean and the largest size by environment and level, and the longest conversation that is over the limit."""
    figures, findings = [], []
    for name in scenario.environments:
        limit = _limit(scenario, name)
        for level in plan.levels:
            sizes = [s.size for s in seen if s.environment == name and s.level == level]
            totals = [float(size.total) for size in sizes]
            figures += [
                Figure(name, f"level {level}", "tokens, mean", mean(totals)),
                Figure(name, f"level {level}", "tokens, most", mean([max(totals, default=0.0)]), f"at most {limit:,}"),
                Figure(name, f"level {level}", "tokens of one result, most",
                       mean([max((float(s.largest_result) for s in sizes), default=0.0)])),
            ]  # fmt: skip
        over = [s for s in seen if s.environment == name and s.size.total > limit]
        if over:
            most = max(over, key=lambda s: (s.size.total, -s.level, -s.seed))
            findings.append(most.finding("oracle", _told(most, limit, len(over))))
    return CHECK.result(figures, findings)


def _told(most: Sized, limit: int, over: int) -> str:
    size = most.size
    parts = {
        "the prompt": size.prompt, "the tools": size.tools, "what the user says": size.user, "results": size.results,
        "what the agent writes": size.written,
    }  # fmt: skip
    listed = ", ".join(f"{tokens:,} of {name}" for name, tokens in sorted(parts.items(), key=lambda part: -part[1]))
    largest = f"; the longest result has {size.largest_result:,}, of `{most.longest_of}`" if most.longest_of else ""
    return (
        f"the oracle's conversation has {size.total:,} tokens, {limit:,} are allowed ({over} play{'s' * (over != 1)} over it): "
        f"{listed}{largest}"
    )


CHECK: Check[Sized] = Check(
    "context",
    ("rlve.context",),
    "the oracle's conversation, with the prompt and the tools, is no longer than the collection allows",
    judge,
    observe,
)
