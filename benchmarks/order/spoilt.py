"""Spoils sentences: words left out, doubled, swapped, put in, or two sentences glued together.

Belongs here: what is done to a sentence, and where its order is wrong then. Does not belong here: the network.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

Spoilt = tuple[list[int], list[int]]
"""A sentence, and the places before whose words the order is wrong."""

_TRIES = 5
_NEAR = 2  # places to each side of a wrong one that are neither wrong nor right
WRONG, RIGHT, UNKNOWN = 1.0, 0.0, -1.0
_SHORT_START = 4  # a glued sentence often begins with fewer words of the first one
_NEAR_START = 6  # and goes on from one of so many places of the second one


class Spoiler:
    """Spoils sentences.

    Args:
        is_word: For each symbol whether it is a word.
        little: Symbols of little words: a sentence without one of these is often wrong.
        drawn: Draws so many words at random.
        random: Where randomness comes from.
    """

    def __init__(
        self,
        is_word: NDArray[np.bool_],
        little: Collection[int],
        drawn: Callable[[int], list[int]],
        random: np.random.Generator,
    ) -> None:
        self._is_word, self._little, self._drawn, self._random = is_word, little, drawn, random
        self._ways = (
            self._left_out, self._left_out, self._doubled, self._swapped, self._glued, self._glued, self._glued, self._put_in,
            self._replaced, self._shuffled, self._gone_back,
        )  # fmt: skip

    def spoil(self, sentence: Sequence[int], other: Sequence[int]) -> tuple[list[int], NDArray[np.float64]] | None:
        """A spoilt sentence with, for each place, whether the order is wrong there; None where it cannot be spoilt.

        Args:
            sentence: The sentence.
            other: Another one, which it may be glued to.
        """
        end = len(sentence) if self._is_word[sentence[-1]] else len(sentence) - 1
        for _ in range(_TRIES if end >= 2 else 0):
            found = self._ways[self._below(len(self._ways))](list(sentence), end, list(other))
            if found is not None and found[0] != list(sentence):
                return found[0], _labels(len(found[0]), found[1])
        return None

    def _below(self, number: int) -> int:
        return int(self._random.integers(0, number))

    def _half(self) -> bool:
        return bool(self._random.random() < 0.5)

    def _left_out(self, words: list[int], end: int, _: list[int]) -> Spoilt | None:
        start = self._below(end)
        length = min(1 + self._below(3), end - start)
        gone = words[start : start + length]
        if length == end or not all(self._is_word[gone]) or (length == 1 and gone[0] not in self._little):
            return None
        return words[:start] + words[start + length :], [start]

    def _doubled(self, words: list[int], end: int, _: list[int]) -> Spoilt:
        start = self._below(end)
        length = min(1 + self._below(3), end - start)
        return words[: start + length] + words[start:], [start + length]

    def _swapped(self, words: list[int], end: int, _: list[int]) -> Spoilt | None:
        start, first, second = self._below(end), 1 + self._below(2), 1 + self._below(2)
        if start + first + second > end:
            return None
        middle, last = start + first, start + first + second
        swapped = words[middle:last] + words[start:middle]
        return words[:start] + swapped + words[last:], [start, start + second, last]

    def _glued(self, words: list[int], end: int, other: list[int]) -> Spoilt | None:
        cut = min(1 + self._below(_SHORT_START - 1) if self._half() else max(1, self._below(end)), end)
        on = 1 + self._below(max(1, min(len(other), _NEAR_START if self._half() else len(other)) - 1))
        glued = words[:cut] + other[on:]
        return (glued, [cut]) if len(glued) >= 3 and cut < len(glued) else None

    def _put_in(self, words: list[int], end: int, _: list[int]) -> Spoilt:
        start, length = self._below(end), 1 + self._below(2)
        return words[:start] + self._drawn(length) + words[start:], list(range(start, start + length + 1))

    def _replaced(self, words: list[int], end: int, _: list[int]) -> Spoilt:
        start = self._below(end)
        length = min(1 + self._below(2), end - start)
        return words[:start] + self._drawn(length) + words[start + length :], list(range(start, start + length + 1))

    def _shuffled(self, words: list[int], end: int, _: list[int]) -> Spoilt | None:
        start = self._below(end)
        length = min(3 + self._below(4), end - start)
        if length < 3:
            return None
        shuffled = [words[start + place] for place in self._random.permutation(length)]
        return words[:start] + shuffled + words[start + length :], list(range(start, start + length + 1))

    def _gone_back(self, words: list[int], end: int, _: list[int]) -> Spoilt | None:
        """It goes on from another place of its own: "Is there anything there anything else?"."""
        cut, on = self._below(end), self._below(end)
        return (words[:cut] + words[on:], [cut]) if cut and cut != on else None


def _labels(length: int, wrong: Sequence[int]) -> NDArray[np.float64]:
    labels = np.full(length + 1, RIGHT)
    for place in wrong:
        labels[max(0, place - _NEAR) : place + _NEAR + 1] = UNKNOWN
    labels[list(wrong)] = WRONG
    return labels
