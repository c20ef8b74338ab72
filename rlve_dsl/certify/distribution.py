"""What the episodes of a level are like when the oracle plays them: outcomes, right answers, lengths, sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rlve_dsl.agents import Performance, context_size
from rlve_dsl.certify.cases import Case
from rlve_dsl.certify.checks.learnable import HARDLY, heuristics_of, is_simple
from rlve_dsl.certify.imperfect import agents_for
from rlve_dsl.episode import Scenario
from rlve_dsl.expressions.types import BOOL, TEXT, Enum, required
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

HEURISTIC_SEEDS = 20
"""With how many seeds the heuristics are played at most."""


@frozen
class Spread:
    """The least, the middle and the greatest of some numbers."""

    least: int
    median: int
    greatest: int

    def __str__(self) -> str:
        return f"{self.least}..{self.median}..{self.greatest}"


@frozen
class Distribution:
    """The episodes of one environment and level.

    Attributes:
        environment: The environment.
        level: The level.
        episodes: How many were played.
        passed: How many the oracle passed.
        endings: How often they ended in each way.
        answers: For each field of the answer that is a word, how often each value was right, the commonest first.
        turns: How many turns they took.
        calls: How many calls they took.
        tokens: How long they are for a model: the system prompt, the tools and all messages (see `context_size`).
        heuristics: The share that each heuristic passes.
        only_exact: Whether only the exact solution passes: the oracle does, and hardly ever a heuristic that optimises nothing.
    """

    environment: str
    level: int
    episodes: int
    passed: int
    endings: Mapping[str, int]
    answers: Mapping[str, Mapping[str, int]]
    turns: Spread
    calls: Spread
    tokens: Spread
    heuristics: Mapping[str, float]
    only_exact: bool

    def as_json(self) -> JsonObject:
        """Return it as JSON data."""
        lengths = {"turns": self.turns, "calls": self.calls, "tokens": self.tokens}
        return {
            "environment": self.environment,
            "level": self.level,
            "episodes": self.episodes,
            "passed": self.passed,
            "endings": {**self.endings},
            "answers": {field: {**values} for field, values in self.answers.items()},
            **{name: {"least": s.least, "median": s.median, "greatest": s.greatest} for name, s in lengths.items()},
            "heuristics": {**self.heuristics},
            "only_exact": self.only_exact,
        }


def distribution(scenario: Scenario, environment: str, level: int, seeds: int) -> Distribution:
    """Play an environment at a level with the seeds from 0 up, and return what its episodes are like."""
    cases = [Case(scenario, environment, level, seed) for seed in range(seeds)]
    plays = [case.oracle for case in cases]
    who = heuristics_of(scenario, environment)
    few = cases[:HEURISTIC_SEEDS]
    shares = {
        name: sum(case.play(agent).passed for case in few) / len(few)
        for name, agent in agents_for(who, scenario, environment, level).items()
    }
    passed = sum(play.passed for play in plays)
    simple = max(shares[one.name] for one in who if is_simple(scenario, environment, one))
    return Distribution(
        environment,
        level,
        seeds,
        passed,
        _counted(play.outcome.termination if play.outcome else "an error" for play in plays),
        _answers(plays),
        _spread([len(play.turns) for play in plays]),
        _spread([sum(len(action.calls) for action in play.script) for play in plays]),
        _spread([context_size(play.episode).total for play in plays if play.episode is not None]),
        shares,
        passed > 0 and simple <= HARDLY,
    )


def _answers(plays: Sequence[Performance]) -> dict[str, dict[str, int]]:
    found: dict[str, list[str]] = {}
    for play in plays:
        for part in play.episode.parts if play.episode is not None else ():
            for name, type_ in part.environment.answer.items():
                kind = required(type_)
                if part.answer is not None and (isinstance(kind, Enum) or kind in (BOOL, TEXT)):
                    found.setdefault(f"{part.environment.name}.{name}", []).append(str(part.answer[name]))
    return {field: _counted(values) for field, values in found.items()}


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())


def _spread(values: Sequence[int]) -> Spread:
    ordered = sorted(values) or [0]
    return Spread(ordered[0], ordered[len(ordered) // 2], ordered[-1])
