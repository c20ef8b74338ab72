"""Actions: what one assistant generation says, calls and answers. `generations.py` reads them from what a model writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from rlve_dsl.episode.json_data import Unreadable, plain_copy
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Json, JsonObject

FINISH = "finish"
PART = "part"  # the field of an answer that says which of several requests it is for


@frozen
class Call:
    """A call of a tool, by its name or its wire name (`cart.add`, `cart_add`), with the arguments that the agent wrote.

    `id` is the one under which a chat message made the call; the tool's message repeats it.
    """

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None

    def as_json(self) -> JsonObject:
        """The call in the JSON action form."""
        return {"name": self.name, "args": dict(self.args), **({} if self.id is None else {"id": self.id})}


@frozen
class Action:
    """One turn of the agent: an optional message, calls in order, and an optional answer (which may have no fields).

    Attributes:
        message: What it says.
        calls: The calls of tools.
        answer: The answer, or the first of several.
        more_answers: Answers to further requests, in the same turn.
        answer_ids: The ids under which a chat message gave the answers, in order; none where it gave none.
    """

    message: str = ""
    calls: tuple[Call, ...] = ()
    answer: Mapping[str, Any] | None = None
    more_answers: tuple[Mapping[str, Any], ...] = ()
    answer_ids: tuple[str, ...] = ()

    @property
    def answers(self) -> tuple[Mapping[str, Any], ...]:
        """All answers, in order."""
        return () if self.answer is None else (self.answer, *self.more_answers)

    def as_json(self) -> JsonObject:
        """The JSON action form. Several answers are a list."""
        answers: list[Json] = [{**answer, "done": True} for answer in self.answers]
        return {
            "assistant_message": self.message,
            "tool_calls": [call.as_json() for call in self.calls],
            "answer": answers if self.more_answers else answers[0] if answers else None,
            **({"answer_ids": [*self.answer_ids]} if self.answer_ids else {}),
        }


@frozen
class Malformed:
    """A generation that cannot be read as an action, and why. The episode takes it like an action."""

    reason: str
    text: str = ""

    def as_json(self) -> JsonObject:
        """The form in a trajectory."""
        return {"malformed": self.reason, "text": self.text}


def wire_name(tool: str) -> str:
    """A tool's name in native calls, which allow no dot."""
    return tool.replace(".", "_")


def owned(action: Action | Malformed) -> Action | Malformed:
    """A copy of an action that shares nothing with the agent; Malformed when it holds what is no JSON.

    >>> owned(Action(calls=(Call("cart.add", {"qty": float("nan")}),))).reason
    'nan is not a number'
    """
    if isinstance(action, Malformed):
        return action
    try:
        calls = tuple(Call(call.name, plain_copy(call.args), call.id) for call in action.calls)
        answers = tuple(plain_copy(answer) for answer in action.answers)
        first = answers[0] if answers else None
        return Action(plain_copy(action.message), calls, first, answers[1:], action.answer_ids)
    except Unreadable as problem:
        return Malformed(str(problem))


def render_completion(action: Action) -> str:
    """The native text of an action, with wire names; `parse_completion` reads it."""
    calls = [(wire_name(c.name), dict(c.args)) for c in action.calls]
    calls += [(FINISH, dict(answer)) for answer in action.answers]
    blocks = [
        "<tool_call>\n" + json.dumps({"name": name, "arguments": args}, ensure_ascii=False) + "\n</tool_call>"
        for name, args in calls
    ]
    return "\n".join([action.message, *blocks] if action.message else blocks)
