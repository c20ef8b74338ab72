"""The arguments of a call: from JSON to Python and back, and the JSON Schema that an agent is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rlve_dsl.expressions import Signature, python_name
from rlve_dsl.expressions.types import Optional
from rlve_dsl.values import Json, JsonObject, Names
from rlve_dsl.world.scalars import WireError, named
from rlve_dsl.world.wire import codec, decode_at, encode, encoder, schema_of


def argument_encoder(signature: Signature) -> Callable[[Names], JsonObject]:
    """The function from Python keyword arguments to the JSON arguments of a call. Unknown ones are left out."""
    parameters = [(p.name, python_name(p.name), encoder(p.type)) for p in signature.parameters]

    def encode_arguments(values: Names) -> JsonObject:
        return {
            name: encode(value) for name, keyword, encode in parameters if (value := values.get(keyword)) is not None
        }

    return encode_arguments


def argument_decoder(signature: Signature) -> Callable[[Mapping[str, Json]], Names]:
    """The function from the JSON arguments of a call to Python keyword arguments.

    It raises WireError for an argument that is unknown, missing or ill-typed. A null stands for an argument that is not
    given, where the parameter may be unknown.
    """
    parameters = {
        p.name: (codec(p.type).decode, python_name(p.name), isinstance(p.type, Optional)) for p in signature.parameters
    }
    required = [p.name for p in signature.parameters if p.required]

    def decode_arguments(data: Mapping[str, Json]) -> Names:
        if not isinstance(data, Mapping):
            raise WireError("", f"an object with the arguments is wanted, not {named(data)}")
        out: Names = {}
        for name, given in data.items():
            if name not in parameters:
                listed = ", ".join(parameters) or "none"
                raise WireError(str(name), f"there is no such argument; the arguments are {listed}")
            decode, keyword, may_be_unknown = parameters[name]
            if given is not None or not may_be_unknown:
                out[keyword] = decode_at(name, decode, given)
        for name in required:
            if name not in data:
                raise WireError(name, "is missing")
        return out

    return decode_arguments


def argument_schema(signature: Signature, describes: Mapping[str, str]) -> JsonObject:
    """The JSON Schema of a call's arguments, each described by a line of text."""
    properties: JsonObject = {}
    for parameter in signature.parameters:
        schema = {**schema_of(parameter.type), "description": describes[parameter.name]}
        if not parameter.required and parameter.default not in (None, ()):
            schema["default"] = encode(parameter.default, parameter.type)
        properties[parameter.name] = schema
    return {
        "type": "object",
        "properties": properties,
        "required": [p.name for p in signature.parameters if p.required],
        "additionalProperties": False,
    }
