"""JSON Schemas of types and of tools: what an agent is told about the values that `wire` encodes and decodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
)
from rlve_dsl.world.tool import Tool
from rlve_dsl.world.wire import encode


def schema_of(type: Type, *, result: bool = False) -> dict[str, Any]:
    """The JSON Schema of a type's values on the wire; in a result, a price that is not known is null."""
    match type:
        case Optional(item):
            return schema_of(item, result=result)
        case ListOf(item) | Keyed(item=item):
            return {"type": "array", "items": schema_of(item, result=result)}
        case Record(fields=fields):
            return {
                "type": "object",
                "properties": {name: schema_of(of, result=result) for name, of in fields},
                "required": [name for name, of in fields if not isinstance(of, Optional)],
                "additionalProperties": False,
            }
        case Enum(values=values):
            return {"type": "string", "enum": list(values)}
        case Id():
            return {"type": "string"}
    if result and type == MONEY:
        return {"type": ["number", "null"]}
    return dict(_SCHEMAS[type])


_SCHEMAS: Mapping[Type, Mapping[str, Any]] = {
    INT: {"type": "integer"},
    DAYS: {"type": "integer"},
    REAL: {"type": "number"},
    MONEY: {"type": "number"},
    BOOL: {"type": "boolean"},
    TEXT: {"type": "string"},
    ANY: {},
}


def _argument_schema(signature: Signature, describes: Mapping[str, str]) -> dict[str, Any]:
    """The JSON Schema of a call's arguments."""
    properties: dict[str, Any] = {}
    for parameter in signature.parameters:
        schema = schema_of(parameter.type)
        schema["description"] = describes[parameter.name]
        if not parameter.required and parameter.default not in (None, ()):
            schema["default"] = encode(parameter.default, parameter.type)
        properties[parameter.name] = schema
    return {
        "type": "object",
        "properties": properties,
        "required": [p.name for p in signature.parameters if p.required],
        "additionalProperties": False,
    }


def tool_schema(declared: Tool, name: str) -> dict[str, Any]:
    """The tool as an OpenAI function definition under this name (native calls allow no dot)."""
    parameters = _argument_schema(declared.signature, declared.describes)
    function = {"name": name, "description": declared.doc, "parameters": parameters}
    return {"type": "function", "function": function}
