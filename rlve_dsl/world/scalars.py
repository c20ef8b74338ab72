"""Reading scalars from JSON: numbers, texts and names, each with a sentence that says what would be right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeGuard

from rlve_dsl.errors import RlveError
from rlve_dsl.quantities import cents_of
from rlve_dsl.values import Json, Value

Decode: TypeAlias = Callable[[Json], Value]

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
    """A finite number that is not too large to be exact."""
    if not is_number(data):
        raise WireError("", f"a number is wanted, not {named(data)}")
    if not -_LARGEST <= data <= _LARGEST:  # also false for a NaN
        raise WireError("", "the number is too large or not finite")
    return float(data)


def whole(data: Json) -> int:
    """A whole number."""
    if not is_number(data) or (isinstance(data, float) and not data.is_integer()):
        raise WireError("", f"a whole number is wanted, not {named(data)}")
    return int(number(data))


def cents(data: Json) -> int:
    """An amount of dollars, in whole cents."""
    return cents_of(number(data))


def truth(data: Json) -> bool:
    """True or false."""
    if not isinstance(data, bool):
        raise WireError("", f"true or false is wanted, not {named(data)}")
    return data


def one_of(values: tuple[str, ...]) -> Decode:
    """The decoder of a closed list of names."""

    def decode(data: Json) -> str:
        if isinstance(data, str) and data in values:
            return data
        raise WireError("", f"one of {', '.join(values)} is wanted, not {named(data)}")

    return decode


def text_of(what: str) -> Decode:
    """The decoder of a text, which error messages call `what`."""

    def decode(data: Json) -> str:
        if not isinstance(data, str):
            raise WireError("", f"{what} is wanted, not {named(data)}")
        if not data.isascii():
            try:
                data.encode()
            except UnicodeEncodeError:  # a lone surrogate is valid JSON and no text
                raise WireError("", f"{what} is wanted, not a broken character") from None
        return data

    return decode


text = text_of("a text")


def anything(data: Json) -> Value:
    """JSON data of any shape whose numbers and texts are sound."""
    if data is None or isinstance(data, bool):
        return data
    if isinstance(data, int):
        return whole(data)
    if isinstance(data, float):
        return number(data)
    if isinstance(data, str):
        return text(data)
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
