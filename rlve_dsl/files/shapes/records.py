"""Records: frozen dataclasses that declare the keys of a mapping, from which reader and JSON Schema are made.

A field with `key(...)` is a key of the mapping; it is required if it has no default. A field without it is filled in:
`name` is the key that the mapping stands under, `span` is its place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING
from types import UnionType
from typing import Any, TypeVar, dataclass_transform, get_args, get_origin, get_type_hints

from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.mappings import Given, Key, Object, Primitives
from rlve_dsl.files.shapes.numbers import YES_NO
from rlve_dsl.files.shapes.shape import Shape
from rlve_dsl.files.shapes.texts import ExpressionText, TemplateText, Text
from rlve_dsl.files.shapes.words import EXPRESSION, STRING, TEMPLATE, TEXT
from rlve_dsl.frozen import freeze, frozen

T = TypeVar("T")
Values = Mapping[str, Any]
Fill = Callable[[Given, FileReader], Values | None]

_BY_TYPE: Mapping[type, Shape[object]] = {
    ExpressionText: EXPRESSION, TemplateText: TEMPLATE, Text: TEXT, str: STRING, bool: YES_NO,
}  # fmt: skip


def key(
    doc: str,
    shape: Shape[object] | None = None,
    *,
    name: str = "",
    default: object = MISSING,
    default_factory: object = MISSING,
) -> Any:
    """Declare a field of a record as a key.

    Args:
        doc: What the key is for; editors show it.
        shape: What may stand under it. Without it, the shape follows from the field's type.
        name: The key, if it is not the field's name.
        default: The value if the key is missing.
        default_factory: Makes the value if the key is missing.
    """
    return dataclasses.field(  # type: ignore[call-overload]
        default=default,
        default_factory=default_factory,
        metadata={"doc": doc, "shape": shape, "name": name},
    )


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(key,))
def record(
    what: str, *, keys: str = "", fill: Fill | None = None, primitives: Primitives | None = None
) -> Callable[[type[T]], type[T]]:
    """Declare a class as a record.

    Args:
        what: What error messages call the mapping: "an axis".
        keys: The order of the keys, if it is not that of the fields.
        fill: Makes the fields' values from what the keys hold, and adds errors about keys that do not go together; None
            if no value can be made.
        primitives: Keys that are names of primitives.

    >>> @record("an axis")
    ... class Axis:
    ...     curve: ExpressionText = key("Its value at level `d`.")
    ...     symbol: Text | None = key("Its symbol.", default=None)
    >>> [(name, key.required) for name, key in shape_of(Axis).keys.items()]
    [('curve', True), ('symbol', False)]
    """

    def declare(cls: type[T]) -> type[T]:
        made = freeze(cls, kw_only=True)
        made.__record__ = _Declaration(what, keys.split(), fill, primitives)  # type: ignore[attr-defined]
        return made

    return declare


@frozen
class _Declaration:
    what: str
    order: list[str]
    fill: Fill | None
    primitives: Primitives | None


def shape_of(cls: type[T]) -> Object[T]:
    """The shape of a record."""
    declared: _Declaration = cls.__record__  # type: ignore[attr-defined]
    make: Callable[..., T] = cls
    has_span = "span" in cls.__dataclass_fields__  # type: ignore[attr-defined]

    def build(given: Given, at: FileReader) -> T | None:
        before = len(at.diagnostics.errors)
        values = given.values if declared.fill is None else declared.fill(given, at)
        if values is None or len(at.diagnostics.errors) > before:
            return None
        return make(**values, span=given.span) if has_span else make(**values)

    keys = _keys(cls)
    keys = {name: keys[name] for name in declared.order or keys}
    return Object(declared.what, keys, build, declared.primitives)


def _keys(cls: type) -> dict[str, Key]:
    hints, keys = get_type_hints(cls), {}
    for field in dataclasses.fields(cls):
        if field.metadata:
            shape = field.metadata["shape"] or _by_type(hints[field.name])
            required = field.default is MISSING and field.default_factory is MISSING
            keys[field.metadata["name"] or field.name] = Key(shape, field.metadata["doc"], field.name, required)
    return keys


def _by_type(hint: Any) -> Shape[object]:
    if get_origin(hint) is UnionType:  # `Text | None`
        hint = get_args(hint)[0]
    return _BY_TYPE.get(hint) or shape_of(hint)
