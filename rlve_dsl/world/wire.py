"""Between the language's values and JSON: how results reach an agent and how its values come back.

Money is whole cents in the language and a number of dollars in JSON (null for a price that is not known). A field that
is unknown is left out. In a comparison, which is a record with `field` and a `value` of any type, the value is written
like the product field that it is compared with.

What is written in another form and can mean one value only is read as that value: `docs/language.md` has the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeAlias

from rlve_dsl.catalog import NO_PRICE, PRODUCT
from rlve_dsl.expressions import types
from rlve_dsl.expressions.types import Enum, Id, Keyed, ListOf, Optional, Record, Type
from rlve_dsl.frozen import frozen
from rlve_dsl.readings import folded, is_nothing
from rlve_dsl.values import ATOMS, Json, JsonObject, Names, Value
from rlve_dsl.world import scalars
from rlve_dsl.world.scalars import Decode, WireError, named

Encode: TypeAlias = Callable[[Value], Json]
Copy: TypeAlias = Callable[[Value], Value]

_MONEY_FIELDS = frozenset(name for name, of in PRODUCT.fields if of == types.MONEY)


@frozen
class Codec:
    """How values of one type are written as JSON, read back and described.

    Attributes:
        encode: From a value to JSON data; None where a value is its own JSON, so that records copy it without a call.
        decode: From JSON data to a value; raises WireError.
        schema: The JSON Schema of the data.
        copy: From a value to one that shares no mutable part with it; None where values cannot change.
    """

    encode: Encode | None
    decode: Decode
    schema: JsonObject
    copy: Copy | None = None


def encode(value: Value, type: Type) -> Json:
    """The value as JSON data, which shares no mutable part with it that the world could change.

    >>> encode(1299, types.MONEY)
    12.99
    """
    return encoder(type)(value)


def decode(data: Json, type: Type) -> Value:
    """The value that `encode` wrote as `data`, or that an agent wrote in a form that can mean nothing else.

    Raises:
        WireError: When the data is not of this type.

    >>> decode(12.99, types.MONEY), decode("$12.99", types.MONEY), decode("2", types.INT)
    (1299, 1299, 2)
    >>> decode("a few", types.INT)
    Traceback (most recent call last):
    rlve_dsl.world.scalars.WireError: a whole number is wanted, not "a few"
    """
    return codec(type).decode(data)


def encoder(type: Type) -> Encode:
    """The function that encodes values of this type."""
    return codec(type).encode or (lambda value: value)


def copier(type: Type) -> Copy:
    """The function that copies values of this type, so that whoever changes the copy changes nothing else."""
    return codec(type).copy or (lambda value: value)


def schema_of(type: Type) -> JsonObject:
    """The JSON Schema of a type's values as an agent writes them."""
    return dict(codec(type).schema)


@cache
def codec(type: Type) -> Codec:
    """The codec of a type."""
    match type:
        case Optional(item):
            return _optional(item)
        case ListOf(item) | Keyed(item=item):
            return _list(item)
        case Record():
            return _record(type)
        case Enum(values=values):
            return Codec(None, scalars.one_of(values), {"type": "string", "enum": list(values)})
        case Id(of):
            return Codec(None, scalars.text_of(f"a {of} id"), {"type": "string"})
    return _SCALARS[type]


def _dollars(amount: int) -> float | None:
    return None if amount == NO_PRICE else amount / 100


def _copied(value: Value) -> Value:
    """A copy of a value of any type."""
    if type(value) is dict:
        if ATOMS.issuperset(map(type, value.values())):  # as nearly all are
            return value.copy()
        return {name: _copied(part) for name, part in value.items()}
    return [_copied(part) for part in value] if type(value) is list else value


_SCALARS: Mapping[Type, Codec] = {
    types.INT: Codec(None, scalars.whole, {"type": "integer"}),
    types.DAYS: Codec(None, scalars.days, {"type": "integer"}),
    types.REAL: Codec(None, scalars.number, {"type": "number"}),
    types.MONEY: Codec(_dollars, scalars.cents, {"type": "number"}),
    types.BOOL: Codec(None, scalars.truth, {"type": "boolean"}),
    types.TEXT: Codec(None, scalars.text, {"type": "string"}),
    types.ANY: Codec(_copied, scalars.anything, {}, _copied),
    types.NOTHING: Codec(None, scalars.anything, {}),
}


