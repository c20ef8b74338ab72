"""A person at a terminal as the agent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from rlve_dsl.episode import Action, Call, Episode, Malformed, Observation

HELP = """\
  what you type is said to the shopper, except for lines that begin with a slash:
  /call TOOL name=value …   call a tool in this turn (values as JSON, or bare text)
  /finish name=value …      give the answer
  /tools                    list the tools
  an empty line ends the turn"""


class HumanAgent:
    """Reads one turn from `read` (a line at a time, without newline); `write` shows help and problems.

    The end of the input gives the conversation up: an empty answer.
    """

    def __init__(
        self, episode: Episode, read: Callable[[str], str] = input, write: Callable[[str], None] = print
    ) -> None:
        self._episode = episode
        self._read = read
        self._write = write
        self._write(HELP)

    def act(self, observation: Observation) -> Action | Malformed:
        """The turn that the person typed."""
        words: list[str] = []
        calls: list[Call] = []
        while True:
            try:
                line = self._read("you> ").strip()
            except EOFError:
                return Action(" ".join(words), tuple(calls), {})
            if not line:
                if words or calls:
                    return Action(" ".join(words), tuple(calls))
            elif line == "/tools":
                for tool in self._episode.toolset.values():
                    names = ", ".join(p.name + ("" if p.required else "?") for p in tool.signature.parameters)
                    self._write(f"  {tool.name}({names})")
            elif line.split()[0] == "/finish":
                answer = self._arguments(line.removeprefix("/finish"))
                if answer is not None:
                    return Action(" ".join(words), tuple(calls), answer)
            elif line.startswith("/call "):
                name, _, rest = line.removeprefix("/call ").strip().partition(" ")
                args = self._arguments(rest)
                if args is not None:
                    calls.append(Call(name, args))
            elif line.startswith("/"):
                self._write(HELP)
            else:
                words.append(line)

    def _arguments(self, text: str) -> dict[str, Any] | None:
        given: dict[str, Any] = {}
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


_NAME = re.compile(r"(\w+)=")


def _read_value(text: str) -> tuple[Any, str]:
    """The value that `text` begins with, and what follows it; raises ValueError for JSON that goes wrong."""
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
