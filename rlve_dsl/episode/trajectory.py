"""Trajectories: an episode as JSON lines, and its replay.

The first line says what to reset, then there is a line for each turn (action, effects, messages, what the user disclosed),
and the last line is the outcome. An action keeps the order of the agent's keys, as an error message may depend on it. An
answer with a field `done` of its own stands under `finish`. The text is ASCII, so that no reader finds the end of a line inside a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from rlve_dsl import __version__
from rlve_dsl.episode.actions import Action, Malformed
from rlve_dsl.episode.generations import read_json_action
from rlve_dsl.episode.runtime import Episode
from rlve_dsl.episode.scenario import Scenario
from rlve_dsl.episode.turn import Turn
from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins import uses_as_json
from rlve_dsl.user import SCRIPTED, FactId, MakeUser, RecordedTurn, RecordedUser, Utterance
from rlve_dsl.values import Json, JsonObject

FORMAT = 3


def record(episode: Episode) -> str:
    """The trajectory of an episode so far, one JSON object on each line, ending in a newline."""
    return "".join(json.dumps(line) + "\n" for line in _lines(episode))


def _lines(episode: Episode) -> Iterator[JsonObject]:
    yield {
        "format": FORMAT,
        "version": __version__,
        "scenario": episode.scenario.name,
        "digest": episode.scenario.digest,
        **({"plugins": [*uses_as_json(uses)]} if (uses := episode.scenario.uses) else {}),
        "environment": episode.environment.name,
        "level": episode.level,
        "seed": episode.seed,
        "opening": episode.opening,
        **_of_other_users(episode.opened, {"disclosed": _ids(episode.opened)}),
    }
    for number, turn in enumerate(episode.turns, start=1):
        yield {"turn": number, **_turn(turn)}
    if episode.outcome is not None:
        yield {"outcome": episode.outcome.as_json()}


def _turn(turn: Turn) -> JsonObject:
    reply = turn.reply
    return {
        "action": _action(turn.action),
        "effects": [*turn.effects],
        "messages": [{**message} for message in turn.messages],
        "acts": [*reply.acts] if reply else [],
        "disclosed": _ids(reply) if reply else [],
        "discounted": turn.discounted,
        **({"free": True} if turn.free else {}),
        **(_of_other_users(reply, {}) if reply else {}),
    }


def _action(action: Action | Malformed) -> JsonObject:
    written = action.as_json()
    if isinstance(action, Action) and any("done" in answer for answer in action.answers):
        # the agent's own field `done` would look like the one that marks an answer
        finish: list[Json] = [dict(answer) for answer in action.answers]
        return {**written, "answer": None, "finish": finish if action.more_answers else finish[0]}
    return written


def _ids(said: Utterance) -> list[Json]:
    return [[slot.part, slot.fact, slot.key] for slot in said.disclosed]


def _of_other_users(said: Utterance, more: JsonObject) -> JsonObject:
    """What has to be kept of a user that is not the scripted one."""
    return {} if said.source == SCRIPTED else {"source": said.source, **more}


@frozen
class _Recording:
    """A trajectory that has been read. `user` is what the user said: the opening, then each turn."""

    scenario: str
    digest: str
    environment: str
    level: int
    seed: int
    actions: tuple[Action | Malformed, ...]
    user: tuple[RecordedTurn, ...]
    is_cut_off: bool

    @property
    def make_user(self) -> MakeUser:
        return partial(RecordedUser, turns=self.user)


def _read(lines: Iterable[str]) -> _Recording:
    try:
        entries = [json.loads(line) for line in lines if line.strip()]
        opening, turns = entries[0], [entry for entry in entries if "turn" in entry]
        if opening["format"] != FORMAT:
            raise UsageError(f"this trajectory is of format {opening['format']}, and {FORMAT} is wanted")
        termination = entries[-1]["outcome"]["termination"] if "outcome" in entries[-1] else None
        heard = [_recorded_turn(turn) for turn in turns]
        if heard and termination == "gave_up":
            heard[-1] = replace(heard[-1], gave_up=True)
        return _Recording(
            scenario=str(opening["scenario"]),
            digest=str(opening["digest"]),
            environment=str(opening["environment"]),
            level=int(opening["level"]),
            seed=opening["seed"],
            actions=tuple(read_action(turn["action"]) for turn in turns),
            user=(_recorded_opening(opening), *heard),
            is_cut_off=termination == "cut_off",
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise UsageError(f"this is no trajectory of format {FORMAT}") from None


def _recorded_opening(entry: Mapping[str, Json]) -> RecordedTurn:
    disclosed = _read_ids(entry["disclosed"]) if "source" in entry else None
    return RecordedTurn(str(entry["opening"]), disclosed=disclosed, source=str(entry.get("source", SCRIPTED)))


def _recorded_turn(entry: Mapping[str, Any]) -> RecordedTurn:
    action = read_action(entry["action"])
    said = [message["content"] for message in entry["messages"] if message["role"] == "user"]
    return RecordedTurn(
        text=str(said[-1]) if said else None,
        message="" if isinstance(action, Malformed) else action.message,
        effects=tuple(entry["effects"]),
        acts=tuple(map(str, entry["acts"])),
        disclosed=_read_ids(entry["disclosed"]),
        discounted=bool(entry["discounted"]),
        source=str(entry.get("source", SCRIPTED)),
    )


def _read_ids(value: Any) -> tuple[FactId, ...]:
    return tuple((int(part), str(fact), None if key is None else int(key)) for part, fact, key in value)


def recorded_user(lines: Iterable[str]) -> MakeUser:
    """The user of a trajectory, for `Scenario.reset`: it gives back the recorded replies and simulates nothing.

    A turn that is not the recorded one raises RecordingMismatch. Raises UsageError for what is no trajectory.
    """
    return _read(lines).make_user


def replay(lines: Iterable[str], scenario: Scenario) -> Episode:
    """The episode of a trajectory, as far as it was recorded.

    The store answers the recorded actions again; the user's replies are those of the trajectory.

    Raises:
        UsageError: When the lines are no trajectory, or one of another scenario or format.
        RecordingMismatch: When a reply does not fit any more, because a turn has other effects than it had.
    """
    recording = _read(lines)
    if recording.digest != scenario.digest:
        raise UsageError(f"the trajectory was recorded with another version of `{recording.scenario}`")
    user = recording.make_user
    episode = scenario.reset(recording.environment, level=recording.level, seed=recording.seed, user=user)
    for number, action in enumerate(recording.actions, start=1):
        if recording.is_cut_off and number == len(recording.actions) and isinstance(action, Malformed):
            episode.cut_off(action.reason)
        else:
            episode.step(action)
    return episode


def read_action(value: Mapping[str, Any]) -> Action | Malformed:
    """The action that a trajectory's line holds; raises ValueError when it holds none."""
    if "malformed" in value:
        return Malformed(str(value["malformed"]), str(value["text"]))
    if "finish" in value:
        rest = read_json_action({name: part for name, part in value.items() if name != "finish"})
        answers = value["finish"] if isinstance(value["finish"], list) else [value["finish"]]
        return replace(rest, answer=dict(answers[0]), more_answers=tuple(map(dict, answers[1:])))
    return read_json_action(value)
