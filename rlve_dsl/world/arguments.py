"""The arguments of a call: from JSON to Python and back, and the JSON Schema that an agent is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rlve_dsl.expressions import Parameter, Signature, python_name
from rlve_dsl.expressions.types import Type, optional
from rlve_dsl.readings import name_of
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
    given, where the parameter may be left out.
    """
    parameters = {
        p.name: (codec(_type_of(p)).decode, python_name(p.name), not p.required) for p in signature.parameters
    }
    required = [p.name for p in signature.parameters if p.required]

    def decode_arguments(data: Mapping[str, Json]) -> Names:
        if not isinstance(data, Mapping):
            raise WireError("", f"an object with the arguments is wanted, not {named(data)}")
        out: Names = {}
        for written, given in data.items():
            name = written if written in parameters else name_of(str(written), parameters)
            if name is None or (name != written and (name in data or parameters[name][1] in out)):
                listed = ", ".join(parameters) or "none"
                raise WireError(str(written), f"there is no such argument; the arguments are {listed}")
            decode, keyword, may_be_absent = parameters[name]
            value = decode_at(name, decode, given)
            if value is not None or not may_be_absent:
                out[keyword] = value
        for name in required:
            if python_name(name) not in out:
                raise WireError(name, "is missing")
        return out

    return decode_arguments


def _type_of(parameter: Parameter) -> Type:
    """The type as an agent may give it: an argument that may be left out may also be null."""
    return parameter.type if parameter.required else optional(parameter.type)


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
