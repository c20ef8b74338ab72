"""The checks that a model's wording of a sentence has to pass. A sentence that fails one is said as the template has it.

A check reads text alone. So it cannot see everything: a wish that is no value of any fact is not noticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rlve_dsl.caching import cached_texts
from rlve_dsl.expressions import Segment
from rlve_dsl.model_user.numbers import numbers_in

_NEGATION = re.compile(r"\b(?:no|not|never|none|nothing|neither|nor|without|except|cannot)\b|n['’]t\b", re.IGNORECASE)
_MARKUP = re.compile(r"[<>{}\[\]`|]|[^\S ]|[^\w\s]{5}")
_LONGER = 80  # characters that a wording may have beyond twice its template


def problem_of(wording: str, template: Sequence[Segment], others: Iterable[str], secrets: Iterable[str]) -> str | None:
    """Why a wording must not be said, in a few words that can be counted; None when it may be.

    Args:
        wording: What the model wrote for one sentence.
        template: The sentence.
        others: The values of other sentences that the user may say or has said.
        secrets: The values that have not been disclosed.
    """
    text = "".join(segment.text for segment in template)
    values = values_of(template)
    if not wording.strip():
        return "nothing said"
    if len(wording) > longest(template):
        return "too long"
    if not wording.isprintable() or set(_MARKUP.findall(wording)) - set(_MARKUP.findall(text)):
        return "markup"
    if places_of(values, wording) is None:
        return "value left out"
    if any(_contains(wording, secret) and not _contains(text, secret) for secret in secrets):
        return "undisclosed value"
    if any(_contains(wording, other) and not _contains(text, other) for other in others):
        return "value of another sentence"
    if numbers_in(wording) - numbers_in(text):
        return "number added"
    denied, denies = bool(_NEGATION.search(wording)), bool(_NEGATION.search(text))
    if denied > denies or (values and denied != denies):
        return "negation"
    return None


def values_of(template: Iterable[Segment]) -> tuple[str, ...]:
    """The values in a sentence, in order, that are more than blanks and signs."""
    return tuple(s.text.strip(" ,;:.") for s in template if s.is_value and is_sayable(s.text))


def longest(template: Iterable[Segment]) -> int:
    """How many characters a wording of a sentence may have."""
    return 2 * sum(len(segment.text) for segment in template) + _LONGER


def is_sayable(text: str) -> bool:
    """Whether a text has more than blanks and signs."""
    return any(map(str.isalnum, text))


def places_of(values: Sequence[str], wording: str) -> tuple[tuple[int, int], ...] | None:
    """Where a wording has these values, as whole words and in this order; None when it does not have them all.

    Their order matters: `if the pan is gone, the pot will do` must not become `if the pot is gone, the pan will do`.

    >>> places_of(("red", "pan"), "The Red one, for the pan"), places_of(("pan", "red"), "The red one, for the pan")
    (((4, 7), (21, 24)), None)
    """
    places: list[tuple[int, int]] = []
    start = 0
    for value in values:
        found = _pattern(value).search(wording, start)
        if found is None:
            return None
        places.append(found.span())
        start = found.end()
    return tuple(places)


def _contains(text: str, value: str) -> bool:
    return _pattern(value).search(text) is not None


@cached_texts(4096)
def _pattern(value: str) -> re.Pattern[str]:
    """The value as whole words, in capitals or not, with any blanks between its words."""
    words = r"\s+".join(map(re.escape, value.split()))
    return re.compile(rf"(?<![^\W_]){words}(?![^\W_])", re.IGNORECASE)
