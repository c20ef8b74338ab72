"""Between the language's values and JSON: how results reach an agent and its arguments come back.

Money is a number of dollars on the wire (null for a price that is not known) and whole cents inside; an unknown field is
left out. In a comparison (a record
with `field` and a `value` of any type) the value is worded like the product field that it is compared with.
Everything is compiled from a type once: `encoder`, `decoder` and `argument_decoder` return closures.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from rlve_dsl.catalog import NO_PRICE, Product
from rlve_dsl.errors import RlveError
from rlve_dsl.expressions import Signature
from rlve_dsl.expressions.types import (
    ANY,
    BOOL,
    DAYS,
    INT,
    MONEY,
    REAL,
    TEXT,
    Enum,
    Id,
    Keyed,
    ListOf,
    Optional,
    Record,
    Type,
    type_of,
)
from rlve_dsl.quantities import cents_of

Encode = Callable[[Any], Any]
Decode = Callable[[Any], Any]
Arguments = dict[str, Any]

_LARGEST = 2**53  # beyond it a JSON number is no longer exact


class WireError(RlveError):
    """JSON that is not a value of the wanted type; `path` says where (`filters[0].op`), `message` what would be right."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"`{path}`: {message}" if path else message)
        self.path = path
        self.message = message


def encode(value: Any, type: Type) -> Any:
    """The value as JSON-ready data, never sharing a mutable part with it that the world could change.

    >>> encode(1299, MONEY)
    12.99
    """
    return encoder(type)(value)


def decode(data: Any, type: Type) -> Any:
    """The value that `encode` wrote as `data`; WireError when it is not of this type.

    >>> decode(12.99, MONEY)
    1299
    >>> decode("2", INT)
    Traceback (most recent call last):
    rlve_dsl.world.wire.WireError: a whole number is wanted, not "2"
    """
    return decoder(type)(data)


@cache
def encoder(type: Type) -> Encode:
    """The function that encodes values of this type."""
    return _encoder(type) or _same


def _encoder(type: Type) -> Encode | None:
    """None stands for a value that is its own JSON, so that a record copies such fields without a call each."""
    match type:
        case Optional(item):
            inner = _encoder(item)
            return inner and (lambda value: None if value is None else inner(value))
        case ListOf(item) | Keyed(item=item):
            one = _encoder(item)
            return (lambda value: [one(v) for v in value]) if one else list
        case Record():
            return _record_encoder(type)
    return _dollars if type == MONEY else None


def _dollars(cents: int) -> float | None:
    return None if cents == NO_PRICE else cents / 100


def _record_encoder(record: Record) -> Encode:
    names = record.names
    converted = [(name, one) for name, of in record.fields if (one := _encoder(of)) is not None]
    unknowns = [name for name, of in record.fields if isinstance(of, Optional)]
    money_value = _MONEY_FIELDS if _is_comparison(record) else frozenset()

    def encode_record(value: Any) -> dict[str, Any]:
        out = {name: value[name] for name in names}
        for name, one in converted:
            out[name] = one(out[name])
        for name in unknowns:
            if out[name] is None:
                del out[name]
        if money_value and out["field"] in money_value:
            out["value"] = _dollars(out["value"])
        return out

    return encode_record


def _same(value: Any) -> Any:
    return value


@cache
def decoder(type: Type) -> Decode:
    """The function that decodes JSON to values of this type, raising WireError."""
    match type:
        case Optional(item):
            inner = decoder(item)
            return lambda data: None if data is None else inner(data)
        case ListOf(item) | Keyed(item=item):
            return _list_decoder(decoder(item))
        case Record():
            return _record_decoder(type)
        case Enum(values=values):
            return _enum_decoder(values)
        case Id(of):
            return _text_decoder(f"a {of} id")
    return _SCALARS[type]


def _list_decoder(one: Decode) -> Decode:
    def decode_list(data: Any) -> list[Any]:
        if not isinstance(data, list | tuple):
            raise WireError("", f"a list is wanted, not {_named(data)}")
        out = []
        for index, item in enumerate(data):
            try:
                out.append(one(item))
            except WireError as error:
                raise _at(f"[{index}]", error) from None
        return out

    return decode_list


