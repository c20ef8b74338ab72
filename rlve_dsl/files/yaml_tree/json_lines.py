"""Lines of JSON → nodes: one document a line, each node with its place, as if it had been written in YAML."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from rlve_dsl.diagnostics import Diagnostics, Span
from rlve_dsl.files.yaml_tree.compose import DEPTH
from rlve_dsl.files.yaml_tree.nodes import ListNode, MapNode, Node, ScalarNode
from rlve_dsl.files.yaml_tree.text import SourceText

_SPACE = re.compile(r"[ \t\r]*")
_SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null')


class _WrongError(Exception):
    """The line is no JSON: the place (from 0), and what was expected there."""

    def __init__(self, at: int, wanted: str) -> None:
        super().__init__(wanted)
        self.at = at


def nodes_of_lines(source: SourceText, diagnostics: Diagnostics) -> list[Node]:
    """The node of each line that is not empty. Lines that are no JSON are reported and left out."""
    found: list[Node] = []
    for number, line in enumerate(source.lines, start=1):
        if not line.strip():
            continue
        reader = _Line(source.file, number, line)
        try:
            found.append(reader.whole())
        except _WrongError as wrong:
            span = Span(source.file, number, wrong.at + 1, number, wrong.at + 2)
            diagnostics.error("S107", f"this line is no JSON: {wrong} is expected here", span)
    return found


@dataclass(slots=True)
class _Line:
    """A line while it is read; `at` is the place of the next character."""

    file: str
    number: int
    text: str
    at: int = 0

    def whole(self) -> Node:
        node = self.value(0)
        self.skip()
        if self.at < len(self.text):
            raise _WrongError(self.at, "the end of the line")
        return node

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        assert found is not None, "it matches nothing as well"
        self.at = found.end()

    def span(self, start: int) -> Span:
        return Span(self.file, self.number, start + 1, self.number, self.at + 1)

    def takes(self, character: str) -> bool:
        """Whether this character is next; it is then passed over."""
        self.skip()
        if not self.text.startswith(character, self.at):
            return False
        self.at += 1
        return True

    def value(self, depth: int) -> Node:
        if depth > DEPTH:
            raise _WrongError(self.at, f"nothing nested more than {DEPTH} deep")
        if self.takes("{"):
            return self.mapping(self.at - 1, depth)
        if self.takes("["):
            return self.listed(self.at - 1, depth)
        return self.scalar("a value")

    def scalar(self, wanted: str) -> ScalarNode:
        self.skip()
        start = self.at
        found = _SCALAR.match(self.text, start)
        try:
            value = json.loads(found[0]) if found is not None else None
        except ValueError:
            found = None
        if found is None:
            raise _WrongError(start, wanted)
        self.at = found.end()
        if isinstance(value, str):
            return ScalarNode(value, self.span(start), "quoted")
        return ScalarNode(found[0], self.span(start))

    def mapping(self, start: int, depth: int) -> MapNode:
        keys: dict[str, ScalarNode] = {}
        values: dict[str, Node] = {}
        while not self.takes("}"):
            if keys and not self.takes(","):
                raise _WrongError(self.at, "`,` or `}`")
            key = self.scalar("a key in quotes")
            if key.style == "plain" or key.text in keys:
                raise _WrongError(key.span.column - 1, "a key in quotes" if key.style == "plain" else "another key")
            if not self.takes(":"):
                raise _WrongError(self.at, "`:`")
            keys[key.text], values[key.text] = key, self.value(depth + 1)
        return MapNode(keys, values, self.span(start), flow=True)

    def listed(self, start: int, depth: int) -> ListNode:
        items: list[Node] = []
        while not self.takes("]"):
            if items and not self.takes(","):
                raise _WrongError(self.at, "`,` or `]`")
            items.append(self.value(depth + 1))
        return ListNode(tuple(items), self.span(start))
