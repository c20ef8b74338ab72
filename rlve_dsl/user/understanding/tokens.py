"""The tokens of a message: its words, and the punctuation that shows what they do.

Belongs here: splitting a message into tokens. Does not belong here: what words mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rlve_dsl.user.understanding.texts import POINT, read, words_of

MOST_TOKENS = 160
"""Tokens that are read of a message: the first and the last half of them, where it has more."""

_MANY = 4  # commas

ITEM, LINE = "\u2022", "\n"
"""The tokens for the mark of a list's item, and for the end of a line."""

_MARK = re.compile(r"^[ \t]*(?:[-*\u2022\u2013>]|\(?\d{1,2}[.):]|\(?[a-z][.)])[ \t]+", re.MULTILINE)
_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[?!.,:;()&/+\u2022\n$\u2014]")
_SAME = str.maketrans({"\u2013": "\u2014", "\u20ac": "$", "\u00a3": "$"})
_SPACES = re.compile(r"\n\s*")


def tokens_of(message: str, corrected: Callable[[str], str]) -> list[str]:
    """The tokens of a message, its words with slips of typing corrected.

    >>> tokens_of("What's the size?\\n- 1,200 or more", str)
    ['what', 'is', 'the', 'size', '?', '\\n', '\u2022', '1200', 'or', 'more']
    """
    text = _MARK.sub("\u2022 ", POINT.sub("", read(message)).lower()).translate(_SAME)
    found: list[str] = []
    for token in _TOKEN.findall(_SPACES.sub("\n", text.strip())):
        if token[0].isalnum():
            found += map(corrected, words_of(token))
        elif not found or found[-1] != token:
            found.append(token)
    half = MOST_TOKENS // 2
    return found if len(found) <= MOST_TOKENS else found[:half] + found[-half:]


def listed_in(tokens: Sequence[str]) -> frozenset[str]:
    """The words of the questions that list many things: "age, edition, theme, players, brand or price?"."""
    found: set[str] = set()
    if tokens.count(",") < _MANY:
        return frozenset()
    sentence: list[str] = []
    for token in tokens:
        if token in ".!?\n":
            if token == "?" and sentence.count(",") >= _MANY:
                found.update(sentence)
            sentence = []
        else:
            sentence.append(token)
    return frozenset(found)
