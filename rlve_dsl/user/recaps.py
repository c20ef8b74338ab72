"""A recap that an agent wants to have confirmed: "So at least 4 stars, and in red. Is that right?".

Belongs here: which facts a recap names, and whether it names them rightly. Does not belong here: one fact that is asked for by
the message as a whole, requests for a go-ahead, what the shopper answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from rlve_dsl.english import stem
from rlve_dsl.frozen import frozen
from rlve_dsl.readings import number_at
from rlve_dsl.user.confirming import agrees, confirmed_text
from rlve_dsl.user.facts import FactId, Slot
from rlve_dsl.user.understanding import Understood
from rlve_dsl.user.understanding.lexicon import STOP
from rlve_dsl.user.understanding.texts import words_of

_MOST_PIECES = 12
_LONGEST_VALUE = 4  # words of "in the red version"
_DIVIDES = re.compile(
    # "the toolbox in red", and not "in its place"
    r"[,;:\n•]|\.(?=\s|$)|!|\band\b|\bplus\b|\bwith\b|\b(?=in (?!(?:its|their|that|this) |(?:place|exchange|return|full|mind|total|time|stock|case)\b))",
    re.IGNORECASE,
)


@frozen
class Recap:
    """A recap of what the shopper has said.

    Attributes:
        right: The facts that it names as they are.
        wrong: Those that it names with another value.
        open: Those of which nobody can tell.
        has_more: Whether it says something more.
        pieces: How many pieces it has.
    """

    right: tuple[Slot, ...] = ()
    wrong: tuple[Slot, ...] = ()
    open: tuple[Slot, ...] = ()
    has_more: bool = False
    pieces: int = 0

    @property
    def is_right(self) -> bool:
        """Whether all of it is so."""
        return bool(self.right) and not (self.wrong or self.open or self.has_more)

    @property
    def is_so(self) -> bool | None:
        """Whether it is so; None where nobody can tell."""
        return False if self.wrong else self.is_right or None

    def told(self, disclosed: Collection[FactId]) -> tuple[Slot, ...]:
        """The facts that the shopper says then: those that are wrong; of a right one those that are new; else those that have been said."""
        if self.wrong:
            return self.wrong
        if self.is_right:
            return tuple(slot for slot in self.right if slot.id not in disclosed)
        return tuple(slot for slot in (*self.right, *self.open) if slot.id in disclosed)


def recap_of(message: str, slots: Sequence[Slot], understand: Callable[[str], Understood]) -> Recap | None:
    """What a message recaps; None where it wants nothing to be confirmed.

    Each piece between commas and the like is read as a question by itself.

    Args:
        message: What the agent says.
        slots: The facts that the shopper can state.
        understand: Which of them a text asks for, by their places.
    """
    text = confirmed_text(message)
    if not text:
        return None
    found: dict[int, bool | None] = {}
    pieces = _pieces(text)
    has_more = len(pieces) > _MOST_PIECES
    for piece in pieces[:_MOST_PIECES]:
        asked = understand(f"{piece}?").asked
        for place in asked:
            so = _agrees(piece, slots[place])
            found[place] = so if found.get(place) is None or so is False else found[place]
        has_more |= not asked
    right, wrong, open_ = (
        tuple(slots[place] for place, so in found.items() if so is kind) for kind in (True, False, None)
    )
    return Recap(right, wrong, open_, has_more, len(pieces))


def _agrees(piece: str, slot: Slot) -> bool | None:
    """Whether a piece names the value of a fact; "in red" names another one than "black"."""
    so, words = agrees(piece, slot), words_of(piece)
    if so is not None or words[0] != "in" or len(words) > _LONGEST_VALUE:
        return so
    value = words_of("".join(segment.text for segment in slot.says if segment.is_value))
    is_same_kind = _has_digits(words) == _has_digits(value)  # "in two days" may be "by Friday"
    return False if is_same_kind and frozenset(map(stem, words[1:])).isdisjoint(map(stem, value)) else None


def _has_digits(words: Sequence[str]) -> bool:
    return any(number_at(words, place) is not None for place in range(len(words)))


def _pieces(text: str) -> list[str]:
    """The pieces of a recap that name something."""
    pieces = (piece.strip() for piece in _DIVIDES.split(text))
    return [piece for piece in pieces if not STOP.issuperset(words_of(piece))]
