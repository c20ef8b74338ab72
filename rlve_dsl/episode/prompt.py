"""What an agent is told before it begins: generated from the compiled scenario, so that it is never out of date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from rlve_dsl.compiler import CompiledEnvironment
from rlve_dsl.episode.actions import FINISH, wire_name
from rlve_dsl.world import schema_of, tool_schema

Form = Literal["native", "json"]

_CONDUCT = (
    "Ask for what you need to know and have not been told; ask for everything at once.",
    "Use only ids that a tool has shown you.",
    (
        'A call that the store refuses returns {"refused": reason}; a call of an unknown tool, with a wrong argument, or '
        "beyond the limit ends the conversation with the worst result."
    ),
)


def tool_schemas(environment: CompiledEnvironment) -> list[dict[str, Any]]:
    """The tools as chat templates take them (OpenAI function form), `finish` last."""
    return [
        *(tool_schema(tool, wire_name(tool.name)) for tool in environment.tools.values()),
        finish_schema(environment),
    ]


def finish_schema(environment: CompiledEnvironment) -> dict[str, Any]:
    """The answer as a function to call."""
    properties = {
        name: {**schema_of(type_), "description": environment.spec.answer[name].says.text}
        for name, type_ in environment.answer.items()
    }
    return {
        "type": "function",
        "function": {
            "name": FINISH,
            "description": "Give the answer and end the conversation." if properties else "End: the task is done.",
            "parameters": {"type": "object", "properties": properties, "required": list(properties)},
        },
    }


def system_prompt(
    environment: CompiledEnvironment, axes: Mapping[str, Any], budgets: tuple[int, int], form: Form = "native"
) -> str:
    """The system prompt at a level: task, budgets, conduct, and for the JSON form the tools and how to act.

    `budgets` are turns and tool calls a turn.
    """
    turns, calls = budgets
    parts = [
        "You help a shopper by talking to them and by calling the store's tools.",
        f"# {environment.spec.title.text}",
    ]
    if environment.brief is not None:
        parts.append(environment.brief.render(dict(axes)))
    limits = f"You have {turns} turn{'s' * (turns != 1)}, each with at most {calls} tool call{'s' * (calls != 1)}."
    parts.append(limits + " Fewer turns are better.")
    parts.append("\n".join(f"- {rule}" for rule in _CONDUCT))
    if form == "native":
        parts.append(f"When you are done, call `{FINISH}`.")
    else:
        listed = [json.dumps(schema["function"], ensure_ascii=False) for schema in tool_schemas(environment)[:-1]]
        fields = finish_schema(environment)["function"]["parameters"]["properties"]
        example = {**{name: "…" for name in fields}, "done": True}
        parts.append("# Tools\n" + "\n".join(listed))
        parts.append(
            "# How to act\nReply with one JSON object and nothing else:\n"
            '{"assistant_message": "…", "tool_calls": [{"name": "…", "args": {}}], "answer": null}\n'
            f"When you are done, set answer to {json.dumps(example, ensure_ascii=False)}"
            + (f", with {json.dumps(fields, ensure_ascii=False)}." if fields else ".")
        )
    return "\n\n".join(parts)
