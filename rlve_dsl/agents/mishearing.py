"""What the user has said, as an agent understands it that does not listen well, or does not hear all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rlve_dsl.agents.values import misheard
from rlve_dsl.episode import Part
from rlve_dsl.values import Value


class MisheardFacts:
    """`said`, as a solution reads it, with some values taken for others.

    Each value is understood once: it stays the same however often it is read. `errs(fact, key)` decides whether a value is
    misheard.
    """

    __slots__ = ("_errs", "_part", "_types", "_understood")

    def __init__(self, part: Part, errs: Callable[[str, int | None], bool]) -> None:
        self._part = part
        self._errs = errs
        self._types = {plan.name: plan.value.type for plan in part.environment.facts}
        self._understood: dict[tuple[str, int | None], Value] = {}

    def __getitem__(self, fact: str) -> Value:
        said = self._part.said[fact]
        if said is None:
            return None
        if isinstance(said, Mapping):
            return {**said, "value": self._understand(fact, None, said["value"], [])}
        values = [entry["value"] for entry in said]
        return type(said)({**e, "value": self._understand(fact, e["key"], e["value"], values)} for e in said)

    def get(self, fact: str) -> Value:
        """Return the same as indexing."""
        return self[fact]

    def _understand(self, fact: str, key: int | None, value: Value, all_values: Sequence[Value]) -> Value:
        if (fact, key) not in self._understood:
            other = misheard(value, self._types[fact])
            if other is None:  # nothing of the type is like it, but another item of the same fact may be
                other = next((one for one in all_values if one != value), None)
            if other is None:
                return value
            self._understood[fact, key] = other if self._errs(fact, key) else value
        return self._understood[fact, key]


class UnheardFact:
    """`said`, as a solution reads it, without one fact: what the opening left out of it is never learnt.

    Args:
        part: The part.
        fact: The fact.
        guesses: What is taken in its place, by the index of the item (None for a fact that is about no list). Without a
            guess, it stays unknown.
    """

    __slots__ = ("_fact", "_guesses", "_part")

    def __init__(self, part: Part, fact: str, guesses: Mapping[int | None, Value]) -> None:
        self._part = part
        self._fact = fact
        self._guesses = guesses

    def __getitem__(self, fact: str) -> Value:
        said = self._part.said[fact]
        omitted = {slot.key for slot in self._part.drawn.slots if slot.fact == fact and slot.omitted}
        if fact != self._fact or not omitted:
            return said
        if said is None or isinstance(said, Mapping):
            return {"value": self._guesses[None]} if None in self._guesses else None
        heard = [entry for entry in said if entry["key"] not in omitted]
        guessed = [{"value": value, "key": key} for key, value in self._guesses.items()]
        return type(said)([*heard, *guessed])

    def get(self, fact: str) -> Value:
        """Return the same as indexing."""
        return self[fact]
