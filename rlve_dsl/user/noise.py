"""Typing noise: slips in the words around values, never in a value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rlve_dsl.expressions import Segment
from rlve_dsl.rng import Stream

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: "".join(row[i] for i in (place - 1, place + 1) if 0 <= i < len(row))
    for row in _ROWS
    for place, key in enumerate(row)
}


def _dropped(text: str, at: int, stream: Stream) -> str:
    return text[:at] + text[at + 1 :]


def _doubled(text: str, at: int, stream: Stream) -> str:
    return text[: at + 1] + text[at:]


def _swapped(text: str, at: int, stream: Stream) -> str:
    if at + 1 == len(text) or not text[at + 1].isalpha():
        return _doubled(text, at, stream)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _beside(text: str, at: int, stream: Stream) -> str:
    near = _BESIDE.get(text[at].lower())
    if near is None:
        return _doubled(text, at, stream)
    key = stream.choice(near)
    return text[:at] + (key.upper() if text[at].isupper() else key) + text[at + 1 :]


_WITHIN = ("", "'")  # what stands between two letters of one word
_SLIPS: tuple[Callable[[str, int, Stream], str], ...] = (_dropped, _doubled, _swapped, _beside)


def typed(segments: Sequence[Segment], per_character: float, stream: Stream) -> str:
    """The text of the segments, where each letter outside a value has a slip with this probability, but no word has two.

    A word with two slips can rarely be read.

    >>> typed([Segment("I need the ", False), Segment("red pan", True)], 0.0, Stream(1))
    'I need the red pan'
    """
    if per_character <= 0:
        return "".join(segment.text for segment in segments)
    scale = math.log1p(-per_character) if per_character < 1 else -math.inf
    return "".join(part.text if part.is_value else _slip(part.text, scale, stream) for part in segments)


def _slip(text: str, scale: float, stream: Stream) -> str:
    # Slips are made from the end to the start, so that a slip does not move the places of later ones. The gap between two
    # slips is geometric, which takes one draw for each slip instead of one for each letter.
    gap = math.log(1.0 - stream.uniform()) / scale
    if gap >= len(text):  # most texts: their letters need not be found
        return text
    letters = [place for place, character in enumerate(text) if character.isalpha()]
    at = len(letters)
    while gap < at:
        at -= 1 + int(gap)
        text = stream.choice(_SLIPS)(text, letters[at], stream)
        while at > 0 and text[letters[at - 1] + 1 : letters[at]] in _WITHIN:
            at -= 1  # the rest of this word stays as it is
        gap = math.log(1.0 - stream.uniform()) / scale
    return text
