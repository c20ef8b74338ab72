"""Plays the oracle while files are checked, so that what has no value in an ordinary play is reported before anybody plays."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from rlve_dsl.agents import OracleAgent, OracleError, changes_tried, never_carried_out, play
from rlve_dsl.catalog import SearchDisabled
from rlve_dsl.compiler import CompiledScenario, Task
from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.episode import Episode, Scenario
from rlve_dsl.errors import PluginError
from rlve_dsl.expressions import EvaluationError
from rlve_dsl.frozen import frozen

_SEED = 0
_MORE_SEEDS = range(1, 9)
"""Seeds that are played, too, where a tool that changes something was refused in every play so far."""


@frozen
class _Play:
    """A play of the oracle: its episode, if one could begin; how often it asked the user to agree; and what had no value in it."""

    level: int
    episode: Episode | None
    proposals: int = 0
    problem: EvaluationError | None = None

    @property
    def tried(self) -> dict[str, str]:
        """The tools that were to change something, each with its refusal, if no call of it succeeded."""
        return changes_tried(self.episode.turns) if self.episode is not None else {}


def check_plays(compiled: CompiledScenario, diagnostics: Diagnostics) -> None:
    """Let the oracle play each environment at the lowest and the highest level. Reports the first expression without a value, and
    the worth of an outcome that is out of range. Warns of a play that ends without an answer, and of a tool that is always refused.

    A play that searches the catalog ends at the search, as the first search is slow. Whether the oracle succeeds is the
    business of certificates.
    """
    scenario = Scenario(replace(compiled, catalog=compiled.catalog.without_search()))
    for name, task in compiled.environments.items():
        if any(part.domain is not None and part.domain.missing for part in task.parts.values()):
            continue  # there are no data to play over
        plays: list[_Play] = []
        for level in dict.fromkeys(scenario.levels):
            plays.append(_play(scenario, task, level, _SEED))
            problem = plays[-1].problem
            if problem is not None:
                diagnostics.error(
                    "R215", f"at level {level} of `{name}`, as the oracle plays it: {problem}",
                    problem.span or task.places.file, help=_refused(plays[-1].episode),
                )  # fmt: skip
                break
        else:
            _warn_of_no_answer(plays, task, diagnostics)
            _warn_of_refusals(scenario, task, plays, diagnostics)


def _play(scenario: Scenario, task: Task, level: int, seed: int) -> _Play:
    """Begin an episode and let the oracle play it, as far as it comes."""
    episode: Episode | None = None
    oracle: OracleAgent | None = None
    problem: EvaluationError | None = None
    try:
        with suppress(PluginError, SearchDisabled):
            episode = scenario.reset(task.name, level=level, seed=seed)
            oracle = OracleAgent(episode)
            play(episode, oracle)
            _check_worth(episode, task)
    except EvaluationError as found:
        problem = found
    except OracleError as stuck:
        problem = stuck.__cause__ if isinstance(stuck.__cause__, EvaluationError) else None
    return _Play(level, episode, len(oracle.proposals) if oracle is not None else 0, problem)


def _warn_of_no_answer(plays: Sequence[_Play], task: Task, diagnostics: Diagnostics) -> None:
    """Warn of the first play that ends before the oracle has given its answer."""
    for one in plays:
        outcome = one.episode.outcome if one.episode is not None else None
        if one.episode is None or outcome is None or outcome.termination == "answered":
            continue
        place, help_ = task.places.name, ""
        match outcome.termination:
            case "turns_spent":
                why = f"its {one.episode.turn_budget} turns are spent"
                place = task.turns.span if task.turns is not None else place
                help_ = "`budget: {turns: …}` says how many turns an episode has; each question takes one, and each call that waits for another"
            case "gave_up":
                why = "the user leaves"
            case _:
                why = outcome.reason
        if one.proposals > 1 and not one.tried:
            why = f"{why}, and none of the oracle's {one.proposals} proposals was agreed to"
            place = next((r.when.span for part in task.parts.values() for r in part.refusals), place)
            help_ = (
                "`confirm:` says when the user does not agree; it must not hold for the call that the oracle is to make"
            )
        diagnostics.warning(
            "R245", f"at level {one.level} of `{task.name}`, the oracle comes to no answer: {why}", place, help=help_
        )
        return


def _warn_of_refusals(scenario: Scenario, task: Task, plays: Sequence[_Play], diagnostics: Diagnostics) -> None:
    """Warn of each tool that the oracle calls to change something, and that refuses it in every play.

    One refusal may be right. So more is played, until every tool has succeeded once.
    """
    tried = [one.tried for one in plays]
    left = [(level, seed) for seed in _MORE_SEEDS for level in dict.fromkeys(scenario.levels)]
    while left and never_carried_out(tried, fewest=1):
        tried.append(_play(scenario, task, *left.pop(0)).tried)
    for found in never_carried_out(tried):
        diagnostics.warning(
            "R244", f"`{found.tool}` is refused in all {found.plays} plays of `{task.name}` in which the oracle calls it",
            _place_of_tool(task, found.tool), label=f"it says: {found.reason}",
            help="the condition of a refusal may be the wrong way round, or the policy may never allow the call",
        )  # fmt: skip


def _place_of_tool(task: Task, full_name: str) -> Span:
    """Where a tool is declared; for one that no domain declares, the name of the environment."""
    for part in task.parts.values():
        for tool in part.domain.spec.tools.values() if part.domain is not None else ():
            if part.domain is not None and part.domain.spec.full_name(tool.name.text) == full_name:
                return tool.name.span
    return task.places.name


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
