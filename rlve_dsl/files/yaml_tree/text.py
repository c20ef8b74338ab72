"""The text of one file, by lines."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from rlve_dsl.diagnostics import Span

_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


class SourceText:
    """A file's name and text (without a byte-order mark)."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text.removeprefix("\ufeff")
        self.lines = self.text.splitlines()

    @cached_property
    def lines_with_hash(self) -> frozenset[int]:
        """The numbers (from 1) of the lines that hold a `#`: only these can have a comment."""
        return frozenset(number for number, line in enumerate(self.lines, 1) if "#" in line)

    def line(self, number: int) -> str:
        """A line by its number from 1; empty past the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def at(self, mark: Any, width: int = 1) -> Span:
        """A one-line span of `width` characters at a mark of PyYAML."""
        return Span(self.file, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 1 + width)

    def cut(self, span: Span) -> str:
        """The characters of a one-line span."""
        return self.line(span.line)[span.column - 1 : span.end_column - 1]


def balanced(text: str) -> bool:
    """Whether brackets close and double quotes pair up.

    >>> balanced("min(a, b)"), balanced("min(a"), balanced('"(" == x')
    (True, False, True)
    """
    depth, quoted = 0, False
    for character in text:
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += _BRACKETS.get(character, 0)
            if depth < 0:
                return False
    return depth == 0 and not quoted
