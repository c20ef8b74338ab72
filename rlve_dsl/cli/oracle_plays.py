"""Plays the oracle while files are checked, so that what has no value in an ordinary play is reported before anybody plays."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from rlve_dsl.agents import OracleAgent, OracleError, play
from rlve_dsl.catalog import SearchDisabled
from rlve_dsl.compiler import CompiledScenario, Task
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.episode import Episode, Scenario
from rlve_dsl.errors import PluginError
from rlve_dsl.expressions import EvaluationError

_SEED = 0


def check_plays(compiled: CompiledScenario, diagnostics: Diagnostics) -> None:
    """Let the oracle play each environment at the lowest and the highest level. Reports the first expression without a value, and
    the worth of an outcome that is out of range.

    A play that searches the catalog ends at the search, as the first search is slow. Whether the oracle succeeds is the
    business of certificates.
    """
    scenario = Scenario(replace(compiled, catalog=compiled.catalog.without_search()))
    for name, task in compiled.environments.items():
        if any(part.domain is not None and part.domain.missing for part in task.parts.values()):
            continue  # there are no data to play over
        for level in dict.fromkeys(scenario.levels):
            found = _problem(scenario, task, level)
            if found is not None:
                problem, help_ = found
                diagnostics.error(
                    "R215", f"at level {level} of `{name}`, as the oracle plays it: {problem}",
                    problem.span or task.places.file, help=help_,
                )  # fmt: skip
                break


def _problem(scenario: Scenario, task: Task, level: int) -> tuple[EvaluationError, str] | None:
    """What has no value as an episode begins and the oracle plays it, and what refused calls before that."""
    episode: Episode | None = None
    try:
        with suppress(PluginError, SearchDisabled):
            episode = scenario.reset(task.name, level=level, seed=_SEED)
            play(episode, OracleAgent(episode))
            _check_worth(episode, task)
    except EvaluationError as problem:
        return problem, _refused(episode)
    except OracleError as problem:
        cause = problem.__cause__
        return (cause, _refused(episode)) if isinstance(cause, EvaluationError) else None
    return None


def _check_worth(episode: Episode, task: Task) -> None:
    """Raise an EvaluationError where the oracle's outcome is worth more than a task can be, or less."""
    outcome = episode.outcome
    if outcome is not None and not -1 <= outcome.task <= 1:
        worth = task.task
        raise EvaluationError(f"`{worth.text}` is {outcome.task:g}, and a task is worth from -1 to 1", worth.span)


def _refused(episode: Episode | None) -> str:
    """What refused the oracle's last calls, which often is why a later expression has no value."""
    last = episode.turns[-1] if episode is not None and episode.turns else None
    refused = [result for result in last.results if result.refused is not None] if last is not None else []
    return f"before that, `{refused[-1].tool.name}` refused the call: {refused[-1].refused}" if refused else ""
