"""Facts that a user can disclose, and the record of those that have been disclosed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlve_dsl.expressions import Segment
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Names, Value

Question = tuple[Segment, ...]
"""A question for a fact; its value segments name what it is about, such as the item of a list."""

FactId = tuple[int, str, int | None]
"""What identifies a slot in an episode: the number of the request, the fact, and the index of the item (or None)."""


@frozen
class Slot:
    """One thing that the user can say: a fact, or a fact of one item of a list.

    Attributes:
        fact: The name of the fact.
        key: The index of the item in the fact's list; None for a fact that is not about a list.
        value: What the fact is.
        says: The words that disclose it.
        asks: The questions that ask for it.
        about: Other words and phrases for what it is about.
        options: All values that it can have, where these are a closed list of words.
        omitted: Whether the request's opening leaves it out.
        discountable: Whether only chance omits it: the opening of another episode may state it.
        part: The number of the request that it belongs to.
        each: The words that disclose it among other items of its list; empty where each item is said by itself.
        together: What may stand before and after such items, in pairs.
    """

    fact: str
    key: int | None
    value: Value
    says: tuple[Segment, ...]
    asks: tuple[Question, ...]
    omitted: bool
    discountable: bool
    part: int = 1
    about: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    each: tuple[Segment, ...] = ()
    together: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> FactId:
        """What identifies it in an episode."""
        return self.part, self.fact, self.key

    @property
    def sentence(self) -> str:
        """The words that state it."""
        return "".join(segment.text for segment in self.says)

    @property
    def value_said(self) -> str:
        """The words of its value, as they are said."""
        return "".join(segment.text for segment in self.says if segment.is_value)

    @property
    def is_count(self) -> bool:
        """Whether it is how many of an item there are."""
        return (
            self.key is not None
            and isinstance(self.value, int)
            and not isinstance(self.value, bool)
            and not self.options
        )

    @property
    def earns_discount(self) -> bool:
        """Whether the turn that asks for it may be free: it was omitted by chance."""
        return self.omitted and self.discountable


class Said:
    """`said` as a solution reads it: the facts of one request, with the values that have been disclosed so far.

    >>> said = Said({"size": False}, slots := [])
    >>> said["size"]
    >>> slots.append(Slot("size", None, "L", (), (), True, True))
    >>> said["size"]
    {'value': 'L'}
    """

    __slots__ = ("_facts", "_known", "_length", "_slots")

    def __init__(self, facts: Mapping[str, bool], disclosed: Sequence[Slot]) -> None:
        """`facts` says of each fact whether it is about the items of a list; `disclosed` may grow later."""
        self._facts = facts
        self._slots = disclosed
        self._length = 0
        self._known: Names = {}

    def __getitem__(self, fact: str) -> Value:
        if len(self._slots) != self._length:
            self._length, self._known = len(self._slots), {}
        if fact not in self._known:
            self._known[fact] = self._read(fact)
        return self._known[fact]

    def _read(self, fact: str) -> Value:
        slots = [slot for slot in self._slots if slot.fact == fact]
        if self._facts[fact]:
            return Entries({"value": slot.value, "key": slot.key} for slot in slots)
        return {"value": slots[0].value} if slots else None

    def get(self, fact: str) -> Value:
        """The same as indexing."""
        return self[fact]


class Entries(tuple[Mapping[str, Value], ...]):
    """The disclosed items of a fact about a list; `at` finds one by the index of its item."""

    __slots__ = ()

    def at(self, key: int) -> Mapping[str, Value] | None:
        """The entry of an item, or None when it has not been disclosed."""
        return next((entry for entry in self if entry["key"] == key), None)
