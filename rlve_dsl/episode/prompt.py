"""What an agent reads before it begins, generated from the compiled scenario."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Literal

from rlve_dsl.compiler import Graded, Task
from rlve_dsl.english import with_article
from rlve_dsl.episode.actions import FINISH, PART, wire_name
from rlve_dsl.episode.json_data import LONGEST_ACTION
from rlve_dsl.episode.part import Part
from rlve_dsl.frozen import frozen
from rlve_dsl.policy import Rule
from rlve_dsl.values import JsonObject, Names
from rlve_dsl.world import Tool, schema_of, tool_schema

Form = Literal["native", "json"]

_CONDUCT = (
    "Ask for what you need to know and have not been told; ask for everything at once.",
    "Use only ids that a tool has shown you.",
    'A call that the store refuses returns {"refused": reason}, and you may go on.',
    (
        "The conversation ends when you have answered, when your turns are spent, or when the shopper loses patience. It ends "
        "at once, with the worst result, after a message that cannot be read or has more than "
        f"{LONGEST_ACTION:,} characters, more calls in a turn than allowed, an unknown tool, a wrong or missing argument or field "
        "of the answer, a call that a rule forbids, or a restricted product in the cart or the answer."
    ),
)
_DISTURBED = (
    'A call may fail for the moment and return {"unavailable": reason}: then it has done nothing, the calls after it were not made, '
    "and an answer in the same turn was not taken. A result may be cut short, and says so. Make the same call again: a turn that "
    "does nothing else is free."
)
_ROLE = "You help a shopper by talking to them and by calling the store's tools."
_OF_STORES = ", or a restricted product in the cart or the answer"
_REQUESTS = (
    "The shopper has several requests and may raise one before you have answered the last. Answer each by itself: the "
    f"conversation goes on until all are answered. `{PART}` says which request an answer is for; several answers in one turn "
    "are for several open requests."
)


@frozen
class Briefing:
    """What an agent reads before it begins.

    Attributes:
        tasks: The title and the text of each task.
        turns: The number of turns.
        calls: The number of tool calls in a turn.
        rules: The store's rules of conduct about the tools that the agent has.
        tools: The tools by name.
        answer: The JSON Schema of each field of the answer.
        required: The fields that an answer must have.
        disturbed: Whether calls may fail for the moment, take long, or have results that are cut short.
        words: What a domain says instead of `shopper` and `store`; and the `role` of the agent.
    """

    tasks: tuple[tuple[str, str], ...]
    turns: int
    calls: int
    rules: tuple[str, ...]
    tools: Mapping[str, Tool]
    answer: Mapping[str, JsonObject]
    required: tuple[str, ...]
    disturbed: bool = False
    words: Mapping[str, str] = field(default_factory=dict)


def brief(
    environment: Task,
    parts: Sequence[Part],
    axes: Names,
    tools: Mapping[str, Tool],
    budgets: tuple[int, int],
) -> Briefing:
    """The briefing of an episode; `budgets` are its turns, and the tool calls in each.

    The tasks of a chain are in alphabetical order, as the agent learns the order of the requests from the user.
    """
    by_name = {part.environment.name: part for part in parts}
    tasks = [_task(by_name[name].environment, by_name[name].names) for name in sorted(by_name)]
    answer = _answer(by_name[name] for name in sorted(by_name))
    if environment.numbered:
        words = _words(parts)
        requests = _said(_REQUESTS, words["shopper"], words["store"]) if words else _REQUESTS
        tasks = [_task(environment, axes, requests), *tasks]
        answer = {PART: {"type": "integer", "description": "the number of the request that this answers"}, **answer}
    governance = environment.governance
    rules = _rules(governance.policy.conduct, tools) if governance is not None else ()
    required = (PART,) if environment.numbered else tuple(answer)
    disturbed = bool(environment.disturbances) or any(part.environment.disturbances for part in parts)
    return Briefing(tuple(tasks), *budgets, rules, tools, answer, required, disturbed, _words(parts))


def _rules(rules: Iterable[Rule], tools: Mapping[str, Tool]) -> tuple[str, ...]:
    """The rules about tools that the agent has. A tool is called what the agent calls it."""
    about = (r for r in rules if any(r.is_about(name, changes=bool(tool.writes)) for name, tool in tools.items()))
    return tuple(_as_called(rule.text, tools) for rule in about)


def _as_called(text: str, tools: Iterable[str]) -> str:
    """A text, with the tools that it names called what the agent calls them."""
    names = "|".join(map(re.escape, tools))
    return re.sub(rf"(?<![\w.])(?:{names})(?![\w.])", lambda found: wire_name(found[0]), text)


def _words(parts: Sequence[Part]) -> Mapping[str, str]:
    """The words of the domain that an episode is played in, if it is in one."""
    domain = next((part.environment.domain for part in parts if part.environment.domain is not None), None)
    if domain is None:
        return {}
    spec = domain.spec
    other = spec.counterpart.text if spec.counterpart else "customer"
    place = spec.place.text if spec.place else spec.name.text.replace("_", " ")
    role = f"You are {spec.agent.text}. " if spec.agent else ""
    return {"shopper": other, "store": place, "role": f"{role}{_said(_ROLE, other, place)}"}


def _said(text: str, other: str, place: str) -> str:
    """A text of the prompt in the words of a domain."""
    words = {
        "a shopper": with_article(other), "shopper": other, "store": place,
        _OF_STORES: "", "answer, a call": "answer, or a call",
    }  # fmt: skip
    return re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], text)


def _task(environment: Graded, names: Names, more: str = "") -> tuple[str, str]:
    text = environment.brief.render({axis: names[axis] for axis in environment.axes}) if environment.brief else ""
    return environment.title, "\n\n".join(part for part in (text, more) if part)


def _answer(parts: Iterable[Part]) -> dict[str, JsonObject]:
    """The schema of each field; parts with a field of the same name share it."""
    schemas: dict[str, JsonObject] = {}
    says: dict[str, str] = {}
    for part in parts:
        for name, type_ in part.environment.answer.items():
            text = part.environment.answer_says[name]
            if name not in says:
                schemas[name], says[name] = schema_of(type_), text
            elif text not in says[name]:
                says[name] += f"; or {text}"
    return {name: {**schema, "description": says[name]} for name, schema in schemas.items()}


def tool_schemas(briefing: Briefing) -> list[JsonObject]:
    """The tools as chat templates take them (OpenAI function form), `finish` last."""
    listed = [tool_schema(tool, wire_name(tool.name)) for tool in briefing.tools.values()]
    return [*listed, finish_schema(briefing)]


def finish_schema(briefing: Briefing) -> JsonObject:
    """The answer as a function to call."""
    several = PART in briefing.answer
    ends = "End: the task is done." if not briefing.answer else "Give the answer and end the conversation."
    return {
        "type": "function",
        "function": {
            "name": FINISH,
            "description": "Answer one request." if several else ends,
            "parameters": {
                "type": "object",
                "properties": dict(briefing.answer),
                "required": list(briefing.required),
            },
        },
    }


def system_prompt(briefing: Briefing, form: Form = "native") -> str:
    """The system prompt: tasks, budgets and conduct; in the JSON form also the tools and how to act."""
    turns, calls = briefing.turns, briefing.calls
    words = briefing.words
    parts = [words.get("role", _ROLE)]
    conduct = [_said(rule, words["shopper"], words["store"]) for rule in _CONDUCT] if words else _CONDUCT
    if briefing.disturbed:
        conduct = (*conduct, _DISTURBED)
    for title, text in briefing.tasks:
        parts += [f"# {title}", text] if text else [f"# {title}"]
    if len(briefing.tasks) > 1:
        parts.append("# How to go about it")
    limits = f"You have {turns} turn{'s' * (turns != 1)}, each with at most {calls} tool call{'s' * (calls != 1)}."
    parts.append(limits + " Fewer turns are better.")
    parts.append("\n".join(f"- {rule}" for rule in (*conduct, *briefing.rules)))
    if form == "native":
        parts.append(f"When you are done, call `{FINISH}`.")
    else:
        listed = [json.dumps(schema["function"], ensure_ascii=False) for schema in tool_schemas(briefing)[:-1]]
        fields = dict(briefing.answer)
        example = {**{name: "…" for name in fields}, "done": True}
        parts.append("# Tools\n" + "\n".join(listed))
        parts.append(
            "# How to act\nReply with one JSON object and nothing else:\n"
            '{"assistant_message": "…", "tool_calls": [{"name": "…", "args": {}}], "answer": null}\n'
            f"When you are done, set answer to {json.dumps(example, ensure_ascii=False)}"
            + (f", with {json.dumps(fields, ensure_ascii=False)}." if fields else ".")
        )
    return "\n\n".join(parts)
