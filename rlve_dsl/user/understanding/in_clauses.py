"""A message that was read, in clauses: which clause speaks most for a fact, and which facts were nearly heard in a clause.

Belongs here: what follows from one reading and the clauses of its text. Does not belong here: clauses that are read by themselves,
what is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property

import numpy as np

from rlve_dsl.user.understanding.forms import has_no_content
from rlve_dsl.user.understanding.reading import Reading
from rlve_dsl.user.understanding.texts import Piece, pieces_of
from rlve_dsl.user.understanding.understood import Missed

_WHY = 3  # words that are named as reasons
_TELLING = 0.03  # the least share of a word that is named
_NEXT = 12  # tokens among which the next word of a clause is looked for


class InClauses:
    """A message in clauses.

    Args:
        text: The message.
        reading: The same, read.
        corrected: Corrects slips of typing in a word, as they were when the message was read.
    """

    def __init__(self, text: str, reading: Reading, corrected: Callable[[str], str]) -> None:
        self._text = text
        self._reading = reading
        self._corrected = corrected

    @cached_property
    def pieces(self) -> Sequence[Piece]:
        """The clauses."""
        return pieces_of(self._text)

    @property
    def last_sentence(self) -> str | None:
        """The clauses of the last sentence; None where a message is one sentence, or no clause has words ("Otherwise?")."""
        last = self.pieces[-1].sentence if self.pieces else 0
        if not self.pieces or last == self.pieces[0].sentence:
            return None
        return " ".join(piece.text for piece in self.pieces if piece.sentence == last)

    def homes(self, facts: Iterable[int]) -> dict[int, int]:
        """For each fact the number of the clause whose words speak most for it; nothing where no clause has words ("and otherwise?")."""
        if not self.pieces:
            return {}
        weights = self._reading.read.weights
        return {fact: int(np.argmax([weights[fact, of].sum() for of in self._places])) for fact in facts}

    def begins(self, facts: Iterable[int]) -> dict[int, int]:
        """For each fact where the clause begins that speaks most for it."""
        starts, end = list[int](), 0
        for piece in self.pieces:
            start = self._text.find(piece.text, end)
            starts.append(start if start >= 0 else end)
            end = starts[-1]
        return {fact: starts[number] for fact, number in self.homes(facts).items()}

    def place_of(self, home: int, heard: Collection[int]) -> Missed:
        """Whether a clause is the first thing that the message asks, or the last one.

        Args:
            home: The number of the clause.
            heard: The numbers of the clauses in which facts were heard.
        """
        own = self.pieces[home]
        before, _, after = self._text.partition(own.text)
        beside = [
            at for at, one in enumerate(self.pieces) if one.sentence == own.sentence and not has_no_content(one.words)
        ]
        if home < min(heard) and min(beside, default=home) >= home and "?" not in before:
            return "first"
        if home > max(heard) and max(beside, default=home) <= home and "?" not in after.partition("?")[2]:
            return "last"
        return "other"

    def why(self, number: int, asked: Sequence[int]) -> str:
        """The words of a clause that spoke most for the facts that it asks for."""
        counts = self._reading.read.weights[list(asked)].max(axis=0)
        best = sorted(self._places[number], key=lambda place: -counts[place])[:_WHY]
        said = dict.fromkeys(self._reading.tokens[place] for place in sorted(best) if counts[place] >= _TELLING)
        return f"{', '.join(said)}: these words count most" if len(said) > 1 else "as a whole"

    @cached_property
    def _places(self) -> Sequence[Sequence[int]]:
        """For each clause the places of its words among the tokens."""
        tokens, found = self._reading.tokens, list[list[int]]()
        start = 0
        for piece in self.pieces:
            own = []
            for word in map(self._corrected, piece.words):
                place = next((at for at in range(start, min(start + _NEXT, len(tokens))) if tokens[at] == word), -1)
                if place >= 0:
                    own.append(place)
                    start = place + 1
            found.append(own)
        return found
