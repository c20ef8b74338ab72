"""The numbers in a text, in digits or in English words."""

from __future__ import annotations

import re

from rlve_dsl.readings import NUMBERS

_WORDS = {
    **{word: str(number) for word, number in NUMBERS.items()},
    "hundred": "100", "thousand": "1000", "dozen": "12", "couple": "2", "twice": "2", "once": "1", "half": "0.5",
}  # fmt: skip
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|[a-z]+")


def numbers_in(text: str) -> frozenset[str]:
    """Every number that a text names, in digits.

    >>> sorted(numbers_in("Two of the XK-4512, at most $1,299.50 each"))
    ['1299.50', '2', '4512']
    """
    found = _NUMBER.findall(text.lower())
    return frozenset(number for word in found if (number := _WORDS.get(word) or _digits(word)))


def _digits(word: str) -> str:
    return word.replace(",", "") if word[0].isdigit() else ""
