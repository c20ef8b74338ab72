"""`rlve-dsl explain PATH --seeds N`: what the episodes of each level are like, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rlve_dsl.certify import Distribution, distribution
from rlve_dsl.episode import Scenario
from rlve_dsl.terminal import bars, console, table

_MOST_VALUES = 4
_LENGTHS = ("level", "passed", "ended", "turns", "calls", "tokens")
_CONTENTS = ("level", "right answers", "heuristics")


def show_distributions(
    scenario: Scenario, environments: Sequence[str], levels: Sequence[int], seeds: int, as_json: bool
) -> None:
    """Print what the episodes of environments and levels are like."""
    work = [(name, level) for name in environments for level in levels]
    found: list[Distribution] = []
    with bars(transient=True) as report:
        for done, (name, level) in enumerate(work, start=1):
            found.append(distribution(scenario, name, level, seeds))
            report("playing", done, len(work))
    if as_json:
        print(json.dumps([one.as_json() for one in found], indent=2, ensure_ascii=False))
        return
    for name in environments:
        mine = [one for one in found if one.environment == name]
        printer = console()
        printer.print(table(_LENGTHS, map(_lengths, mine), title=f"{name}, {seeds} seeds", right=("level", "passed")))
        printer.print(table(_CONTENTS, map(_contents, mine), title="what is right, and who passes", right=("level",)))


def _lengths(one: Distribution) -> tuple[str, ...]:
    passed = f"{one.passed / one.episodes:.0%}"
    return str(one.level), passed, _counts(one.endings), str(one.turns), str(one.calls), str(one.tokens)


def _contents(one: Distribution) -> tuple[str, ...]:
    answers = "\n".join(f"{field}: {_counts(values)}" for field, values in one.answers.items())
    heuristics = [f"{share:.0%} {name}" for name, share in one.heuristics.items()]
    if one.only_exact:
        heuristics.append("only the exact solution passes")
    return str(one.level), answers, "\n".join(heuristics)


def _counts(values: Mapping[str, int]) -> str:
    shown = [f"{value} {count}" for value, count in list(values.items())[:_MOST_VALUES]]
    return ", ".join([*shown, *([f"{len(values) - _MOST_VALUES} more"] if len(values) > _MOST_VALUES else [])])
