"""A person at a terminal as the agent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from rlve_dsl.agents.play import LeftEpisode
from rlve_dsl.diagnostics import did_you_mean
from rlve_dsl.episode import Action, Call, Episode, Malformed, Observation, wire_name
from rlve_dsl.values import Json, JsonObject, Value

HELP = """\
  what you type is said to the user, except for lines that begin with a slash:
  /call TOOL name=value …   call a tool in this turn (values as JSON, or bare text)
  /finish name=value …      give the answer
  /tools                    list the tools and what the answer has
  /prompt                   show again what an agent is told
  an empty line ends the turn, and the end of the input leaves the episode"""


class HumanAgent:
    """Lets a person type each turn. The person reads what a model reads: the system prompt, and on request the tools.

    Args:
        episode: The episode.
        read: Shows a prompt and returns the next line, without its newline.
        write: Shows help and problems.
    """

    def __init__(
        self, episode: Episode, read: Callable[[str], str] = input, write: Callable[[str], None] = print
    ) -> None:
        self._episode = episode
        self._read = read
        self._write = write
        self._names = {wire_name(name): name for name in episode.toolset}
        self._write(f"{episode.system_prompt}\n\n{HELP}")

    def act(self, observation: Observation) -> Action | Malformed:
        """Return the turn that the person typed.

        Raises:
            LeftEpisode: At the end of the input.
        """
        words: list[str] = []
        calls: list[Call] = []
        while True:
            try:
                line = self._read("you> ").strip()
            except EOFError:
                raise LeftEpisode("the input ended before the episode did") from None
            if not line:
                if words or calls:
                    return Action(" ".join(words), tuple(calls))
            elif line == "/tools":
                self._write("\n".join(self._listed()))
            elif line == "/prompt":
                self._write(self._episode.system_prompt)
            elif line.split()[0] == "/finish":
                answer = self._arguments(line.removeprefix("/finish"))
                if answer is not None:
                    return Action(" ".join(words), tuple(calls), answer)
            elif line.startswith("/call "):
                name, _, rest = line.removeprefix("/call ").strip().partition(" ")
                tool = self._tool(name)
                args = self._arguments(rest) if tool is not None else None
                if tool is not None and args is not None:
                    calls.append(Call(tool, args))
            elif line.startswith("/"):
                self._write(HELP)
            else:
                words.append(line)

    def _listed(self) -> Iterator[str]:
        """The tools and the answer with their parameters; "?" marks those that may be left out."""
        for schema in self._episode.tools:
            function: Value = schema["function"]  # a JSON schema
            yield f"  {function['name']}: {function['description']}"
            needed = function["parameters"].get("required", [])
            for name, field in function["parameters"].get("properties", {}).items():
                said = f": {field['description']}" if field.get("description") else ""
                yield f"      {name}{'' if name in needed else '?'} ({_kind(field)}){said}"

    def _tool(self, name: str) -> str | None:
        """The tool of this name, which may be written as in files or as a model calls it; says so where there is none."""
        if (tool := self._names.get(name, name)) in self._episode.toolset:
            return tool
        hint = did_you_mean(name, self._names)
        names = ", ".join(self._names)
        self._write(f"  there is no tool `{name}`: {f'{hint} The' if hint else 'the'} tools are {names}")
        return None

    def _arguments(self, text: str) -> JsonObject | None:
        given: JsonObject = {}
        rest = text.strip()
        while rest:
            if (name := _NAME.match(rest)) is None:
                self._write(f"  `{rest}` is not name=value")
                return None
            try:
                given[name[1]], rest = _read_value(rest[name.end() :])
            except ValueError as problem:
                self._write(f"  `{name[1]}` is neither JSON nor a word: {problem}")
                return None
        return given


def _kind(field: Value) -> str:
    """What a JSON schema takes, in one line.

    >>> _kind({"type": "array", "items": {"type": "object", "properties": {"field": {"type": "string"}, "value": {}}}})
    'array of {field: string, value: any}'
    """
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "items" in field:
        return f"array of {_kind(field['items'])}"
    if field.get("properties"):
        return "{" + ", ".join(f"{name}: {_kind(of)}" for name, of in field["properties"].items()) + "}"
    return str(field.get("type", "any"))


_NAME = re.compile(r"(\w+)=")


def _read_value(text: str) -> tuple[Json, str]:
    """The value that `text` begins with, and the text after it; raises ValueError for JSON that is not whole."""
    word, _, rest = text.partition(" ")
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        if word[:1] in ('"', "[", "{"):
            raise
        return word, rest.strip()
    if text[end : end + 1].strip():  # a word that only begins like JSON, as `3d` does
        return word, rest.strip()
    return value, text[end:].strip()
