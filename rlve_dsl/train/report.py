"""The results of a run: a table, and the same as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.table import Table

from rlve_dsl.agents import Score, total
from rlve_dsl.values import JsonObject

MOMENTS = ("before", "after")
MANNERS = ("sampled", "greedy")
Results = Mapping[tuple[str, str], Sequence[Score]]

CAPTION = (
    "Pass rate on held-out seeds: no episode of it was ever trained on. Its products are those seen in the warm start."
)


def table(results: Results) -> Table:
    """Return a table of pass rates by level, sampled and greedy, before and after DAPO, and of the mean rewards."""
    out = Table(title="pass rate on held-out seeds", caption=CAPTION, caption_justify="left")
    out.add_column("level")
    out.add_column("episodes", justify="right")
    for manner in MANNERS:
        for moment in MOMENTS:
            out.add_column(f"{manner}\n{moment}", justify="right")
    levels = [s.level for s in results["before", "sampled"]]
    for row, level in enumerate(levels):
        scores = [results[moment, manner][row] for manner in MANNERS for moment in MOMENTS]
        out.add_row(str(level), str(scores[0].episodes), *(f"{s.rate:.1%}" for s in scores))
    out.add_section()
    sums = [total(results[moment, manner]) for manner in MANNERS for moment in MOMENTS]
    out.add_row("all", str(sums[0].episodes), *(f"{s.rate:.1%}" for s in sums))
    out.add_row("", "", *(f"± {_error(s):.1%}" for s in sums))
    out.add_row("reward", "", *(f"{s.reward:.2f}" for s in sums))
    return out


def as_json(results: Results) -> JsonObject:
    """Return the same as JSON data."""
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
