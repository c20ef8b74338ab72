"""What the batches of a run taught, read from its metrics: how many had no signal, and at which levels groups end alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rlve_dsl.agents import Group
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

GroupOutcomes = tuple[str, int, Sequence[bool]]
"""The environment and the level of a group, and which of its rollouts pass."""
_MOST = 0.9
"""The share of a level's groups that end alike from which on it counts as saturated or starved."""
ENOUGH = 16
"""Outcomes of a level that say something about it."""


def outcomes_of(group: Group) -> GroupOutcomes:
    """Return the outcomes of a group, without rollouts that could not be played."""
    return group.key.environment, group.key.level, [r.passed for r in group.rollouts if not r.failure]


def groups_by_level(groups: Iterable[GroupOutcomes]) -> dict[str, dict[str, dict[str, int]]]:
    """Count the groups of each environment at each level: all, those whose rollouts all pass, and those of which none does.

    >>> groups_by_level([("cart", 3, [True, False]), ("cart", 3, [False, False])])
    {'cart': {'3': {'groups': 2, 'rollouts': 4, 'all_pass': 0, 'none_passes': 1}}}
    """
    found: dict[str, dict[str, dict[str, int]]] = {}
    for environment, level, passed in sorted(groups, key=lambda group: group[:2]):
        if passed:
            counts = {"groups": 1, "rollouts": len(passed), "all_pass": all(passed), "none_passes": not any(passed)}
            _add(counts, found.setdefault(environment, {}).setdefault(str(level), {}))
    return found


@frozen
class Lessons:
    """What a run taught.

    Attributes:
        batches: Batches that were trained on.
        silent: Those of them in which no group had a signal: they taught nothing.
        saturated: Environments and levels at which nearly all groups were passed by all their rollouts: `cart 0`.
        starved: Those at which nearly no group had a rollout that passes.
    """

    batches: int
    silent: int
    saturated: tuple[str, ...]
    starved: tuple[str, ...]

    def as_json(self) -> JsonObject:
        """Return this as JSON data."""
        return {
            "batches": self.batches, "taught_nothing": self.silent,
            "saturated": [*self.saturated], "starved": [*self.starved],
        }  # fmt: skip

    @property
    def levels(self) -> str:
        """The levels at which nearly all groups end alike; empty when there are none."""
        parts = []
        if self.saturated:
            parts.append(f"saturated, as all rollouts pass: {', '.join(self.saturated)}")
        if self.starved:
            parts.append(f"starved, as none does: {', '.join(self.starved)}")
        return "; ".join(parts)

    def __str__(self) -> str:
        """Sentences for a person; empty when each batch taught something, at all levels.

        >>> print(Lessons(40, 12, (), ("cart 3",)))
        12 of 40 batches taught nothing. In nearly all groups of these levels all rollouts end alike: starved, as none does: cart 3
        """
        told = [f"{self.silent} of {self.batches} batches taught nothing"] if self.silent else []
        if self.levels:
            told.append(f"In nearly all groups of these levels all rollouts end alike: {self.levels}")
        return ". ".join(told)


def lessons_of(run: Path) -> Lessons:
    """Return what the run in a folder has taught so far, by its `metrics.jsonl`."""
    file = run / "metrics.jsonl"
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        with suppress(ValueError):  # one that was cut off
            lines.append(json.loads(line))
    return _lessons([line for line in lines if line["phase"] == "dapo"])


def _lessons(steps: Sequence[Mapping[str, Any]]) -> Lessons:
    counted: dict[tuple[str, int], dict[str, int]] = {}
    for step in steps:
        for environment, levels in step.get("groups_by_level", {}).items():
            for level, counts in levels.items():
                _add(counts, counted.setdefault((environment, int(level)), {}))
    judged = {f"{name} {level}": counts for (name, level), counts in sorted(counted.items())}
    judged = {name: counts for name, counts in judged.items() if counts["rollouts"] >= ENOUGH}
    saturated, starved = (
        tuple(name for name, counts in judged.items() if counts[alike] >= _MOST * counts["groups"])
        for alike in ("all_pass", "none_passes")
    )
    # asynchronous training has no batches without a signal, and does not count them
    silent = sum(step.get("learnt_from", 1) == 0 for step in steps)
    return Lessons(len(steps), silent, saturated, starved)


def _add(counts: Mapping[str, int], to: dict[str, int]) -> None:
    for name, count in counts.items():
        to[name] = to.get(name, 0) + count
