"""How a person words several things: items of a list in one sentence, and shorter names for what has been named.

Belongs here: which words follow which. Does not belong here: what is disclosed, the phrases themselves, typing slips.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rlve_dsl.english import separators
from rlve_dsl.expressions import Segment
from rlve_dsl.rng import Stream
from rlve_dsl.user.facts import Slot

Words = Sequence[Segment]


def stated(slots: Sequence[Slot], stream: Stream) -> list[Words]:
    """The sentences that disclose these slots, in their order. Items of one list that stand together share a sentence."""
    sentences: list[Words] = []
    for _, run in groupby(slots, key=lambda slot: (slot.part, slot.fact)):
        items = list(run)
        if len(items) == 1 or not items[0].together:
            sentences += [item.says for item in items]
        else:
            first = items[0]
            before, after = stream.child("together", first.part, first.fact).choice(first.together)
            sentences.append(_joined(before, [item.each for item in items], after))
    return sentences


def _joined(before: str, items: Sequence[Words], after: str) -> Words:
    """`before`, the items as "one, two and three", `after`."""
    found = [Segment(before, False)] if before else []
    texts = ["".join(segment.text for segment in item) for item in items]
    for item, between in zip(items, separators(texts), strict=True):
        found += item
        if between:
            found.append(Segment(between, False))
    if after:
        found.append(Segment(after, False))
    return found


class Names:
    """The values that a shopper has said, by which a thing may be called by its shorter name."""

    __slots__ = ("_said",)

    def __init__(self, said: Iterable[str] = ()) -> None:
        self._said = dict.fromkeys(said)

    def fork(self) -> Names:
        """An independent copy."""
        return Names(self._said)

    def shorten(self, words: Words) -> list[Segment]:
        """The words, where a second mention takes the shorter name if nothing else that was named could be meant by it."""
        found: list[Segment] = []
        for segment in words:
            if segment.is_value:
                if segment.mention and self._is_clear(segment):
                    segment = Segment(segment.mention, True)
                else:
                    self._said[segment.text] = None
            found.append(segment)
        return found

    def _is_clear(self, segment: Segment) -> bool:
        if segment.text not in self._said:
            return False
        end = f" {segment.mention}"
        return not any(text.endswith(end) for text in self._said if text != segment.text)
