"""The numbers in a text, in digits, in English words, or in Roman figures."""

from __future__ import annotations

import re
from collections import Counter

from rlve_dsl.readings import NUMBERS

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_WORDS = {
    **{word: str(number) for word, number in NUMBERS.items()},
    **{word: str(number) for number, word in enumerate(_ORDINALS, start=1)},
    "hundred": "100", "thousand": "1000", "dozen": "12", "couple": "2", "half": "0.5", "both": "2", "single": "1",
    "pair": "2", "dozens": "12", "hundreds": "100", "thousands": "1000", "million": "1000000", "millions": "1000000",
    # they multiply another number, so they are none of the same size
    "once": "1 time", "twice": "2 times", "double": "2 times", "thrice": "3 times", "triple": "3 times", "quadruple": "4 times",
}  # fmt: skip
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|[a-z]+")

# of two letters at least: `I` and `V` are words and names; in small letters only what is no word
_ROMAN = re.compile(
    r"\b(?=[MDCLXVI]{2,}\b)(?:M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))\b|\b[ivx]{2,5}\b"
)


def numbers_in(text: str) -> Counter[str]:
    """Every number that a text names, in digits, and how often it does; a Roman one as it is.

    >>> sorted(numbers_in("Two of the XK-4512, at most $1,299.50 each"))
    ['1299.50', '2', '4512']
    >>> sorted(numbers_in("I need it for XII of us, not a mix"))
    ['roman xii']
    >>> sorted(numbers_in("two balls, twice")), numbers_in("two, a couple")["2"]
    (['2', '2 times'], 2)
    """
    found = _NUMBER.findall(text.lower())
    numbers = Counter(number for word in found if (number := _WORDS.get(word) or _digits(word)))
    return numbers + Counter(f"roman {word.lower()}" for word in _ROMAN.findall(text))


def _digits(word: str) -> str:
    return word.replace(",", "") if word[0].isdigit() else ""
