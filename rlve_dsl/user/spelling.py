"""Slips of typing: a word that is no usual English word is read as a known word that is one slip away.

Belongs here: edits of letters. Does not belong here: what words mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rlve_dsl.caching import cached_texts
from rlve_dsl.catalog import is_one_token
from rlve_dsl.english import stem

_SHORTEST = 3
_LONGEST = 20


class Speller:
    """Corrects words by a list of known ones.

    Args:
        known: The known words; of two words that are equally near, the first one wins.
    """

    __slots__ = ("_index", "_known", "_words")

    def __init__(self, known: Iterable[str]) -> None:
        self._words = tuple(dict.fromkeys(known))
        self._known = frozenset(self._words)
        self._index: dict[str, list[str]] | None = None

    def _by_less(self) -> dict[str, list[str]]:
        """The known words by what is left of them without one letter; made for the first word that is not known."""
        if self._index is None:
            self._index = {}
            for word in self._words:
                if _SHORTEST <= len(word) <= _LONGEST:
                    for less in _without_one(word):
                        self._index.setdefault(less, []).append(word)
        return self._index

    def knows(self, word: str) -> bool:
        """Whether a word is one of the known ones."""
        return word in self._known

    def corrected(self, word: str) -> str:
        """The known word that is meant, or the word itself.

        >>> speller = Speller(["reason", "which", "the"])
        >>> [speller.corrected(word) for word in ("raeson", "wich", "teh", "season", "charger")]
        ['reason', 'which', 'the', 'season', 'charger']
        """
        if word in self._known or not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha() or is_usual(word):
            return word
        index = self._by_less()
        near = dict.fromkeys(known for less in _without_one(word) for known in index.get(less, ()))
        found = [known for known in near if _one_slip(word, known)]
        found = [known for known in found if len(word) > 3 or sorted(known) == sorted(word)]
        found = [known for known in found if len(word) > 4 or known[0] == word[0]]
        return max(found, key=lambda known: (known[0] == word[0], sorted(known) == sorted(word)), default=word)


@cached_texts(1 << 14)
def is_usual(word: str) -> bool:
    """Whether a word is usual in English, or is one with an ending."""
    roots = [
        word,
        stem(word),
        *(word.removesuffix(e) for e in ("s", "es", "er", "ers", "r", "ly", "y", "al", "ing", "ion", "ment")),
    ]
    return any(is_one_token(root) for root in roots if len(root) > 2)


def _without_one(word: str) -> Iterator[str]:
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def _one_slip(a: str, b: str) -> bool:
    """Whether one letter was left out, added, replaced or swapped with the next one."""
    if len(a) > len(b):
        a, b = b, a
    place = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[place:] == b[place + 1 :]
    return a[place + 1 :] == b[place + 1 :] or (
        a[place : place + 2] == b[place : place + 2][::-1] and a[place + 2 :] == b[place + 2 :]
    )
