"""Values taken for others: what an agent makes of the user's words when it does not listen well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rlve_dsl.episode import Part
from rlve_dsl.expressions.types import ANY, BOOL, DAYS, INT, MONEY, REAL, TEXT, Enum, Record, Type, required


class Misheard:
    """`said` as somebody understands it who now and then takes a value for another; each value once and for all."""

    __slots__ = ("_errs", "_heard", "_part", "_types")

    def __init__(self, part: Part, errs: Callable[[str, int | None], bool]) -> None:
        self._part = part
        self._errs = errs
        self._types = {plan.name: plan.value.type for plan in part.environment.facts}
        self._heard: dict[tuple[str, Any], Any] = {}

    def __getitem__(self, fact: str) -> Any:
        said = self._part.said[fact]
        if said is None:
            return None
        if isinstance(said, Mapping):
            return {**said, "value": self._hear(fact, None, said["value"], [])}
        values = [entry["value"] for entry in said]
        return type(said)({**e, "value": self._hear(fact, e["key"], e["value"], values)} for e in said)

    def get(self, fact: str) -> Any:
        """The same as indexing."""
        return self[fact]

    def _hear(self, fact: str, key: Any, value: Any, beside: Sequence[Any]) -> Any:
        if (fact, key) not in self._heard:
            others = [*alike(value, self._types[fact]), *(other for other in beside if other != value)]
            if not others:
                return value
            self._heard[fact, key] = others[0] if self._errs(fact, key) else value
        return self._heard[fact, key]


def alike(value: Any, type_: Type) -> list[Any]:
    """Values of a type that are easily taken for this one; none where nothing is known to look like it."""
    match required(type_):
        case Enum(values=values):
            place = values.index(value) if value in values else 0
            return [values[(place + 1) % len(values)]] if len(values) > 1 else []
        case t if t == BOOL:
            return [not value]
        case t if t in (INT, DAYS):
            return [value + 1]
        case t if t == MONEY:
            return [value + max(1, abs(value) // 10)]
        case t if t in (REAL, ANY):
            return [value * 1.1 + 0.1] if isinstance(value, float) else [value + 1] if type(value) is int else []
        case t if t == TEXT:
            digit = next((i for i, c in enumerate(value) if c.isdigit()), None) if isinstance(value, str) else None
            return [] if digit is None else [value[:digit] + str((int(value[digit]) + 1) % 10) + value[digit + 1 :]]
        case Record(fields=fields) if isinstance(value, dict):
            numbers = [name for name, of in fields if isinstance(value.get(name), float)]
            if len(numbers) > 1:  # shares that add up stay shares that add up
                moved = [value[name] for name in (*numbers[1:], numbers[0])]
                return (
                    [{**value, **dict(zip(numbers, moved, strict=True))}]
                    if moved != [value[n] for n in numbers]
                    else []
                )
            return next(
                ([{**value, name: other[0]}] for name, of in fields if (other := alike(value.get(name), of))), []
            )
    return []
