"""JSON as an agent writes it: read strictly where a value could be lost, and copied only when every reader understands it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TypeVar, cast

from rlve_dsl.values import Json, JsonObject

T = TypeVar("T")

LONGEST_ACTION = 100_000
"""The most characters of one generation that are read as an action; its thinking does not count."""

TOO_LONG = f"more than {LONGEST_ACTION:,} characters"

_SPACE = re.compile(r"\s*")
_MAX_DEPTH = 32
_MAX_BITS = 1024  # a larger whole number is beyond every float
_TOO_LARGE = "a number is too large: one has at most 308 digits"
_TOO_DEEP = f"JSON nested deeper than {_MAX_DEPTH}"


class Unreadable(ValueError):
    """What an agent wrote cannot be read; the message says why."""


class NoJson(Unreadable):
    """It is no text that cannot be read, but a Python object that no text could stand for; the message says what is wrong."""


def read_json(text: str) -> Json:
    """The JSON value that the text is; raises Unreadable."""
    value, end = read_json_at(text, after_space(text, 0))
    if end < len(text) and text[end:].strip():
        raise Unreadable("not JSON: something follows the value")
    return value


def read_json_at(text: str, start: int) -> tuple[Json, int]:
    """The JSON value that begins there, and where it ends; raises Unreadable."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except Unreadable:
        raise
    except RecursionError:
        raise Unreadable(_TOO_DEEP) from None
    except json.JSONDecodeError as problem:
        raise Unreadable(f"not JSON: {problem}") from None
    except ValueError:  # it has more digits than Python reads
        raise Unreadable(_TOO_LARGE) from None
    return plain_copy(cast(Json, value), Budget()), end


def after_space(text: str, start: int) -> int:
    """Where the first character that is no space stands, from there on."""
    space = _SPACE.match(text, start)
    return start if space is None else space.end()


def _no_duplicates(pairs: list[tuple[str, Json]]) -> JsonObject:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise Unreadable("a JSON object has a key twice")
    return value


# not strict: a line break inside a text can mean nothing else
_DECODER = json.JSONDecoder(object_pairs_hook=_no_duplicates, strict=False)


class Budget:
    """How many characters an action may still have. A value without characters counts as one, such as an empty text or a number."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = LONGEST_ACTION

    def spend(self, characters: int) -> None:
        """Count this many characters; raises Unreadable when they are too many."""
        self.left -= characters
        if self.left < 0:
            raise Unreadable(TOO_LONG)


def plain_copy(value: T, budget: Budget) -> T:
    """A copy of the value, when it is JSON that every reader understands; raises Unreadable.

    What the value holds in several places counts in each of them, as it would in a text.
    """
    try:
        return _copied(value, budget, 0)
    except Unreadable:
        raise
    except Exception as problem:  # noqa: BLE001 - a class of the agent's own may raise anything where it is read
        raise NoJson(f"a value cannot be read: {type(problem).__name__}") from None


def _copied(value: T, budget: Budget, depth: int) -> T:
    kind = type(value)
    if kind is str and value.isascii():  # type: ignore[attr-defined]
        budget.spend(len(value) or 1)  # type: ignore[arg-type]
        return value
    budget.spend(1)
    if value is None or kind is bool:
        return value
    if kind is int and value.bit_length() <= _MAX_BITS:  # type: ignore[attr-defined]
        return value
    copied: object = value
    if depth > _MAX_DEPTH:
        raise Unreadable(_TOO_DEEP)
    match value:
        case str():
            copied = _whole_text(value, budget)
        case None | bool():
            pass
        case int():
            copied = int.__int__(value)
            if copied.bit_length() > _MAX_BITS:
                raise Unreadable(_TOO_LARGE)
        case float():
            copied = float.__float__(value)
            if not math.isfinite(copied):
                raise Unreadable(f"{copied} is not a number")
        case dict() | Mapping():
            entries: dict[str, object] = {}
            for key, entry in value.items():
                if not isinstance(key, str):
                    raise NoJson("a JSON object has keys that are not text")
                entries[_copied(key, budget, depth)] = _copied(entry, budget, depth + 1)
            copied = entries
        case list() | tuple():
            copied = [_copied(entry, budget, depth + 1) for entry in value]
        case _:
            raise NoJson(f"{type(value).__name__} is not JSON")
    return cast(T, copied)


def _whole_text(value: str, budget: Budget) -> str:
    text = str.__str__(value)  # of a class of its own, it may say anything about itself
    budget.spend(max(len(text) - 1, 0))  # one has been counted for the value
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise Unreadable("a broken character (half of a surrogate pair)")
    return text