def _optional(of: Type) -> Codec:
    item = codec(of)
    one, copy = item.encode, item.copy
    # `none` may be a real text, id or name, but never a number, a list or a record
    names = of.values if isinstance(of, Enum) else ()
    may_be_none = not isinstance(of, Id) and of not in (types.TEXT, types.ANY)

    def decode_optional(data: Json) -> Value:
        if data is None or (may_be_none and isinstance(data, str) and data not in names and is_nothing(data)):
            return None
        return item.decode(data)

    return Codec(
        one and (lambda value: None if value is None else one(value)),
        decode_optional,
        item.schema,
        copy and (lambda value: None if value is None else copy(value)),
    )


def _list(of: Type, inside: bool = False) -> Codec:
    # a single value stands for a list of it, but for a list of lists [1, 2] could be [[1, 2]] or [[1], [2]]
    has_lists = isinstance(of, ListOf | Keyed)
    item = _list(of.item, inside=True) if isinstance(of, ListOf | Keyed) else codec(of)
    one, copy = item.encode, item.copy

    def decode_list(data: Json) -> list[Value]:
        parts = scalars.structure(data)
        if not isinstance(parts, list | tuple):
            if inside or has_lists or parts is None or (isinstance(parts, str) and scalars.may_be_several(parts, of)):
                raise WireError("", f"a list is wanted, not {named(data)}")
            parts = [parts]
        return [decode_at(f"[{index}]", item.decode, part) for index, part in enumerate(parts)]

    return Codec(
        (lambda value: [one(part) for part in value]) if one else list,
        decode_list,
        {"type": "array", "items": item.schema},
        # other sequences, such as `Products`, cannot change
        lambda value: value if type(value) is not list else [copy(part) for part in value] if copy else value.copy(),
    )


def _record(record: Record) -> Codec:
    fields = {name: codec(of) for name, of in record.fields}
    optional = {name for name, of in record.fields if isinstance(of, Optional)}
    compares = record.field("value") == types.ANY and record.field("field") == types.TEXT
    in_dollars = _MONEY_FIELDS if compares else frozenset()
    converted = [(name, field.encode) for name, field in fields.items() if field.encode is not None]
    names = list(fields)

    def encode_record(value: Value) -> JsonObject:
        # nearly every record has the fields and no others, in this order
        out = value.copy() if type(value) is dict and list(value) == names else {name: value[name] for name in names}
        for name, one in converted:
            out[name] = one(out[name])
        for name in optional:
            if out[name] is None:
                del out[name]
        if in_dollars and out["field"] in in_dollars:
            out["value"] = _dollars(out["value"])
        return out

    def decode_record(data: Json) -> Names:
        data = scalars.structure(data)
        if not isinstance(data, Mapping):
            raise WireError("", f"an object is wanted, not {named(data)}")
        if unknown := [name for name in data if name not in fields]:
            raise WireError(str(unknown[0]), f"there is no such field; the fields are {', '.join(fields)}")
        out: Names = {}
        for name, field in fields.items():
            if name in data:
                out[name] = decode_at(name, field.decode, data[name])
            elif name in optional:
                out[name] = None
            else:
                raise WireError(name, "is missing")
        if in_dollars and folded(out["field"]) in in_dollars:
            out["value"] = _cents_or(out["value"])
        return out

    copied = [(name, field.copy) for name, field in fields.items() if field.copy is not None]

    def copy_record(value: Value) -> Value:
        if type(value) is not dict:  # such as a `Product`, which cannot change
            return value
        out = value.copy()
        for name, copy in copied:
            out[name] = copy(out[name])
        return out

    schema: JsonObject = {
        "type": "object",
        "properties": {name: field.schema for name, field in fields.items()},
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }
    return Codec(encode_record, decode_record, schema, copy_record)


def _cents_or(value: Value) -> Value:
    """The cents of an amount; what is none stays, for whoever compares it to refuse."""
    try:
        return scalars.cents(value)
    except WireError:
        return value


def decode_at(step: str, decode: Decode, data: Json) -> Value:
    """Decode a part of something; an error says that it is at `step`."""
    try:
        return decode(data)
    except WireError as error:
        raise error.inside(step) from None
