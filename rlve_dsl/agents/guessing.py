"""What the user has said, with a guess in the place of what nobody has told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from rlve_dsl.episode import Part
from rlve_dsl.values import Value

Guesses: TypeAlias = Mapping[tuple[str, str], Value]
"""The value that is guessed for a fact, by the name of its environment and its own."""


class GuessedFacts:
    """`said`, as a solution reads it, where a fact that was not said has the value that is guessed for it."""

    __slots__ = ("_guesses", "_part")

    def __init__(self, part: Part, guesses: Guesses) -> None:
        self._part = part
        self._guesses = guesses

    def __getitem__(self, fact: str) -> Value:
        said = self._part.said[fact]
        place = (self._part.environment.name, fact)
        return {"value": self._guesses[place]} if said is None and place in self._guesses else said

    def get(self, fact: str) -> Value:
        """Return the same as indexing."""
        return self[fact]
