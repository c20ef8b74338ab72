"""How a person words several things: items of a list in one sentence, and shorter names for what has been named.

Belongs here: which words follow which. Does not belong here: what is disclosed, the phrases themselves, typing slips.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby, pairwise

from rlve_dsl.english import is_counted, separators
from rlve_dsl.expressions import Segment, shared_segment
from rlve_dsl.rng import Stream
from rlve_dsl.user.facts import FactId, Slot

Words = Sequence[Segment]
_PHRASES = ("with ", "of ", "on ")
_BEING = (" be ", " were ", " is ", "'s ")
_SENTENCES = 1 << 10  # places for the sentences of one reply


def place_of(turn: int) -> int:
    """Where picks for the user's words begin in a turn; below zero, as the facts of a part have the places from zero up."""
    return -1 - turn * _SENTENCES


def stated(slots: Sequence[Slot], stream: Stream, turn: int) -> list[Words]:
    """The sentences that disclose these slots: facts in the order in which they come first, items of one list in one sentence.

    Args:
        slots: What to disclose.
        stream: What the sentences around several items are picked from.
        turn: How often the user has spoken, so that each time has its own sentences.
    """
    sentences: list[Words] = []
    places: dict[tuple[int, str], int] = {}
    for slot in slots:
        places.setdefault((slot.part, slot.fact), len(places))
    in_order = sorted(slots, key=lambda slot: places[slot.part, slot.fact])
    for (_, _, together), run in groupby(in_order, key=_list_of):
        items = list(run)
        if len(items) == 1 or not together:
            sentences += [item.says for item in items]
        else:
            before, after = stream.pick(together, place_of(turn) - 1 - len(sentences))
            sentences.append(_joined(before, [item.each for item in items], after))
    return [_as_one(sentence) for sentence in sentences]


def without_repeats(asked: Sequence[Slot], disclosed: Collection[FactId], message: str) -> list[Slot]:
    """The slots, less the items of a list that have been said, where others of the list have not and the message names no such item.

    >>> from rlve_dsl.user.facts import FactId, Slot
    >>> one, two = (Slot("need", key, key, (), (), True, True, together=(("", ""),)) for key in (0, 1))
    >>> [slot.key for slot in without_repeats([one, two], {one.id}, "What else do you need?")]
    [1]
    """
    growing = {(slot.part, slot.fact) for slot in asked if slot.together and slot.id not in disclosed}
    words = f" {message.lower()}"
    return [
        slot
        for slot in asked
        if slot.id not in disclosed or (slot.part, slot.fact) not in growing or _is_named(slot, words)
    ]


def goes_on(words: Words, *, question: bool) -> bool:
    """Whether a sentence may stand after "As I said,": it begins with no value in a capital letter and, unless `question`, asks nothing."""
    starts = words[0].is_value and words[0].text[:1].isupper()
    return not starts and (question or not words[-1].text.endswith("?"))


def _is_named(slot: Slot, words: str) -> bool:
    """Whether a message names what the questions for a slot name."""
    named = (segment.text for ask in slot.asks for segment in ask if segment.is_value)
    return any(f" {name.lower().rpartition(' ')[2]}" in words for name in named)


def _as_one(words: Words) -> Words:
    """The words, where "it should be" and "with a lid" become "it should be one with a lid"."""
    for place, (before, then) in enumerate(pairwise(words)):
        if not before.is_value and then.text.startswith(_PHRASES) and before.text.endswith(_BEING):
            return [*words[:place], before._replace(text=f"{before.text}one "), *words[place + 1 :]]
    return words


def _list_of(slot: Slot) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    return slot.part, slot.fact, slot.together


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
        self._said: tuple[str, ...] = tuple(dict.fromkeys(said))

    def fork(self) -> Names:
        """An independent copy."""
        return Names(self._said)

    def shorten(self, words: Words) -> list[Segment]:
        """The words, where a second mention takes the shorter name if nothing else that was named could be meant by it."""
        found: list[Segment] = []
        around = ""  # words around values; those that stand together become one segment
        for segment in words:
            text, is_value, mention = segment
            if not is_value:
                around += text
                continue
            if around:
                found.append(shared_segment(around, False))
                around = ""
            if mention and self._is_clear(segment):
                segment = Segment(mention, True)
            elif not is_counted(text) and text not in self._said:  # "two bags of rice" is no name of a rice
                self._said += (text,)
            found.append(segment)
        if around:
            found.append(shared_segment(around, False))
        return found

    def _is_clear(self, segment: Segment) -> bool:
        if segment.text not in self._said:
            return False
        last, end = segment.text.rpartition(" ")[2], f" {segment.mention}"  # a shorter name has the same last word
        others = (text for text in self._said if text != segment.text and text.rpartition(" ")[2] == last)
        return not any(text.endswith(end) for text in others)
