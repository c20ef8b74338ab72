"""Measures of an answer in words, compared with what a policy decides: an amount with its unit, or a word.

An answer is read generously, since an agent writes it: case, space, a full stop at the end, an article, and `_` or `-` for a
space do not count; thousands may have commas. A number is exact: `$5.990` is `$5.99`, and `30` is not `30 days`. A sentence
counts where it holds exactly one amount (see `rlve_dsl/readings.py`), or begins with `yes,` or `no,`.
"""

from __future__ import annotations

import re

from rlve_dsl.expressions import function
from rlve_dsl.readings import Amount, amount_of, folded, only_amount_in, truth_of

_LONGEST = 100  # characters; no ruling is longer
_ARTICLE = re.compile(r"^(?:the|an?)\s+")
_TRUTHS = {"yes": True, "no": False}


def read(text: str) -> Amount | str | None:
    """Read an answer as an amount, or else as a word; None when it is empty or too long.

    >>> read(" $1,005.50 "), read("1 day."), read("30"), read("The store")
    (Amount(unit='$', number=Decimal('1005.50')), Amount(unit='day', number=Decimal('1')), Amount(unit='', number=Decimal('30')), 'store')
    """
    if len(text) > 2 * _LONGEST or not (word := folded(text)) or len(word) > _LONGEST:
        return None
    amount = amount_of(text)
    return _ARTICLE.sub("", word) if amount is None else amount


def _read_as(given: str, wanted: Amount | str | None) -> Amount | str | None:
    """Read an answer; a sentence as what it says of the kind that is wanted."""
    answer = read(given)
    if isinstance(wanted, Amount) and not isinstance(answer, Amount):
        return only_amount_in(given)
    if wanted in _TRUTHS:
        truth = truth_of(given)
        return answer if truth is None else "yes" if truth else "no"
    return answer


@function()
def same_ruling(given: str, wanted: str) -> bool:
    """Whether an answer is what the policy decides: the same number with the same unit, or the same word."""
    right = read(wanted)
    return right is not None and _read_as(given, right) == right


@function()
def ruling_score(given: str, wanted: str) -> float:
    """How near an answer is to what the policy decides, from -1 to 1.

    It is 1 when both are equal, 2·(min/max)⁴ − 1 for two numbers with the same unit and sign, and otherwise -1.
    """
    right = read(wanted)
    answer = _read_as(given, right)
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
