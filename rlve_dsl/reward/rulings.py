"""Measures of an answer in words, compared with what a policy decides: an amount with its unit, or a word.

An answer is read generously, since an agent writes it: case, space, a full stop at the end, an article, and `_` for a
space do not count; thousands may have commas. A number is exact: `$5.990` is `$5.99`, and `30` is not `30 days`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from rlve_dsl.expressions import function

_LONGEST = 100  # characters; no ruling is longer
_AMOUNT = re.compile(
    r"(?P<sign>[-+−]?)\s*(?P<money>\$?)\s*(?P<sign2>[-−]?)(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"\s*(?P<unit>%|[a-z]*)"
)
_ARTICLE = re.compile(r"^(?:the|an?)\s+")


class Amount(NamedTuple):
    """A number with its unit: `$`, `%`, `day`, another word in the singular, or none."""

    unit: str
    number: Decimal


def read(text: str) -> Amount | str | None:
    """Read an answer as an amount, or else as a word; None when it is empty or too long.

    >>> read(" $1,005.50 "), read("1 day."), read("30"), read("The store")
    (Amount(unit='$', number=Decimal('1005.50')), Amount(unit='day', number=Decimal('1')), Amount(unit='', number=Decimal('30')), 'store')
    """
    plain = " ".join(text.replace("_", " ").casefold().split()).rstrip(".").rstrip()
    if not plain or len(plain) > _LONGEST:
        return None
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        return _ARTICLE.sub("", plain)
    unit = "%" if found["unit"] == "percent" else found["unit"].removesuffix("s")
    if found["money"]:
        if unit:
            return plain  # an amount of two units is no amount
        unit = "$"
    number = Decimal(found["number"].replace(",", ""))
    minus = (found["sign"] in ("-", "−")) != (found["sign2"] in ("-", "−"))
    return Amount(unit, -number if minus else number)


@function()
def same_ruling(given: str, wanted: str) -> bool:
    """Whether an answer is what the policy decides: the same number with the same unit, or the same word."""
    answer = read(given)
    return answer is not None and answer == read(wanted)


@function()
def ruling_score(given: str, wanted: str) -> float:
    """How near an answer is to what the policy decides, from -1 to 1.

    It is 1 when both are equal, 2·(min/max)⁴ − 1 for two numbers with the same unit and sign, and otherwise -1.
    """
    answer, right = read(given), read(wanted)
    if answer is None or right is None:
        return -1.0
    if answer == right:
        return 1.0
    if not (isinstance(answer, Amount) and isinstance(right, Amount)) or answer.unit != right.unit:
        return -1.0
    low, high = sorted((abs(answer.number), abs(right.number)))
    if (answer.number > 0) != (right.number > 0) or low == 0:
        return -1.0
    return float(2 * (low / high) ** 4 - 1)


FUNCTIONS = (ruling_score, same_ruling)
