"""One small use of each agent, check and probe that a plugin brings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from rlve_dsl.agents import agent_named, play
from rlve_dsl.certify import Case, Check, Plan, Probe, checks_of, fault_of_result, probes_of
from rlve_dsl.compiler import Loader, compile
from rlve_dsl.episode import Scenario, ScenarioReference
from rlve_dsl.errors import PluginError, RlveError
from rlve_dsl.packaged import packaged_path
from rlve_dsl.plugins import Plugin, Registry

_HOOKS = ("rlve_agents", "rlve_checks", "rlve_probes")


def faults_of_players(made: Plugin, known: Registry, shipped: Scenario | None, agents: bool) -> Iterator[str]:
    """What goes wrong when each agent plays one episode, and each check and probe looks at one case.

    Args:
        made: The plugin.
        known: All primitives.
        shipped: A scenario that the plugin brings; without it, a packaged one is played.
        agents: Whether agents play.
    """
    brought = {hook: made.brings.get(hook, {}) for hook in _HOOKS}
    if not any(brought.values()):
        return
    file = packaged_path("package:rlve_dsl/first-steps.yaml")
    scenario = shipped or Scenario(compile(file, loader=Loader(known, try_levels=False)))
    case = Case(scenario, scenario.environments[0], scenario.levels[0], 0)
    uses: list[Callable[[], Any]] = []
    try:
        uses += [partial(_attempt, p, case) for p in probes_of(scenario) if p.name in brought["rlve_probes"]]
        uses += [partial(_judge, c, case) for c in checks_of(scenario) if c.name in brought["rlve_checks"]]
    except PluginError as problem:
        yield str(problem)
    if agents:
        uses += [partial(_play, name, known, case) for name in brought["rlve_agents"]]
    for use in uses:
        try:
            use()
        except RlveError as fault:
            yield str(fault)


def _attempt(probe: Probe, case: Case) -> None:
    problem = next((play.problem for play in case.attempts(probe.name, probe.attempt) if play.problem), "")
    if problem:
        raise PluginError(f"{getattr(probe.attempt, 'what', probe.name)}: playing it raised an error: {problem}")


def _play(name: str, known: Registry, case: Case) -> None:
    episode = case.reset()
    play(episode, agent_named(name, known)(episode))


def _judge(check: Check[Any], case: Case) -> None:
    scenario, plan = case.scenario, Plan((case.level,), seeds=1, deep_seeds=1)
    seen = [*check.observe(case, plan)] if check.observe is not None else []
    source = scenario.reference or ScenarioReference("package:rlve_dsl/first-steps.yaml")
    for job in check.jobs(scenario, plan):
        seen += check.work(scenario, source, plan, job)
    if fault := fault_of_result(check.judge(scenario, plan, seen)):
        raise PluginError(f"{getattr(check.judge, 'what', check.name)} {fault}")
