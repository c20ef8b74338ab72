"""Disturbances for tests, and collections under them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import rlve_dsl
from rlve_dsl.episode import Call, Episode, Scenario
from rlve_dsl.hookspecs import hookimpl
from rlve_dsl.plugins import registry
from rlve_dsl.world import Attempt, Cut, Delay, Disturbance, Failure, disturbance

SCENARIOS = Path(__file__).parents[2] / "scenarios"
LOOK = Call("user.visit_history", {})


@disturbance("shaky")
def shaky(attempt: Attempt, share: float, most: int = 1000) -> Failure | None:
    """A call fails with this probability."""
    return Failure("out of order") if attempt.failures < most and attempt.stream.chance(share) else None


@disturbance("slow")
def slow(attempt: Attempt, seconds: int) -> Delay | None:
    """A call takes so long."""
    return Delay(seconds)


@disturbance("short")
def short(attempt: Attempt, rows: int, share: float = 1.0) -> Cut | None:
    """A result has so many rows."""
    return Cut(rows) if attempt.stream.chance(share) else None


class Troubles:
    """The disturbances of these tests."""

    @hookimpl
    def rlve_disturbances(self) -> Iterable[Disturbance]:
        return [shaky, slow, short]


KNOWN = registry([Troubles()])
_MADE: dict[str, Scenario] = {}


def disturbed(folder: Path, *troubles: Any, base: str = "first-steps.yaml", **more: Any) -> Scenario:
    """A shipped collection with these disturbances."""
    written = {
        "kind": "Collection",
        "name": "disturbed",
        "extends": str(SCENARIOS / base),
        "disturbances": [*troubles],
        **more,
    }
    text = json.dumps(written)
    if text not in _MADE:
        (folder / "disturbed.yaml").write_text(text, encoding="utf-8")
        _MADE[text] = rlve_dsl.load(folder / "disturbed.yaml", KNOWN)
    return _MADE[text]


def start(scenario: Scenario, level: int = 4, seed: int = 0) -> Episode:
    return scenario.reset(scenario.environments[0], level=level, seed=seed)


def told(episode: Episode) -> list[Any]:
    """What the last turn's tools returned, as an agent reads it."""
    return [json.loads(m["content"]) for m in episode.turns[-1].messages if m["role"] == "tool"]


ALWAYS = {"shaky": {"share": 1}}
