"""What an agent is told before it begins: generated from the compiled scenario, so that it is never out of date."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rlve_dsl.compiler import Graded, Task
from rlve_dsl.episode.actions import FINISH, PART, wire_name
from rlve_dsl.episode.part import Part
from rlve_dsl.world import Tool, schema_of, tool_schema

Form = Literal["native", "json"]

_CONDUCT = (
    "Ask for what you need to know and have not been told; ask for everything at once.",
    "Use only ids that a tool has shown you.",
    (
        'A call that the store refuses returns {"refused": reason}; a call of an unknown tool, with a wrong argument, or '
        "beyond the limit ends the conversation with the worst result."
    ),
)
_REQUESTS = (
    "The shopper has several requests and may raise one before you have answered the last. Answer each by itself: the "
    f"conversation goes on until all are answered. `{PART}` says which request an answer is for."
)


@dataclass(frozen=True, slots=True)
class Briefing:
    """What an agent is told: titles and texts of the tasks, budgets, the store's rules of conduct, tools, the answer."""

    tasks: tuple[tuple[str, str], ...]
    turns: int
    calls: int
    rules: tuple[str, ...]
    tools: Mapping[str, Tool]
    answer: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...]


def brief(
    environment: Task,
    parts: Sequence[Part],
    axes: Mapping[str, Any],
    tools: Mapping[str, Tool],
    budgets: tuple[int, int],
) -> Briefing:
    """The briefing of an episode; `budgets` are turns and tool calls a turn.

    In a chain, the tasks are told in alphabetical order: in which order they will come is the user's to say.
    """
    told = {part.environment.name: part for part in parts}
    tasks = [_task(told[name].environment, told[name].names) for name in sorted(told)]
    answer = _answer(told[name] for name in sorted(told))
    if environment.numbered:
        tasks = [_task(environment, axes, _REQUESTS), *tasks]
        answer = {PART: {"type": "integer", "description": "the number of the request that this answers"}, **answer}
    governance = environment.governance
    rules = tuple(rule.text for rule in governance.policy.conduct) if governance is not None else ()
    required = (PART,) if environment.numbered else tuple(answer)
    return Briefing(tuple(tasks), *budgets, rules, tools, answer, required)


def _task(environment: Graded, names: Mapping[str, Any], more: str = "") -> tuple[str, str]:
    text = environment.brief.render({axis: names[axis] for axis in environment.axes}) if environment.brief else ""
    return environment.title, "\n\n".join(part for part in (text, more) if part)


def _answer(parts: Any) -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = {}
    for part in parts:
        for name, type_ in part.environment.answer.items():
            says = part.environment.answer_says[name]
            before = properties.get(name)
            if before is None:
                properties[name] = {**schema_of(type_), "description": says}
            elif says not in before["description"]:
                before["description"] += f"; or {says}"
    return properties


def tool_schemas(briefing: Briefing) -> list[dict[str, Any]]:
    """The tools as chat templates take them (OpenAI function form), `finish` last."""
    listed = [tool_schema(tool, wire_name(tool.name)) for tool in briefing.tools.values()]
    return [*listed, finish_schema(briefing)]


def finish_schema(briefing: Briefing) -> dict[str, Any]:
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
    """The system prompt: tasks, budgets, conduct, and for the JSON form the tools and how to act."""
    turns, calls = briefing.turns, briefing.calls
    parts = ["You help a shopper by talking to them and by calling the store's tools."]
    for title, text in briefing.tasks:
        parts += [f"# {title}", text] if text else [f"# {title}"]
    if len(briefing.tasks) > 1:
        parts.append("# How to go about it")
    limits = f"You have {turns} turn{'s' * (turns != 1)}, each with at most {calls} tool call{'s' * (calls != 1)}."
    parts.append(limits + " Fewer turns are better.")
    parts.append("\n".join(f"- {rule}" for rule in (*_CONDUCT, *briefing.rules)))
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
