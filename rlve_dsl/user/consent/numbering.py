"""The marks that number the parts of a sentence: "tell me (1) which one it is and (2) how it goes back".

Belongs here: where such marks stand. Does not belong here: lists with a line for each point, what the parts say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARK = re.compile(
    r"(?<![\w(])(?P<open>\(?)(?P<number>\d{1,2}|i{1,3}|iv|v|[a-h])\)(?=\s+(?!(?:and|or)\b)\w)", re.IGNORECASE
)
_ROMAN = ("i", "ii", "iii", "iv", "v")
_BEGINS_A_LINE = re.compile(r"(?:\A|\n)[ \t]*\Z")  # a point of a list
_BEFORE_A_PART = re.compile(r"(?:\A|[,;:.?!\n–—-]|\b(?:and|or|but|then))\s*\Z", re.IGNORECASE)
_LOOKED_AT = 10  # characters before a mark


def without_marks(text: str) -> str:
    """A text with spaces instead of the marks that number its parts, or a comma where nothing else divides two parts.

    It stays as long as it was. Marks count in order from the first one on, so that a quantity stays: "the kettle (2)"; one that
    begins a line stays, too. Takes time in proportion to the length of the text.

    >>> without_marks("Tell me (1) why and (2) how.")
    'Tell me     why and     how.'
    >>> without_marks("Say a) why b) how."), without_marks("the kettle (2) and the pan (1)")
    ('Say    why,   how.', 'the kettle (2) and the pan (1)')
    """
    kept, at = list[str](), 0
    for start, end, is_first in _marks(text):
        if _BEGINS_A_LINE.search(text, max(0, start - _LOOKED_AT), start) is not None:
            continue
        divides = is_first or _BEFORE_A_PART.search(text, max(0, start - _LOOKED_AT), start) is not None
        before = text[at:start]
        if not divides and before.endswith(" "):
            before = before[:-1] + ","
        kept += before, " " * (end - start)
        at = end
    return "".join((*kept, text[at:]))


def _marks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where the marks of a list stand that has at least two, and whether each is the first."""
    run = list[re.Match[str]]()
    for found in _MARK.finditer(text):
        if run and _follows(found, run):
            run.append(found)
            yield from (((of := run[0]).start(), of.end(), True),) if len(run) == 2 else ()
            yield found.start(), found.end(), False
        elif found["number"].lower() in ("1", "a", "i"):
            run = [found]


def _follows(found: re.Match[str], run: list[re.Match[str]]) -> bool:
    """Whether a mark is the next one after those of a list."""
    first, number = run[0], found["number"].lower()
    if bool(found["open"]) != bool(first["open"]):
        return False
    kind, place = first["number"].lower(), len(run)
    if kind == "1":
        return number == str(place + 1)
    if kind == "a":
        return number == chr(ord("a") + place)
    return place < len(_ROMAN) and number == _ROMAN[place]
