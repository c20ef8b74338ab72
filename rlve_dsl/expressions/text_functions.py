"""The built-in functions that make or read texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from rlve_dsl.english import listed, with_article
from rlve_dsl.expressions.declare import function
from rlve_dsl.expressions.scope import EvaluationError
from rlve_dsl.quantities import format_number

T = TypeVar("T", bound=str)

LONGEST_TEXT = 10_000


@function()
def percent(x: float) -> str:
    """A share as a percentage: 0.4 becomes `40%`."""
    return f"{format_number(round(x * 100, 4))}%"


@function()
def joined(values: Sequence[str]) -> str:
    """The texts as one text: commas between them, and `and` before the last."""
    text = listed(values)
    if len(text) > LONGEST_TEXT:
        raise EvaluationError(f"a text of more than {LONGEST_TEXT:,} characters")
    return text


@function()
def lower(x: str) -> str:
    """The text in lower case."""
    return x.lower()


@function("a")
def a_(x: str) -> str:
    """The text with `a` or `an` before it, as it is spoken: `an oak desk`, `a USB hub`, `an 8-cup kettle`."""
    return with_article(x)


@function()
def counted(n: int) -> str:
    """A number of things as people type it: `just one`, or the number."""
    return "just one" if n == 1 else str(n)


@function()
def contains(x: str, part: str) -> bool:
    """Whether the text x contains the text `part`."""
    return part in x


@function()
def alphabetical(values: Sequence[T]) -> Sequence[T]:
    """The texts, ids or words of a list in the order of their letters."""
    return sorted(values)
