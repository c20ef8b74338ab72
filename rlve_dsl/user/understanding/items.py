"""Which of the items that questions name a clause is about: by a part of the name, by its place in the list, or all of them.

Belongs here: names, "the first one", "both". Does not belong here: which fact is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rlve_dsl.english import stem
from rlve_dsl.user.understanding.lexicon import STOP, Lexicon
from rlve_dsl.user.understanding.spans import Span
from rlve_dsl.user.understanding.subjects import Item, Subject
from rlve_dsl.user.understanding.vocabulary import vocabulary_of

_PLACES = {
    "first": 0,
    "1st": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "4th": 3,
    "fifth": 4,
    "5th": 4,
}
_PLACE = re.compile(
    r"\b(?:the|your|item|number|no|product|for|my) (?:very )?(first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th|last|latter|former)"
    r"\b(?! (?:of all|name|time|thing|question|step|visit|choice|class|night|day|week|preference|option|floor|few))"
    r"|^(?:the )?(first|second|third|fourth|fifth|last)(?: one| item| product)?$|\bitem (\d)\b"
)
_PLACES_OF = re.compile(r"\bthe (first|last) (two|three)\b")
_EACH = re.compile(
    r"\b(?:both|each|every|all|either|any of (?:them|these|those|the)|everything|respectively|"
    r"(?:two|three|four|five|six) (?:of them|items|products|things)|the others?|quantities|variants|fallbacks|versions|amounts|any of them)\b"
)
_EITHER = re.compile(r"\b(?:both|either)\b")
_OF_THEM = re.compile(r"\b(?:both|each|either)\b(?! (?:product|item|thing|article|position|line))")
_PART = 4  # letters of the shortest word that stands for one that ends in it
_THEM = re.compile(r"\b(?:them|they|these|those)\b")
_PRONOUN = re.compile(r"\b(?:it|its|that|this|those|these|them|they)\b")


class Items:
    """The items of an episode, by the words of their names.

    Args:
        items: The items.
        subjects: What a message may be about: their words do not name an item.
        words: The words that mean the same.
    """

    __slots__ = ("_count", "_holders", "_literal", "lists")

    def __init__(self, items: Sequence[Item], subjects: Sequence[Subject], words: Lexicon) -> None:
        self._count = len(items)
        self._literal = frozenset().union(*(vocabulary_of(subject.asked, words).named for subject in subjects))
        self._holders: dict[str, tuple[int, ...]] = {}
        for index, item in enumerate(items):
            for word in dict.fromkeys(item.stems):
                if word not in STOP:
                    self._holders[word] = (*self._holders.get(word, ()), index)

    def words(self, stems: Sequence[str]) -> frozenset[str]:
        """The stems that name items here, but for those that the facts' questions have too."""
        return frozenset(word for word in stems if word in self._holders and word not in self._literal)

    def named(self, words: Sequence[str]) -> frozenset[int]:
        """The items that a clause names; of items that share words, those that most of the words fit."""
        if not self._holders:
            return frozenset()
        stems = list(dict.fromkeys(stem(word) for word in words if word not in STOP))
        return self._voted({word: self._holders.get(word, ()) for word in stems}) or self._voted(
            {word: self._compound(word) for word in stems}
        )

    def _voted(self, of: Mapping[str, tuple[int, ...]]) -> frozenset[int]:
        """The items that most words are about."""
        votes: dict[int, int] = {}
        for word, holders in of.items():
            if (
                holders
                and len(holders) < max(2, self._count)
                or (holders and self._count == 1 and word not in self._literal)
            ):
                for index in holders:
                    votes[index] = votes.get(index, 0) + (3 if len(holders) == 1 and not word.isdigit() else 1)
        if not votes:
            return frozenset()
        most = max(votes.values())
        sure = {index for index, count in votes.items() if count >= 3 and 2 * count > most}
        return frozenset(sure or {index for index, count in votes.items() if count == most})

    def _compound(self, word: str) -> tuple[int, ...]:
        """The items with a word that ends in this one: the watch of "smartwatch"."""
        if len(word) < _PART or word in self._literal:
            return ()
        return next((of for known, of in self._holders.items() if known.endswith(word)), ())

    def place(self, words: Sequence[str], order: Sequence[int]) -> frozenset[int] | None:
        """The item meant by "the first one" or "the last one", in an order of items; None where no place is named."""
        text = " ".join(words)
        if several := _PLACES_OF.search(text):
            count = 2 if several[2] == "two" else 3
            return frozenset(order[:count] if several[1] == "first" else order[-count:]) or None
        found = _PLACE.search(text)
        if found is None or not order:
            return None
        word = found[1] or found[2]
        place = _PLACES.get(word, -1) if word else int(found[3]) - 1
        if word == "former":
            place = 0
        return frozenset({order[place]}) if place < len(order) else None


def named_in(spans: Sequence[Span], items: Items, subjects: Sequence[Subject]) -> list[frozenset[int]]:
    """For each span the items that it is about; none where that is not said, and then all are meant.

    A clause without an item is about that of the clause before it, of the one after it or, where it says "it", of the
    sentence before it.
    """
    order = list(dict.fromkeys(item for subject in subjects for item in subject.items if item >= 0))
    own = [items.named(span.words) or items.place(span.words, order) or frozenset() for span in spans]
    result: list[frozenset[int]] = []
    last: frozenset[int] = frozenset()
    together: frozenset[int] = frozenset()
    just = False  # whether the sentence before states something about an item
    for place, span in enumerate(spans):
        clauses = [i for i, other in enumerate(spans) if other.sentence == span.sentence and not other.whole]
        text = " ".join(span.words)
        every = max(
            (i for i in clauses if i < place and not own[i] and _EACH.search(" ".join(spans[i].words))), default=-1
        )
        before = [own[i] for i in clauses if every < i < place and own[i]]
        after = [own[i] for i in clauses if i > place and own[i]]
        if span.whole or own[place]:
            result.append(own[place])
        elif _OF_THEM.search(text) and len(frozenset().union(*before)) > 1:
            result.append(frozenset().union(*before))
        elif _EITHER.search(text) and not before and len(together) > 1:
            result.append(together)
        elif _EACH.search(text) or every >= 0 and not before:
            result.append(frozenset())
        elif before or after:
            result.append(before[-1] if before else after[0])
        else:
            one = last if len(together) == 1 and just else frozenset[int]()
            result.append(together if _THEM.search(text) else last if _PRONOUN.search(text) else one)
        if place + 1 == len(spans) or spans[place + 1].sentence != span.sentence:
            said = [own[i] for i in clauses if own[i]]
            last = said[-1] if said else last
            together = frozenset().union(*said) if said else together
            just = bool(said) and span.piece.mark == "." and not span.piece.item
    return result
