"""Actions: what one assistant generation says, calls and answers. `generations.py` reads them from what a model writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from rlve_dsl.episode.json_data import Budget, NoJson, Unreadable, plain_copy
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Json, JsonObject

FINISH = "finish"
PART = "part"  # the field of an answer that says which of several requests it is for
_LONGEST_KEPT = 5000  # characters of a generation that could not be read
_KEPT_END = 2000  # of its beginning, and of its end, when it is longer


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
    """A copy of an action that shares nothing with the agent.

    It is Malformed when the action holds what is no JSON, has a field of the wrong type, or is longer than a generation may be.
    Of a long generation that could not be read, it keeps the beginning and the end.

    >>> owned(Action(calls=(Call("cart.add", {"qty": float("nan")}),))).reason
    'nan is not a number'

    Raises:
        TypeError: When it is neither an Action nor a Malformed.
    """
    if isinstance(action, Malformed):
        return shortened(action)
    if not isinstance(action, Action):
        raise TypeError(
            f"a step takes an Action or a Malformed, not {type(action).__name__}: parse_completion, parse_message and "
            "parse_json_action make one of what a model writes"
        )
    try:
        return _copied(action)
    except Unreadable as problem:
        return shortened(Malformed(str(problem)))


def fault_of_action(action: Action) -> str:
    """Why an action is none that any text could stand for, such as a message that is no text; empty for any other.

    >>> fault_of_action(Action(message=5)), fault_of_action(Action("a" * 1_000_000))
    ('the message is not text, but int', '')
    """
    try:
        _copied(action)
    except NoJson as problem:
        return str(problem)
    except Unreadable:
        return ""
    return ""


def _copied(action: Action) -> Action:
    """A copy of an action that shares nothing with the agent; raises Unreadable."""
    budget = Budget()
    try:
        message = _text(action.message, "the message", budget)
        calls = tuple([_owned_call(call, budget) for call in _listed(action.calls, "the calls")])
        given = () if action.answer is None else (action.answer, *_listed(action.more_answers, "further answers"))
        answers = tuple([_fields(answer, "an answer", budget) for answer in given])
        ids = tuple(
            [_text(id_, "the id of an answer", budget) for id_ in _listed(action.answer_ids, "the ids of answers")]
        )
    except Unreadable:
        raise
    except Exception as problem:  # noqa: BLE001 - a list of the agent's own class may raise anything where it is read
        raise NoJson(f"the action cannot be read: {type(problem).__name__}") from None
    return Action(message, calls, answers[0] if answers else None, answers[1:], ids)


def _owned_call(call: object, budget: Budget) -> Call:
    if not isinstance(call, Call):
        raise NoJson(f"a call is not a Call, but {type(call).__name__}")
    budget.spend(1)
    name = _text(call.name, "the name of a call", budget)
    id_ = None if call.id is None else _text(call.id, "the id of a call", budget)
    return Call(name, _fields(call.args, "what a call gives", budget), id_)


def _text(value: object, what: str, budget: Budget) -> str:
    if not isinstance(value, str):
        raise NoJson(f"{what} is not text, but {type(value).__name__}")
    return plain_copy(value, budget)


def _fields(value: object, what: str, budget: Budget) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise NoJson(f"{what} is not an object, but {type(value).__name__}")
    return plain_copy(value, budget)


def _listed(values: object, what: str) -> Sequence[Any]:
    if not isinstance(values, tuple | list):
        raise NoJson(f"{what} are not a list, but {type(values).__name__}")
    return values


def shortened(malformed: Malformed) -> Malformed:
    """The same with short texts; one that is no text is left out."""
    reason, text = _short(malformed.reason), _short(malformed.text)
    return malformed if (reason, text) == (malformed.reason, malformed.text) else Malformed(reason, text)


def _short(text: object) -> str:
    if not isinstance(text, str) or len(text) <= _LONGEST_KEPT:
        return text if isinstance(text, str) else ""
    return f"{text[:_KEPT_END]}\n… {len(text) - 2 * _KEPT_END:,} characters are left out …\n{text[-_KEPT_END:]}"


def render_completion(action: Action) -> str:
    """The native text of an action, with wire names; `parse_completion` reads it."""
    calls = [(wire_name(c.name), dict(c.args)) for c in action.calls]
    calls += [(FINISH, dict(answer)) for answer in action.answers]
    blocks = [
        "<tool_call>\n" + json.dumps({"name": name, "arguments": args}, ensure_ascii=False) + "\n</tool_call>"
        for name, args in calls
    ]
    return "\n".join([action.message, *blocks] if action.message else blocks)
