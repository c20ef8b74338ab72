"""Replacing words of a text by others, some of them at random."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rlve_dsl.rng import Stream


def pattern_of(words: Mapping[str, str]) -> re.Pattern[str]:
    """What finds these words and phrases in a text, the longer ones first.

    >>> pattern_of({"thanks": "gracias", "thanks for asking": "gracias por preguntar"}).findall("Thanks for asking!")
    ['Thanks for asking']
    """
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(rf"(?<![\w'])(?:{'|'.join(map(re.escape, longest_first))})(?![\w'])", re.IGNORECASE)


def replaced(text: str, pattern: re.Pattern[str], words: Mapping[str, str], share: float, stream: Stream) -> str:
    """The text with this share of the words that the pattern finds exchanged; a capital letter at the start is kept.

    >>> hello = {"hello": "hola"}
    >>> replaced("Hello, hello!", pattern_of(hello), hello, 1.0, Stream(1))
    'Hola, hola!'
    """

    def other(found: re.Match[str]) -> str:
        if not stream.chance(share):
            return found[0]
        word = words[found[0].lower()]
        return word[0].upper() + word[1:] if found[0][0].isupper() else word

    return pattern.sub(other, text)
