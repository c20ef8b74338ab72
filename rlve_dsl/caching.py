"""Caches of what texts mean, with a bound on their memory: a text from outside may have any length."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")

LONGEST_KEPT = 1000
"""Characters of the longest text that a cache keeps."""


def cached_texts(most: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """Make a function of one text remember its results.

    Args:
        most: How many results to keep. Those of texts longer than `LONGEST_KEPT` are not kept.
    """

    def decorate(function: Callable[[str], T]) -> Callable[[str], T]:
        kept = lru_cache(maxsize=most)(function)

        @wraps(function)
        def call(text: str) -> T:
            return kept(text) if len(text) <= LONGEST_KEPT else function(text)

        return call

    return decorate
