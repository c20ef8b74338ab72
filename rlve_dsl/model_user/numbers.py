"""The numbers in a text, in digits, in English words, or in Roman figures."""

from __future__ import annotations

import re

from rlve_dsl.readings import NUMBERS

_WORDS = {
    **{word: str(number) for word, number in NUMBERS.items()},
    "hundred": "100", "thousand": "1000", "dozen": "12", "couple": "2", "twice": "2", "once": "1", "half": "0.5",
    "pair": "2", "double": "2", "thrice": "3", "triple": "3", "dozens": "12", "hundreds": "100", "thousands": "1000", "million": "1000000",
}  # fmt: skip
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|[a-z]+")

# of two letters at least: `I` and `V` are words and names; in small letters only what is no word
_ROMAN = re.compile(
    r"\b(?=[MDCLXVI]{2,}\b)(?:M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))\b|\b[ivx]{2,5}\b"
)


def numbers_in(text: str) -> frozenset[str]:
    """Every number that a text names, in digits; a Roman one as it is.

    >>> sorted(numbers_in("Two of the XK-4512, at most $1,299.50 each"))
    ['1299.50', '2', '4512']
    >>> sorted(numbers_in("I need it for XII of us, not a mix"))
    ['roman xii']
    """
    found = _NUMBER.findall(text.lower())
    roman = {f"roman {word.lower()}" for word in _ROMAN.findall(text)}
    return frozenset(number for word in found if (number := _WORDS.get(word) or _digits(word))) | roman


def _digits(word: str) -> str:
    return word.replace(",", "") if word[0].isdigit() else ""
