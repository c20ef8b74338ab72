"""Trajectories: an episode as JSON lines, and its replay.

One line opens (what to reset), one a turn (action, results, effects, the user's reply), one closes (the outcome). An
action's keys stay in the agent's order, which may decide what is said of a mistake; everything is ASCII, so that no reader
finds a line's end inside a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rlve_dsl import __version__
from rlve_dsl.episode.actions import Action, Malformed, read_json_action
from rlve_dsl.episode.runtime import Episode
from rlve_dsl.episode.scenario import Scenario
from rlve_dsl.episode.turn import Turn
from rlve_dsl.errors import UsageError

FORMAT = 2


def record(episode: Episode) -> str:
    """The trajectory of an episode so far, one JSON object a line, ending in a newline."""
    return "".join(json.dumps(line) + "\n" for line in _lines(episode))


def _lines(episode: Episode) -> Iterator[dict[str, Any]]:
    yield {
        "format": FORMAT,
        "version": __version__,
        "scenario": episode.scenario.name,
        "digest": episode.scenario.digest,
        "environment": episode.environment.name,
        "level": episode.level,
        "seed": episode.seed,
        "opening": episode.opening,
    }
    for number, turn in enumerate(episode.turns, start=1):
        yield {"turn": number, **_turn(turn)}
    if episode.outcome is not None:
        yield {"outcome": episode.outcome.as_json()}


def _turn(turn: Turn) -> dict[str, Any]:
    if isinstance(turn.action, Malformed):
        action: dict[str, Any] = {"malformed": turn.action.reason, "text": turn.action.text}
    else:
        action = turn.action.as_json()
    reply = turn.reply
    return {
        "action": action,
        "effects": list(turn.effects),
        "messages": list(turn.messages),
        "acts": list(reply.acts) if reply else [],
        "disclosed": [[slot.part, slot.fact, slot.key] for slot in reply.disclosed] if reply else [],
        "discounted": turn.discounted,
    }


def replay(lines: Iterable[str], scenario: Scenario) -> Episode:
    """The episode of a trajectory, played again from its actions, as far as it was recorded.

    Raises UsageError for what is no trajectory, or one that was recorded with another scenario or format.
    """
    try:
        entries = [json.loads(line) for line in lines if line.strip()]
        opening, turns = entries[0], [entry for entry in entries if "turn" in entry]
        if opening["format"] != FORMAT:
            raise UsageError(f"this trajectory is of format {opening['format']}, and {FORMAT} is wanted")
        if opening["digest"] != scenario.digest:
            raise UsageError(f"the trajectory was recorded with another version of `{opening['scenario']}`")
        actions = [read_action(turn["action"]) for turn in turns]
        cut_off = "outcome" in entries[-1] and entries[-1]["outcome"]["termination"] == "cut_off"
        environment, level, seed = str(opening["environment"]), int(opening["level"]), opening["seed"]
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        raise UsageError(f"this is no trajectory of format {FORMAT}") from None
    episode = scenario.reset(environment, level=level, seed=seed)
    for number, action in enumerate(actions, start=1):
        if cut_off and number == len(actions) and isinstance(action, Malformed):
            episode.cut_off(action.reason)
        else:
            episode.step(action)
    return episode


def read_action(value: Mapping[str, Any]) -> Action | Malformed:
    """The action that a trajectory's line holds; raises ValueError when it holds none."""
    if "malformed" in value:
        return Malformed(str(value["malformed"]), str(value["text"]))
    return read_json_action(value)
