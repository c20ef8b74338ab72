"""Facts for tests of the user, written in a line each."""

from __future__ import annotations

from rlve_dsl.expressions import Segment
from rlve_dsl.user import Slot


def segments(text: str) -> tuple[Segment, ...]:
    """`I need {two}.` with `two` as a value."""
    parts = text.replace("}", "{").split("{")
    return tuple(Segment(part, index % 2 == 1) for index, part in enumerate(parts) if part)


def slot(
    fact: str,
    says: str,
    *asks: str,
    key: int | None = None,
    omitted: bool = True,
    by_chance: bool = True,
    part: int = 1,
    options: tuple[str, ...] = (),
    about: tuple[str, ...] = (),
) -> Slot:
    """A fact whose value is what it says; `asks` are its questions."""
    questions = tuple(segments(ask) for ask in asks)
    return Slot(fact, key, says, segments(says), questions, omitted, by_chance, part, about, options)
