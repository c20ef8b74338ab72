"""The entities of a domain: their record types, ids and names."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rlve_dsl import files
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.domains.type_words import STORE_IDS, known_types, parse_field_type
from rlve_dsl.expressions import Function, Scope, Template, compile_template
from rlve_dsl.expressions.types import NOTHING, Id, Record, Type, excess_of, required
from rlve_dsl.files import Name, Text
from rlve_dsl.readings import name_of
from rlve_dsl.world import Kind

_DIGITS = "######"


def compile_kinds(
    source: files.Domain, functions: Mapping[str, Function], reserved: Collection[str], diagnostics: Diagnostics
) -> Mapping[str, Kind]:
    """The kinds of a domain by name, whose tables have none of the reserved names. A field with an unknown type has the type
    NOTHING, which fits everywhere."""
    records = _records(source, diagnostics)
    kinds: dict[str, Kind] = {}
    for entity in source.entities.values():
        table = entity.table or Name(f"{entity.name.text}s", entity.name.span)
        _check_names(entity, table, kinds, functions, reserved, diagnostics)
        fields = _fields(entity.fields, source, records, diagnostics)
        row = Record(entity.name.text, ((entity.id.text, Id(entity.name.text)), *fields))
        ids = entity.ids.text if entity.ids else f"{entity.name.text[0].upper()}{_DIGITS}"
        says = _says(entity, row, functions, diagnostics)
        chosen = _chosen(entity, row, diagnostics)
        kinds[entity.name.text] = Kind(
            entity.name.text, table.text, entity.id.text, row, ids, says, chosen, is_user=_is_user(entity, source)
        )
    return kinds


def _is_user(entity: files.Entity, source: files.Domain) -> bool:
    return source.counterpart is not None and name_of(source.counterpart.text, [entity.name.text]) is not None


def _records(source: files.Domain, diagnostics: Diagnostics) -> dict[str, Record]:
    """The records, each of which may have those before it as fields."""
    records: dict[str, Record] = {}
    for name, fields in source.records.items():
        if name in source.entities:
            entity = source.entities[name]
            diagnostics.error(
                "D102", f"`{name}` is a record and an entity", entity.name.span, help="rename one of them"
            )
        record = Record(name, _fields(fields, source, records, diagnostics))
        if excess := excess_of(record):
            diagnostics.error("R227", f"`{name}` is {excess}", next(iter(fields.values())).span)
            record = Record(name, ())
        records[name] = record
    return records


def _fields(
    fields: Mapping[str, Text], source: files.Domain, records: Mapping[str, Record], diagnostics: Diagnostics
) -> tuple[tuple[str, Type], ...]:
    return tuple((name, _type(text, source, records, diagnostics)) for name, text in fields.items())


def _type(text: Text, source: files.Domain, records: Mapping[str, Record], diagnostics: Diagnostics) -> Type:
    found = parse_field_type(text.text, sorts_of(source), records)
    return found or unknown_type(text, source, records, diagnostics)


def unknown_type(text: Text, source: files.Domain, records: Mapping[str, object], diagnostics: Diagnostics) -> Type:
    """Report words that name no type."""
    words = text.text.removesuffix("?").removeprefix("list of ")
    known = [*(f"{name} id" for name in sorts_of(source)), *records, "text", "money", "days", "int", "real", "bool"]
    diagnostics.error(
        "R211", f"`{text.text}` is not a type", text.span, label=did_you_mean(words, known),
        help=known_types(sorts_of(source), records),
    )  # fmt: skip
    return NOTHING


def sorts_of(source: files.Domain) -> tuple[str, ...]:
    """The sorts of ids that a domain knows."""
    return (*source.entities, *(STORE_IDS if source.store else ()))


def _chosen(entity: files.Entity, row: Record, diagnostics: Diagnostics) -> tuple[str, ...]:
    """The fields with ids that an agent chooses."""
    ids = [name for name, of in row.fields if isinstance(required(of), Id)]
    for field in entity.chosen:
        if field.text not in ids:
            diagnostics.error(
                "R104", f"{entity.name.text} has no field `{field.text}` with an id", field.span,
                label=did_you_mean(field.text, ids), help=f"fields with ids: {', '.join(ids)}",
            )  # fmt: skip
    return tuple(field.text for field in entity.chosen if field.text in ids)


def _check_names(
    entity: files.Entity,
    table: Name,
    kinds: Mapping[str, Kind],
    functions: Mapping[str, Function],
    reserved: Collection[str],
    diagnostics: Diagnostics,
) -> None:
    if entity.id.text in entity.fields:
        diagnostics.error("D102", f"`{entity.id.text}` is the key and a field", entity.fields[entity.id.text].span)
    for other in kinds.values():
        if other.table == table.text:
            diagnostics.error("D102", f"`{other.name}` and `{entity.name.text}` both have the table `{table.text}`", table.span,
                              help="give one of them another `table`")  # fmt: skip
        if other.key == entity.id.text:
            diagnostics.error(
                "D102", f"`{other.name}` and `{entity.name.text}` both have the key `{other.key}`", entity.id.span
            )
    if table.text in functions or table.text in reserved:
        meaning = "a function" if table.text in functions else "a name of the language"
        diagnostics.error("D102", f"the table `{table.text}` has the name of {meaning}", table.span,
                          help="give it another name with `table:`")  # fmt: skip


def _says(
    entity: files.Entity, row: Record, functions: Mapping[str, Function], diagnostics: Diagnostics
) -> Template | None:
    if entity.says is None:
        return None
    return compile_template(entity.says.text, entity.says.span, Scope(dict(row.fields), functions), diagnostics)


def records_of(source: files.Domain) -> Mapping[str, Record]:
    """The records of a domain, for the types of arguments; their mistakes have been reported."""
    return _records(source, Diagnostics())
