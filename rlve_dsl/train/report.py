"""The results of a run: a table, and the same as JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rlve_dsl.agents import Score, by_environment, by_level, total
from rlve_dsl.terminal import Table
from rlve_dsl.terminal import table as terminal_table
from rlve_dsl.values import Json, JsonObject

MOMENTS = ("before", "after")
MANNERS = ("sampled", "greedy")
Results = Mapping[tuple[str, str], Sequence[Score]]

CAPTION = "Pass rate on held-out seeds: no episode of it was ever trained on. Its products were, if the collection holds none out."


def table(results: Results) -> Table:
    """Pass rates by level and by environment, sampled and greedy, before and after DAPO; their sums; mean rewards."""
    columns = [results[moment, manner] for manner in MANNERS for moment in MOMENTS]
    sums = [total(scores) for scores in columns]

    def row(name: str, episodes: str, scores: Sequence[Score], shown: Callable[[Score], str]) -> list[str]:
        return [name, episodes, *map(shown, scores)]

    def rows(parts: Callable[[Sequence[Score]], list[Score]], name: Callable[[Score], str]) -> list[list[str]]:
        found = zip(*map(parts, columns), strict=True)
        return [row(name(scores[0]), str(scores[0].episodes), scores, _rate) for scores in found]

    environments = rows(by_environment, lambda score: score.environment)
    overall = [
        row("all", str(sums[0].episodes), sums, _rate),
        row("", "", sums, _error),
        row("reward", "", sums, _reward),
    ]
    headings = [f"{manner}\n{moment}" for manner in MANNERS for moment in MOMENTS]
    parts = [*rows(by_level, lambda score: str(score.level)), None]
    if len(environments) > 1:
        parts += [*environments, None]
    return terminal_table(
        ["level", "episodes", *headings], [*parts, *overall],
        right=["episodes", *headings], title="pass rate on held-out seeds", caption=CAPTION,
    )  # fmt: skip


def as_json(results: Results) -> JsonObject:
    """The same as JSON data."""
    moments = {moment: {manner: scores_as_json(results[moment, manner]) for manner in MANNERS} for moment in MOMENTS}
    return {"note": CAPTION, **moments}


def scores_as_json(scores: Sequence[Score]) -> Json:
    """Scores as JSON data, which `scores_of` reads."""
    return [{**asdict(score), "reward": round(score.reward, 4)} for score in scores]


def scores_of(data: Sequence[Mapping[str, Any]]) -> list[Score]:
    """The scores that `scores_as_json` wrote."""
    return [Score(**entry) for entry in data]


def figures(score: Score) -> JsonObject:
    """The pass rate and the mean reward of an evaluation, for `metrics.jsonl`; null where there is none."""
    return {
        "pass_rate": round(score.rate, 4) if score.episodes else None,
        "reward": round(score.reward, 4) if _ended(score) else None,
    }


def sentence(score: Score) -> str:
    """What an evaluation found, as a sentence."""
    return f"{score.share_text} held-out episodes pass" if score.episodes else "no held-out episodes were played"


def _rate(score: Score) -> str:
    return score.rate_text


def _error(score: Score) -> str:
    """The standard error of a pass rate; nothing for no episodes."""
    return f"± {math.sqrt(score.rate * (1 - score.rate) / score.episodes):.1%}" if score.episodes else ""


def _reward(score: Score) -> str:
    """The mean reward; nothing where no episode was played to its end, as there is none."""
    return f"{score.reward:.2f}" if _ended(score) else ""


def _ended(score: Score) -> int:
    """How many episodes were played to their end."""
    return score.episodes if score.ended is None else score.ended
