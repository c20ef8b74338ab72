"""Trajectories: an episode as JSON lines, and its replay.

The first line says what to reset, then there is a line for each turn (action, effects, messages, what the user disclosed),
and the last line is the outcome. An action keeps the order of the agent's keys, as an error message may depend on it. An
answer with a field `done` of its own stands under `finish`. The text is ASCII, so that no reader finds the end of a line inside a line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from rlve_dsl import __version__
from rlve_dsl.episode.actions import Action, Malformed
from rlve_dsl.episode.generations import read_json_action
from rlve_dsl.episode.json_data import Unreadable
from rlve_dsl.episode.runtime import Episode
from rlve_dsl.episode.scenario import Scenario
from rlve_dsl.episode.turn import Turn
from rlve_dsl.errors import UsageError
from rlve_dsl.frozen import frozen
from rlve_dsl.plugins import uses_as_json
from rlve_dsl.user import SCRIPTED, FactId, MakeUser, RecordedTurn, RecordedUser, Utterance
from rlve_dsl.values import Json, JsonObject

FORMAT = 3
_LONGEST_SHOWN = 60  # characters of a value in a message
_ADDED = ("reached", "lost")  # of a request of a chain: recordings of format 3 lacked them at first


def record(episode: Episode) -> str:
    """The trajectory of an episode so far, one JSON object on each line, ending in a newline.

    Raises UsageError for what is no episode.
    """
    if not isinstance(episode, Episode):
        raise UsageError(
            f"`record` takes an episode, such as `reset` gives, and this is of type {type(episode).__name__}"
        )
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
        **({"axes": {**episode.axis_levels}} if episode.axis_levels else {}),
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
    axes: Mapping[str, int]
    actions: tuple[Action | Malformed, ...]
    user: tuple[RecordedTurn, ...]
    is_cut_off: bool

    @property
    def make_user(self) -> MakeUser:
        return partial(RecordedUser, turns=self.user)


def _read(lines: Iterable[str]) -> _Recording:
    """The trajectory that the lines hold; raises UsageError, which says in which line what is wrong."""
    if isinstance(lines, str | bytes) or not isinstance(lines, Iterable):
        raise UsageError(
            f"a trajectory is given as its lines, such as `text.splitlines()`, and this is of type {type(lines).__name__}"
        )
    entries = [
        (number, entry) for number, line in enumerate(lines, start=1) if (entry := _entry(number, line)) is not None
    ]
    if not entries:
        raise UsageError("this is no trajectory: it has no line")
    (first, opening), rest = entries[0], entries[1:]
    if "format" not in opening:
        raise UsageError(f"this is no trajectory: line {first} has no `format`, so it does not begin one")
    if (given := _field(first, opening, "format", int)) != FORMAT:
        raise UsageError(f"this trajectory is of format {_shown(given)}, and {FORMAT} is wanted")
    turns, outcome = _split(rest)
    heard = [_turn_of(number, entry) for number, entry in turns]
    termination = outcome.get("termination")
    if heard and termination == "gave_up":
        heard[-1] = (heard[-1][0], replace(heard[-1][1], gave_up=True))
    return _Recording(
        scenario=_field(first, opening, "scenario", str),
        digest=_field(first, opening, "digest", str),
        environment=_field(first, opening, "environment", str),
        level=_field(first, opening, "level", int),
        seed=_field(first, opening, "seed", int),
        axes=_axes(first, opening),
        actions=tuple(action for action, _ in heard),
        user=(_understood(first, opening, _recorded_opening), *(turn for _, turn in heard)),
        is_cut_off=termination == "cut_off",
    )


def _entry(number: int, line: str) -> dict[str, Any] | None:
    """The JSON object of a line; None for an empty line."""
    if not isinstance(line, str | bytes):
        raise UsageError(
            f"line {number} of this trajectory is of type {type(line).__name__}, and lines of text are wanted"
        )
    if not line.strip():
        return None
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as problem:
        end = " (is its end missing?)" if problem.pos >= len(line.rstrip()) or "Unterminated" in problem.msg else ""
        reason = f"{problem.msg[0].lower()}{problem.msg[1:]} at character {problem.colno}"
        raise UsageError(f"line {number} of this trajectory is not JSON: {reason}{end}") from None
    except (ValueError, RecursionError):
        raise UsageError(
            f"line {number} of this trajectory is not JSON: it is too deep, or has a number too large"
        ) from None
    if not isinstance(entry, dict):
        raise UsageError(f"line {number} of this trajectory is no JSON object")
    return entry


def _split(rest: Sequence[tuple[int, dict[str, Any]]]) -> tuple[list[tuple[int, dict[str, Any]]], dict[str, Any]]:
    """The turns with their lines, and the outcome, which is empty where the trajectory ends before."""
    turns: list[tuple[int, dict[str, Any]]] = []
    ended = None
    for number, entry in rest:
        if "format" in entry:
            raise UsageError(f"line {number} begins another trajectory: give one at a time")
        if ended is not None:
            raise UsageError(f"line {number} stands after the end of this trajectory: the outcome is line {ended}")
        if "turn" in entry:
            turns.append((number, entry))
        elif isinstance(entry.get("outcome"), dict):
            ended = number
        else:
            raise UsageError(f"line {number} of this trajectory is neither a turn nor an outcome")
        if ended is None and (turn := _field(number, entry, "turn", int)) != len(turns):
            raise UsageError(
                f"line {number} of this trajectory is turn {_shown(turn)}, and turn {len(turns)} is wanted"
            )
    return turns, rest[-1][1]["outcome"] if ended is not None else {}


K = TypeVar("K", int, str)
R = TypeVar("R")
_KINDS = {int: "a whole number", str: "a text"}


def _field(number: int, entry: Mapping[str, Any], name: str, kind: type[K]) -> K:
    value = entry.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise UsageError(
            f"line {number} of this trajectory: `{name}` is {_KINDS[kind]}, and here it is {_shown(value)}"
        )
    return value


def _axes(number: int, entry: Mapping[str, Any]) -> dict[str, int]:
    """The axes that have a level of their own."""
    levels = entry.get("axes", {})
    if not isinstance(levels, dict):
        raise UsageError(
            f"line {number} of this trajectory: `axes` holds levels by axis, and here it is {_shown(levels)}"
        )
    return {axis: _field(number, levels, axis, int) for axis in levels}


def _shown(value: object) -> str:
    written = json.dumps(value)
    return written if len(written) <= _LONGEST_SHOWN else f"{written[:_LONGEST_SHOWN]}…"


def _turn_of(number: int, entry: dict[str, Any]) -> tuple[Action | Malformed, RecordedTurn]:
    return _understood(number, entry, lambda turn: (read_action(turn["action"]), _recorded_turn(turn)))


def _understood(number: int, entry: dict[str, Any], read: Callable[[dict[str, Any]], R]) -> R:
    """What a line says; raises UsageError with the line where it says something else."""
    try:
        return read(entry)
    except Unreadable as problem:
        reason = str(problem)
    except KeyError as missing:
        reason = f"{missing.args[0]!r} is missing"
    except (ValueError, TypeError, IndexError, AttributeError, RecursionError):
        reason = "a value has the wrong type"
    raise UsageError(f"line {number} of this trajectory cannot be read: {reason}")


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


def replay(lines: Iterable[str], scenario: Scenario, user: MakeUser | None = None) -> Episode:
    """The episode of a trajectory, as far as it was recorded.

    The store answers the recorded actions again; the user's replies are those of the trajectory, unless another `user` is given.

    Raises:
        UsageError: When the lines are no trajectory, or one of another scenario or format.
        RecordingMismatch: When a reply does not fit any more, because a turn has other effects than it had.
    """
    recording = _read(lines)
    if recording.digest != scenario.digest:
        another = f"`{recording.scenario}`, and this is `{scenario.name}`"
        same = f"another version of `{recording.scenario}`"
        raise UsageError(f"the trajectory was recorded with {same if recording.scenario == scenario.name else another}")
    user = user or recording.make_user
    episode = scenario.reset(
        recording.environment, level=recording.level, seed=recording.seed, user=user, axes=recording.axes
    )
    for number, action in enumerate(recording.actions, start=1):
        if episode.outcome is not None:
            raise UsageError(f"turn {number} of this trajectory stands after the episode has ended")
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


def as_recorded(again: list[str], recorded: Sequence[str]) -> list[str]:
    """The lines of a replay, without what is said of the requests of a chain now and was not when the trajectory was recorded."""
    if not recorded or not (before := _requests(recorded[-1])) or any(name in of for of in before for name in _ADDED):
        return again
    last = json.loads(again[-1])
    for request in last.get("outcome", {}).get("parts", ()):
        for name in _ADDED:
            del request[name]
    return [*again[:-1], json.dumps(last)]


def _requests(line: str) -> list[dict[str, Any]]:
    """What a line says of the requests of a chain; empty where it says nothing."""
    outcome = json.loads(line.strip() or "{}").get("outcome")
    requests = outcome.get("parts") if isinstance(outcome, dict) else None
    return [of for of in requests if isinstance(of, dict)] if isinstance(requests, list) else []


def difference(recorded: str, again: str) -> str:
    """Which part of a line of a trajectory differs when it is replayed, as the end of a sentence; nothing where only the way in
    which it is written does."""
    before, now = json.loads(recorded or "{}"), json.loads(again)
    for name in [*now, *(name for name in before if name not in now)]:
        if name not in before or name not in now:
            return f": `{name}` is {'new' if name in now else 'no part of it now'}"
        if before[name] != now[name]:
            return f": `{name}` was {_shown(before[name])} and is {_shown(now[name])}"
    return ""
