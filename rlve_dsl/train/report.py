"""The results of a run: a table, and the same as JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from rlve_dsl.agents import Score, total
from rlve_dsl.terminal import Table
from rlve_dsl.terminal import table as terminal_table
from rlve_dsl.values import JsonObject

MOMENTS = ("before", "after")
MANNERS = ("sampled", "greedy")
Results = Mapping[tuple[str, str], Sequence[Score]]

CAPTION = "Pass rate on held-out seeds: no episode of it was ever trained on. Its products were, if the collection holds none out."


def table(results: Results) -> Table:
    """Pass rates by level, sampled and greedy, before and after DAPO; their sums with the standard error; mean rewards."""
    columns = [results[moment, manner] for manner in MANNERS for moment in MOMENTS]
    sums = [total(scores) for scores in columns]

    def row(name: str, episodes: str, scores: Sequence[Score], shown: Callable[[Score], str]) -> list[str]:
        return [name, episodes, *map(shown, scores)]

    by_level = [
        row(str(scores[0].level), str(scores[0].episodes), scores, lambda s: f"{s.rate:.1%}")
        for scores in zip(*columns, strict=True)
    ]
    overall = [
        row("all", str(sums[0].episodes), sums, lambda s: f"{s.rate:.1%}"),
        row("", "", sums, lambda s: f"± {_error(s):.1%}"),
        row("reward", "", sums, lambda s: f"{s.reward:.2f}"),
    ]
    headings = [f"{manner}\n{moment}" for manner in MANNERS for moment in MOMENTS]
    return terminal_table(
        ["level", "episodes", *headings], [*by_level, None, *overall],
        right=["episodes", *headings], title="pass rate on held-out seeds", caption=CAPTION,
    )  # fmt: skip


def as_json(results: Results) -> JsonObject:
    """The same as JSON data."""
    return {
        "note": CAPTION,
        **{
            moment: {
                manner: [
                    {"level": s.level, "episodes": s.episodes, "passed": s.passed, "reward": round(s.reward, 4)}
                    for s in results[moment, manner]
                ]
                for manner in MANNERS
            }
            for moment in MOMENTS
        },
    }


def _error(score: Score) -> float:
    """The standard error of a pass rate."""
    return math.sqrt(score.rate * (1 - score.rate) / score.episodes) if score.episodes else 0.0
