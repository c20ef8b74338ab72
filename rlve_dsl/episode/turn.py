"""What an episode consists of, turn by turn."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn

from rlve_dsl.episode.actions import FINISH, Action, Call, Malformed, wire_name
from rlve_dsl.episode.outcome import Outcome
from rlve_dsl.episode.shown_rows import ShownRows, without_repeats
from rlve_dsl.errors import PluginFault
from rlve_dsl.frozen import frozen
from rlve_dsl.user import Utterance
from rlve_dsl.values import Json, JsonObject, Value
from rlve_dsl.world import Effect, Tool

_CUT = "more rows: make the same call again to get them"
_WITHHELD: JsonObject = {
    "unavailable": "a call of this turn failed, so the answer was not taken: give it again with the calls"
}

Message = dict[str, str]
"""A chat message: `role` and `content`, `name` of a tool, and `tool_call_id` where a chat message made the call."""


@frozen
class Result:
    """What a call returned.

    Attributes:
        tool: The tool that was called.
        returned: The result, which it shares with the world and the catalog: agents get copies.
        refused: The reason of a refusal, or None.
        before: What earlier results of the tool have shown, where it has rows.
        failed: Whether the call failed for the moment: it was not made, and `refused` says why.
        left: How many rows were cut off; the same call, made again, gives them.
        seconds: How much simulated time the call took.
    """

    tool: Tool
    returned: Value
    refused: str | None = None
    before: ShownRows | None = field(default=None, compare=False, repr=False)
    failed: bool = False
    left: int = 0
    seconds: int = 0

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "what a call returned holds the code of its tool and is not pickled: send `step.info` and "
            "`step.observation.messages`, which are data, or the trajectory (`record(episode)`)"
        )

    @property
    def is_unfinished(self) -> bool:
        """Whether the same call is worth making again: it failed for the moment, or rows are left."""
        return self.failed or self.left > 0

    @property
    def value(self) -> Value:
        """The result as a copy, typed as the tool declares; None after a refusal."""
        return None if self.refused is not None else self.tool.copy(self.returned)

    @property
    def content(self) -> Json:
        """What the agent reads, as JSON data, as a copy."""
        if self.refused is not None:
            return self._with_notes({"unavailable" if self.failed else "refused": self.refused})
        return self._with_notes(without_repeats(self.tool.encode(self.returned), self.tool, self.before))

    def _with_notes(self, content: Json) -> Json:
        """The content with what a disturbance did to the call; most calls are not disturbed."""
        notes: JsonObject = {"cut_short": f"{self.left} {_CUT}"} if self.left else {}
        if self.seconds:
            notes["seconds"] = self.seconds
        if not notes:
            return content
        fits = isinstance(content, dict) and not content.keys() & notes.keys()
        return {**content, **notes} if isinstance(content, dict) and fits else {"result": content, **notes}


@dataclass(frozen=True)
class Turn:
    """One turn as it was played.

    Attributes:
        action: What the agent did.
        results: What its calls returned.
        changes: What changed in the store.
        reply: What the user said, or None.
        discounted: Whether the turn is free.
        accepted: The ids of the calls of `finish`, where requests are left and a chat message made the calls.
        free: Whether the turn does not count, as it only made calls again that had failed or were cut short.
    """

    action: Action | Malformed
    results: tuple[Result, ...]
    changes: tuple[Effect, ...]
    reply: Utterance | None = None
    discounted: bool = False
    accepted: tuple[str, ...] = ()
    free: bool = False

    @property
    def unfinished(self) -> tuple[Call, ...]:
        """The calls that are worth making again: they failed for the moment, or rows of their results are left."""
        calls = self.action.calls if isinstance(self.action, Action) else ()
        return tuple(call for call, result in zip(calls, self.results, strict=False) if result.is_unfinished)

    @property
    def withheld(self) -> bool:
        """Whether the answers of the turn were not taken, because a call failed for the moment."""
        return isinstance(self.action, Action) and bool(self.action.answers) and any(r.failed for r in self.results)

    @property
    def effects(self) -> tuple[JsonObject, ...]:
        """What changed in the store, as JSON data, as a copy."""
        return tuple(effect.as_json() for effect in self.changes)

    @property
    def messages(self) -> tuple[Message, ...]:
        """What the agent reads, as copies."""
        return tuple(message.copy() for message in self._messages)

    @cached_property
    def _messages(self) -> tuple[Message, ...]:
        """Made when first read, as an agent that plays by values needs no text."""
        action = self.action if isinstance(self.action, Action) else Action()
        answered = zip(
            self.results, action.calls, strict=False
        )  # a hard failure leaves the last calls without a result
        results = [_from_result(r, call) for r, call in answered]
        # an API of chats wants a message for each call, so also for an answer that leaves requests open
        accepted = [_from_tool(FINISH, {"answered": True}, id_) for id_ in self.accepted]
        if self.withheld:
            accepted = [
                _from_tool(FINISH, _WITHHELD, id_) for id_ in action.answer_ids or (None,) * len(action.answers)
            ]
        return (*results, *accepted, *(() if self.reply is None else (_from_user(self.reply.text),)))


@frozen
class Observation:
    """What the agent sees next: the consequences of the turn before, or the user's opening."""

    after: Turn | str

    @property
    def messages(self) -> tuple[Message, ...]:
        """The new chat messages (roles tool and user), oldest first; JSON-ready."""
        return (_from_user(self.after),) if isinstance(self.after, str) else self.after.messages


def _from_result(result: Result, call: Call) -> Message:
    tool = result.tool.name
    try:
        return _from_tool(wire_name(tool), result.content, call.id)
    except (ValueError, TypeError, RecursionError) as problem:
        raise PluginFault(f"tool `{tool}` gave what cannot be written as JSON: {problem}") from problem


def _from_tool(name: str, content: Json, id_: str | None) -> Message:
    message = {"role": "tool", "name": name, "content": json.dumps(content, ensure_ascii=False)}
    return message if id_ is None else {**message, "tool_call_id": id_}


def _from_user(text: str) -> Message:
    return {"role": "user", "content": text}


@frozen
class Step:
    """The consequence of one turn.

    Attributes:
        observation: What the agent sees next.
        reward: The reward; None until the episode ends.
        terminated: Whether the episode has ended by itself.
        truncated: Whether the episode was cut off from outside.
        turn: The turn, with the typed results.
        outcome: How the episode ended; None until then.
    """

    observation: Observation
    reward: float | None
    terminated: bool
    truncated: bool
    turn: Turn
    outcome: Outcome | None = None

    @property
    def info(self) -> JsonObject:
        """JSON data, as a copy: `results`, what the calls returned, and at the end `outcome`."""
        results: list[Json] = [result.content for result in self.turn.results]
        return {"results": results} | ({} if self.outcome is None else {"outcome": self.outcome.as_json()})
