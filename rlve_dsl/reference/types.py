"""Entries of types: records, and the words for types that authors write."""

from __future__ import annotations

from collections.abc import Iterator

from rlve_dsl.compiler import NAMES
from rlve_dsl.expressions.types import ANY, Keyed, ListOf, Optional, Over, Record, Type
from rlve_dsl.plugins import Registry
from rlve_dsl.reference.entries import PLAIN_TYPES, Entry, Part, type_words


def record_entries(known: Registry) -> Iterator[Entry]:
    """The entries of the records that primitives take and give, and of the names that the language itself gives."""
    found: dict[str, Record] = {}
    where: dict[str, dict[str, None]] = {}
    signatures = [
        *((p.name, s) for named in (known.functions, known.measures) for p in named.values() for s in p.signatures),
        *((p.name, p.signature) for p in known.samplers.values()),
        *((p.name, p.signature) for p in known.tools.values()),
        *((p.name, p.signature) for p in known.events.values()),
    ]
    for name, signature in signatures:
        for record in records_in(signature.result):
            where.setdefault(record.name, {})[name] = None
        for type_ in (signature.result, *(p.type for p in signature.parameters)):
            for record in records_in(type_):
                found.setdefault(record.name, record)
    for named in NAMES.values():
        for record in records_in(named.type):
            found.setdefault(record.name, record)
    yield from (record_entry(record, tuple(where.get(name, ()))) for name, record in sorted(found.items()))


def records_in(type_: Type) -> Iterator[Record]:
    """The records that values of a type hold, the outer ones first."""
    match type_:
        case Record(fields=fields):
            yield type_
            for _, field in fields:
                yield from records_in(field)
        case Optional(item=item) | ListOf(item=item) | Keyed(item=item):
            yield from records_in(item)
        case Over(item=item, result=result):
            yield from records_in(item)
            yield from records_in(result)


def record_entry(record: Record, given_by: tuple[str, ...] = (), doc: str = "", sort: str = "record") -> Entry:
    """The entry of a record.

    Args:
        record: The record.
        given_by: The primitives whose results hold it.
        doc: What it is, if the record itself does not say.
        sort: What it is.
    """
    parts = tuple(Part(name, type_words(of)) for name, of in record.fields)
    notes = (f"Results of {', '.join(f'`{name}`' for name in given_by)} hold it.",) if given_by else ()
    return Entry(sort, record.name, record.doc or doc, parts_are="fields", parts=parts, notes=notes)


def type_entries() -> Iterator[Entry]:
    """The entries of the words for types."""
    for name, doc in PLAIN_TYPES.items():
        yield Entry("type", name, doc)
    yield Entry(
        "type", "one of a, b", "One of some words, which expressions write without quotes.", also=("one of", "enum")
    )
    yield Entry("type", "list of T", "A list of values of one type: `list of product id`.", also=("list of", "list"))
    yield Entry(
        "type",
        "T?",
        "A value of type T that may be unknown: `days?`. Test it with `is known` before it is used.",
        also=("?",),
    )
    for sort in ("product", "variant", "line", "order"):
        yield Entry(
            "type", f"{sort} id", f"The id of one {sort} of the store. Ids of other things are never taken for it."
        )


def name_entries() -> Iterator[Entry]:
    """The entries of the names that the language itself gives to things."""
    for name, named in NAMES.items():
        notes = (f"It can be read in {named.where}.",)
        if isinstance(named.type, Record):
            parts = tuple(Part(field, type_words(of)) for field, of in named.type.fields)
            yield Entry("name", name, named.doc, parts_are="fields", parts=parts, notes=notes)
        else:
            yield Entry("name", name, named.doc, gives="" if named.type == ANY else type_words(named.type), notes=notes)
