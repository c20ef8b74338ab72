"""Reading scalars from JSON: numbers, texts and names, each with a sentence that says what would be right.

Where a text can mean one value only, it is read as that value (see `rlve_dsl/readings.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeGuard

from rlve_dsl.errors import RlveError
from rlve_dsl.expressions.types import Id, Type, required
from rlve_dsl.quantities import cents_of
from rlve_dsl.readings import Amount, amount_of, only_amount_in, only_name_in, truth_of
from rlve_dsl.values import Json, JsonObject, Value

Decode: TypeAlias = Callable[[Json], Value]

_DEEPEST = 32
_APART = re.compile(r"[,;\n\[\]{}]")
_SPACE_TOO = re.compile(r"[,;\s\[\]{}]")
_LARGEST = 2**53  # beyond it a JSON number is no longer exact


class WireError(RlveError):
    """JSON data is not a value of the wanted type.

    Attributes:
        path: Where, such as `filters[0].op`; empty for the whole.
        message: What would be right.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"`{path}`: {message}" if path else message)
        self.path = path
        self.message = message

    def inside(self, step: str) -> WireError:
        """The same error, seen from the record or list that holds the value at `step`."""
        joint = "" if not self.path or self.path.startswith("[") else "."
        return WireError(f"{step}{joint}{self.path}", self.message)


def is_number(data: Json) -> TypeGuard[int | float]:
    """Whether it is a number; true and false are not."""
    return isinstance(data, int | float) and not isinstance(data, bool)


def number(data: Json) -> float:
    """A finite number that is not too large to be exact; `2%` is 0.02."""
    return _number(_read(data, ("", "%"), "a number"), "a number")


def whole(data: Json) -> int:
    """A whole number."""
    return _whole(_read(data, ("",), "a whole number"), "a whole number")


def days(data: Json) -> int:
    """A whole number of days."""
    return _whole(_read(data, ("", "day"), "a whole number of days"), "a whole number of days")


def cents(data: Json) -> int:
    """An amount of dollars, in whole cents."""
    return cents_of(_number(_read(data, ("", "$"), "an amount of dollars"), "a number"))


def _read(data: Json, units: tuple[str, ...], wanted: str) -> Json:
    """The number that a text writes, in one of these units; other data as it is."""
    if not isinstance(data, str):
        return data
    # a number without a unit is read only where it stands alone: in a sentence it may count something else
    amount = amount_of(data) or _with_unit(only_amount_in(data))
    if amount is None or amount.unit not in units:
        raise WireError("", f"{wanted} is wanted, not {named(data)}")
    exact = amount.number / 100 if amount.unit == "%" else amount.number
    return int(exact) if exact == exact.to_integral_value() and abs(exact) <= _LARGEST else float(exact)


def _with_unit(amount: Amount | None) -> Amount | None:
    return amount if amount is not None and amount.unit else None


def _number(data: Json, wanted: str) -> float:
    if not is_number(data):
        raise WireError("", f"{wanted} is wanted, not {named(data)}")
    if not -_LARGEST <= data <= _LARGEST:  # also false for a NaN
        raise WireError("", "the number is too large or not finite")
    return float(data)


def _whole(data: Json, wanted: str) -> int:
    if not is_number(data) or (isinstance(data, float) and not data.is_integer()):
        raise WireError("", f"{wanted} is wanted, not {named(data)}")
    return int(_number(data, wanted))


def truth(data: Json) -> bool:
    """True or false."""
    read = truth_of(data) if isinstance(data, str) else data
    if not isinstance(read, bool):
        raise WireError("", f"true or false is wanted, not {named(data)}")
    return read


_SIGNS = {"=": "is", "==": "is", ">=": "at_least", "≥": "at_least", "<=": "at_most", "≤": "at_most"}


def one_of(values: tuple[str, ...]) -> Decode:
    """The decoder of a closed list of names."""

    def decode(data: Json) -> str:
        if isinstance(data, str):
            if data in values:
                return data
            if (sign := _SIGNS.get(data.strip())) in values:
                return str(sign)
            if (name := only_name_in(data, values)) is not None:
                return name
        raise WireError("", f"one of {', '.join(values)} is wanted, not {named(data)}")

    return decode


def text_of(what: str) -> Callable[[Json], str]:
    """The decoder of a text, which error messages call `what`. A whole number is the text of its digits."""

    def decode(data: Json) -> str:
        if is_number(data) and isinstance(data, int):
            return str(data)
        if not isinstance(data, str):
            raise WireError("", f"{what} is wanted, not {named(data)}")
        if not data.isascii():
            try:
                data.encode()
            except UnicodeEncodeError:  # a lone surrogate is valid JSON and no text
                raise WireError("", f"{what} is wanted, not a broken character") from None
        return data

    return decode


_some_text: Callable[[Json], str] = text_of("a text")


def text(data: Json) -> str:
    """A text; a number or a truth value is the text that JSON writes for it."""
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, float):
        exact = number(data)
        return str(int(exact) if exact.is_integer() else exact)
    return _some_text(data)


def structure(data: Json) -> Json:
    """The list or the object that a text holds as JSON; other data, and a text that does not hold it, as it is.

    >>> structure('["a"]'), structure("[a]"), structure("5")
    (['a'], '[a]', '5')
    """
    if not isinstance(data, str) or data.lstrip()[:1] not in ("[", "{"):
        return data
    try:
        read: Json = json.loads(data, object_pairs_hook=_each_key_once)
        json.dumps(read, ensure_ascii=False).encode()  # a character may be broken: half of a pair
        return read if _is_flat(read) else data
    except (ValueError, RecursionError):
        return data


def _each_key_once(pairs: list[tuple[str, Json]]) -> JsonObject:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key is there twice")
    return value


def _is_flat(data: Json, depth: int = 0) -> bool:
    """Whether it is nested no deeper than an action may be."""
    if isinstance(data, dict):
        data = [*data.values()]
    return not isinstance(data, list) or (depth < _DEEPEST and all(_is_flat(part, depth + 1) for part in data))


def may_be_several(text: str, of: Type) -> bool:
    """Whether a text that stands for a list of this type may hold several of its items, or none."""
    apart = _SPACE_TOO if isinstance(required(of), Id) else _APART
    return not text.strip() or bool(apart.search(text))


def anything(data: Json) -> Value:
    """JSON data of any shape whose numbers and texts are sound."""
    if data is None or isinstance(data, bool):
        return data
    if isinstance(data, str):
        return text(data)
    if isinstance(data, int):
        return whole(data)
    if isinstance(data, float):
        return number(data)
    if isinstance(data, Mapping):
        return {str(name): anything(item) for name, item in data.items()}
    return [anything(item) for item in data]


def named(data: Json) -> str:
    """JSON data as an error message names it."""
    if isinstance(data, str):
        return f'"{data}"' if len(data) <= 40 and data.isprintable() else "a text"
    if isinstance(data, bool):
        return "true" if data else "false"
    if data is None:
        return "null"
    if is_number(data) and abs(data) <= _LARGEST:
        return str(data)
    if isinstance(data, dict):
        return "an object"
    return "a list" if isinstance(data, list) else "that"
