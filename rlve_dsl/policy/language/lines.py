"""From text to logical lines: the text of one clause, with its comments, indentation and place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from rlve_dsl.diagnostics import Span
from rlve_dsl.files import BlockText
from rlve_dsl.frozen import frozen
from rlve_dsl.policy.language.ast import Place

_BREAK = re.compile("\n|\u2028|\u2029")
_CONTINUES = re.compile(r"[ \t]*(?:and|or)(?![\w.])")
_BEFORE_COMMENT = re.compile(r'(?:"[^"]*"|[^"#]|"(?=[^"]*$))*')


@frozen
class Line:
    """A clause as written, over one or more lines of the block.

    Attributes:
        text: The clause without comments; every character keeps its distance to the first.
        start: The position of the first character in the block.
        indent: The columns before it.
        comments: The comments above it or between its lines, with their `#`; an empty one stands for empty lines.
        remark: The comment after it.
        gap: An empty line is above it and its comments.
    """

    text: str
    start: int
    indent: int
    comments: tuple[str, ...] = ()
    remark: str = ""
    gap: bool = False

    @property
    def place(self) -> Place:
        """Where it is in the block."""
        return (self.start, self.start + len(self.text))


@dataclass(slots=True)
class _Draft:
    pieces: list[str]
    start: int
    indent: int
    comments: list[str]
    gap: bool
    remarks: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, *pieces: str) -> None:
        self.pieces += pieces
        self.length += sum(map(len, pieces))

    def finish(self) -> Line:
        *inner, remark = self.remarks or [""]
        comments = (*self.comments, *(r for r in inner if r))
        return Line("".join(self.pieces).rstrip(), self.start, self.indent, comments, remark, self.gap)


@frozen
class Layout:
    """The lines of a block, and the comments below the last one; an empty comment stands for empty lines."""

    lines: tuple[Line, ...]
    rest: tuple[str, ...] = ()


def lay_out(text: str) -> Layout:
    """Split a text into logical lines; a line that begins with `and` or `or` continues the one above."""
    done: list[Line] = []
    draft: _Draft | None = None
    comments: list[str] = []
    gap = False
    for start, raw in _physical(text):
        code, remark = _split_comment(raw)
        stripped = code.strip()
        if not stripped and not remark:
            gap = gap or not comments
            if comments and comments[-1]:
                comments.append("")
            continue
        if not stripped:
            comments.append(remark)
            continue
        continues = draft is not None and _CONTINUES.match(code) is not None
        if continues:
            assert draft is not None
            # comments between are blanked, not removed: characters keep their places
            blank = start - draft.start - draft.length
            draft.add(_blanked(text, start - blank, start), code)
            draft.comments += filter(None, comments)
        else:
            if draft is not None:
                done.append(draft.finish())
            indent = len(code) - len(code.lstrip())
            draft = _Draft([], start + indent, indent, comments, gap)
            draft.add(code[indent:])
        draft.remarks.append(remark)
        comments, gap = [], False
    if draft is not None:
        done.append(draft.finish())
    while comments and not comments[-1]:
        comments.pop()
    return Layout(tuple(done), (*([""] if gap and comments and done else []), *comments))


def _physical(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for found in _BREAK.finditer(text):
        yield start, text[start : found.start()]
        start = found.end()
    yield start, text[start:]


def _blanked(text: str, start: int, end: int) -> str:
    return "".join(character if _BREAK.match(character) else " " for character in text[start:end])


def _split_comment(raw: str) -> tuple[str, str]:
    """A line without its comment, and the comment; a `#` in quotes does not begin one."""
    found = _BEFORE_COMMENT.match(raw)
    end = found.end() if found else len(raw)
    return raw[:end], raw[end:].rstrip()


def locate(block: BlockText, place: Place) -> Span:
    """Where a part of a block is in its file, exact to the column."""
    start, end = place
    first, column = _position(block.text, start)
    last, end_column = _position(block.text, max(end, start + 1))
    at = block.span
    return Span(at.file, at.line + first, at.column + column, at.line + last, at.column + end_column)


def _position(text: str, at: int) -> tuple[int, int]:
    starts = _line_starts(text)
    line = bisect_right(starts, at) - 1
    return line, at - starts[line]


@lru_cache(maxsize=8)  # a text with many problems is located many times
def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in _BREAK.finditer(text))]
