"""The built-in functions that make or read texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from rlve_dsl.caching import cached_texts
from rlve_dsl.english import NUMBER_WORDS, counted_things, listed, with_article
from rlve_dsl.expressions.declare import Each, function
from rlve_dsl.expressions.evaluation import EvaluationError
from rlve_dsl.expressions.types import Days
from rlve_dsl.quantities import format_ago, format_number
from rlve_dsl.rng import stable_hash

T = TypeVar("T", bound=str)
V = TypeVar("V")

LONGEST_TEXT = 10_000
LONGEST_CODE = 9
_WORD = re.compile(r"[^\W_]+")
_DIGITS = {word: str(number) for number, word in enumerate(NUMBER_WORDS)}


@function()
def percent(x: float) -> str:
    """A share as a percentage: 0.4 becomes `40%`."""
    return f"{format_number(round(x * 100, 4))}%"


@function()
def joined(values: Sequence[str], by: str = "") -> str:
    """The texts as one text: commas between them, and `and` before the last. With `by`, this is between them instead."""
    if (
        sum(map(len, values)) + len(by) * max(0, len(values) - 1) > LONGEST_TEXT
    ):  # before many long texts are put together
        raise _too_long()
    return _limited(by.join(values) if by else listed(values))


def _limited(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise _too_long()
    return text


def _too_long() -> EvaluationError:
    return EvaluationError(f"a text of more than {LONGEST_TEXT:,} characters")


@function()
def lower(x: str) -> str:
    """The text in lower case."""
    return x.lower()


@function("a")
def a_(x: str) -> str:
    """The text with `a` or `an` before it, as it is spoken: `an oak desk`, `a USB hub`, `an 8-cup kettle`."""
    return with_article(x)


@function()
def counted(n: int, noun: str = "") -> str:
    """A number of things as people type it: `three`, or 13. With a noun: `one kettle`, `three kettles`, `two pairs of sneakers`."""
    return counted_things(n, noun)


@function()
def ago(d: Days) -> str:
    """How long ago something was: `today`, `yesterday`, `30 days ago`, and over 99 days `985 days ago to the day`."""
    return format_ago(int(d))


@function()
def by_share(names: Sequence[str], shares: Sequence[float]) -> str:
    """What counts and for how much, the most first and without what counts for nothing: `50% on price and 30% on rating`."""
    counting = [(share, name) for name, share in zip(names, shares, strict=True) if share > 0]
    if sum(len(name) for _, name in counting) > LONGEST_TEXT:
        raise _too_long()
    return _limited(
        listed([f"{percent.call(share)} on {name}" for share, name in sorted(counting, key=lambda one: -one[0])])
    )


@function()
def contains(x: str, part: str) -> bool:
    """Whether the text x contains the text `part`."""
    return part in x


@function()
def has_words(x: str, words: T) -> bool:
    """Whether the text x has these words, one after another, in any case: `In two days!` has the words `2 days`. A part of a word
    is none: `asking` has not the word `skin`."""
    looked_for = _words_of(str(words))
    return bool(looked_for.strip()) and looked_for in _words_of(x)


@cached_texts(1_000)
def _words_of(text: str) -> str:
    """The words of a text in lower case, without marks, a space around each; numbers below twenty in digits."""
    return f" {' '.join(_DIGITS.get(word, word) for word in _WORD.findall(text.lower()))} "


@function()
def alphabetical(values: Sequence[V], by: Each[V, T] | None = None) -> Sequence[V]:
    """The texts, ids or words of a list in the order of their letters. With `by`, the items in the order of what it gives."""
    keys: Sequence[str] = [str(value) if by is None else by.one(value) for value in values]
    return [values[place] for place in sorted(range(len(values)), key=keys.__getitem__)]


@function()
def code_for(of: T, name: str, pattern: str) -> str:
    """A code that follows from a text or an id, always the same: `code_for(line_id, "case", "C######")` is a `C` and six digits.
    `name` says what it is the code of: codes with other names are other codes."""
    digits = pattern.count("#")
    if not 3 <= digits <= LONGEST_CODE or not pattern.endswith("#" * digits):
        raise EvaluationError(f"`{pattern}` is no pattern of a code: letters, then 3 to {LONGEST_CODE} times `#`")
    first: int = 10 ** (digits - 1)
    return f"{pattern.rstrip('#')}{first + stable_hash(name, of) % (9 * first)}"
