"""A line of YAML with brackets and braces: which entry a place of it belongs to."""

from __future__ import annotations

import re

from rlve_dsl.files.yaml_tree.nodes import CLOSING, OPENING
from rlve_dsl.frozen import frozen

_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'""")


@frozen
class Entry:
    """An entry of a mapping, or an item of a list: its key, empty where it has none so far, and where its value begins."""

    key: str
    start: int


@frozen
class Opened:
    """What is open at a place: where the bracket is, and the entry that it is in, None for the one outside of all brackets."""

    column: int
    within: Entry | None


def opened_at(text: str, stop: int) -> tuple[Opened, ...]:
    """The brackets and braces of a line that are open at a place, the innermost last.

    >>> opened_at("a: {b: [x, y}", 12)
    (Opened(column=3, within=None), Opened(column=7, within=Entry(key='b', start=7)))
    """
    return _scanned(text, 0, stop, in_flow=False)[0]


def entry_at(text: str, start: int, stop: int) -> Entry:
    """The entry at a place; the mapping or list that it is in begins at `start`, or before the line.

    >>> entry_at("a: {b: 1, c: x ? y : z}", 4, 19)
    Entry(key='c', start=13)
    """
    return _scanned(text, start, stop, in_flow=True)[1]


def _scanned(text: str, place: int, stop: int, *, in_flow: bool) -> tuple[tuple[Opened, ...], Entry]:
    """What is open at `stop`, and the innermost entry there that is not within brackets that have been closed."""
    opened: list[Opened] = []
    outer: list[tuple[str, int, int]] = []  # the key, the beginning and the round brackets of each entry around
    key, start, round_ = "", place, 0
    begins = True  # whether a value begins here: only there, quotes and brackets are those of YAML
    while place < stop:
        character = text[place]
        nested = in_flow or bool(opened)
        if begins and (quoted := _QUOTED.match(text, place, stop)):
            place, begins = quoted.end(), False
            continue
        if character in OPENING and (begins or nested):
            opened.append(Opened(place, Entry(key, _after_spaces(text, start)) if nested else None))
            outer.append((key, start, round_))
            key, start, round_ = "", place + 1, 0
        elif character in CLOSING and opened:
            opened.pop()
            key, start, round_ = outer.pop()
        elif character == "," and nested and not round_:
            key, start = "", place + 1
        elif character == ":" and text[place + 1 : place + 2] in ("", " ", "\t") and not key and not round_:
            key, start = text[start:place].strip(" \t\"'"), place + 1
        elif character in "()":
            round_ = max(0, round_ + (1 if character == "(" else -1))
        begins = character in ",:" + OPENING or (begins and character in " \t-")
        place += 1
    return tuple(opened), Entry(key, _after_spaces(text, start))


def _after_spaces(text: str, start: int) -> int:
    return start + len(text[start:]) - len(text[start:].lstrip())
