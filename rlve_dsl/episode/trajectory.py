"""Trajectories: an episode as JSON lines, and its replay.

One line opens (what to reset), one a turn (action, results, effects, the user's reply), one closes (the outcome). Keys
are sorted, so that equal episodes are equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rlve_dsl import __version__
from rlve_dsl.episode.actions import Action, Call, Malformed
from rlve_dsl.episode.runtime import Episode, Turn
from rlve_dsl.episode.scenario import Scenario
from rlve_dsl.errors import UsageError

FORMAT = 1


def record(episode: Episode) -> str:
    """The trajectory of an episode so far, one JSON object a line, ending in a newline."""
    return "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in _lines(episode))


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
        "disclosed": [[slot.fact, slot.key] for slot in reply.disclosed] if reply else [],
        "discounted": turn.discounted,
    }


def replay(lines: Iterable[str], scenario: Scenario) -> Episode:
    """The episode of a trajectory, played again from its actions.

    Raises UsageError when the trajectory was recorded with another scenario or format, or is cut short.
    """
    entries = [json.loads(line) for line in lines if line.strip()]
    if not entries or entries[0].get("format") != FORMAT:
        raise UsageError(f"this is no trajectory of format {FORMAT}")
    opening = entries[0]
    if opening["digest"] != scenario.digest:
        raise UsageError(f"the trajectory was recorded with another version of `{opening['scenario']}`")
    episode = scenario.reset(opening["environment"], level=opening["level"], seed=opening["seed"])
    for entry in _turns(entries):
        if entry["action"].get("malformed") and entry["cut_off"]:
            episode.cut_off(entry["action"]["malformed"])
        else:
            episode.step(read_action(entry["action"]))
    return episode


def _turns(entries: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    cut = bool(entries[-1].get("outcome", {}).get("termination") == "cut_off")
    turns = [entry for entry in entries if "turn" in entry]
    for entry in turns:
        yield {**entry, "cut_off": cut and entry is turns[-1]}


def read_action(value: Mapping[str, Any]) -> Action | Malformed:
    """The action that a trajectory's line holds."""
    if "malformed" in value:
        return Malformed(value["malformed"], value["text"])
    answer = value["answer"]
    return Action(
        value["assistant_message"],
        tuple(Call(call["name"], call["args"]) for call in value["tool_calls"]),
        None if answer is None else {k: v for k, v in answer.items() if k != "done"},
    )
