"""Normalising attributes by the table of a Catalog file: spellings to values, quantities to one unit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from rlve_dsl.catalog.imports.values import NUMBER, Doubt, at_path, number_of, texts_of
from rlve_dsl.files import ImportedAttribute
from rlve_dsl.frozen import frozen

N = TypeVar("N", int, float)

UNKNOWN = Doubt("a value that the table does not have")
_LARGEST = 2**53
SEVERAL = Doubt("several values")


@frozen
class Normaliser:
    """Reads one attribute of a record: a number, or for an enum the index of its value among the declared ones."""

    declared: ImportedAttribute
    spellings: Mapping[str, int]
    pattern: re.Pattern[str]

    def read(self, record: Mapping[str, object]) -> float | int | Doubt | None:
        """The first value in any column that is known; a Doubt when there are values and none is known."""
        doubt: Doubt | None = None
        for path in self.declared.columns:
            found = at_path(record, path)
            if found is None:
                continue
            for text in texts_of(found):
                value = self._enum(text) if self.declared.type == "enum" else self._number(text)
                if not isinstance(value, Doubt):
                    return value
                doubt = doubt or value
        return doubt

    def _enum(self, text: str) -> int | Doubt:
        folded = text.casefold()
        if (place := self.spellings.get(folded)) is not None:
            return place
        if not self.declared.within:
            return UNKNOWN
        places: set[int] = {self.spellings[found] for found in self.pattern.findall(folded)}
        return _only(places)

    def _number(self, text: str) -> float | Doubt:
        folded = text.casefold()
        quantities = self.pattern.findall(folded) if self.declared.within else _whole(self.pattern, folded)
        values: set[float] = set()
        for digits, unit in quantities:
            number = number_of(digits)
            if number is None or not math.isfinite(number):
                return Doubt("a number that can be read in two ways")
            value = number * self.declared.units[unit]
            if not abs(value) < _LARGEST:
                return Doubt("a number beyond all bounds")
            values.add(self._rounded(value))
        return _only(values)

    def _rounded(self, value: float) -> float:
        return math.floor(value + 0.5) if self.declared.type == "int" else round(value, 2)


def normaliser(declared: ImportedAttribute) -> Normaliser:
    """Make the reader of an attribute from its declaration, which has no errors."""
    spellings = {
        spelling.casefold(): place
        for place, (value, others) in enumerate(declared.values.items())
        for spelling in (value, *others)
    }
    if declared.type == "enum":
        return Normaliser(declared, spellings, re.compile(rf"(?<!\w)(?:{_any(spellings)})(?!\w)"))
    units = {unit.casefold(): factor for unit, factor in declared.units.items()}  # the pattern finds them in lower case
    pattern = re.compile(rf"(?<![\w.,])({NUMBER})\s*-?\s*({_any(units)})(?![\w])")
    return Normaliser(replace(declared, units=units), spellings, pattern)


def _any(texts: Iterable[str]) -> str:
    return "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))


def _whole(pattern: re.Pattern[str], text: str) -> list[tuple[str, str]]:
    found = pattern.fullmatch(text)
    return [(found[1], found[2])] if found else []


def _only(found: set[N]) -> N | Doubt:
    if len(found) == 1:
        return found.pop()
    return SEVERAL if found else UNKNOWN
