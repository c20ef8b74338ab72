"""Plays the oracle while files are checked, so that what has no value in an ordinary play is reported before anybody plays."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from rlve_dsl.agents import OracleAgent, OracleError, play
from rlve_dsl.catalog import SearchDisabled
from rlve_dsl.compiler import CompiledScenario
from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.episode import Episode, Scenario
from rlve_dsl.errors import PluginError
from rlve_dsl.expressions import EvaluationError

_SEED = 0


def check_plays(compiled: CompiledScenario, diagnostics: Diagnostics) -> None:
    """Let the oracle play each environment at the lowest and the highest level. Reports the first expression without a value.

    A play that searches the catalog ends at the search, as the first search is slow. Whether the oracle succeeds is the
    business of certificates.
    """
    scenario = Scenario(replace(compiled, catalog=compiled.catalog.without_search()))
    for name, task in compiled.environments.items():
        if any(part.domain is not None and part.domain.missing for part in task.parts.values()):
            continue  # there are no data to play over
        for level in dict.fromkeys(scenario.levels):
            episode = scenario.reset(name, level=level, seed=_SEED)
            problem = _problem(episode)
            if problem is not None:
                diagnostics.error(
                    "R215", f"at level {level} of `{name}`, as the oracle plays it: {problem}",
                    problem.span or task.places.file, help=_refused(episode),
                )  # fmt: skip
                break


def _problem(episode: Episode) -> EvaluationError | None:
    """What has no value as the oracle plays the episode."""
    try:
        with suppress(PluginError, SearchDisabled):
            play(episode, OracleAgent(episode))
    except EvaluationError as problem:
        return problem
    except OracleError as problem:
        return problem.__cause__ if isinstance(problem.__cause__, EvaluationError) else None
    return None


def _refused(episode: Episode) -> str:
    """What refused the oracle's last calls, which often is why a later expression has no value."""
    last = episode.turns[-1] if episode.turns else None
    refused = [result for result in last.results if result.refused is not None] if last is not None else []
    return f"before that, `{refused[-1].tool.name}` refused the call: {refused[-1].refused}" if refused else ""
