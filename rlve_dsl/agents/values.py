"""Values made from a type alone, and values that are easily taken for another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from rlve_dsl.expressions.types import ANY, BOOL, DAYS, INT, MONEY, REAL, TEXT, Enum, Id, ListOf, Record, Type, required
from rlve_dsl.frozen import frozen
from rlve_dsl.values import Json, Value

NUMBERS = (INT, DAYS, REAL, MONEY, BOOL)
_MOST_IDS = 30
_PLAIN: Mapping[Type, Json] = {BOOL: True, INT: 1, DAYS: 1, REAL: 1.0, MONEY: 1.0}
_EMPTY: Mapping[Type, Json] = {BOOL: False, INT: 0, DAYS: 0, REAL: 0.0, MONEY: 0.0}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@frozen
class Choices:
    """How `value_of` chooses.

    `ids` gives the known ids of a sort, `one` picks one of several ids or members of an enum, `several` picks some ids
    for a list (None: there are too few), and `scalar` gives a number, a truth value or a text.
    """

    ids: Callable[[str], Sequence[str]]
    one: Callable[[Sequence[str]], str]
    several: Callable[[Sequence[str]], list[str] | None]
    scalar: Callable[[Type], Json]


def _first(known: Sequence[str]) -> str:
    return known[0]


def value_of(type_: Type, choices: Choices) -> Json:
    """Return a value of the type as JSON, or None where it needs an id and none is known."""
    match required(type_):
        case Id(of=sort):
            ids = choices.ids(sort)
            return choices.one(ids) if ids else None
        case Enum(values=values):
            return choices.one(values)
        case ListOf(item=Id(of=sort)):
            chosen = choices.several(choices.ids(sort))
            return None if chosen is None else [*chosen]
        case ListOf():
            return []
        case Record(fields=fields):
            return {name: value_of(of, choices) for name, of in fields}
        case scalar:
            return choices.scalar(scalar)


def plain_choices(ids: Callable[[str], Sequence[str]], text: str) -> Choices:
    """Choose the first id, the first member, true, one, and `text`."""
    return Choices(ids, _first, lambda known: list(known)[:_MOST_IDS] or None, lambda kind: _PLAIN.get(kind, text))


EMPTY_CHOICES = Choices(lambda sort: ("",), _first, lambda known: [], lambda kind: _EMPTY.get(kind, ""))
"""Choose nothing, or as little as the type allows."""

OTHER_CHOICES = Choices(
    lambda sort: ("none",), lambda known: known[-1], list, lambda kind: _PLAIN.get(kind, "something else")
)
"""Choose something else than EMPTY_CHOICES, for each type with more than one value; lists of what is no id stay empty."""


def near(value: Json, type_: Type) -> Iterator[Json]:
    """Yield JSON values close to this one: numbers one off or of the other sign, texts with such numbers in them, another
    member of an enum, the opposite truth value. Nothing for lists and ids.

    >>> list(near("30 days", TEXT)), list(near(True, BOOL))
    (['31 days', '29 days', '-30 days'], [False])
    """
    kind = required(type_)
    if isinstance(kind, Enum):
        yield from (other for other in kind.values if other != value)
    elif kind == BOOL:
        yield not value
    elif kind in (INT, DAYS, REAL, MONEY) and isinstance(value, int | float):
        yield from (round(value + 1, 6), round(value - 1, 6), *((-value,) if value else ()))
    elif kind == TEXT and isinstance(value, str) and (found := _NUMBER.search(value)):
        start, end = found.span()
        for changed in (float(found[0]) + 1, float(found[0]) - 1):
            digits = f"{changed:.2f}" if "." in found[0] else f"{changed:.0f}"
            yield value[:start] + digits + value[end:]
        if float(found[0]):
            sign = start - value[:start].endswith("$")
            yield value[:sign] + "-" + value[sign:]


def misheard(value: Value, type_: Type) -> Value | None:
    """Return the value of the type that an inattentive agent takes this one for; None where no other is like it.

    >>> misheard("b", Enum(("a", "b"))), misheard(5000, MONEY), misheard("size 9", TEXT)
    ('a', 5500, 'size 0')
    """
    match required(type_):
        case Enum(values=values):
            place = values.index(value) if value in values else 0
            return values[(place + 1) % len(values)] if len(values) > 1 else None
        case kind if kind == MONEY:
            return value + max(1, abs(value) // 10)
        case kind if kind in (REAL, ANY):
            return value * 1.1 + 0.1 if isinstance(value, float) else value + 1 if type(value) is int else None
        case kind if kind == TEXT:
            digit = next((i for i, c in enumerate(value) if c.isdigit()), None) if isinstance(value, str) else None
            return None if digit is None else value[:digit] + str((int(value[digit]) + 1) % 10) + value[digit + 1 :]
        case Record() as record if isinstance(value, dict):
            return _misheard_record(value, record)
        case kind:
            return next(near(value, kind), None)


def _misheard_record(value: dict[str, Value], record: Record) -> dict[str, Value] | None:
    numbers = [name for name, _ in record.fields if isinstance(value.get(name), float)]
    if len(numbers) > 1:  # the numbers change places, so that shares still add up
        moved = {name: value[other] for name, other in zip(numbers, (*numbers[1:], numbers[0]), strict=True)}
        return {**value, **moved} if any(value[name] != moved[name] for name in numbers) else None
    for name, field in record.fields:
        if (other := misheard(value.get(name), field)) is not None:
            return {**value, name: other}
    return None