def _record_decoder(record: Record) -> Decode:
    fields = {name: (decoder(of), isinstance(of, Optional)) for name, of in record.fields}
    money_value = _MONEY_FIELDS if _is_comparison(record) else frozenset()

    def decode_record(data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise WireError("", f"an object is wanted, not {_named(data)}")
        if unknown := [name for name in data if name not in fields]:
            raise WireError(str(unknown[0]), f"there is no such field; the fields are {', '.join(fields)}")
        out: dict[str, Any] = {}
        for name, (one, may_be_unknown) in fields.items():
            if name in data:
                try:
                    out[name] = one(data[name])
                except WireError as error:
                    raise _at(name, error) from None
            elif may_be_unknown:
                out[name] = None
            else:
                raise WireError(name, "is missing")
        if money_value and out["field"] in money_value and _is_number(out["value"]):
            out["value"] = _cents(out["value"])
        return out

    return decode_record


def _enum_decoder(values: tuple[str, ...]) -> Decode:
    def decode_enum(data: Any) -> str:
        if isinstance(data, str) and data in values:
            return data
        raise WireError("", f"one of {', '.join(values)} is wanted, not {_named(data)}")

    return decode_enum


def _text_decoder(what: str) -> Decode:
    def decode_text(data: Any) -> str:
        if not isinstance(data, str):
            raise WireError("", f"{what} is wanted, not {_named(data)}")
        if not data.isascii():
            try:
                data.encode()
            except UnicodeEncodeError:  # a lone surrogate is valid JSON and no text
                raise WireError("", f"{what} is wanted, not a broken character") from None
        return data

    return decode_text


def _is_number(data: Any) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool)


def _number(data: Any) -> float:
    if not _is_number(data):
        raise WireError("", f"a number is wanted, not {_named(data)}")
    if not -_LARGEST <= data <= _LARGEST:  # also false for a NaN
        raise WireError("", "the number is too large or not finite")
    return float(data)


def _whole(data: Any) -> int:
    if not _is_number(data) or (isinstance(data, float) and not data.is_integer()):
        raise WireError("", f"a whole number is wanted, not {_named(data)}")
    return int(_number(data))


def _cents(data: Any) -> int:
    return cents_of(_number(data))


def _bool(data: Any) -> bool:
    if not isinstance(data, bool):
        raise WireError("", f"true or false is wanted, not {_named(data)}")
    return data


_text = _text_decoder("a text")


def _any(data: Any) -> Any:
    if data is None or isinstance(data, bool):
        return data
    if isinstance(data, int):
        return _whole(data)
    if isinstance(data, float):
        return _number(data)
    if isinstance(data, str):
        return _text(data)
    if isinstance(data, Mapping):
        return {str(name): _any(item) for name, item in data.items()}
    return [_any(item) for item in data]


_SCALARS: Mapping[Type, Decode] = {
    INT: _whole,
    DAYS: _whole,
    REAL: _number,
    MONEY: _cents,
    BOOL: _bool,
    TEXT: _text,
    ANY: _any,
}


def _named(data: Any) -> str:
    if isinstance(data, str):
        return f'"{data}"' if len(data) <= 40 and data.isprintable() else "a text"
    if isinstance(data, bool):
        return "true" if data else "false"
    if data is None:
        return "null"
    return (
        str(data)
        if _is_number(data) and abs(data) <= _LARGEST
        else {dict: "an object", list: "a list"}.get(data.__class__, "that")
    )


def _at(step: str, error: WireError) -> WireError:
    joint = "" if not error.path or error.path.startswith("[") else "."
    return WireError(f"{step}{joint}{error.path}", error.message)


_PRODUCT = type_of(Product)
_MONEY_FIELDS = frozenset(n for n, t in _PRODUCT.fields if t == MONEY) if isinstance(_PRODUCT, Record) else frozenset()


def _is_comparison(record: Record) -> bool:
    return record.field("value") == ANY and record.field("field") == TEXT


def encode_arguments(signature: Signature, values: Mapping[str, Any]) -> dict[str, Any]:
    """Python keyword arguments as a call's JSON arguments; unknown ones are left out."""
    out: dict[str, Any] = {}
    for parameter in signature.parameters:
        value = values.get(_python_name(parameter.name))
        if value is not None:
            out[parameter.name] = encode(value, parameter.type)
    return out


def _python_name(name: str) -> str:
    return name + "_" if keyword.iskeyword(name) else name


def argument_decoder(signature: Signature) -> Callable[[Any], Arguments]:
    """The function from a call's JSON arguments to Python keyword arguments.

    It raises WireError for an argument that is unknown, missing or ill-typed; an unknown (null) one counts as not given.
    """
    fields = {
        p.name: (decoder(p.type), _python_name(p.name), isinstance(p.type, Optional)) for p in signature.parameters
    }
    needed = [p.name for p in signature.parameters if p.required]

    def decode_call(data: Any) -> Arguments:
        if not isinstance(data, Mapping):
            raise WireError("", f"an object with the arguments is wanted, not {_named(data)}")
        out: Arguments = {}
        for name, given in data.items():
            if name not in fields:
                raise WireError(
                    str(name), f"there is no such argument; the arguments are {', '.join(fields) or 'none'}"
                )
            one, python_name, may_be_unknown = fields[name]
            if given is None and may_be_unknown:
                continue
            try:
                out[python_name] = one(given)
            except WireError as error:
                raise _at(name, error) from None
        for name in needed:
            if name not in data:
                raise WireError(name, "is missing")
        return out

    return decode_call
