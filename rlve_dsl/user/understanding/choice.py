"""What a clause of a message is, as far as it has been decided.

Belongs here: the record. Does not belong here: how it is decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rlve_dsl.user.understanding.spans import Span

Kind = Literal["question", "general", "go_ahead", "no_view", "talk", "unclear"]
"""What a message or a clause is, first of all."""


@dataclass(slots=True)
class Choice:
    """What a clause is.

    Attributes:
        span: The clause.
        kind: What it is.
        subjects: The subjects that it asks for.
        hit: How well its best word fits a held subject.
        near: How well it fits the held subject that it fits best.
        why: The reason, for people.
        row: Its place among the spans.
    """

    span: Span
    kind: Kind = "talk"
    subjects: tuple[int, ...] = ()
    near: float = 0.0
    hit: float = 0.0
    why: str = "it asks nothing"
    row: int = 0
