"""What a message may be about: the facts' questions without the items that they name, and these items.

Belongs here: which slots one question asks for, the words of each. Does not belong here: how well a message fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rlve_dsl.english import stem
from rlve_dsl.user.facts import Question, Slot
from rlve_dsl.user.understanding.texts import words_of


class Field(IntEnum):
    """Where words of a subject are from."""

    ASK = 0
    ABOUT = 1
    LISTED = 2
    SAYS = 3
    OPTION = 4
    VALUE = 5


@dataclass(frozen=True, slots=True)
class Item:
    """A thing that questions name, such as a product.

    Attributes:
        name: Its name.
        words: The words of its name.
    """

    name: str
    words: tuple[str, ...]

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems of its words."""
        return tuple(stem(word) for word in self.words)


Texts = tuple[tuple[Field, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What one question asks for.

    Attributes:
        slots: The indices of the slots, those that hold first.
        items: For each slot the index of the item that its question names, -1 for none.
        fact: The request and the fact.
        asked: Its words by field: questions without items, other words, possible values.
        said: The same of what is said and of the values.
        held: How many of the slots hold.
        omitted: Whether an opening left one of the slots out.
        attribute: Whether its questions name something that is no item, such as the colour of an item.
    """

    slots: tuple[int, ...]
    items: tuple[int, ...]
    fact: tuple[int, str]
    asked: Texts
    said: Texts
    held: int
    omitted: bool
    attribute: bool


def subjects_of(held: Sequence[Slot], absent: Sequence[Slot]) -> tuple[list[Subject], list[Item]]:
    """The subjects of some slots and the items that their questions name; slots are counted through both lists."""
    slots = [*held, *absent]
    items = _items(slots)
    place = {item.name: index for index, item in enumerate(items)}
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, slot in enumerate(slots):
        groups.setdefault((slot.part, slot.fact, _bare(slot, place)), []).append(index)
    subjects = [_subject(slots, members, len(held), place) for members in groups.values()]
    return subjects, items


def _subject(slots: Sequence[Slot], members: Sequence[int], held: int, place: dict[str, int]) -> Subject:
    first = slots[members[0]]
    said: dict[tuple[Field, tuple[str, ...]], None] = {}
    for index in members:
        says = [s for s in slots[index].says if not (s.is_value and s.text in place)]
        said.setdefault((Field.SAYS, words_of(" ".join(s.text for s in says if not s.is_value))))
        for segment in says:
            if segment.is_value:
                said.setdefault((Field.VALUE, words_of(segment.text[:200])))
    return Subject(
        tuple(members),
        tuple(_named(slots[index], place) for index in members),
        (first.part, first.fact),
        _asked(_bare(first, place), first.fact, first.about, first.options),
        tuple((field, words) for field, words in said if words),
        sum(i < held for i in members),
        any(slots[i].omitted for i in members),
        any(s.is_value and s.text not in place and not s.text.endswith("?") for ask in first.asks for s in ask),
    )


@lru_cache(maxsize=1 << 12)
def _asked(asks: tuple[str, ...], fact: str, about: tuple[str, ...], options: tuple[str, ...]) -> Texts:
    """The words by which a fact is asked for; they are those of the files, so that there are few."""
    texts: dict[tuple[Field, tuple[str, ...]], None] = {}
    for ask in asks:
        _add_text(texts, Field.ASK, ask)
    if not asks:
        texts.setdefault((Field.ASK, words_of(fact.replace("_", " "))))
    for phrase in (fact.replace("_", " "), *about):
        _add_text(texts, Field.ABOUT, phrase)
    for option in options:
        texts.setdefault((Field.OPTION, words_of(option)))
    return tuple((field, words) for field, words in texts if words)


def _add_text(texts: dict[tuple[Field, tuple[str, ...]], None], field: Field, text: str) -> None:
    """Add a text; things that it lists ("price, rating and brand") do not each stand for its question, so they are apart."""
    listed = _LISTED.search(text)
    texts.setdefault((field, words_of(text.replace(listed[0], " ") if listed else text)))
    if listed:
        texts.setdefault((Field.LISTED, words_of(listed[0])))


_LISTED = re.compile(r"\b\w+, (?:\w+, )*\w+,? and \w+\b")


def _bare(slot: Slot, items: dict[str, int]) -> tuple[str, ...]:
    """Its questions without the items that they name."""
    return tuple("".join("it" if s.is_value and s.text in items else s.text for s in ask) for ask in slot.asks)


def _named(slot: Slot, items: dict[str, int]) -> int:
    """The item that its questions name or, where they name none, that is said."""
    texts = (*slot.asks, slot.says)
    return next((items[s.text] for text in texts for s in text if s.is_value and s.text in items), -1)


def _items(slots: Sequence[Slot]) -> list[Item]:
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
    found = [
        text
        for text, facts in asked.items()
        if len(facts | said.get(text, set())) > 1
        or text in varied
        or (any(c.isupper() for c in text) and not text.endswith("?"))
    ]
    return [Item(text, words_of(text)) for text in found]


_A_THING = re.compile(r"\b(?:the|your|my) _|^_|\b(?:is|are|does|would|for|will|of) _")


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
