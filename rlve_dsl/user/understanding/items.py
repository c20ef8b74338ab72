"""The items that questions name, such as the products of a list: "How many of the {mug} would you like?".

Belongs here: which values in questions are items, and which item a fact is about. Does not belong here: messages.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from rlve_dsl.english import stem
from rlve_dsl.user.facts import Question, Slot
from rlve_dsl.user.understanding.lexicon import STOP

_A_THING = re.compile(r"\b(?:the|your|my) _|^_|\b(?:is|are|does|would|for|will|of) _")


def items_of(slots: Sequence[Slot]) -> tuple[str, ...]:
    """The values in questions that are things: those that another fact says or names too, and those that look like names."""
    asked: dict[str, set[tuple[int, str]]] = {}
    said: dict[str, set[tuple[int, str]]] = {}
    for slot in slots:
        fact = (slot.part, slot.fact)
        for text in _values(slot.asks):
            asked.setdefault(text, set()).add(fact)
        for text in _values([slot.says]):
            said.setdefault(text, set()).add(fact)
    varied = _varied(slots)
    return tuple(
        text
        for text, facts in asked.items()
        if len(facts | said.get(text, set())) > 1
        or text in varied
        or (any(c.isupper() for c in text) and not text.endswith("?"))
    )


def item_of(slot: Slot, items: Collection[str]) -> str | None:
    """The item that a fact's questions name or, where they name none, that is said."""
    return next((text for text in _values((*slot.asks, slot.says)) if text in items), None)


def values_among(texts: Iterable[Question], items: Collection[str]) -> tuple[str, ...]:
    """The values in some texts that are items."""
    return tuple(text for text in _values(texts) if text in items)


def without_items(ask: Question, items: Collection[str]) -> str:
    """A question without the items that it names."""
    return "".join("it" if segment.is_value and segment.text in items else segment.text for segment in ask)


def _varied(slots: Sequence[Slot]) -> frozenset[str]:
    """The only values in questions of one fact that are the same but for these: "How old is your son?", "… your mum?"."""
    found: dict[tuple[tuple[int, str], str], set[str]] = {}
    for slot in slots:
        for ask in slot.asks:
            values = [s.text for s in ask if s.is_value]
            if len(values) == 1 and not values[0].endswith("?"):
                frame = "".join("_" if s.is_value else s.text for s in ask)
                if _A_THING.search(frame):
                    found.setdefault(((slot.part, slot.fact), frame), set()).update(values)
    return frozenset(value for values in found.values() if len(values) > 1 for value in values)


def _values(questions: Iterable[Question]) -> Iterable[str]:
    return (segment.text for question in questions for segment in question if segment.is_value)


def item_stems(items: Sequence[Sequence[str]], asked: Iterable[str]) -> dict[str, frozenset[int]]:
    """The stems of items' names that questions do not have themselves, each with these items.

    Args:
        items: The words of each item's name.
        asked: The words of the questions.
    """
    if not items:
        return {}
    own = set(map(stem, asked))
    found: dict[str, frozenset[int]] = {}
    for number, words in enumerate(items):
        for word in words:
            if word not in STOP and stem(word) not in own:
                found[stem(word)] = found.get(stem(word), frozenset()) | {number}
    return found
